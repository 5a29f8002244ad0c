"""Supervisors see what goes on as it is; rules that they change hold at once, for all."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    Bridged,
    CallEnded,
    CallStarted,
    Event,
    HandoffRequested,
    OfferAccepted,
    WaitEnded,
)
from handoff import mount
from handoff.accounts import Accounts, Role
from handoff.care.rules import PauseInForce
from handoff.care.rules import own_rules as own_care_rules
from handoff.dispatch import Dispatcher
from handoff.guard import SESSION_COOKIE
from handoff.jobs import NoTimers
from handoff.presence import Presences
from handoff.relay import Relays
from handoff.routing_rules import Rules, own_rules
from handoff.rule_changes import ChangedMeanwhile, RuleChanges, Wrong
from handoff.service_level import service_level
from handoff.store.journal import DurableJournal
from handoff.talking import Talking
from tests.handoff.conftest import AMSTERDAM, HandClock

pytestmark = pytest.mark.usefixtures("quick_hashes")
Enter = Callable[[str, Role], Awaitable[httpx.AsyncClient]]
ASKED = (CallStarted(line="browser", language="nl"), HandoffRequested(reason="key_0"))


@pytest.fixture
def rules() -> Rules:
    return own_rules().model_copy()


@pytest.fixture
def relays() -> Relays:
    return Relays()


@pytest.fixture
async def enter(
    journal: DurableJournal, accounts: Accounts, clock: HandClock, rules: Rules, relays: Relays
) -> AsyncIterator[Enter]:
    """Open a browser that is logged in as a new user."""
    app = FastAPI()
    dispatcher = Dispatcher.build(journal, NoTimers(), clock, rules)
    talking = Talking(relays, journal, clock, AMSTERDAM)
    mount(app, journal, accounts, clock, AMSTERDAM, talking=talking, dispatcher=dispatcher)
    opened: list[httpx.AsyncClient] = []

    async def log_in(name: str, role: Role) -> httpx.AsyncClient:
        session = await accounts.log_in(name, await accounts.add_user(name, role=role), "192.0.2.1")
        assert session is not None
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://kalm.test",
            cookies={SESSION_COOKIE: session.token},
            headers={"Accept-Language": "nl", "Accept": "text/html"},
        )
        opened.append(client)
        return client

    yield log_in
    for client in opened:
        await client.aclose()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found.group(1)


async def test_the_page_tells_what_goes_on(
    enter: Enter,
    journal: DurableJournal,
    clock: HandClock,
    relays: Relays,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls with who has them, the queue, agents by name, service; buttons where one may sit in."""
    monkeypatch.setattr("handoff.desk.team.CALM_S", 0.0)
    kim = await enter("Kim", "supervisor")
    empty = (await kim.get("/desk/team")).text
    assert "Er is nu geen gesprek." in empty
    await journal.open("c1", *ASKED)
    await journal.open("c2", *ASKED)
    clock.forward(seconds=30)
    await journal.append("c1", OfferAccepted(agent="Zoë", talk=True), Bridged(agent="Zoë"))
    await Presences(journal, clock).choose("Ana", "available")
    with relays.begin("c1", caller_rate=16000, line_rate=24000) as relay, relay.joining("Zoë"):
        relay.begin_talk()
        page = (await kim.get("/desk/team")).text
    assert "c1?sit=listen" in page
    assert "c2?sit=listen" not in page
    agents = page[page.index('id="team-agents"') :]
    assert agents.index("Ana") < agents.index("Zoë")
    level = page[page.index('id="team-level"') : page.index('id="team-calls"')]
    assert re.search(r"binnen 60 s</dt><dd>1 ", level)
    assert re.search(r"binnen 20 s</dt><dd>0 ", level)


@pytest.mark.parametrize("place", ["/desk/team", "/desk/team/rules"])
async def test_agents_are_told_that_it_is_not_for_them(enter: Enter, place: str) -> None:
    """Nothing of a page for supervisors is shown to an agent; strangers log in first."""
    ana = await enter("Ana", "agent")
    answer = await ana.get(place)
    assert answer.status_code == 403
    assert "team-calls" not in answer.text
    assert (await ana.post("/desk/team/rules", data={"answer_s": "5"})).status_code == 403
    ana.cookies.clear()
    assert (await ana.get(place)).status_code == 303


async def test_agents_can_not_listen_in(enter: Enter) -> None:
    """Sitting in unasked is for supervisors, whatever page asks for it."""
    ana = await enter("Ana", "agent")
    csrf = hidden((await ana.get("/desk/password")).text, "csrf")
    headers = {"X-CSRF-Token": csrf}
    for how in ("listen", "whisper"):
        body = {"sdp": "x", "how": how}
        answer = await ana.post("/desk/calls/c1/talk/sit-in", json=body, headers=headers)
        assert answer.status_code == 403
    answer = await ana.post("/desk/calls/c1/talk/take-over", headers=headers)
    assert answer.status_code == 403


