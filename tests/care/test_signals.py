"""A week is compared with the same person's own, told with its numbers, and never a score."""

from hypothesis import given
from hypothesis import strategies as st

from handoff.care.counts import Counts
from handoff.care.rules import own_rules
from handoff.care.signals import MEASURES, Signal, signals

RULES = own_rules().weekly


def week(calls: int = 40, after: float = 60, heavy: int = 4, hand_ons: int = 2) -> Counts:
    return Counts(
        calls=calls, after_call_s=after, heavy=heavy, hand_ons=hand_ons, offers=calls, breaks=heavy
    )


def told(now: Counts, before: list[Counts]) -> dict[str, Signal]:
    return {signal.measure: signal for signal in signals(now, before, RULES)}


def test_what_is_far_from_the_own_usual_is_told_with_its_numbers() -> None:
    """Sixty seconds for weeks, and then three minutes."""
    before = [week(after=after) for after in (55, 60, 60, 62, 65, 58, 61, 60)]
    signal = told(week(after=180), before)["after_call_s"]
    assert (signal.way, signal.tells) == ("more", True)
    assert (signal.value, signal.usual, signal.weeks, signal.calls) == (180, 60, 8, 40)
    assert (signal.low, signal.high) == (15, 105)  # the spread that is given at least
    assert told(week(after=100), before)["after_call_s"].way == "usual"


def test_one_odd_week_moves_nothing() -> None:
    """Median and MAD: an illness or a fair a year is not what is usual."""
    usual = [week(after=60) for _ in range(7)]
    odd = told(week(after=180), [*usual, week(after=2000)])["after_call_s"]
    even = told(week(after=180), [*usual, week(after=60)])["after_call_s"]
    assert (odd.usual, odd.high) == (even.usual, even.high)


def test_less_is_known_and_not_told() -> None:
    """Somebody who has an easier week is not asked about it."""
    signal = told(week(heavy=0), [week(heavy=20)] * 8)["heavy"]
    assert (signal.way, signal.tells) == ("less", False)


def test_too_little_to_say() -> None:
    """Fewer than twenty calls, or fewer than four weeks that count: no usual, no range, no sign."""
    for now, before in (
        (week(calls=19, after=999), [week()] * 8),
        (week(after=999), [week()] * 3),
        (week(after=999), [week()] * 3 + [week(calls=19)] * 5),
    ):
        for signal in signals(now, before, RULES):
            assert (signal.way, signal.usual, signal.low, signal.tells) == (
                "unknown", None, None, False,
            )  # fmt: skip


def test_nothing_to_divide_by_is_nothing_to_say() -> None:
    """Without breaks none was missed, and without a known end there is no work after it."""
    now = Counts(calls=40, offers=40)
    for measure in ("missed", "after_call_s"):
        assert told(now, [week()] * 8)[measure].way == "unknown"


COUNTS = st.builds(
    Counts,
    calls=st.integers(0, 200),
    heavy=st.integers(0, 200),
    hand_ons=st.integers(0, 200),
    offers=st.integers(0, 200),
    declined=st.integers(0, 200),
    breaks=st.integers(0, 50),
    missed=st.integers(0, 50),
    after_call_s=st.none() | st.floats(0, 10_000),
)


@given(COUNTS, st.lists(COUNTS, max_size=8))
def test_a_signal_can_always_be_explained(now: Counts, before: list[Counts]) -> None:
    """What is told has enough calls and weeks, and lies above a range around the own median."""
    found = signals(now, before, RULES)
    assert [signal.measure for signal in found] == list(MEASURES)
    for signal in found:
        if signal.way == "unknown":
            assert signal.usual is None
            continue
        assert now.calls >= 20
        assert signal.weeks >= 4
        assert signal.usual is not None
        assert signal.low is not None
        assert signal.high is not None
        assert signal.low <= signal.usual <= signal.high
        assert signal.value is not None
        assert signal.tells == (signal.value > signal.high)


@given(
    st.permutations(
        [week(after=a, heavy=h) for a, h in zip(range(40, 120, 10), range(8), strict=True)]
    )
)
def test_the_order_of_weeks_does_not_matter(before: list[Counts]) -> None:
    """The usual is no trend: nobody is held to have got better or worse."""
    first = signals(week(), sorted(before, key=lambda each: each.heavy), RULES)
    assert signals(week(), before, RULES) == first
