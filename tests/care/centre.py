"""A call centre with care: agents who take heavy calls, and what comes after."""

from datetime import datetime

import pytest

from bot.events import (
    Bridged,
    CallEnded,
    IncidentReported,
    MoodHeard,
    OfferAccepted,
    Sign,
    WrappedUp,
)
from handoff.care.care import Care
from handoff.care.rules import CareRules
from handoff.store.journal import DurableJournal
from tests.handoff.centre import RULES, Centre, HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock


class Cared:
    """One process of a call centre that cares; another one on the same journal is a restart."""

    def __init__(
        self,
        journal: DurableJournal,
        clock: HandClock,
        timers: HandTimers,
        *,
        rules: CareRules | None = None,
        weekly: bool = True,
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.timers = timers
        self.names: tuple[str, ...] = ()
        self.centre = Centre(journal, clock, timers, RULES.model_copy())
        self.care = Care.build(
            journal,
            self.centre.dispatcher,
            timers,
            clock,
            AMSTERDAM,
            weekly_signals=weekly,
            rules=rules,
        )

    async def works(self, *names: str) -> None:
        """Let agents be available, with their desks open from now on."""
        self.names = (*self.names, *names)
        await self.centre.works(*names)

    async def passes(self, **by: float) -> None:
        """Let time pass, with the desks open; timers that were due by then ring."""
        self.clock.forward(**by)
        for name in self.names:
            await self.centre.presences.seen(name)
        await self.timers.ring(self.clock.now)
        await self.centre.settle()

    async def talks(self, call_id: str, agent: str, *signs: Sign, minutes: float = 4) -> None:
        """Somebody takes a call, by a click, and talks until the caller hangs up."""
        await self.centre.calls(call_id)
        moods = [MoodHeard(of=2, signs=(sign,), anger=0.9, by_words=0.9) for sign in signs]
        reported = [
            IncidentReported(sign=sign, of=2, urgent=True)
            for sign in signs
            if sign in ("threat", "crisis")
        ]
        taken = OfferAccepted(agent=agent, talk=True)
        await self.journal.append(call_id, *moods, *reported, taken, Bridged(agent=agent))
        await self.passes(minutes=minutes)
        await self.journal.append(call_id, CallEnded(outcome="handed_off", by="caller"))

    async def wraps_up(self, call_id: str, agent: str, seconds: float = 60) -> datetime:
        """The agent closes the card a while after the caller hung up."""
        await self.passes(seconds=seconds)
        await self.journal.append(call_id, WrappedUp(agent=agent, disposition="solved"))
        return self.clock.now

    async def takes(self, call_id: str, agent: str, *signs: Sign) -> None:
        """A whole call, from the offer to the wrap-up."""
        await self.talks(call_id, agent, *signs)
        await self.wraps_up(call_id, agent)
        await self.centre.settle()


@pytest.fixture
def timers() -> HandTimers:
    return HandTimers()


@pytest.fixture
def cared(journal: DurableJournal, clock: HandClock, timers: HandTimers) -> Cared:
    return Cared(journal, clock, timers)
