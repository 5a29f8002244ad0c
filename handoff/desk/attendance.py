"""Attendance: an agent is there for as long as a page of theirs is open."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import TypeVar

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from handoff.presence import GRACE_S, SEEN_EVERY_S, Presences

T = TypeVar("T")


class Attendance:
    """Notes who has pages open in this process."""

    def __init__(self, presences: Presences) -> None:
        self._presences = presences
        self._pages: Counter[str] = Counter()
        self._left: dict[str, float] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def here(self, agent: str) -> bool:
        """Tell whether an agent has a page open in this process, or had a moment ago.

        A page that loads anew, or whose stream is renewed, is away for some seconds.
        """
        left = self._left.get(agent)
        now = asyncio.get_running_loop().time()
        return agent in self._pages or (left is not None and now - left < GRACE_S)

    async def while_open(self, agent: str, stream: AsyncIterator[T]) -> AsyncGenerator[T, None]:
        """Pass on what a page is told, and note the agent as there until it ends."""
        self._pages[agent] += 1
        noting = asyncio.create_task(self._note(agent), name=f"{agent} is there")
        try:
            async for item in stream:
                yield item
        finally:
            noting.cancel()
            self._pages[agent] -= 1
            if not self._pages[agent]:
                del self._pages[agent]
                self._left[agent] = asyncio.get_running_loop().time()
                # A stream that is broken off can't wait for a write.
                leaving = asyncio.create_task(self._gone(agent), name=f"{agent} leaves")
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)

    async def _note(self, agent: str) -> None:
        while True:
            with suppress(SQLAlchemyError, OSError):  # noted again soon
                await self._presences.seen(agent)
            await asyncio.sleep(SEEN_EVERY_S)

    async def _gone(self, agent: str) -> None:
        if agent in self._pages:
            return
        try:
            await self._presences.closed(agent)
        except (SQLAlchemyError, OSError) as error:
            logger.warning(f"{agent}'s page was closed, which could not be stored: {error!r}")