async def test_a_rule_is_changed_and_undone_by_the_page(enter: Enter, rules: Rules) -> None:
    """It holds at once, with who and why; what is not allowed is told, and changes nothing."""
    kim = await enter("Kim", "supervisor")
    page = (await kim.get("/desk/team/rules")).text
    csrf = hidden(page, "csrf")
    sent = {"csrf": csrf, "after": "0", "answer_s": "40", "why": "drukke ochtend"}
    assert (await kim.post("/desk/team/rules", data=sent)).status_code == 303
    assert rules.offer.answer_s == 40
    page = (await kim.get("/desk/team/rules")).text
    assert "drukke ochtend" in page
    assert "20 → 40" in page
    late = sent | {"answer_s": "50"}
    assert (await kim.post("/desk/team/rules", data=late)).status_code == 409
    wrong = sent | {"after": "1", "answer_s": "4000"}
    refused = await kim.post("/desk/team/rules", data=wrong)
    assert refused.status_code == 422
    assert "4000" in refused.text
    assert (await kim.post("/desk/team/rules", data=sent | {"csrf": "x"})).status_code == 403
    assert rules.offer.answer_s == 40
    undo = {"csrf": csrf, "number": "1"}
    assert (await kim.post("/desk/team/rules/undo", data=undo)).status_code == 303
    assert rules.offer.answer_s == 20
    assert "Ongedaan gemaakt: nummer 1" in (await kim.get("/desk/team/rules")).text


async def test_a_change_holds_in_every_process_and_after_a_restart(
    journal: DurableJournal, clock: HandClock
) -> None:
    """Who looks later goes by it too; the file stays the default for what is not named."""
    one, other = own_rules().model_copy(), own_rules().model_copy()
    pause = own_care_rules().pause
    here = RuleChanges(journal, one, clock, PauseInForce(pause))
    there = RuleChanges(journal, other, clock, PauseInForce(pause))
    await here.change({"most": 9.0, "answer_s": 20.0}, by="Kim", after=0)
    assert other.load.most == own_rules().load.most
    await there.look()
    assert (one.load.most, other.load.most) == (9.0, 9.0)
    assert dict((await there.history())[0].numbers) == {"most": 9.0}
    with pytest.raises(ChangedMeanwhile):
        await there.change({"most": 8.0}, by="Bo", after=0)
    with pytest.raises(Wrong):
        await there.change({"most": -1.0}, by="Bo", after=1)
    await there.undo(1, by="Bo", after=1)
    await here.look()
    assert one.load.most == other.load.most == own_rules().load.most
    assert own_rules().load.most == own_rules().model_copy().load.most


STEPS = st.sampled_from(["ask", "accept", "wait_ended", "ended", "callback"])


@given(st.lists(st.tuples(st.sampled_from("abc"), STEPS, st.integers(0, 90)), max_size=25))
def test_each_caller_counts_once(steps: list[tuple[str, str, int]]) -> None:
    """Whatever happens in whatever order: parts add up to those who asked and still want to."""
    at = HandClock()()
    bodies = {
        "ask": HandoffRequested(reason="key_0"),
        "accept": OfferAccepted(agent="Ana"),
        "wait_ended": WaitEnded(why="resolved"),
        "ended": CallEnded(outcome="abandoned", by="caller"),
        "callback": CallEnded(outcome="callback", by="caller"),
    }
    events = []
    for n, (call, step, seconds) in enumerate(steps, 1):
        at += timedelta(seconds=seconds)
        events.append(Event(call_id=call, seq=n, at=at, body=bodies[step]))
    level = service_level(events)
    asked = {event.call_id for event in events if isinstance(event.body, HandoffRequested)}
    assert level.counted + level.waiting <= len(asked)
    assert level.in_20_s <= level.in_60_s <= level.answered
    if not any(isinstance(event.body, WaitEnded) for event in events):
        assert level.counted + level.waiting == len(asked)


def test_the_service_level_of_a_morning() -> None:
    """Two within a minute, one late, one gone, one called back, one waiting, one resolved."""
    at = HandClock()()
    told: list[tuple[str, int, object]] = []
    for call in "abcdefg":
        told.append((call, 0, HandoffRequested(reason="key_0")))
    told += [
        ("a", 5, OfferAccepted(agent="Ana")),
        ("b", 45, OfferAccepted(agent="Ana")),
        ("c", 61, OfferAccepted(agent="Ana")),
        ("d", 70, CallEnded(outcome="abandoned", by="caller")),
        ("e", 80, CallEnded(outcome="callback", by="caller")),
        ("g", 90, WaitEnded(why="resolved")),
    ]
    events = [
        Event(call_id=call, seq=n, at=at + timedelta(seconds=s), body=body)
        for n, (call, s, body) in enumerate(told, 1)
    ]
    level = service_level(events)
    assert (level.answered, level.in_20_s, level.in_60_s) == (3, 1, 2)
    assert (level.abandoned, level.later, level.waiting) == (1, 1, 1)
    assert level.share(level.in_60_s) == 40
