"""Hold: plays music to one call, a little ahead of what is heard, until words are to be said."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.speaking.music import Music, Playing

PIECE_S = 0.1
_AHEAD_S = 0.3
"""Of sound that is sent before its time, so that a late piece is not heard as a gap."""

Send = Callable[[bytes], Awaitable[None]]


class Hold:
    """Music in one call."""

    def __init__(self, music: Music, now: Callable[[], float]) -> None:
        """Take the music of the house, and seconds that never go back."""
        self._music = music
        self._now = now
        self._playing: Playing | None = None
        self._words = asyncio.Event()

    async def play(self, send: Send, sample_rate: int) -> None:
        """Play until `end`, and fade out; cancelled, fall silent at once.

        Args:
            send: Takes the next piece, PCM of 16 bits.
            sample_rate: Of the line.
        """
        self._words.clear()
        if self._playing is None:
            loop = await asyncio.to_thread(self._music.loop, sample_rate)
            self._playing = Playing(loop, sample_rate)
        playing, began, sent = self._playing, self._now(), 0.0
        playing.broken_off()
        while not self._words.is_set():
            await send(playing.next(PIECE_S))
            sent += PIECE_S
            # A line that itself waits until a piece was played may be behind: no hurry then.
            early = sent - _AHEAD_S - (self._now() - began)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, early)):
                    await self._words.wait()
        await send(playing.ending())

    def end(self) -> None:
        """Let `play` come to its end: words are to be said."""
        self._words.set()
