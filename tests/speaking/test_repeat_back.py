"""What the bot says, a caller can say back, and the bot understands it."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Language
from bot.speaking.spoken_forms import spoken
from bot.understanding.amounts import find_amounts
from bot.understanding.codes import find_phones, find_postcodes
from bot.understanding.dates import find_dates, find_times
from bot.understanding.numbers import find_digits

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
languages = st.sampled_from(["nl", "en"])


@given(st.from_regex(r"[0-9]{4,10}", fullmatch=True), languages)
def test_digits(digits: str, language: Language) -> None:
    """Digits said in groups are heard as the same digits."""
    assert digits in [
        found.value for found in find_digits(spoken("digits", digits, language), language)
    ]


@given(st.integers(2020, 2039), st.integers(1, 99999), languages)
def test_invoice_number(year: int, serial: int, language: Language) -> None:
    """An invoice number said by year and serial is heard as both in a row."""
    said = spoken("invoice", f"{year}-{serial}", language)
    assert f"{year}{serial}" in [found.value for found in find_digits(said, language)]


@given(st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2), languages)
def test_amount(amount: Decimal, language: Language) -> None:
    """An amount in words is heard as the same amount."""
    said = spoken("money", str(amount), language)
    assert amount in [found.value for found in find_amounts(said, language)]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("code", ["1234AB", "1000AA", "1203XY", "1200CD", "9999ZZ", "2511EE"])
def test_postcode(code: str, language: Language) -> None:
    """A postcode said in pairs is heard as the same postcode."""
    said = spoken("postcode", code, language)
    assert [found.value for found in find_postcodes(said, language)] == [code]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("number", ["+31612345678", "+31201234567", "+31113234567", "+31880123456"])
def test_phone(number: str, language: Language) -> None:
    """A telephone number said in groups is heard as the same number."""
    said = spoken("phone", number, language)
    assert [found.value for found in find_phones(said, language)] == [number]


@given(st.integers(0, 24 * 12 - 1), languages)
def test_time(fifth: int, language: Language) -> None:
    """A time as appointments have it is heard as the same time."""
    value = time(fifth // 12, fifth % 12 * 5)
    said = spoken("time", f"{value:%H:%M}", language)
    assert [found.value for found in find_times(said, language, NOW)] == [value]


@given(st.integers(1, 180), languages)
def test_date(days: int, language: Language) -> None:
    """A date of the coming half year is heard as the same date."""
    value: date = NOW.date() + timedelta(days)
    said = spoken("date", value.isoformat(), language)
    assert [found.value for found in find_dates(said, language, NOW)] == [value]
