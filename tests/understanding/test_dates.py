"""Days and hours mean what a person means by them at the moment of speaking."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.events import Language
from bot.understanding.dates import find_dates, find_times
from bot.understanding.meaning import Found
from bot.understanding.periods import find_dayparts, find_periods
from tests.understanding.tables import Case, read_cases

ZONE = ZoneInfo("Europe/Amsterdam")
FINDERS: dict[str, Callable[[str, Language, datetime], Sequence[Found[Any]]]] = {
    "date": find_dates,
    "time": find_times,
    "period": find_periods,
    "daypart": find_dayparts,
}
DUTCH, ENGLISH = read_cases("dates_nl.yml"), read_cases("dates_en.yml")


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(_written, value))
    text = str(value.isoformat())
    return text[:5] if ":" in text else text


def _check(case: Case, language: Language) -> None:
    now = datetime.fromisoformat(case.now).replace(tzinfo=ZONE)
    for kind in case.meant or FINDERS:
        found = FINDERS[kind](case.text, language, now)
        assert [_written(one.value) for one in found] == case.meant.get(kind, []), kind
        for one in found:
            assert case.text[one.start : one.end] == one.text


@pytest.mark.parametrize("case", DUTCH, ids=lambda case: f"{case.text} ({case.now})")
def test_dutch_days_and_hours_mean_what_the_table_says(case: Case) -> None:
    """A Dutch day or hour is the one that the caller means, or nothing."""
    _check(case, "nl")


@pytest.mark.parametrize("case", ENGLISH, ids=lambda case: f"{case.text} ({case.now})")
def test_english_days_and_hours_mean_what_the_table_says(case: Case) -> None:
    """An English day or hour is the one that the caller means, or nothing."""
    _check(case, "en")


def test_the_tables_are_large_and_have_no_double_rows() -> None:
    """Each language has at least 120 different cases of days and hours."""
    for cases in (DUTCH, ENGLISH):
        assert len({(case.text, case.now) for case in cases}) == len(cases) >= 120
