"""A process that reports incidents as fast as it can, and says what was acknowledged.

Run as a module by the kill test: `python -m tests.handoff.incident_writer URL CALL_ID`.
"""

import asyncio
import sys
from itertools import cycle

from bot.events import Sign
from handoff.store import DurableJournal
from tests.handoff.calls import nl
from tests.handoff.conftest import HandClock
from tests.handoff.incident_calls import STARTED, report

SIGNS: list[Sign] = ["threat", "insult_person", "discrimination", "crisis"]


async def write(url: str, call_id: str) -> None:
    async with DurableJournal(url, HandClock()) as journal:
        events = await journal.open(call_id, STARTED, nl("pas maar op"))
        print(events[-1].seq, flush=True)
        for sign in cycle(SIGNS):
            events = await journal.append(call_id, nl("x" * 200), report(events[-1].seq, sign))
            print(events[-1].seq, flush=True)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2]))
