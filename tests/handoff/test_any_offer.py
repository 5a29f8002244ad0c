"""Whatever callers, agents and machines do: nobody has two offers, and nobody is forgotten.

A state machine plays a call centre on a real journal on disk, in virtual time: callers come
and hang up, agents come, answer, are late, click at once, hand on and close their pages, and
Kalm is restarted at any moment.
"""

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from bot.events import (
    Body,
    Bridged,
    CallerSpoke,
    Event,
    HandedOn,
    Language,
    OfferAccepted,
    OfferDeclined,
    OfferMade,
    Returned,
    Sign,
    WaitEnded,
    WrappedUp,
)
from handoff.agents import Profile
from handoff.cards import NotPossible, Taken
from handoff.fitting import NotForYou
from handoff.offer_state import OfferState, offer_state
from handoff.offers import DeclineReason, NotOffered
from handoff.presence import Choice, Presence
from handoff.store.database import Database
from handoff.store.journal import DurableJournal
from tests.handoff.centre import RULES, Centre, HandTimers
from tests.handoff.conftest import HandClock
from tests.handoff.invariants import no_call_is_taken_by_two, nobody_has_two_offers

AGENTS = ("Ana", "Bo", "Cas")
DUTCH_ONLY = "Cas"
agents = st.sampled_from(AGENTS)
choices: st.SearchStrategy[Choice] = st.sampled_from(["available", "available", "away", "break"])
languages: st.SearchStrategy[Language] = st.sampled_from(["nl", "nl", "en"])
signs: st.SearchStrategy[Sign | None] = st.sampled_from([None, None, "threat", "crisis"])
reasons: st.SearchStrategy[DeclineReason] = st.sampled_from(["busy", "too_heavy", "know_caller"])
LATE_ANSWERS = (NotOffered, NotPossible, Taken)


def in_a_hurry(database: Database) -> None:
    """Do without what costs time: power-cut safety, for kill -9 is played; and migrations.

    The schema is there: it is made once for all examples.
    """

    def hurry(connection: DBAPIConnection, _record: object) -> None:
        connection.cursor().execute("PRAGMA synchronous = OFF")

    for engine in database.engines:
        event.listen(engine, "connect", hurry)
    pytest.MonkeyPatch().setattr(database, "start", AsyncMock())  # of this one alone, for good


@cache
def new_database() -> Path:
    """Return a database that nobody used yet."""
    folder = Path(tempfile.mkdtemp(prefix="kalm-centre-"))
    atexit.register(shutil.rmtree, folder)

    async def make() -> None:
        async with DurableJournal(f"sqlite+aiosqlite:///{folder / 'kalm.db'}", HandClock()):
            pass

    asyncio.run(make())
    return folder / "kalm.db"


