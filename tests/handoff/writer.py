"""A process that writes to the journal as fast as it can, and says what was acknowledged.

Run as a module by the kill test: `python -m tests.handoff.writer URL CALL_ID`.
"""

import asyncio
import sys

from bot.events import BotSpoke, CallStarted
from handoff.store import DurableJournal
from tests.handoff.conftest import HandClock


async def write(url: str, call_id: str) -> None:
    async with DurableJournal(url, HandClock()) as journal:
        await journal.open(call_id, CallStarted(line="twilio", language="nl"))
        print(1, flush=True)
        while True:
            batch = [BotSpoke(words="x" * 200, language="nl")] * 3
            events = await journal.append(call_id, *batch)
            print(events[-1].seq, flush=True)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2]))
