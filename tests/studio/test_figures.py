"""Figures add up: every call counts once per intent, and no caller who came back is hidden."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import (
    Body,
    CallEnded,
    CallerVerified,
    CallStarted,
    FlowChanged,
    HandoffRequested,
    SlotFilled,
    StepReached,
    Understood,
)
from handoff.studio.figures import CallFigures, Figures, figures, of_call
from tests.handoff.calls import START, nl, told

DAY = timedelta(days=1)
PERIOD = (START - DAY, START + 30 * DAY)
NOW = START + 60 * DAY


def call(
    *bodies: Body, call_id: str = "c1", days: float = 0, number: str | None = None
) -> CallFigures:
    events = told([CallStarted(line="chat", language="nl", caller_number=number), *bodies], call_id)
    found = of_call([e.model_copy(update={"at": e.at + days * DAY}) for e in events])
    assert found is not None
    return found


def counted(*calls: CallFigures) -> Figures:
    return figures(calls, *PERIOD, NOW)


PAYS: tuple[Body, ...] = (
    nl("is mijn betaling binnen"),
    Understood(of=2, intent="check_payment", confidence=0.9),
    FlowChanged(flow="check_payment", change="started"),
)
DONE = FlowChanged(flow="check_payment", change="completed")


def test_a_wish_that_was_done_is_resolved() -> None:
    """A flow that came to its end without a person is resolved, in the turns that it took."""
    found = counted(call(*PAYS, nl("471109"), DONE))
    [row] = found.rows
    assert (row.intent, row.calls, row.resolved, row.handed_over, row.neither) == (
        "check_payment", 1, 1, 0, 0,
    )  # fmt: skip
    assert row.mean_turns == 2


def test_a_wish_that_a_person_took_is_handed_over_also_when_an_earlier_one_was_done() -> None:
    """The first wish was done; only the second, open one went to a person; the call did, too."""
    found = counted(
        call(
            *PAYS,
            DONE,
            nl("en ik wil een afspraak"),
            Understood(of=6, intent="book_appointment", confidence=0.9),
            FlowChanged(flow="book_appointment", change="started"),
            HandoffRequested(reason="caller_asked"),
            FlowChanged(flow="book_appointment", change="cancelled"),
        )
    )
    by_intent = {row.intent: row for row in found.rows}
    assert by_intent["check_payment"].resolved == 1
    assert by_intent["book_appointment"].handed_over == 1
    assert (found.total.calls, found.total.resolved, found.total.handed_over) == (1, 0, 1)


def test_who_only_asks_for_a_person_is_counted_as_such() -> None:
    """A call without a task counts under what was asked, or as untold."""
    asks = call(
        nl("een medewerker"),
        Understood(of=2, intent="ask_person", confidence=0.9),
        HandoffRequested(reason="caller_asked"),
    )
    silent = call(CallEnded(outcome="abandoned", by="caller"), call_id="c2")
    rows = {row.intent: row for row in counted(asks, silent).rows}
    assert rows["ask_person"].handed_over == 1
    assert rows["untold"].neither == 1


def test_a_misunderstanding_counts_for_what_the_call_was_about_then() -> None:
    """What went wrong amid a wish is counted with it, once a call."""
    found = counted(
        call(
            *PAYS,
            nl("blauw"),
            Understood(of=5, intent="out_of_scope", confidence=0.9),
            StepReached(flow="check_payment", step="number", tries=1),
            nl("groen"),
            Understood(of=8, intent="out_of_scope", confidence=0.9),
            StepReached(flow="check_payment", step="number", tries=2),
            DONE,
        )
    )
    assert [row.misunderstood for row in found.rows] == [1]
    assert found.total.misunderstood == 1


def test_who_calls_again_about_the_same_within_a_week_was_not_helped() -> None:
    """By number or by customer, the earlier call is the one that counts as repeated; a week later,
    about something else, or from a stranger it is not.
    """
    verified = CallerVerified(customer_id="471109", factors=("number", "postcode"))
    calls = [
        call(*PAYS, DONE, call_id="a", number="+31612345678"),
        call(*PAYS, DONE, verified, call_id="b", days=3, number="+31612345678"),
        call(*PAYS, DONE, verified, call_id="c", days=9.9),
        call(*PAYS, DONE, verified, call_id="d", days=17),
        call(*PAYS, DONE, call_id="e", days=4),
        call(*PAYS, DONE, call_id="f", days=4.1),
    ]
    [row] = counted(*calls).rows
    assert (row.calls, row.known, row.repeated) == (6, 4, 2)
    assert row.deflection is not None
    assert row.deflection.share == 1
    assert row.deflection.repeat_share == 0.5


def test_a_call_after_the_period_tells_of_one_within() -> None:
    """Who calls again after the period's end counts, and is not a call of the period."""
    one = call(*PAYS, DONE, call_id="a", number="+31612345678")
    two = call(*PAYS, DONE, call_id="b", days=3, number="+31612345678")
    found = figures([one, two], START - DAY, START + DAY, NOW)
    assert (found.total.calls, found.total.repeated) == (1, 1)
    assert figures([one], START - DAY, START + DAY, START + 2 * DAY).open_week == 1


