"""What was acknowledged before kill -9 is there afterwards, and nothing is half there."""

import asyncio
import subprocess
import sys
from collections import Counter

import pytest

from bot.events import CallEnded, IncidentReported
from handoff.incidents import Incidents
from handoff.store import DurableJournal
from tests.handoff.conftest import AMSTERDAM, HandClock


def killed_after(acknowledged: int, url: str, module: str = "tests.handoff.writer") -> int:
    """Kill a writer after so many acknowledgements; return the last number it was given."""
    command = [sys.executable, "-m", module, url, "c1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
        lines += writer.stdout.read().splitlines(keepends=True)
    return max(int(line) for line in lines if line.endswith("\n"))


@pytest.mark.parametrize("acknowledged", [1, 2, 40])
async def test_kill_in_the_middle_of_writing(url: str, clock: HandClock, acknowledged: int) -> None:
    """A killed writer loses no acknowledged event, leaves no half batch, and can go on."""
    last = await asyncio.to_thread(killed_after, acknowledged, url)

    async with DurableJournal(url, clock) as journal:
        events = await journal.read("c1")
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len(events) >= last
        assert len(events) % 3 == 1  # the first event, then whole batches of three
        assert await journal.close_interrupted() == ["c1"]
        events = await journal.read("c1")
        assert events[-1].body == CallEnded(outcome="interrupted", by="system")
        assert await journal.last_position() == len(events)


@pytest.mark.parametrize("acknowledged", [2, 3, 30])
async def test_kill_between_report_and_incident(
    url: str, clock: HandClock, acknowledged: int
) -> None:
    """After a kill every report that is on record has its incident, and no incident has more."""
    module = "tests.handoff.incident_writer"
    last = await asyncio.to_thread(killed_after, acknowledged, url, module)

    async with DurableJournal(url, clock) as journal:
        events = await journal.read("c1")
        assert len(events) >= last
        reported = Counter(e.body.sign for e in events if isinstance(e.body, IncidentReported))
        assert sum(reported.values()) >= acknowledged - 1
        found = await Incidents(journal, clock, AMSTERDAM).listed("open")
        assert {incident.sign: incident.reports for incident in found} == dict(reported)
        assert await journal.close_interrupted() == ["c1"]
