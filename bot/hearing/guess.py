"""Guess: recognition of a turn that may not be over, begun while the caller pauses.

Its words, and whether they mean something, help to tell whether the turn is over.
Nothing else comes of them until it is.
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
Meant = Callable[[str, Language], Awaitable[bool]]
"""Tells whether words are a wish that can be acted upon."""


class Guess:
    """Recognition under way, of which nobody knows yet whether it is needed."""

    def __init__(
        self,
        heard: "asyncio.Task[Heard | None]",
        told: Told,
        tone: Tone | None,
        meant: Meant | None,
    ) -> None:
        """Take recognition that was begun, what it was told, and what may judge its words."""
        self.heard = heard
        self.told = told
        self.tone = tone
        self._meant = False
        self._judging = asyncio.create_task(self._judge(meant), name="meant") if meant else None
        heard.add_done_callback(_no_matter)

    def overheard(self) -> Overheard | None:
        """Return what was heard, as far as known."""
        if not self.heard.done() or self.heard.cancelled() or self.heard.exception():
            return None
        heard = self.heard.result()
        if heard is None:
            return None
        return Overheard(heard.words, heard.language, self._meant, heard.speech_s)

    def drop(self) -> None:
        """Let it be: the caller went on."""
        self.heard.cancel()
        if self._judging is not None:
            self._judging.cancel()

    async def _judge(self, meant: Meant) -> None:
        await asyncio.wait({self.heard})
        overheard = self.overheard()
        if overheard is not None:
            self._meant = await meant(overheard.words, overheard.language)


def _no_matter(heard: "asyncio.Task[Heard | None]") -> None:
    """Look at how it ended: what failed and is not needed is nobody's concern."""
    if not heard.cancelled():
        heard.exception()
