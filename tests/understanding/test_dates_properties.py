"""Whatever day or hour can be said, is read back at any moment of speaking."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from bot.events import Language
from bot.understanding.dates import find_dates, find_times

LANGUAGES: tuple[Language, ...] = ("nl", "en")
ZONE = ZoneInfo("Europe/Amsterdam")
NOWS = st.dates(date(2024, 1, 1), date(2031, 12, 31)).map(
    lambda day: datetime.combine(day, time(10), tzinfo=ZONE)
)
WEEKDAYS: dict[Language, list[str]] = {
    "nl": ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}


def _dates(text: str, language: Language, now: datetime) -> list[date]:
    return [one.value for one in find_dates(text, language, now)]


def _month(day: date, language: Language) -> str:
    return format_date(day, "MMMM", locale=language)


def _rank(day: date, language: Language) -> str:
    return str(num2words(day.day, lang=language, to="ordinal"))


def _with_year(day: date, language: Language) -> list[str]:
    month, words = _month(day, language), num2words(day.day, lang=language)
    phrases = [
        f"{day.day} {month} {day.year}",
        f"{day.day}-{day.month}-{day.year}",
        f"{day:%d/%m/%Y}",
        day.isoformat(),
        f"{WEEKDAYS[language][day.weekday()]} {day.day} {month} {day.year}",
    ]
    if language == "nl":
        return [*phrases, f"{words} {month} tweeduizend {num2words(day.year - 2000, lang='nl')}"]
    year = f"twenty {num2words(day.year - 2000, lang='en')}"
    return [
        *phrases,
        f"{month} {day.day}, {day.year}",
        f"the {_rank(day, 'en')} of {month} {year}",
        f"{month} the {_rank(day, 'en')}, {year}",
    ]


def _without_year(day: date, language: Language) -> list[str]:
    month, rank = _month(day, language), _rank(day, language)
    weekday = WEEKDAYS[language][day.weekday()]
    if language == "nl":
        words = num2words(day.day, lang="nl")
        return [f"{words} {month}", f"de {rank} {month}", f"{weekday} {words} {month}"]
    return [f"the {rank} of {month}", f"{month} {rank}", f"{weekday} the {rank} of {month}"]


@pytest.mark.parametrize("language", LANGUAGES)
@given(now=NOWS, ahead=st.integers(0, 366))
def test_a_date_with_its_year_is_read_back(language: Language, now: datetime, ahead: int) -> None:
    """Any day of the coming year comes back in every phrasing with a year."""
    day = now.date() + timedelta(days=ahead)
    for text in _with_year(day, language):
        assert _dates(text, language, now) == [day], text


@pytest.mark.parametrize("language", LANGUAGES)
@given(now=NOWS, ahead=st.integers(-119, 240))
def test_a_date_without_year_is_the_near_one(language: Language, now: datetime, ahead: int) -> None:
    """A day and month without year is the coming one, or the one of the last four months."""
    day = now.date() + timedelta(days=ahead)
    if (day.month, day.day) == (2, 29):
        return
    for text in _without_year(day, language):
        assert _dates(text, language, now) == [day], text


@pytest.mark.parametrize("language", LANGUAGES)
@given(now=NOWS, weekday=st.integers(0, 6))
def test_weekdays_fall_where_the_rules_say(language: Language, now: datetime, weekday: int) -> None:
    """A bare weekday is within seven days after today; "volgende", "next" are next week's."""
    name = WEEKDAYS[language][weekday]
    monday = now.date() - timedelta(days=now.weekday())
    (bare,) = _dates(name, language, now)
    assert bare.weekday() == weekday
    assert timedelta(days=1) <= bare - now.date() <= timedelta(days=7)
    next_week = {"nl": f"volgende week {name}", "en": f"next week on {name}"}[language]
    following = {"nl": f"volgende {name}", "en": f"next {name}"}[language]
    expected = [monday + timedelta(days=7 + weekday)]
    assert _dates(next_week, language, now) == _dates(following, language, now) == expected
    later = {"nl": f"{name} over een week", "en": f"a week on {name}"}[language]
    (found,) = _dates(later, language, now)
    assert found.weekday() == weekday
    assert timedelta(days=7) <= found - now.date() <= timedelta(days=13)


