"""An offer reaches one agent, ends in one way, and is never said to be open when it is not."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.events import (
    Body,
    CallbackPromised,
    CallEnded,
    CallerVerified,
    HandedOn,
    MeasureApplied,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    PromiseMade,
    Returned,
    Understood,
    WaitEnded,
    WrappedUp,
)
from handoff.cards import Taken
from handoff.fitting import NotForYou
from handoff.offer_state import offer_state
from handoff.offers import NotOffered
from handoff.routing_rules import Elsewhere
from handoff.store.journal import CallUnknown, DurableJournal
from handoff.why import why_me
from handoff.wording import wording
from tests.handoff.centre import RULES, Centre, HandTimers
from tests.handoff.conftest import HandClock

VERIFIED = CallerVerified(customer_id="471109", factors=("customer_number", "postcode"))
WRAPPED = WrappedUp(agent="Sem", disposition="solved")


@pytest.fixture
def centre(journal: DurableJournal, clock: HandClock) -> Centre:
    return Centre(journal, clock, HandTimers())


async def told(centre: Centre, call_id: str = "c1") -> list[Body]:
    """What happened after the caller asked for a person."""
    events = await centre.journal.read(call_id)
    start = next(n for n, e in enumerate(events) if e.body.kind == "HandoffRequested")
    return [event.body for event in events[start + 1 :]]


async def test_a_caller_is_offered_to_who_asked_for_calls(centre: Centre, clock: HandClock) -> None:
    """Nobody is offered calls without asking; who does is, for so long as the rules say."""
    await centre.calls("c1")
    await centre.presences.seen("Noor")
    await centre.settle()
    assert await centre.offered() == {}
    await centre.works("Sem")
    await centre.settle()
    assert await centre.offered() == {"c1": "Sem"}
    offered = await centre.offers.current("Sem")
    assert offered is not None
    assert offered.until == clock.now + timedelta(seconds=RULES.offer.answer_s)
    assert offered.on_the_line
    assert await centre.offers.current("Noor") is None
    assert why_me(offered.why, wording("nl")).startswith("waarom u: u bent vrij")


async def test_accepting_ends_the_offer_and_makes_the_agent_busy(centre: Centre) -> None:
    """Who accepts has the caller, is busy until the wrap-up, and is offered nothing else."""
    await centre.works("Sem")
    await centre.calls("c1")
    await centre.cards.accept("c1", "Sem")
    await centre.calls("c2")
    assert await centre.offered() == {}
    assert (await centre.presences.of("Sem")).state == "busy"
    await centre.hangs_up("c1")
    assert (await centre.presences.of("Sem")).state == "wrap_up"
    await centre.journal.append("c1", WRAPPED)
    await centre.settle()
    assert await centre.offered() == {"c2": "Sem"}
    states = [was.state for was in await centre.presences.history(centre.clock() - timedelta(1))]
    assert states == ["available", "busy", "wrap_up", "available"]


async def test_an_offer_that_nobody_answers_goes_to_the_next(
    centre: Centre, clock: HandClock
) -> None:
    """It expires at its moment, others are asked first, and the first again after a rest."""
    await centre.works("Sem")
    await centre.calls("c1")
    await centre.later(clock, RULES.offer.answer_s, "Sem")
    assert await centre.offered() == {}
    await centre.works("Noor")
    await centre.settle()
    assert await centre.offered() == {"c1": "Noor"}
    await centre.offers.decline("c1", "Noor", "too_heavy")
    await centre.settle()
    assert await centre.offered() == {}
    await centre.later(clock, RULES.offer.again_after_s, "Sem", "Noor")
    kinds = [body.kind for body in await told(centre)]
    assert kinds[:4] == ["OfferMade", "OfferExpired", "OfferMade", "OfferDeclined"]
    again = [body for body in await told(centre) if isinstance(body, OfferMade)][2]
    assert again.agent == "Sem"


async def test_who_lets_offers_pass_becomes_away(centre: Centre, clock: HandClock) -> None:
    """After so many offers in a row without an answer nobody is asked who is not there."""
    await centre.works("Sem")
    for n in range(RULES.offer.most_missed):
        await centre.calls(f"c{n}")
        await centre.later(clock, RULES.offer.answer_s, "Sem")
    assert (await centre.presences.of("Sem")).state == "away"
    [*_, last] = await centre.presences.history(clock.now)
    assert last.why == "missed_offers"


async def test_late_answers_change_nothing(centre: Centre, clock: HandClock) -> None:
    """Who answers too late is told who has the card; the record shows nothing of it."""
    await centre.works("Sem")
    await centre.calls("c1")
    await centre.later(clock, RULES.offer.answer_s, "Sem")
    with pytest.raises(NotOffered) as over:
        await centre.offers.decline("c1", "Sem")
    assert over.value.agent is None
    await centre.cards.accept("c1", "Noor")
    before = await told(centre)
    with pytest.raises(NotOffered) as lost:
        await centre.offers.decline("c1", "Sem")
    assert lost.value.agent == "Noor"
    with pytest.raises(Taken):
        await centre.cards.accept("c1", "Sem")
    assert not await centre.offers.expire("c1", "Noor", clock.now)
    assert await told(centre) == before
    with pytest.raises(CallUnknown):
        await centre.offers.decline("c9", "Sem")


async def test_two_who_accept_at_once(centre: Centre) -> None:
    """One wins; the other is told, and an open offer of theirs is taken back at once."""
    await centre.works("Sem")
    await centre.calls("c1")
    done = await asyncio.gather(
        *(centre.cards.accept("c1", name) for name in ("Noor", "Sem", "Jan")),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Taken) for result in done) == 2
    bodies = await told(centre)
    [accepted] = [body for body in bodies if isinstance(body, OfferAccepted)]
    withdrawn = [body for body in bodies if isinstance(body, OfferWithdrawn)]
    taken = [OfferWithdrawn(agent="Sem", why="taken")]
    assert withdrawn == ([] if accepted.agent == "Sem" else taken)
    assert await centre.offered() == {}


@pytest.mark.parametrize(
    ("body", "why", "state"),
    [
        (CallEnded(outcome="abandoned", by="caller"), "caller_gone", "waiting"),
        (WaitEnded(why="resolved"), "resolved", "bot"),
        (WaitEnded(why="no_longer_wanted"), "resolved", "bot"),
    ],
)
async def test_what_makes_an_offer_void_withdraws_it(
    centre: Centre, body: Body, why: str, state: str
) -> None:
    """It is withdrawn in the same breath: no page can offer a caller who is gone."""
    await centre.works("Sem")
    await centre.calls("c1")
    stored = await centre.journal.append("c1", body)
    assert [event.body for event in stored] == [body]  # what follows is nobody's own
    assert (await told(centre))[1:] == [body, OfferWithdrawn(agent="Sem", why=why)]
    summary = await centre.journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.offered_to) == (state, None)
    await centre.settle()
    assert await centre.offered() == {}


async def test_who_hangs_up_while_an_agent_is_chosen_is_not_offered(centre: Centre) -> None:
    """Between the choice and the offer the caller may go, and the agent: nothing is offered."""
    await centre.calls("c1")
    await centre.works("Sem")
    await centre.hangs_up("c1")
    assert not await centre.offers.make("c1", "Sem", ("idle",))
    await centre.calls("c2")
    await centre.offers.decline("c2", "Sem")
    await centre.presences.choose("Sem", "away")
    assert not await centre.offers.make("c2", "Sem", ("idle",))
    await centre.works("Sem")
    assert await centre.offers.make("c2", "Sem", ("idle",))
    assert not await centre.offers.make("c2", "Noor", ("idle",))
    await centre.calls("c3")
    assert not await centre.offers.make("c3", "Sem", ("idle",))


async def test_who_leaves_is_offered_nothing(centre: Centre, clock: HandClock) -> None:
    """A page that is closed makes away and takes the offer back; others get it."""
    await centre.works("Sem")
    await centre.calls("c1")
    await centre.presences.closed("Sem")
    await centre.later(clock, 5)
    assert await centre.offered() == {"c1": "Sem"}  # it may only be loaded anew
    await centre.later(clock, 15)
    assert await centre.offered() == {}
    assert OfferWithdrawn(agent="Sem", why="agent_gone") in await told(centre)
    assert (await centre.presences.of("Sem")).state == "away"
    await centre.works("Noor")
    await centre.settle()
    assert await centre.offered() == {"c1": "Noor"}


async def test_a_break_is_held_for_who_is_with_a_caller(centre: Centre, clock: HandClock) -> None:
    """A break that is chosen in a call begins when the call is wrapped up, whole."""
    await centre.works("Sem")
    await centre.calls("c1")
    await centre.cards.accept("c1", "Sem")
    chosen = await centre.presences.choose("Sem", "break", break_minutes=10)
    assert (chosen.state, chosen.choice) == ("busy", "break")
    await centre.later(clock, 60)
    await centre.journal.append("c1", WRAPPED)
    await centre.calls("c2")
    there = await centre.presences.of("Sem")
    assert (there.state, there.until) == ("break", clock.now + timedelta(minutes=10))
    assert await centre.offered() == {}
    assert await centre.dispatcher.people_for("c2") == ["Sem"]  # at work, and comes back


async def test_a_caller_is_handed_on_to_a_colleague_first(centre: Centre, clock: HandClock) -> None:
    """The colleague is asked alone for a while, then anybody but who handed on."""
    await centre.works("Sem", "Noor", "Jan")
    await centre.calls("c1")
    giver = (await centre.offered())["c1"]
    to = next(name for name in ("Noor", "Jan") if name != giver)
    await centre.cards.accept("c1", giver)
    await centre.presences.choose(to, "break")
    await centre.journal.append("c1", HandedOn(agent=giver, to=to, note="graag"))
    await centre.settle()
    assert await centre.offered() == {}  # they are at work: asked alone for now
    assert (await centre.presences.of(giver)).state == "available"
    await centre.later(clock, RULES.offer.first_s, "Sem", "Noor", "Jan")
    assert giver not in (await centre.offered()).values()
    assert len(await centre.offered()) == 1


async def test_who_lost_their_agent_is_offered_anew_at_their_place(centre: Centre) -> None:
    """The caller waits since the first time, and somebody else may take it."""
    await centre.works("Sem")
    await centre.calls("c1")
    await centre.cards.accept("c1", "Sem", talk=True)
    await centre.calls("c2")
    await centre.journal.append("c1", Returned(agent="Sem", why="lost"))
    assert [caller.call_id for caller in await centre.dispatcher.in_order()] == ["c1", "c2"]


async def test_a_promised_call_back_keeps_its_place(centre: Centre, clock: HandClock) -> None:
    """Who chose to be called back is offered in turn; who hung up is left for who has time."""
    await centre.calls("c1", CallbackPromised(number="+31612345678"))
    await centre.calls("c2")
    await centre.journal.append("c1", CallEnded(outcome="callback", by="bot"))
    await centre.hangs_up("c2")
    clock.forward(seconds=5)
    await centre.calls("c3")
    assert [caller.call_id for caller in await centre.dispatcher.in_order()] == ["c1", "c3"]
    await centre.works("Sem")
    await centre.settle()
    offered = await centre.offers.current("Sem")
    assert offered is not None
    assert (offered.call_id, offered.on_the_line) == ("c1", False)


async def test_a_crisis_goes_ahead_and_is_refused_to_nobody(centre: Centre) -> None:
    """It comes first; and whoever clicks may take it, whatever the profile says."""
    await centre.calls("c1")
    await centre.calls("c2", language="en", sign="crisis")
    assert [caller.call_id for caller in await centre.dispatcher.in_order()] == ["c2", "c1"]
    await centre.works("Sem", languages=["nl"])
    await centre.cards.accept("c2", "Sem")


SKILLED = RULES.model_copy(
    update={
        "skills": {"payment_plan": "billing", "report_outage": "technical"},
        "elsewhere": {"billing": Elsewhere(after_s=120, skills=frozenset({"technical"}))},
    }
)
PLAN = Understood(of=2, intent="payment_plan", confidence=0.9)
TRAINED_TEAM = MeasureApplied(measure="trained_team", incident="1")


@pytest.mark.parametrize(
    ("profile", "more", "language", "why"),
    [
        ({"languages": ["nl"]}, (), "en", "language"),
        ({"skills": ["technical"]}, (PLAN,), "nl", "skill"),
        ({"trained": False}, (TRAINED_TEAM,), "nl", "training"),
    ],
)
async def test_hard_rules_hold_for_clicks_too(
    journal: DurableJournal,
    clock: HandClock,
    profile: dict[str, Any],
    more: Sequence[Body],
    language: Any,
    why: str,
) -> None:
    """Who may not take a call is not offered it, and a click is refused with its reason."""
    centre = Centre(journal, clock, HandTimers(), SKILLED)
    await centre.works("Sem", **profile)
    await centre.calls("c1", *more, language=language)
    assert await centre.offered() == {}
    assert await centre.dispatcher.people_for("c1") == []
    with pytest.raises(NotForYou) as refused:
        await centre.cards.accept("c1", "Sem")
    assert refused.value.why == why
    assert await told(centre) == []
    await centre.cards.accept("c1", "Sem", any_call=True)


async def test_another_skill_will_do_after_a_while(
    journal: DurableJournal, clock: HandClock
) -> None:
    """Who waited long enough for the right skill gets another that the rules allow."""
    centre = Centre(journal, clock, HandTimers(), SKILLED)
    await centre.works("Sem", skills=["technical"])
    await centre.calls("c1", PLAN)
    await centre.later(clock, 115, "Sem")
    assert await centre.offered() == {}
    await centre.later(clock, 5, "Sem")
    assert await centre.offered() == {"c1": "Sem"}


async def test_who_promised_something_is_asked_first(centre: Centre) -> None:
    """Continuity counts for a customer who is proven, and the agent reads it."""
    await centre.calls("c0", VERIFIED, PromiseMade(what="callback"))
    await centre.cards.accept("c0", "Noor")
    await centre.journal.append("c0", WrappedUp(agent="Noor", disposition="solved"))
    await centre.works("Jan", "Noor", "Sem")
    await centre.calls("c1", VERIFIED)
    offered = await centre.offers.current("Noor")
    assert offered is not None
    assert offered.why[0] == "promised"


async def test_heavy_calls_are_shared(centre: Centre, clock: HandClock) -> None:
    """Who just had a heavy call is spared the next while a colleague is free."""
    await centre.works("Sem")
    await centre.calls("c1", sign="angry")
    await centre.calls("c2", sign="threat")
    await centre.cards.accept("c1", "Sem")
    await centre.cards.accept("c2", "Sem")
    await centre.journal.append("c2", WRAPPED)
    await centre.journal.append("c1", WRAPPED)
    await centre.works("Noor")
    await centre.calls("c3", sign="threat")
    offered = await centre.offers.current("Noor")
    assert offered is not None
    assert "load_now" in offered.why


async def test_the_fold_tells_where_a_call_stands(centre: Centre) -> None:
    """Each stage on the way to a person is told by the events alone."""
    await centre.calls("c1")
    stages = [offer_state(await centre.journal.read("c1")).stage]
    await centre.works("Sem")
    await centre.settle()
    steps: list[Body] = [
        OfferAccepted(agent="Sem", talk=True),
        HandedOn(agent="Sem"),
        OfferAccepted(agent="Noor"),
        WrappedUp(agent="Noor", disposition="solved"),
    ]
    stages.append(offer_state(await centre.journal.read("c1")).stage)
    for step in steps:
        await centre.journal.append("c1", step)
        stages.append(offer_state(await centre.journal.read("c1")).stage)
    assert stages == ["requested", "offered", "accepted", "requested", "accepted", "done"]


async def test_timers_that_are_out_of_order_lose_no_offer(centre: Centre, clock: HandClock) -> None:
    """The end of an offer is timed as soon as timers work, and passes in any case."""
    centre.timers.broken = True
    await centre.works("Sem")
    await centre.calls("c1")
    assert await centre.offered() == {"c1": "Sem"}
    await centre.later(clock, RULES.offer.answer_s + 5, "Sem")
    assert OfferExpired(agent="Sem") in await told(centre)
    assert OfferDeclined(agent="Sem") not in await told(centre)
