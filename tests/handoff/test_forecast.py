"""What the coming weeks bring: closer than last week's copy, honest about how sure it is."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from handoff.forecast import HalfHour, TooLittleHistory, forecast
from handoff.past_calls import PastCall

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 9, 21, 12, tzinfo=ZONE)
WEEKS = 6


def expected(day: date, slot: int) -> float:
    """Calls that a half hour of the drawn centre brings on average."""
    if day.weekday() == 6 or not 16 <= slot < 40:
        return 0.0
    return float((4 + 3 * np.sin((slot - 16) / 24 * np.pi)) * (1.4 if day.weekday() == 0 else 1.0))


def drawn(days: int, first: date, seed: int = 3) -> list[PastCall]:
    dice = np.random.default_rng(seed)
    return [
        PastCall(
            datetime(day.year, day.month, day.day, slot // 2, slot % 2 * 30, tzinfo=ZONE),
            "check_payment" if dice.random() < 0.6 else "complain",
            bool(dice.random() < 0.5),
        )
        for day in (first + timedelta(n) for n in range(days))
        for slot in range(48)
        for _ in range(dice.poisson(expected(day, slot)))
    ]


@pytest.fixture(scope="module")
def past() -> list[PastCall]:
    return drawn(WEEKS * 7, NOW.date() - timedelta(WEEKS * 7))


@pytest.fixture(scope="module")
def ahead(past: list[PastCall]) -> list[HalfHour]:
    return forecast(past, NOW, ZONE)


def slot(at: datetime) -> int:
    return at.hour * 2 + at.minute // 30


def test_two_weeks_of_half_hours_from_tomorrow_on(ahead: list[HalfHour]) -> None:
    """Every half hour of fourteen days is there once, in order."""
    assert len(ahead) == 14 * 48
    assert ahead[0].start == datetime(2026, 9, 22, tzinfo=ZONE)
    starts = [half.start for half in ahead]
    assert starts == sorted(set(starts))


def test_it_is_nearer_to_the_truth_than_last_week(
    past: list[PastCall], ahead: list[HalfHour]
) -> None:
    """The error is less than half of that of taking last week once more."""
    last = {(c.at.weekday(), slot(c.at)): 0 for c in past}
    for call in past:
        if call.at.date() > NOW.date() - timedelta(8):
            last[call.at.weekday(), slot(call.at)] += 1
    truth = np.array([expected(h.start.date(), slot(h.start)) for h in ahead])
    ours = np.abs(np.array([h.calls for h in ahead]) - truth).sum()
    copy = [last.get((h.start.weekday(), slot(h.start)), 0) for h in ahead]
    assert ours < np.abs(np.array(copy) - truth).sum() / 2


def test_four_of_five_half_hours_fall_into_the_band(ahead: list[HalfHour]) -> None:
    """New weeks of the same centre fall into the band about as often as it says."""
    calls = drawn(14, ahead[0].start.date(), seed=11)
    met = [h.low <= sum(c.at == h.start for c in calls) <= h.high for h in ahead if h.calls > 1]
    assert 0.72 <= sum(met) / len(met) <= 0.95


def test_a_closed_centre_needs_nobody(ahead: list[HalfHour]) -> None:
    """At night and on Sundays, when no call ever came, none is expected and nobody is needed."""
    closed = [h for h in ahead if slot(h.start) < 16 or h.start.weekday() == 6]
    assert {(h.calls, h.agents) for h in closed} == {(0.0, 0)}


def test_people_get_what_the_bot_leaves(ahead: list[HalfHour]) -> None:
    """Half of the calls were resolved by the bot: people get the other half, told by intent."""
    busiest = max(ahead, key=lambda half: half.calls)
    assert busiest.for_people == pytest.approx(busiest.calls / 2, rel=0.1)
    assert sum(busiest.by_intent.values()) == pytest.approx(busiest.calls)
    assert busiest.by_intent["check_payment"] > busiest.by_intent["complain"]


def test_a_public_holiday_is_a_sunday() -> None:
    """Christmas Day on a Friday is forecast as quiet as a Sunday."""
    now = datetime(2026, 12, 20, 12, tzinfo=ZONE)
    ahead = forecast(drawn(28, now.date() - timedelta(28)), now, ZONE)
    noon = {h.start.date(): h.calls for h in ahead if slot(h.start) == 24}
    assert noon[date(2026, 12, 25)] == pytest.approx(noon[date(2026, 12, 27)])
    assert noon[date(2026, 12, 24)] > 3 > noon[date(2026, 12, 25)]


def test_an_hour_that_the_clock_leaves_out_is_not_forecast() -> None:
    """When summer time begins there is no half past two that night; each moment is told once."""
    now = datetime(2026, 3, 20, 12, tzinfo=ZONE)
    ahead = forecast(drawn(21, now.date() - timedelta(21)), now, ZONE)
    assert len(ahead) == 14 * 48 - 2
    moments = [half.start.astimezone(UTC) for half in ahead]
    assert [b - a for a, b in pairwise(moments)] == [timedelta(minutes=30)] * (len(moments) - 1)


def test_too_little_history_is_told_and_not_guessed() -> None:
    """Thirteen days are not two weeks; the error says what is there and what is needed."""
    with pytest.raises(TooLittleHistory, match=r"13 days .* 14"):
        forecast(drawn(13, NOW.date() - timedelta(13)), NOW, ZONE)
    with pytest.raises(TooLittleHistory, match=r"^0 days"):
        forecast([], NOW, ZONE)
