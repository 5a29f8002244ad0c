"""A timer rings once, at its moment or as soon as somebody runs again, unless taken back."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from handoff.jobs import Jobs, Payload, jobs_url
from tests.serving import ROOT

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2120, 1, 1, tzinfo=UTC)


class Bells:
    """Writes down what rings."""

    def __init__(self) -> None:
        self.rung: asyncio.Queue[str] = asyncio.Queue()

    async def take(self, payload: Payload) -> None:
        await self.rung.put(payload["name"])

    async def next(self) -> str:
        async with asyncio.timeout(60):
            return await self.rung.get()


@asynccontextmanager
async def running(folder: Path, bells: Bells) -> AsyncIterator[Jobs]:
    jobs = Jobs(f"sqlite:///{folder / 'jobs.db'}")
    jobs.on("bell", bells.take)
    await jobs.start()
    try:
        yield jobs
    finally:
        await jobs.close()


async def test_timers_ring_once_and_not_when_taken_back(tmp_path: Path) -> None:
    """One whose moment has passed rings at once; set again, it does not ring again."""
    bells = Bells()
    async with running(tmp_path, bells) as jobs:
        await jobs.at("bell", "late", FAR_OFF, {"name": "late"})
        await jobs.at("bell", "gone", datetime.now(UTC) + timedelta(seconds=1), {"name": "gone"})
        await jobs.cancel("bell", "gone")
        await jobs.cancel("bell", "never set")
        await jobs.at("bell", "gone", LONG_AGO, {"name": "gone"})
        for _ in range(2):
            await jobs.at("bell", "a", LONG_AGO, {"name": "a"})
        assert await bells.next() == "a"
        await jobs.at("bell", "soon", datetime.now(UTC) + timedelta(seconds=1.5), {"name": "soon"})
        assert await bells.next() == "soon"
        assert bells.rung.empty()


async def test_a_timer_may_be_set_from_the_handler_of_another(tmp_path: Path) -> None:
    """A handler sets and takes back timers as anybody does, and one that fails is called again."""
    bells, tried = Bells(), 0

    async def again(payload: Payload) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise OSError("the disk was full")
        await jobs.at("bell", "second", LONG_AGO, {"name": "second"})

    jobs = Jobs(f"sqlite:///{tmp_path / 'jobs.db'}")
    jobs.on("bell", bells.take)
    jobs.on("again", again)
    await jobs.start()
    try:
        await jobs.at("again", "first", LONG_AGO, {})
        assert await bells.next() == "second"
    finally:
        await jobs.close()
    assert tried == 2


async def test_a_timer_outlives_the_process_that_set_it(tmp_path: Path) -> None:
    """Set by a process that is killed at once, it rings in the next one."""
    command = [sys.executable, "-m", "tests.handoff.timer_setter", str(tmp_path)]

    def set_and_kill() -> str:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as setter:
            assert setter.stdout is not None
            told = setter.stdout.readline()
            setter.kill()
            return told

    assert await asyncio.to_thread(set_and_kill) == "set\n"
    bells = Bells()
    async with running(tmp_path, bells):
        assert await bells.next() == "survived"


def test_jobs_lie_beside_the_journal_or_in_the_same_postgresql() -> None:
    """Nobody has to set up a second database."""
    assert jobs_url("sqlite+aiosqlite:////data/kalm.db") == "sqlite:////data/kalm-jobs.db"
    url = "postgresql+asyncpg://kalm:s%40cret@db/kalm"
    assert jobs_url(url) == "postgresql://kalm:s%40cret@db/kalm"
