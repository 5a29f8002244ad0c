"""What many ask at once is looked up once, and nothing that changes meanwhile is missed."""

import asyncio

import pytest

from handoff.store.bell import Bell
from handoff.store.sharing import Shared


class Record:
    """A record that takes its time to be read."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.value = 0
        self.looks = 0
        self.broken = False
        self.shared: Shared[int] = Shared(self.bell.next_ring)

    async def look(self) -> int:
        self.looks += 1
        value = self.value
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("the record can't be read")
        return value

    def change(self) -> None:
        self.value += 1
        self.bell.ring()

    async def ask(self) -> int:
        return await self.shared.get("value", self.look)


async def test_fifty_who_ask_at_once_are_one_look() -> None:
    """And after a change there is a new one."""
    record = Record()
    assert await asyncio.gather(*(record.ask() for _ in range(50))) == [0] * 50
    assert record.looks == 1
    record.change()
    assert await asyncio.gather(*(record.ask() for _ in range(50))) == [1] * 50
    assert record.looks == 2


async def test_a_look_that_began_before_a_change_is_not_shared_after_it() -> None:
    """Whoever asks after the change gets what is so after it."""
    record = Record()
    early = asyncio.create_task(record.ask())
    while not record.looks:  # noqa: ASYNC110 - until it has begun to look
        await asyncio.sleep(0)
    record.change()
    assert await record.ask() == 1
    assert await early == 0  # who asked before is woken by the ring, and asks again


async def test_who_goes_away_takes_the_look_from_nobody_and_a_failed_look_is_made_again() -> None:
    """A page that is closed, a database that is away for a moment."""
    record = Record()
    leaves, stays = asyncio.create_task(record.ask()), asyncio.create_task(record.ask())
    await asyncio.sleep(0)
    leaves.cancel()
    assert await stays == 0
    record.change()
    record.broken = True
    with pytest.raises(OSError, match="can't be read"):
        await record.ask()
    record.broken = False
    assert await record.ask() == 1
