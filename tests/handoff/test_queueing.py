"""A caller is told the place that routing gives, and a wait that comes true often enough."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from bot.events import CallbackPromised, Returned, Understood, WaitEnded, WrappedUp
from bot.queue import Place
from handoff.expected_wait import FEWEST, expected_wait, share
from handoff.hours import Hours, HoursRules
from handoff.queueing import KeptQueue
from handoff.routing import Waiting
from handoff.routing_rules import Rules
from handoff.store.journal import DurableJournal
from handoff.wait_trial import try_week
from handoff.week import imagine
from tests.handoff.centre import RULES, Centre, HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock


@pytest.fixture
def centre(journal: DurableJournal, clock: HandClock) -> Centre:
    return Centre(journal, clock, HandTimers())


def queue(centre: Centre, rules: Rules = RULES) -> KeptQueue:
    database = centre.journal.database
    return KeptQueue.build(centre.dispatcher, database, AMSTERDAM, centre.clock, rules)


async def place(centre: Centre, call_id: str, rules: Rules = RULES) -> Place:
    found = await queue(centre, rules).place(call_id)
    assert found is not None
    return found


async def serve(centre: Centre, clock: HandClock, seconds: Sequence[float]) -> None:
    """Let Sem serve callers who took so long, wrap-up among it, and be gone again."""
    await centre.works("Sem")
    for number, length in enumerate(seconds):
        await centre.calls(f"before-{number}")
        await centre.cards.accept(f"before-{number}", "Sem")
        clock.forward(seconds=length)
        await centre.journal.append(
            f"before-{number}", WrappedUp(agent="Sem", disposition="solved")
        )
        await centre.settle()


async def test_places_are_those_of_routing(centre: Centre, clock: HandClock) -> None:
    """Whoever waits longest is first, but danger goes ahead."""
    await centre.calls("c1")
    clock.forward(seconds=10)
    await centre.calls("c2")
    assert [(await place(centre, c)).position for c in ("c1", "c2")] == [1, 2]
    clock.forward(seconds=10)
    await centre.calls("c3", sign="crisis")
    assert [(await place(centre, c)).position for c in ("c3", "c1", "c2")] == [1, 2, 3]


async def test_who_does_not_wait_has_no_place(centre: Centre) -> None:
    """Nobody, somebody who was taken, somebody who wants no person any more."""
    await centre.calls("c1")
    await centre.calls("c2")
    await centre.works("Sem")
    await centre.cards.accept("c1", "Sem")
    await centre.journal.append("c2", WaitEnded(why="resolved"))
    for call_id in ("c1", "c2", "unknown"):
        assert await queue(centre).place(call_id) is None


async def test_a_place_is_kept_by_a_call_back_and_through_a_lost_agent(
    centre: Centre, clock: HandClock
) -> None:
    """Neither a promise to call nor an agent who was lost costs a place."""
    await centre.calls("c1")
    clock.forward(seconds=10)
    await centre.calls("c2")
    await centre.journal.append("c1", CallbackPromised(number="+31612345601"))
    assert (await place(centre, "c1")).position == 1
    await centre.works("Sem")
    await centre.cards.accept("c1", "Sem", talk=True)
    await centre.journal.append("c1", Returned(agent="Sem", why="lost"))
    assert [(await place(centre, c)).position for c in ("c1", "c2")] == [1, 2]


async def test_nobody_there_tells_when_somebody_is(centre: Centre) -> None:
    """By the opening hours, where a company told them; else nothing is said of it."""
    await centre.calls("c1")
    assert await place(centre, "c1") == Place(1, None, 0, None)
    hours = HoursRules.model_validate({"week": {"mon": "09:00-17:00"}})
    closed = await place(centre, "c1", RULES.model_copy(update={"hours": hours}))
    assert closed.people == 0
    assert closed.opens == Hours(hours, AMSTERDAM).next_open(centre.clock())
    assert closed.opens is not None


async def test_only_who_may_take_the_call_is_there_for_it(centre: Centre) -> None:
    """An agent of another language is nobody for this caller."""
    await centre.works("Sem", languages=["nl"])
    await centre.calls("c1", language="en")
    assert (await place(centre, "c1")).people == 0
    await centre.works("Noor", languages=["en"])
    assert (await place(centre, "c1")).people == 1


async def test_who_is_free_is_there_within_an_answer(centre: Centre) -> None:
    """With somebody free the wait is as long as an agent has to answer."""
    await centre.works("Sem")
    await centre.calls("c1")
    assert (await place(centre, "c1")).wait_s == RULES.offer.answer_s


async def test_a_wait_is_told_from_enough_calls_only(centre: Centre, clock: HandClock) -> None:
    """One call fewer than needed tells nothing; then it is turns times length by people."""
    await serve(centre, clock, [300.0] * (FEWEST - 1))
    await centre.calls("c0")
    await centre.cards.accept("c0", "Sem")
    await centre.calls("c1")
    clock.forward(seconds=1)
    await centre.calls("c2")
    assert (await place(centre, "c1")).wait_s is None
    clock.forward(seconds=299)
    await centre.journal.append("c0", WrappedUp(agent="Sem", disposition="solved"))
    await centre.cards.accept("c1", "Sem")
    clock.forward(seconds=1)
    await centre.calls("c3")
    waits = [(await place(centre, call)).wait_s for call in ("c2", "c3")]
    assert waits == [pytest.approx(200), pytest.approx(500)]


async def test_long_ago_tells_nothing(centre: Centre, clock: HandClock) -> None:
    """Yesterday's calls are not how it goes today."""
    await serve(centre, clock, [300.0] * FEWEST)
    clock.forward(hours=12)
    await centre.calls("c0")
    await centre.presences.seen("Sem")
    await centre.cards.accept("c0", "Sem")
    await centre.calls("c1")
    assert (await place(centre, "c1")).wait_s is None


