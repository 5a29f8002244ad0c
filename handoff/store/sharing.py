"""Sharing: one look at the record for all who ask the same between two changes."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Answers that hold until the next change.

    Fifty open desks wake at the same event and ask the same; it is looked up once. Nothing is
    missed by that: a look is shared only by those who hold the same ring, and what is stored
    after a look sets that ring.
    """

    def __init__(self, ring: Callable[[], asyncio.Event]) -> None:
        """Take what returns the event that the next change sets."""
        self._next_ring = ring
        self._ring: asyncio.Event | None = None
        self._looks: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, key: Hashable, look: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what `look` finds; of all who ask for the same key, one looks."""
        ring = self._next_ring()
        if ring is not self._ring:
            self._ring, self._looks = ring, {}
        looking = self._looks.get(key)
        if looking is None or (looking.done() and (looking.cancelled() or looking.exception())):
            looking = self._looks[key] = asyncio.create_task(look())
        # Who goes away meanwhile takes the look from nobody else.
        return await asyncio.shield(looking)
