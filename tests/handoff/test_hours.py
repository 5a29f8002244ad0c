"""Opening hours are read from what people write, and tell when somebody is there again."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handoff.hours import Hours, HoursRules

ZONE = ZoneInfo("Europe/Amsterdam")
OFFICE = HoursRules.model_validate(
    {
        "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-12:00 13:00-17:30"),
        "holidays": "NL",
        "closed": ["2026-12-24"],
        "open": {"2026-12-27": "10:00-24:00"},
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23 08:29", "2026-11-23 08:30"),  # Monday
        ("2026-11-23 12:00", "2026-11-23 13:00"),
        ("2026-11-20 17:30", "2026-11-23 08:30"),  # over the weekend
        ("2026-12-23 18:00", "2026-12-27 10:00"),  # closed, Christmas twice, a day of its own
        ("2026-12-28 00:00", "2026-12-28 08:30"),  # until 24:00 ends there
        ("2026-12-31 20:00", "2027-01-04 08:30"),  # New Year, weekend
    ],
)
def test_who_is_too_early_or_late_hears_the_next_opening(now: str, then: str) -> None:
    """Breaks, weekends, holidays and days of one's own are all looked at."""
    hours = Hours(OFFICE, ZONE)
    assert not hours.open(at(now))
    assert hours.next_open(at(now)) == at(then)
    assert hours.open(at(then))


def test_when_it_is_open_nothing_opens() -> None:
    """Within hours there is no next opening to tell; nor when nobody told the hours."""
    assert Hours(OFFICE, ZONE).next_open(at("2026-11-23 09:00")) is None
    untold = Hours(HoursRules(), ZONE)
    assert untold.open(at("2026-11-22 03:00"))
    assert untold.next_open(at("2026-11-22 03:00")) is None


def test_the_hours_are_those_of_the_wall_clock() -> None:
    """In summer and winter the desk opens at the same time on the wall."""
    hours = Hours(HoursRules.model_validate({"week": {"sun": "08:00-09:00"}}), ZONE)
    for moment, opens in (
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ):
        assert hours.next_open(moment) == opens


@pytest.mark.parametrize(
    "wrong",
    [
        {"week": {"mon": "8-17"}},
        {"week": {"mon": "17:00-08:00"}},
        {"week": {"mon": "08:00-12:00 11:00-17:00"}},
        {"week": {"mon": "20:00-24:00 08:00-12:00"}},
        {"week": {"mon": "08:00-24:30"}},
        {"week": {"maandag": "08:00-17:00"}},
        {"holidays": "XX"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    """A mistake is told when Kalm starts, not when a caller hears it."""
    with pytest.raises(ValidationError):
        HoursRules.model_validate(wrong)


moments = st.integers(0, 2 * 365 * 86400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
spans = st.tuples(st.integers(0, 1438), st.integers(1, 1439)).filter(lambda span: span[0] < span[1])


@given(
    now=moments,
    week=st.dictionaries(st.sampled_from(["mon", "wed", "sun"]), spans, min_size=1),
    closed=st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5),
)
def test_it_is_closed_until_the_next_opening(
    now: datetime, week: dict[str, tuple[int, int]], closed: set[date]
) -> None:
    """Whatever the hours: open then, closed just before, and closed at every moment between."""

    def written(minutes: int) -> str:
        return time(minutes // 60, minutes % 60).strftime("%H:%M")

    rules = {day: f"{written(a)}-{written(b)}" for day, (a, b) in week.items()}
    hours = Hours(HoursRules.model_validate({"week": rules, "closed": closed}), ZONE)
    then = hours.next_open(now)
    if hours.open(now) or then is None:
        assert hours.open(now)
        return
    assert then > now
    assert hours.open(then)
    for part in range(8):
        assert not hours.open(now + (then - now) * part / 8)
    assert not hours.open(max(now, then - timedelta(seconds=1)))
