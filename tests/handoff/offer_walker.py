"""Brings callers to every stage on the way to a person, with real timers, until it is killed.

Run as a module by the kill test: `python -m tests.handoff.offer_walker FOLDER`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.events import Bridged, CallEnded, CallStarted, HandedOn, HandoffRequested, WrappedUp
from handoff.cards import Cards
from handoff.dispatch import Dispatcher
from handoff.jobs import Jobs, jobs_url
from handoff.routing_rules import load_rules
from handoff.store.journal import DurableJournal
from tests.handoff.conftest import AMSTERDAM

RULES = load_rules()
QUICK = RULES.model_copy(update={"offer": RULES.offer.model_copy(update={"answer_s": 2.0})})
"""Shorter than a supervisor may set it: a test does not wait for 20 seconds."""
AGENTS = ("Ana", "Bo", "Cas", "Dia")


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def working(
    folder: Path, *, dispatching: bool = True
) -> AsyncIterator[tuple[DurableJournal, Dispatcher]]:
    """One process as `kalm serve` runs it, without calls."""
    url = f"sqlite+aiosqlite:///{folder / 'kalm.db'}"
    jobs = Jobs(jobs_url(url))
    async with DurableJournal(url, utc_now) as journal:
        dispatcher = Dispatcher.build(journal, jobs, utc_now, QUICK)
        await jobs.start()
        if dispatching:
            await dispatcher.start()
        try:
            yield journal, dispatcher
        finally:
            await dispatcher.close()
            await jobs.close()


async def caller(journal: DurableJournal, call_id: str) -> None:
    """Ask for a person."""
    asked = HandoffRequested(reason="caller_asked")
    await journal.open(call_id, CallStarted(line="twilio", language="nl"), asked)


async def offered(journal: DurableJournal, dispatcher: Dispatcher, call_id: str) -> str:
    """Wait until a call is offered, and return to whom."""
    while True:
        change = journal.next_change()
        summary = await journal.summary(call_id)
        if summary is not None and summary.offered_to is not None:
            return summary.offered_to
        await change.wait()


async def walk(folder: Path) -> None:
    """Bring one call to each stage, say so, and wait to be killed."""
    async with working(folder) as (journal, dispatcher):
        cards = Cards(journal, utc_now, AMSTERDAM, QUICK)

        async def step(call_id: str, agent: str) -> str:
            await dispatcher.presences.choose(agent, "available")
            await caller(journal, call_id)
            return await offered(journal, dispatcher, call_id)

        has = await step("accepted", "Ana")
        await cards.accept("accepted", has)
        has = await step("wrap_up", "Bo")
        await cards.accept("wrap_up", has, talk=True)
        await journal.append(
            "wrap_up", Bridged(agent=has), CallEnded(outcome="handed_off", by="caller")
        )
        has = await step("done", "Cas")
        await cards.accept("done", has)
        await journal.append("done", WrappedUp(agent=has, disposition="solved"))
        await dispatcher.presences.choose("Cas", "away")
        has = await step("handed_on", "Dia")
        await cards.accept("handed_on", has)
        await journal.append("handed_on", HandedOn(agent=has))
        await dispatcher.presences.choose("Dia", "away")
        await caller(journal, "requested")
        await dispatcher.offers.make("handed_on", "Cas", ())  # to nobody: Cas is away
        await dispatcher.presences.choose("Cas", "available")
        who = await offered(journal, dispatcher, "handed_on")
        print(who, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(walk(Path(sys.argv[1])))
