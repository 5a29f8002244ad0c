"""A Kalm without its calls: all that the human side does, with real timers, step by step.

What `kalm serve` does in the background is done here when it is told to, so that the order of
writes is the same at each run.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from unittest.mock import AsyncMock, patch

from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import NullPool

from bot.events import Body, CallerSpoke, CallStarted, HandoffRequested
from handoff.callbacks import Callbacks
from handoff.cards import Cards
from handoff.care.care import Care
from handoff.dispatch import Dispatcher
from handoff.jobs import Handler, Jobs, Payload, jobs_url
from handoff.relay import Joined, Relay, Relays
from handoff.routing_rules import load_rules
from handoff.sitting_in import SittingIn
from handoff.store.journal import DurableJournal
from handoff.talking import Talking
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_talking import ANSWER, OFFER, FakeLine

AGENTS = ("Ana", "Bo", "Cas", "Dia", "Eva", "Finn", "Gus", "Hans")
RULES = load_rules()
Gate = Callable[[str], None]
"""Called right before something becomes durable, with what it is; it may kill the process."""


class GatedJobs(Jobs):
    """Real timers, of which it is counted how often each rang here."""

    def __init__(self, url: str, clock: Callable[[], datetime], gate: Gate) -> None:
        super().__init__(url, clock)
        self.rang: Counter[str] = Counter()
        self._gate = gate
        self._known: set[str] = set()

    def on(self, kind: str, handler: Handler) -> None:
        async def ring(payload: Payload) -> None:
            self.rang[f"{kind} {sorted(payload.items())}"] += 1
            await handler(payload)

        super().on(kind, ring)

    async def at(self, kind: str, key: str, when: datetime, payload: Payload) -> None:
        if key not in self._known:  # set once more, it changes nothing
            self._known.add(key)
            self._gate(f"timer {kind}")
        await super().at(kind, key, when, payload)


class House:
    """One process; another one on the same database is a restart."""

    def __init__(self, url: str, clock: HandClock, gate: Gate = lambda _what: None) -> None:
        self.url = url
        self.clock = clock
        self.jobs = GatedJobs(jobs_url(url), clock, gate)
        self.journal = DurableJournal(url, clock)
        self.dispatcher = Dispatcher.build(self.journal, self.jobs, clock, RULES)
        self.offers, self.presences = self.dispatcher.offers, self.dispatcher.presences
        self.care = Care.build(
            self.journal, self.dispatcher, self.jobs, clock, AMSTERDAM, weekly_signals=False
        )
        self.callbacks = Callbacks(self.journal, clock, AMSTERDAM, self.jobs)
        self.cards = Cards(self.journal, clock, AMSTERDAM, RULES)
        self.relays = Relays()
        self.lines: list[FakeLine] = []
        self.talking = Talking(
            self.relays, self.journal, clock, AMSTERDAM, connect=self._connect, sleep=_at_once
        )
        self.sitting = SittingIn(self.talking)
        _before_commits(self.journal, gate)

    async def _connect(self, _sdp: str, _relay: Relay, _joined: Joined) -> tuple[FakeLine, str]:
        self.lines.append(FakeLine())
        return self.lines[-1], ANSWER

    async def start(self) -> None:
        """Begin as `kalm serve` does on a database that is there, and take up what was left."""
        with patch.object(self.journal.database, "start", AsyncMock()):
            await self.journal.start()
        await self.journal.close_interrupted()
        await self.jobs.start()
        await self.keep_up()

    async def keep_up(self) -> None:
        """Do what goes on in the background."""
        await self.callbacks.keep_all()
        await self.care.breaks.keep_up()
        await self.care.protocol.keep_all()
        while await self.dispatcher.round():
            pass

    async def close(self) -> None:
        """Stop in peace."""
        await self.talking.close()
        await self.jobs.close()
        await self.journal.close()

    async def calls(self, call_id: str, *more: Body) -> str:
        """Let a caller ask for a person, and return who is asked."""
        start = CallStarted(line="browser", language="nl")
        await self.journal.open(call_id, start, CallerSpoke(words="pas maar op", language="nl"))
        await self.journal.append(call_id, *more, HandoffRequested(reason="caller_asked"))
        return await self.asked(call_id)

    async def asked(self, call_id: str) -> str:
        """Return who is asked to take a call, when all has settled."""
        await self.keep_up()
        offered = (await self.offered()).get(call_id)
        assert offered is not None, f"nobody is asked for {call_id}"
        return offered

    async def offered(self) -> dict[str, str]:
        """Return who has an open offer, by call."""
        found = await self.journal.summaries("bot", "waiting", "accepted", "closed", limit=1000)
        return {s.call_id: s.offered_to for s in found if s.offered_to is not None}

    async def talks(self, call_id: str, agent: str) -> FakeLine:
        """Let an agent accept and talk with the caller, until that is on record."""
        met = await self.count(call_id, "Bridged")
        await self.talking.join(call_id, agent, OFFER)
        line, relay = self.lines[-1], self.relays.find(call_id)
        assert relay is not None
        relay.bot_is_quiet()
        line.sound.set()
        await self.stored(call_id, "Bridged", met + 1)
        await self.told(line, "talking")
        return line

    async def told(self, line: FakeLine, state: str) -> None:
        """Wait until somebody's page was told something."""
        async with asyncio.timeout(60):
            while state not in line.told:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def count(self, call_id: str, kind: str) -> int:
        """Return how often something is on record."""
        return sum(one.body.kind == kind for one in await self.journal.read(call_id))

    async def stored(self, call_id: str, kind: str, nth: int = 1) -> None:
        """Wait until something is on record for the nth time."""
        async with asyncio.timeout(60):
            async for one in self.journal.follow(call_id):
                nth -= one.body.kind == kind
                if not nth:
                    return

    async def passes(self, **by: float) -> None:
        """Let time pass with all desks open; of the timers those that are set are due then."""
        self.clock.forward(**by)
        for agent in AGENTS:
            await self.presences.seen(agent)
        await self.ring()
        await self.keep_up()

    async def ring(self) -> None:
        """Let every timer that is set be due, and wait until the handlers are done."""
        in_jobs(self.url, "UPDATE {} SET delay_until_epoch_ms = 1 WHERE status = 'DELAYED'")
        under_way = (
            "SELECT count(*) FROM {} WHERE status IN ('ENQUEUED', 'PENDING')"
            " OR (status = 'DELAYED' AND delay_until_epoch_ms = 1)"
        )
        async with asyncio.timeout(120):
            while in_jobs(self.url, under_way):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


def _before_commits(journal: DurableJournal, gate: Gate) -> None:
    """Call the gate right before each commit; do without power-cut safety, to be quick."""

    def gated(_connection: Any) -> None:
        gate("commit")

    def in_a_hurry(connection: DBAPIConnection, _record: object) -> None:
        connection.cursor().execute("PRAGMA synchronous = OFF")

    for engine in journal.database.engines:
        event.listen(engine, "commit", gated)
        if journal.database.is_sqlite:
            event.listen(engine, "connect", in_a_hurry)


def in_jobs(url: str, query: str) -> int:
    """Run a query on what DBOS keeps, with {} for its table of workflows; return a number."""
    beside = make_url(jobs_url(url))
    table = "workflow_status"
    if beside.get_backend_name() != "sqlite":
        beside, table = beside.set(drivername="postgresql+psycopg"), f"dbos.{table}"
    engine = create_engine(beside, poolclass=NullPool)
    with engine.begin() as connection:
        done = connection.execute(text(query.format(table)))
        return int(done.scalar_one()) if done.returns_rows else 0


async def make_ready(url: str) -> None:
    """Make the tables of an empty database, so that each house finds them."""
    house = House(url, HandClock())
    async with house.journal:
        await house.jobs.start()
        await house.jobs.close()
