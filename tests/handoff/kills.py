"""Kills Kalm right before each thing that it makes durable, and looks how the next one goes on.

Run as a module by test_killed_anywhere: `python -m tests.handoff.kills FOLDER URL WHERE`. What a
life makes durable is listed first; then for each such moment that is wanted a process lives up to
it and is killed, and another one goes on. All are forked from one that has imported what they need.
On PostgreSQL, which is one database, one dies after the other.

WHERE is `all`, `steps` for the first moment after each step of the life, or parts of the names of
moments, parted by commas, of which the first that fits is meant.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tests.handoff.conftest import HandClock
from tests.handoff.house import House, make_ready
from tests.handoff.recovery import goes_on
from tests.handoff.whole_life import whole_life

AT_ONCE = 4
"""They wait for their timers more than they work."""
ACKNOWLEDGED, PASSED = "acknowledged", "passed"
"""Files in which a life tells of itself."""


class Gate:
    """Counts what becomes durable, and dies before the nth."""

    def __init__(self, dies_at: int = 0) -> None:
        self.passed: list[str] = []
        self.step = "there"
        self.is_open = True
        self._dies_at = dies_at

    def __call__(self, what: str) -> None:
        if not self.is_open:
            return
        self.passed.append(f"{what}, after {self.step}")
        if len(self.passed) == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def live(url: str, folder: Path, dies_at: int = 0) -> None:
    """Live until the gate; what was acknowledged, and what was passed, is told in files."""
    gate = Gate(dies_at)
    house = House(url, HandClock(), gate)

    async def done(step: str) -> None:
        gate.step = step
        (folder / ACKNOWLEDGED).write_text(str(await house.journal.last_position()))

    async def run() -> None:
        await house.start()
        await whole_life(house, done)
        gate.is_open = False
        await house.close()

    asyncio.run(run())
    (folder / PASSED).write_text(json.dumps(gate.passed))


def die_and_go_on(place: "Place", dies_at: int) -> None:
    """Let a process die, and see the next one go on."""
    folder = place.fresh(str(dies_at))
    url = place.url(folder)
    problem = folder / "problem"
    code = waited(forked(lambda: live(url, folder, dies_at), problem))
    assert code == -signal.SIGKILL, problem.read_text() if problem.exists() else code
    known = folder / ACKNOWLEDGED
    asyncio.run(goes_on(url, int(known.read_text()) if known.exists() else 0))
    shutil.rmtree(folder)


class Place:
    """Where the databases are: a folder for each life, or the one PostgreSQL for all."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.shared = None if url.startswith("sqlite") else url
        self.at_once = AT_ONCE if self.shared is None else 1

    def url(self, folder: Path) -> str:
        """Return the database of a life."""
        return self.shared or f"sqlite+aiosqlite:///{folder / 'kalm.db'}"

    def make(self) -> None:
        """Make the database of which each life gets a copy."""
        (self.folder / "new").mkdir()
        asyncio.run(make_ready(self.url(self.folder / "new")))

    def fresh(self, name: str) -> Path:
        """Return the folder of a new life, whose database is as it was made."""
        folder = self.folder / name
        if self.shared is None:
            shutil.copytree(self.folder / "new", folder)
            return folder
        folder.mkdir()
        engine = create_engine(make_url(self.shared).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        engine.dispose()
        asyncio.run(make_ready(self.shared))
        return folder


def forked(work: Callable[[], None], problem: Path) -> int:
    """Do something in a process of its own; return its id. What it raises is written down."""
    if (child := os.fork()) != 0:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # the process ends here, and says why
        problem.write_text(traceback.format_exc())
    finally:
        os._exit(code)


def waited(child: int) -> int:
    """Wait for a process; return its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def all_of(place: Place, points: list[int], names: list[str]) -> list[str]:
    """Kill at each of these points, a few at once; return what went wrong."""
    running: dict[int, tuple[int, Path]] = {}
    problems: list[str] = []
    left = list(points)
    while left or running:
        while left and len(running) < place.at_once:
            at = left.pop(0)
            problem = place.folder / f"problem-{at}"
            running[forked(partial(die_and_go_on, place, at), problem)] = (at, problem)
        child, status = os.wait()
        at, problem = running.pop(child)
        if os.waitstatus_to_exitcode(status) != 0:
            told = problem.read_text() if problem.exists() else "it died"
            problems.append(f"killed before {names[at - 1]} ({at}):\n{told}")
    return problems


def chosen(names: list[str], where: str) -> list[int]:
    """Return which moments are wanted, the first of all as 1."""
    if where == "all":
        return list(range(1, len(names) + 1))
    parts = where.split(",")
    if where == "steps":
        parts = [name.partition(", ")[2] for name in dict.fromkeys(names)]
    found = {next(at for at, name in enumerate(names, 1) if part in name) for part in parts}
    return sorted(found)


def main(folder: Path, url: str, where: str) -> int:
    """Kill before what a life makes durable, and tell what went wrong."""
    place = Place(folder, url)
    assert waited(forked(place.make, folder / "problem")) == 0, (folder / "problem").read_text()
    whole = forked(lambda: live_whole(place), folder / "problem")
    assert waited(whole) == 0, (folder / "problem").read_text()
    names: list[str] = json.loads((folder / "whole" / PASSED).read_text())
    points = chosen(names, where)
    problems = all_of(place, points, names)
    print("\n".join([*problems, f"{len(points)} of {len(names)} kills, {len(problems)} wrong"]))
    return 1 if problems else 0


def live_whole(place: Place) -> None:
    """Live a whole life, to count what it makes durable."""
    folder = place.fresh("whole")
    live(place.url(folder), folder)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
