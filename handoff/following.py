"""Following: keeps readers of the journal at work for as long as a process runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

_log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""Seconds after which a follower that failed begins anew: it takes up what it missed."""

Follow = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


@asynccontextmanager
async def following(*follows: Follow, sleep: Sleep = asyncio.sleep) -> AsyncIterator[None]:
    """Run each of these as long as the context lasts; one that fails is begun anew.

    Args:
        follows: Each runs until it is cancelled, and takes up what was left when it begins.
        sleep: Waits for so many seconds; tests pass virtual time.
    """

    async def again(follow: Follow) -> None:
        while True:
            try:
                await follow()
            except Exception as error:  # whatever it was, a promise must not be forgotten for it
                _log.exception("%r failed and begins anew: %s", follow, error)
            await sleep(AGAIN_S)

    tasks = [asyncio.create_task(again(follow)) for follow in follows]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
