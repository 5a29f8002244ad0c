"""Making: a sentence's sound while it is being made; any number may listen, each from its start."""

import asyncio
from collections.abc import AsyncIterator

from bot.speaking.sound import Piece, Sound, joined


class Making:
    """The pieces of one sentence, those that are there and those to come.

    Belongs to an event loop: whoever makes pieces in a thread hands them over to it.
    """

    def __init__(self) -> None:
        """Begin without a piece."""
        self._pieces: list[Piece] = []
        self._over = False
        self._news = asyncio.Event()

    def add(self, piece: Piece) -> None:
        """Take the next piece."""
        self._pieces.append(piece)
        self._ring()

    def end(self) -> None:
        """Take that there are no more."""
        self._over = True
        self._ring()

    async def pieces(self) -> AsyncIterator[Piece]:
        """Yield all pieces, those that are there at once, the others as they come."""
        count = 0
        while True:
            news = self._news
            while count < len(self._pieces):
                count += 1
                yield self._pieces[count - 1]
            if self._over:
                return
            await news.wait()

    async def whole(self) -> Sound:
        """Return all of it, as soon as it is there; there is a piece at least."""
        return joined([piece async for piece in self.pieces()])

    def _ring(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