def test_the_language_is_the_one_in_which_the_call_was_held() -> None:
    """A caller who went on in English is counted with the English calls."""
    english = call(*PAYS, SlotFilled(slot="language", value="en", by="caller"), DONE)
    assert english.language == "en"
    assert figures([english], *PERIOD, NOW, "nl").total.calls == 0
    assert figures([english], *PERIOD, NOW, "en").total.calls == 1


def _bodies() -> st.SearchStrategy[Body]:
    flows = st.sampled_from(["check_payment", "book_appointment", "verify", "call", "handoff"])
    changes = st.sampled_from(
        ["queued", "started", "interrupted", "resumed", "completed", "cancelled"]
    )
    intents = st.sampled_from(["check_payment", "book_appointment", "deny", "out_of_scope"])
    return st.one_of(
        st.just(nl("iets")),
        st.builds(Understood, of=st.integers(2, 9), intent=intents, confidence=st.floats(0, 1)),
        st.builds(FlowChanged, flow=flows, change=changes),
        st.builds(HandoffRequested, reason=st.sampled_from(["caller_asked", "not_understood"])),
        st.builds(StepReached, flow=flows, step=st.just("x"), tries=st.integers(0, 3)),
        st.just(CallerVerified(customer_id="1", factors=("a", "b"))),
    )


@settings(max_examples=150)
@given(st.lists(st.tuples(st.lists(_bodies(), max_size=14), st.floats(0, 20)), max_size=5))
def test_numbers_add_up(made: list[tuple[list[Body], float]]) -> None:
    """Whatever happens in calls: each counts once per intent and once in the total, for exactly
    one of resolved, handed over and neither; and no share is more than all.
    """
    calls = [call(*bodies, call_id=f"c{n}", days=at) for n, (bodies, at) in enumerate(made)]
    found = counted(*calls)
    assert found.total.calls == len(calls)
    for row in (*found.rows, found.total):
        of_intent = [
            c for c in calls if row.intent in {a.intent for a in c.about} or not row.intent
        ]
        assert row.calls == len(of_intent)
        assert row.resolved + row.handed_over + row.neither == row.calls
        assert min(row.resolved, row.handed_over, row.neither, row.turns) >= 0
        assert row.repeated <= row.known <= row.calls
        assert row.misunderstood <= row.calls
        assert row.deflection is None or 0 <= row.deflection.share <= 1
    for one in calls:
        assert len({about.intent for about in one.about}) == len(one.about) >= 1
        assert not any(about.resolved and about.handed_over for about in one.about)
        spoken = sum(isinstance(body, type(nl(""))) for body in made[int(one.call_id[1:])][0])
        assert sum(about.turns for about in one.about) <= spoken
