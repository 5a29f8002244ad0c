"""How soon a version is in force on every worker, from the moment it is published.

Run: `.venv/bin/python -m bench.publishing [--workers 2] [--rounds 3] [--folder intents]`. Each
worker is a process with a cache of its own and follows what is live as `kalm serve` does, on one
SQLite; speech is not loaded. This process publishes, having learned as `kalm intents publish`
does. In each round a sentence is added; the last round goes back to the first version, which
is in memory. Ends with one JSON object: seconds a round of the slowest worker, and beside them
what learning took here, which is what each worker would have to do by itself.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import utc_now
from bot.edition import Edition, Press
from bot.editions import Editions
from bot.encoder import SentenceEncoder
from bot.mood.model import Model
from handoff.store.journal import DurableJournal
from handoff.studio.folder import read_folder
from handoff.studio.versions import Versions

ZONE = ZoneInfo("Europe/Amsterdam")
ANCHOR = "- intent: outage\n  examples: |\n"
"""Below it a sentence is added."""


def press_of(place: Path) -> Press:
    """Return what makes editions, with a cache of its own."""
    return Press(SentenceEncoder(), Model.load(), place / "cache", utc_now, ZONE)


async def work(url: str, place: Path) -> None:
    """Follow what is live and tell each version as soon as a new call would have it."""
    async with DurableJournal(url, utc_now) as journal:
        versions = Versions(journal.database, utc_now)
        editions = Editions(versions, press_of(place), place / "none", place / "kept")

        def swap(edition: Edition) -> None:
            print(json.dumps({"version": edition.version, "at": time.time()}), flush=True)

        swap(await editions.first())
        await editions.follow(swap)


async def told(worker: asyncio.subprocess.Process, version: int) -> float:
    """Return when a worker had a version in force, in seconds since 1970."""
    assert worker.stdout is not None
    while line := await worker.stdout.readline():
        row = json.loads(line)
        if row["version"] == version:
            return float(row["at"])
    raise RuntimeError("a worker ended")


async def measure(workers: int, rounds: int, folder: Path) -> dict[str, object]:
    """Publish round after round, and wait for all workers each time."""
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite+aiosqlite:///{place / 'kalm.db'}"
        journal = await stack.enter_async_context(DurableJournal(url, utc_now))
        versions = Versions(journal.database, utc_now)
        began = time.monotonic()
        editions = Editions(versions, press_of(place), folder, place / "kept")
        stack.callback(editions.close)
        texts = read_folder(folder)
        await editions.prepare(texts)
        whole = time.monotonic() - began
        await versions.publish(texts, by="bench", why="the first", based_on=None)
        started = []
        for number in range(workers):
            own = place / f"worker-{number}"
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.publishing", "--follow", url, str(own),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            stack.push_async_callback(process.wait)
            stack.callback(process.terminate)
            started.append(process)
        for process in started:
            await told(process, 1)
        seconds, learning = [], []
        for number in range(2, rounds + 2):
            text = texts["nlu.nl.yml"]
            if ANCHOR not in text:
                raise RuntimeError(f"{folder}/nlu.nl.yml has no intent outage to add to")
            line = f"    - bij nummer {number} in de straat is alles donker\n"
            texts["nlu.nl.yml"] = text.replace(ANCHOR, ANCHOR + line, 1)
            began = time.monotonic()
            await editions.prepare(texts)
            learning.append(round(time.monotonic() - began, 2))
            await versions.publish(texts, by="bench", why="one more", based_on=number - 1)
            seconds.append(await slowest(started, number))
        await versions.rollback(1, by="bench", why="back")
        back = await slowest(started, 1)
    return {
        "workers": workers,
        "in_force_s": seconds,
        "rolled_back_s": back,
        "learning_s": learning,
        "learning_all_s": round(whole, 2),
    }


async def slowest(workers: list[asyncio.subprocess.Process], version: int) -> float:
    """Return how many seconds from now the last worker has a version in force."""
    now = time.time()
    return round(max([await told(worker, version) for worker in workers]) - now, 2)


def main() -> None:
    """Measure, or be one of those that are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("intents"))
    parser.add_argument("--follow", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.follow:
        asyncio.run(work(asked.follow[0], Path(asked.follow[1])))
    else:
        print(json.dumps(asyncio.run(measure(asked.workers, asked.rounds, asked.folder))))


if __name__ == "__main__":
    main()
