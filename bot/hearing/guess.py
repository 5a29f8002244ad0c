"""Guess: recognition of a turn that may not be over, begun while the caller pauses.

Its words, and whether they mean something, help to tell whether the turn is over.
Until it is, nothing else comes of them but that somebody may get ready for them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.events import Language, Prosody
from bot.hearing.expectation import Expectation
from bot.hearing.heard import Heard
from bot.hearing.languages import LanguageTrack
from bot.hearing.patience import Overheard

Tone = asyncio.Future[Prosody | None]
Told = tuple[LanguageTrack, Expectation]
"""What recognition goes by besides the sound."""
Meant = Callable[[str, Language], Awaitable[float]]
"""Tells how sure it is that words are a wish that can be acted upon; 0 when they are none."""
Prepare = Callable[[Heard], Awaitable[None]]
"""Gets ready for an answer to words, in case the turn is over."""


class Guess:
    """Recognition under way, of which nobody knows yet whether it is needed."""

    def __init__(
        self,
        heard: "asyncio.Task[Heard | None]",
        told: Told,
        tone: Tone | None,
        meant: Meant | None,
        prepare: Prepare | None = None,
    ) -> None:
        """Take recognition that was begun, what it was told, and who wants its words early."""
        self.heard = heard
        self.told = told
        self.tone = tone
        self._meant = 0.0
        judging = self._judge(meant, prepare)
        self._judging = asyncio.create_task(judging, name="judging")
        heard.add_done_callback(_no_matter)

    def overheard(self) -> Overheard | None:
        """Return what was heard, as far as known."""
        heard = self._heard()
        if heard is None:
            return None
        return Overheard(
            heard.words,
            heard.language,
            meant=self._meant,
            confidence=heard.confidence,
            speech_s=heard.speech_s,
            perhaps_part=heard.perhaps_part,
        )

    def _heard(self) -> Heard | None:
        if not self.heard.done() or self.heard.cancelled() or self.heard.exception():
            return None
        return self.heard.result()

    def drop(self) -> None:
        """Let it be: the caller went on."""
        self.heard.cancel()
        self._judging.cancel()

    async def _judge(self, meant: Meant | None, prepare: Prepare | None) -> None:
        await asyncio.wait({self.heard})
        heard = self._heard()
        if heard is None:
            return
        if meant is not None:
            self._meant = await meant(heard.words, heard.language)
        if prepare is not None:
            await prepare(heard)


def _no_matter(heard: "asyncio.Task[Heard | None]") -> None:
    """Look at how it ended: what failed and is not needed is nobody's concern."""
    if not heard.cancelled():
        heard.exception()