@pytest.mark.parametrize("language", LANGUAGES)
@given(now=NOWS, count=st.integers(2, 60))
def test_days_and_weeks_from_now_are_counted(language: Language, now: datetime, count: int) -> None:
    """Days and weeks are counted from today, in words and figures, both ways."""
    for said in (str(count), num2words(count, lang=language)):
        ahead, weeks, ago = {
            "nl": (f"over {said} dagen", f"over {said} weken", f"{said} dagen geleden"),
            "en": (f"in {said} days", f"in {said} weeks", f"{said} days ago"),
        }[language]
        assert _dates(ahead, language, now) == [now.date() + timedelta(days=count)]
        assert _dates(weeks, language, now) == [now.date() + timedelta(weeks=count)]
        assert _dates(ago, language, now) == [now.date() - timedelta(days=count)]


def _hour(hour: int, language: Language) -> str:
    return str(num2words((hour - 1) % 12 + 1, lang=language))


def _dutch(hour: int, minute: int) -> str:
    """Say an hour and minute as a Dutch speaker does."""
    this, following = _hour(hour, "nl"), _hour(hour + 1, "nl")
    if minute == 0:
        return f"om {this} uur"
    if minute == 15:
        return f"kwart over {this}"
    if minute == 30:
        return f"half {following}"
    if minute == 45:
        return f"kwart voor {following}"
    if minute < 15:
        return f"{num2words(minute, lang='nl')} minuten over {this}"
    if minute < 30:
        return f"{num2words(30 - minute, lang='nl')} minuten voor half {following}"
    if minute < 45:
        return f"{num2words(minute - 30, lang='nl')} minuten over half {following}"
    return f"{num2words(60 - minute, lang='nl')} minuten voor {following}"


def _english(hour: int, minute: int) -> str:
    """Say an hour and minute as an English speaker does."""
    this, following = _hour(hour, "en"), _hour(hour + 1, "en")
    if minute == 0:
        return f"{this} o'clock"
    if minute in (15, 30):
        return f"{'quarter' if minute == 15 else 'half'} past {this}"
    if minute == 45:
        return f"quarter to {following}"
    if minute < 30:
        return f"{num2words(minute, lang='en')} minutes past {this}"
    return f"{num2words(60 - minute, lang='en')} minutes to {following}"


def _office(hour: int, minute: int) -> time:
    """Return the hour that is meant without a part of the day."""
    hour = (hour - 1) % 12 + 1
    return time(hour + 12 if hour < 7 else hour, minute)


@pytest.mark.parametrize("language", LANGUAGES)
@given(now=NOWS, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_hours_are_read_back(language: Language, now: datetime, hour: int, minute: int) -> None:
    """Every minute of the day comes back: in words within the day, in figures exactly."""
    words = {"nl": _dutch, "en": _english}[language](hour, minute)
    found = [one.value for one in find_times(words, language, now)]
    assert found == [_office(hour, minute)], words
    (exact,) = find_times(f"{hour:02}:{minute:02}", language, now)
    assert exact.value == time(hour, minute)


@pytest.mark.parametrize("language", LANGUAGES)
@given(now=NOWS, hour=st.integers(5, 23), minute=st.integers(0, 59))
def test_a_part_of_the_day_decides(
    language: Language, now: datetime, hour: int, minute: int
) -> None:
    """With "'s ochtends", "in the evening" every minute comes back as it is."""
    if hour == 12:
        return
    words = {"nl": _dutch, "en": _english}[language](hour, minute)
    if language == "nl":
        part = "'s ochtends" if hour < 12 else "'s middags" if hour < 18 else "'s avonds"
    else:
        part = "in the morning" if hour < 12 else "in the afternoon"
        part = "in the evening" if hour >= 18 else part
    for text in (f"{words} {part}", f"{part}, {words}"):
        found = [one.value for one in find_times(text, language, now)]
        assert found == [time(hour, minute)], text
    (behind,) = find_times(f"{words} {part}", language, now)
    assert behind.text.endswith(part)


@given(now=NOWS, digits=st.text("0123456789", min_size=5, max_size=9))
def test_digits_are_never_a_day_or_an_hour(now: datetime, digits: str) -> None:
    """A dictated code, digit by digit or in one, is no date and no time of day."""
    dutch = ["nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"]
    english = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    of: dict[Language, list[str]] = {"nl": dutch, "en": english}
    for language, names in of.items():
        for text in (digits, " ".join(names[int(one)] for one in digits), " ".join(digits)):
            assert not find_dates(text, language, now)
            assert not find_times(text, language, now)
