"""What is spoken is what a person says, and no voice meets a digit or a symbol."""

import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Language
from bot.speaking.spoken_forms import FORMS, Form, spoken, written
from bot.speaking.values import WEEKDAYS, ValueNotSpeakable

LANGUAGES: tuple[Language, ...] = get_args(Language)
PUNCTUATION = set(" ,.?!'’-:;")


def cases() -> list[Any]:
    rows = []
    for language in LANGUAGES:
        path = Path(__file__).parent / "cases" / f"{language}.yml"
        for form, value, said, read in yaml.safe_load(path.read_text(encoding="utf-8")):
            rows.append(pytest.param(language, form, value, said, read, id=f"{language}-{value}"))
    return rows


@pytest.mark.parametrize(("language", "form", "value", "said", "read"), cases())
def test_case(language: Language, form: Form, value: Any, said: str, read: str) -> None:
    """Each row of the tables is spoken and written as a person would."""
    assert (spoken(form, value, language), written(form, value, language)) == (said, read)


def test_table_is_wide_enough() -> None:
    """Every form has cases in both languages, eighty a language or more."""
    for language in LANGUAGES:
        rows = [row.values for row in cases() if row.values[0] == language]
        assert len(rows) >= 80
        assert {row[1] for row in rows} == set(FORMS)


clocks = st.times().map(lambda value: value.replace(second=0, microsecond=0))
weeks = st.dictionaries(
    st.sampled_from(WEEKDAYS),
    st.none() | st.tuples(clocks, clocks).map(lambda pair: [f"{hour:%H:%M}" for hour in pair]),
    min_size=1,
)
VALID: dict[Form, st.SearchStrategy[Any]] = {
    "money": st.decimals(Decimal("-1e9"), Decimal("1e9"), places=2).map(str),
    "date": st.dates().map(date.isoformat),
    "time": clocks.map(lambda value: f"{value:%H:%M}"),
    "moment": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    "digits": st.from_regex(r"[0-9]{1,20}", fullmatch=True),
    "invoice": st.from_regex(r"(20[0-9]{2}|F|INV)-[0-9]{1,8}", fullmatch=True),
    "phone": st.from_regex(r"\+(31[1-9]|1[2-9]|44[2-9]|49[1-9])[0-9]{8}", fullmatch=True),
    "postcode": st.from_regex(r"[1-9][0-9]{3} ?[A-Z]{2}", fullmatch=True),
    "count": st.integers(-(10**14), 10**14),
    "ordinal": st.just(-1) | st.integers(1, 10**6),
    "name": st.text(max_size=60),
    "text": st.text(max_size=200) | st.text("0123456789.,:-/€% +apmuurtheAB@novembr", max_size=60),
    "days": weeks,
}
any_value = st.sampled_from(FORMS).flatmap(lambda form: st.tuples(st.just(form), VALID[form]))


def pronounceable(text: str) -> bool:
    return all(
        sign.isalpha() or sign in PUNCTUATION or unicodedata.category(sign).startswith("M")
        for sign in text
    )


@given(any_value, st.sampled_from(LANGUAGES))
def test_every_valid_value_becomes_words(pair: tuple[Form, Any], language: Language) -> None:
    """A valid value never raises, and is spoken without a digit or a symbol."""
    form, value = pair
    said = spoken(form, value, language)
    assert pronounceable(said)
    assert said or form in ("name", "text")
    assert isinstance(written(form, value, language), str)


@given(any_value, st.sampled_from(LANGUAGES))
def test_speaking_twice_changes_nothing(pair: tuple[Form, Any], language: Language) -> None:
    """What is spoken already is left as it is when the sentence around it is spoken."""
    form, value = pair
    said = spoken(form, value, language)
    assert spoken("text", said, language) == said.strip()


@given(st.decimals(Decimal("-1e6"), Decimal("1e6"), places=2))
def test_written_amount_reads_back(amount: Decimal) -> None:
    """A written amount holds the amount exactly, in both languages' notation."""
    dutch = written("money", str(amount), "nl").replace("€ ", "")
    english = written("money", str(amount), "en").replace("€", "")
    assert Decimal(dutch.replace(".", "").replace(",", ".")) == amount
    assert Decimal(english.replace(",", "")) == amount


@given(st.times(), st.sampled_from(LANGUAGES))
def test_written_time_reads_back(value: time, language: Language) -> None:
    """A written time names its minute of the day."""
    read = written("time", f"{value:%H:%M}", language)
    pattern = "%H.%M uur" if language == "nl" else "%I:%M %p"
    parsed = datetime.strptime(read, pattern)  # noqa: DTZ007 - only its clock is read
    assert (parsed.hour, parsed.minute) == (value.hour, value.minute)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_times_sound_alike(language: Language) -> None:
    """Every minute of the day has words of its own."""
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    assert len({spoken("time", minute, language) for minute in minutes}) == len(minutes)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("money", "veel"),
        ("money", "NaN"),
        ("money", "1e30"),
        ("money", None),
        ("date", "morgen"),
        ("date", "2026-02-30"),
        ("time", "25:00"),
        ("time", "half drie"),
        ("moment", "straks"),
        ("digits", "47a"),
        ("digits", ""),
        ("digits", "٤٧"),
        ("invoice", "---"),
        ("phone", "geen"),
        ("postcode", "123AB"),
        ("postcode", "12345A"),
        ("count", "2.5"),
        ("count", "drie"),
        ("ordinal", 0),
        ("ordinal", -2),
        ("days", "altijd"),
        ("days", {"maandag": None}),
        ("days", {"mon": "09:00"}),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_value_is_refused(form: Form, value: Any, language: Language) -> None:
    """A value that isn't what its form says is refused, never spoken as nonsense."""
    with pytest.raises(ValueNotSpeakable):
        spoken(form, value, language)


def test_a_far_date_is_told_with_its_year() -> None:
    """A date half a year away is told with its year, a near one without."""
    today = date(2026, 11, 22)
    assert spoken("date", "2025-11-12", "nl", today=today).endswith("tweeduizend vijfentwintig")
    assert written("date", "2025-11-12", "en", today=today) == "Wednesday 12 November 2025"
    assert written("date", "2026-11-12", "en", today=today) == "Thursday 12 November"


def test_hours_may_come_as_json_text() -> None:
    """Opening hours fit in a slot as JSON text."""
    assert written("days", '{"sun": null}', "nl") == "zondag gesloten"