class CallCentre(RuleBasedStateMachine):
    """What may happen in a call centre."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="kalm-centre-"))
        self.clock = HandClock()
        self.timers = HandTimers()
        self.pages: set[str] = set(AGENTS)
        self.calls: list[str] = []

    @initialize(
        here=st.sets(agents, min_size=1), waiting=st.lists(languages, min_size=1, max_size=3)
    )
    def open(self, here: set[str], waiting: list[Language]) -> None:
        """Kalm starts, with a day's work at hand."""
        shutil.copy(new_database(), self.folder / "kalm.db")
        self.runner.run(self._start())
        for name in here:
            self.do(self.centre.presences.choose(name, "available"))
        for language in waiting:
            self.calls.append(f"c{len(self.calls) + 1}")
            self.runner.run(self.centre.calls(self.calls[-1], language=language))

    async def _start(self, *, cut_off: bool = False) -> None:
        url = f"sqlite+aiosqlite:///{self.folder / 'kalm.db'}"
        self.journal = DurableJournal(url, self.clock)
        in_a_hurry(self.journal.database)
        await self.journal.start()
        if cut_off:
            await self.journal.close_interrupted()
        self.centre = Centre(self.journal, self.clock, self.timers)
        await self.centre.agents.set(Profile(name=DUTCH_ONLY, languages=frozenset({"nl"})))
        await self.centre.settle()

    def teardown(self) -> None:
        """Close what is open."""
        if hasattr(self, "journal"):
            self.runner.run(self.journal.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def some_call(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.calls[-4:]), label="call")

    @rule(language=languages, sign=signs)
    def caller_comes(self, language: Language, sign: Sign | None) -> None:
        self.calls.append(f"c{len(self.calls) + 1}")
        self.runner.run(self.centre.calls(self.calls[-1], language=language, sign=sign))

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def caller_hangs_up(self, data: st.DataObject) -> None:
        call_id = self.some_call(data)
        if not self.state(call_id).ended:
            self.runner.run(self.centre.hangs_up(call_id))

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def caller_needs_nobody(self, data: st.DataObject) -> None:
        call_id = self.some_call(data)
        if not self.state(call_id).ended:
            self.do(self.journal.append(call_id, WaitEnded(why="resolved")))

    @rule(agent=agents, choice=choices)
    def agent_chooses(self, agent: str, choice: Choice) -> None:
        self.pages.add(agent)
        self.do(self.centre.presences.choose(agent, choice))

    @rule(agent=agents)
    def page_is_closed(self, agent: str) -> None:
        self.pages.discard(agent)
        self.do(self.centre.presences.closed(agent))

    @rule(seconds=st.sampled_from([1, 7, 20, 45, 120]))
    def time_passes(self, seconds: int) -> None:
        self.runner.run(self.centre.later(self.clock, seconds, *self.pages))

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), who=st.lists(agents, min_size=1, max_size=3), any_call=st.booleans())
    def agents_click_at_once(self, data: st.DataObject, who: list[str], any_call: bool) -> None:
        call_id = self.some_call(data)
        before = self.state(call_id)

        async def click() -> list[object]:
            asking = (self.centre.cards.accept(call_id, name, any_call=any_call) for name in who)
            return await asyncio.gather(*asking, return_exceptions=True)

        done = self.runner.run(click())
        after = self.state(call_id)
        for name, result in zip(who, done, strict=True):
            if result is None:
                assert after.agent == name
            elif isinstance(result, Taken):
                assert after.agent == result.agent != name
            else:
                assert isinstance(result, NotPossible | NotForYou)
                assert after.agent != name or before.agent == name
        self.runner.run(self.centre.settle())

    @rule(agent=agents)
    def agent_accepts_the_offer(self, agent: str) -> None:
        offered = self.runner.run(self.centre.offers.current(agent))
        if offered is not None:
            self.do(self.centre.cards.accept(offered.call_id, agent))
            assert self.state(offered.call_id).agent == agent

    @rule(agent=agents, reason=reasons)
    def agent_declines(self, agent: str, reason: DeclineReason) -> None:
        offered = self.runner.run(self.centre.offers.current(agent))
        if offered is not None:
            self.do(self.centre.offers.decline(offered.call_id, agent, reason))

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), agent=agents)
    def agent_answers_late(self, data: st.DataObject, agent: str) -> None:
        call_id = self.some_call(data)
        before = self.events(call_id)
        if offer_state(before).offered_to == agent:
            return

        async def late() -> None:
            try:
                await self.centre.offers.decline(call_id, agent)
            except LATE_ANSWERS:
                return
            raise AssertionError("a late answer was taken")

        self.runner.run(late())
        assert self.events(call_id) == before

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), agent=agents, any_call=st.booleans())
    def agent_accepts_late(self, data: st.DataObject, agent: str, any_call: bool) -> None:
        """After it ran out, was withdrawn, or the caller hung up: it is a click like any other."""
        call_id = self.some_call(data)
        before = self.state(call_id)
        if before.offered_to == agent:
            return

        async def late() -> bool:
            try:
                await self.centre.cards.accept(call_id, agent, any_call=any_call)
            except (*LATE_ANSWERS, NotForYou):
                return False
            return True

        took = self.runner.run(late())
        after = self.state(call_id)
        assert took == (after.state == "accepted" and after.agent == agent)
        assert took or (after.state, after.agent) == (before.state, before.agent)
        self.runner.run(self.centre.settle())

    @rule(
        agent=agents, tabs=st.lists(st.sampled_from(["accept", "decline"]), min_size=2, max_size=3)
    )
    def agent_answers_in_two_tabs(self, agent: str, tabs: list[str]) -> None:
        """Double clicks, and a yes and a no at once: one answer counts."""
        offered = self.runner.run(self.centre.offers.current(agent))
        if offered is None:
            return
        call_id = offered.call_id
        before = len(self.events(call_id))

        async def click() -> list[object]:
            doing: dict[str, Callable[[str, str], Awaitable[None]]] = {
                "accept": self.centre.cards.accept,
                "decline": self.centre.offers.decline,
            }
            return await asyncio.gather(
                *(doing[tab](call_id, agent) for tab in tabs), return_exceptions=True
            )

        done = self.runner.run(click())
        bodies = [event.body for event in self.events(call_id)[before:]]
        said = [body for body in bodies if isinstance(body, OfferDeclined)]
        took = [body for body in bodies if isinstance(body, OfferAccepted)]
        assert len(said) == [r for r, t in zip(done, tabs, strict=True) if t == "decline"].count(
            None
        )
        assert len(said) <= 1
        assert len(took) == ("accept" in tabs)
        assert all(result is None or isinstance(result, NotOffered) for result in done)
        self.runner.run(self.centre.settle())

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def a_timer_rings_again(self, data: st.DataObject) -> None:
        """Of an offer that is over: killed half way, a handler is called once more."""
        call_id = self.some_call(data)
        before = self.events(call_id)
        made = [e.body for e in before if isinstance(e.body, OfferMade)]
        open_until = offer_state(before).until
        for body in made:
            if body.until != open_until:
                self.runner.run(self.centre.offers.expire(call_id, body.agent, body.until))
        assert self.events(call_id) == before

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), end=st.sampled_from(["wrap_up", "hand_on", "lost", "given_back"]))
    def agent_lets_go(self, data: st.DataObject, end: str) -> None:
        call_id = self.some_call(data)
        state = self.state(call_id)
        if state.state != "accepted" or state.agent is None:
            return
        name = state.agent
        others = st.none() | st.sampled_from([other for other in AGENTS if other != name])
        ends: dict[str, Body] = {
            "wrap_up": WrappedUp(agent=name, disposition="solved"),
            "hand_on": HandedOn(agent=name, to=data.draw(others)),
            "lost": Returned(agent=name, why="lost"),
            "given_back": Returned(agent=name, why="given_back"),
        }
        if end in ("wrap_up", "hand_on") or not state.ended:
            self.do(self.journal.append_if("accepted", call_id, Bridged(agent=name), ends[end]))

    @rule(torn=st.booleans(), cut_off=st.sampled_from([False, False, True]))
    def kalm_restarts(self, torn: bool, cut_off: bool) -> None:
        """Killed.

        With `torn`, while timers could not be set; with `cut_off`, the machine of the calls.
        """
        self.timers.broken = torn
        self.caller_comes("nl", None)
        self.runner.run(self.journal.close())
        self.timers.broken = False
        self.runner.run(self._start(cut_off=cut_off))

    def do(self, doing: Awaitable[object]) -> None:
        async def run() -> None:
            await doing
            await self.centre.settle()

        self.runner.run(run())

    def events(self, call_id: str) -> list[Event]:
        return self.runner.run(self.journal.read(call_id))

    def state(self, call_id: str) -> OfferState:
        return offer_state(self.events(call_id))

    @invariant()
    def all_is_well(self) -> None:
        """What must hold at any moment, by the record and the rows."""
        if not hasattr(self, "journal"):
            return
        told, rows, there = self.runner.run(self._look())
        states = {call_id: offer_state(events) for call_id, events in told.items()}
        english = {
            call_id
            for call_id, events in told.items()
            if any(isinstance(e.body, CallerSpoke) and e.body.language == "en" for e in events)
        }
        self._nobody_has_two_offers(states, rows, there)
        for events in told.values():
            no_call_is_taken_by_two(events)
        for name in AGENTS:
            having = any(s.state == "accepted" and s.agent == name for s in states.values())
            assert (there[name].state in ("busy", "wrap_up")) == having
        asked = set(rows.values())
        for call_id, state in states.items():
            able = [name for name in AGENTS if name != DUTCH_ONLY or call_id not in english]
            free = [name for name in able if there[name].state == "available" and name not in asked]
            if state.offered_to in state.passed:
                made = max(e.at for e in told[call_id] if isinstance(e.body, OfferMade))
                # Who passed is asked again only when all others who were free had passed too.
                assert all(there[n].since >= made or n in state.passed for n in free), call_id
            elif state.to_be_offered and state.offered_to is None:
                self._is_not_forgotten(state, free)

    async def _look(
        self,
    ) -> tuple[dict[str, list[Event]], dict[str, str], dict[str, Presence]]:
        told = {call_id: await self.journal.read(call_id) for call_id in self.calls}
        there = {name: await self.centre.presences.of(name) for name in AGENTS}
        return told, await self.centre.offered(), there

    def _nobody_has_two_offers(
        self, states: dict[str, OfferState], rows: dict[str, str], there: dict[str, Presence]
    ) -> None:
        """Fold and rows tell the same offers: one a call, one an agent, and to who is free."""
        assert {c: s.offered_to for c, s in states.items() if s.offered_to} == rows
        nobody_has_two_offers(rows)
        for call_id, agent in rows.items():
            assert states[call_id].to_be_offered
            assert there[agent].state == "available"
            until = states[call_id].until
            assert until is not None
            assert until > self.clock.now
            timed = [(when, p["call_id"]) for when, p in self.timers.set.values()]
            assert (until, call_id) in timed

    def _is_not_forgotten(self, state: OfferState, free: list[str]) -> None:
        """While a caller has no offer, everybody who is free and may take it just passed it."""
        rest = timedelta(seconds=RULES.offer.again_after_s)
        first = state.first(self.clock.now, RULES.offer)
        for name in free:
            passed = state.passed.get(name)
            just_passed = passed and (passed.for_good or self.clock.now - passed.at < rest)
            assert just_passed or first not in (None, name), name


CallCentre.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestCallCentre = CallCentre.TestCase