async def test_a_long_wait_is_known_as_such(centre: Centre, clock: HandClock) -> None:
    """From the moment that the rules set, a call back is to be offered."""
    await centre.calls("c1")
    clock.forward(seconds=RULES.place.overflow_after_s - 1)
    assert not (await place(centre, "c1")).overflows
    clock.forward(seconds=1)
    assert (await place(centre, "c1")).overflows


async def test_a_queue_out_of_order_costs_the_place_only(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call goes on and tells nothing, whatever the database does."""
    await centre.calls("c1")

    async def broken() -> list[Waiting]:
        raise OperationalError("select", {}, OSError("gone"))

    monkeypatch.setattr(centre.dispatcher, "in_order", broken)
    assert await queue(centre).place("c1") is None


@given(
    st.floats(1, 50),
    st.floats(0, 20),
    st.lists(st.floats(1, 7200), min_size=FEWEST, max_size=40),
    st.integers(1, 20),
)
def test_more_people_or_a_better_place_never_wait_longer(
    turn: float, more: float, handled: list[float], serving: int
) -> None:
    """The estimate has no surprises."""
    wait = expected_wait(turn, handled, serving, 0, 20.0)
    behind = expected_wait(turn + more, handled, serving, 0, 20.0)
    helped = expected_wait(turn, handled, serving + 1, 0, 20.0)
    assert wait is not None
    assert behind is not None
    assert helped is not None
    assert 0 < helped <= wait <= behind


def test_who_goes_to_others_takes_no_turn_of_mine() -> None:
    """Somebody ahead counts by the share of their people who are mine too."""
    assert share({"Sem", "Noor"}, {"Sem", "Noor"}) == 1
    assert share({"Sem"}, {"Sem", "Noor"}) == 0.5
    assert share({"Sem"}, {"Noor"}) == share({"Sem"}, set()) == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_told_comes_true_in_an_imagined_week(seed: int) -> None:
    """In the middle neither too hopeful nor far off, and few wait much longer than told."""
    trial = try_week(imagine(calls=3000, agents=20, heavy=0.12, seed=seed), RULES)
    assert len(trial.told) > 300
    assert -30 <= trial.bias_s <= 60
    assert trial.error_s <= 120
    assert trial.within >= 0.8
    assert trial.untold < 0.05 * len(trial.told)


async def test_people_who_know_the_matter_share_the_line(centre: Centre, clock: HandClock) -> None:
    """A caller ahead for whom others are there takes less of a turn."""
    rules = RULES.model_copy(update={"skills": {"payment_plan": "billing"}})
    mixed = Centre(centre.journal, clock, HandTimers(), rules)
    await serve(mixed, clock, [300.0] * FEWEST)
    await mixed.works("Sem", skills=["billing"])
    await mixed.works("Noor")
    for number, name in enumerate(("Sem", "Noor")):
        await mixed.calls(f"now-{number}")
        await mixed.cards.accept(f"now-{number}", name, any_call=True)
    clock.forward(seconds=1)
    await mixed.calls("ahead")
    clock.forward(seconds=1)
    await mixed.calls("billing", Understood(of=2, intent="payment_plan", confidence=0.9))
    found = await place(mixed, "billing", rules)
    assert found.position == 2
    assert found.people == 1
    assert found.wait_s == pytest.approx((1.5 - 1 / 3) * 300)


def test_a_card_that_was_left_open_spoils_nothing() -> None:
    """A call that seems to have lasted a day counts for an hour."""
    day = timedelta(hours=24).total_seconds()
    usual = expected_wait(1, [300.0] * 9 + [day], 1, 0, 20.0)
    assert usual is not None
    assert usual < 600
