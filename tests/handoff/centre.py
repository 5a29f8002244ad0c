"""A call centre for tests of offers: a journal on disk, agents, and time in our own hands."""

from collections.abc import Callable
from datetime import datetime

from bot.events import (
    Body,
    CallEnded,
    CallerSpoke,
    CallStarted,
    HandoffRequested,
    Language,
    MoodHeard,
    Sign,
)
from handoff.agents import Profile
from handoff.cards import Cards
from handoff.dispatch import Dispatcher
from handoff.jobs import Handler, Payload
from handoff.routing_rules import Rules, load_rules
from handoff.store.journal import DurableJournal
from tests.handoff.conftest import AMSTERDAM, HandClock

RULES = load_rules()
WORDS: dict[Sign, str] = {"angry": "schande", "crisis": "ik wil niet meer", "threat": "pas maar op"}


class HandTimers:
    """Timers that ring when told to; what was set outlives the objects that set it."""

    def __init__(self) -> None:
        self.set: dict[tuple[str, str], tuple[datetime, Payload]] = {}
        self.over: set[tuple[str, str]] = set()
        self.broken = False
        self._handlers: dict[str, Handler] = {}

    def on(self, kind: str, handler: Handler) -> None:
        self._handlers[kind] = handler

    async def at(self, kind: str, key: str, when: datetime, payload: Payload) -> None:
        if self.broken:
            raise OSError("timers are out of order")
        if (kind, key) not in self.over:
            self.set.setdefault((kind, key), (when, payload))

    async def cancel(self, kind: str, key: str) -> None:
        if self.set.pop((kind, key), None) is not None:
            self.over.add((kind, key))

    async def ring(self, now: datetime) -> None:
        """Ring all that are due, in their order."""
        due = sorted(
            (item for item in self.set.items() if item[1][0] <= now), key=lambda item: item[1][0]
        )
        for (kind, key), (_, payload) in due:
            self.over.add((kind, key))
            if self.set.pop((kind, key), None) is not None:
                await self._handlers[kind](payload)


class Centre:
    """One process of a call centre; another one on the same journal is a restart."""

    def __init__(
        self,
        journal: DurableJournal,
        clock: Callable[[], datetime],
        timers: HandTimers,
        rules: Rules = RULES,
    ) -> None:
        self.journal = journal
        self.rules = rules
        self.clock = clock
        self.timers = timers
        self.dispatcher = Dispatcher.build(journal, timers, clock, rules)
        self.presences = self.dispatcher.presences
        self.agents = self.dispatcher.agents
        self.offers = self.dispatcher.offers
        self.cards = Cards(journal, clock, AMSTERDAM, rules)

    async def settle(self) -> None:
        """Do what the dispatcher does until nothing changes any more."""
        while await self.dispatcher.round():
            pass

    async def works(self, *names: str, **profile: object) -> None:
        """Let agents be available."""
        for name in names:
            if profile:
                await self.agents.set(Profile.model_validate({"name": name, **profile}))
            await self.presences.choose(name, "available")

    async def calls(
        self, call_id: str, *more: Body, language: Language = "nl", sign: Sign | None = None
    ) -> None:
        """A caller who asks for a person."""
        spoke = CallerSpoke(words=WORDS.get(sign, "hallo") if sign else "hallo", language=language)
        moods = [MoodHeard(of=2, signs=(sign,), anger=0.9, by_words=0.9)] if sign else []
        await self.journal.open(
            call_id,
            CallStarted(line="twilio", language=language),
            spoke,
            *moods,
            *more,
            HandoffRequested(reason="caller_asked"),
        )
        await self.settle()

    async def hangs_up(self, call_id: str) -> None:
        """The caller is gone."""
        await self.journal.append(call_id, CallEnded(outcome="abandoned", by="caller"))
        await self.settle()

    async def later(self, clock: HandClock, seconds: float, *open_pages: str) -> None:
        """Let time pass, with the desks of some open all the while."""
        left = seconds
        while left > 0:
            step = min(left, 10.0)
            left -= step
            clock.forward(seconds=step)
            for name in open_pages:
                await self.presences.seen(name)
            await self.timers.ring(clock.now)
            await self.settle()

    async def offered(self) -> dict[str, str]:
        """Return who has an open offer, by call."""
        found = await self.journal.summaries("bot", "waiting", "accepted", "closed", limit=10_000)
        return {s.call_id: s.offered_to for s in found if s.offered_to is not None}
