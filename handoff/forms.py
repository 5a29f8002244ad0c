"""How values are written for agents: money, dates, times, telephone numbers.

What can't be read as its form is not written at all: an unknown is blank,
never guessed.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from bot.events import Language

LONGEST = 300
"""Characters of a value that fit on a card."""


def written(form: str, value: Any, language: Language, zone: tzinfo = UTC) -> str | None:
    """Write a JSON value in a form; None when it is unknown or not of that form.

    Args:
        form: A name from FORMS.
        value: A text, a number, or a moment with its offset.
        language: The reader's.
        zone: The reader's: moments are written in its time.
    """
    if value is None or isinstance(value, dict | list | tuple):
        return None
    try:
        text = FORMS[form](value, language, zone).strip()
    except (ValueError, InvalidOperation, OverflowError, phonenumbers.NumberParseException):
        return None
    return shorten(text) or None


def shorten(text: str) -> str:
    """Fit a text on the card, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def span(seconds: float) -> str:
    """Write a length of time as a stopwatch does: 0:42, 12:05, 1:02:05."""
    hours, rest = divmod(max(0, int(seconds)), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _text(value: Any, language: Language, zone: tzinfo) -> str:
    if isinstance(value, bool):
        return {"nl": ("nee", "ja"), "en": ("no", "yes")}[language][value]
    return str(value)


def _money(value: Any, language: Language, zone: tzinfo) -> str:
    amount = Decimal(str(value))
    if isinstance(value, bool) or not amount.is_finite():
        raise ValueError(value)
    return "EUR " + format_decimal(amount, format="#,##0.00", locale=language)


def _aware(value: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return moment.astimezone(zone)


def _date(value: Any, language: Language, zone: tzinfo) -> str:
    said = str(value)
    day = _aware(said, zone).date() if "T" in said else date.fromisoformat(said)
    return format_date(day, "d MMMM", locale=language)


def _moment(value: Any, language: Language, zone: tzinfo) -> str:
    moment = _aware(str(value), zone)
    day = format_date(moment, "EEEE d MMMM", locale=language)
    return f"{day}, {format_time(moment.time(), 'HH:mm', locale=language)}"


def _time(value: Any, language: Language, zone: tzinfo) -> str:
    return format_time(time.fromisoformat(str(value)), "HH:mm", locale=language)


def _phone(value: Any, language: Language, zone: tzinfo) -> str:
    number = phonenumbers.parse(str(value), "NL")
    home = number.country_code == 31
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL)


def _count(value: Any, language: Language, zone: tzinfo) -> str:
    return str(int(value))


def _one(value: Any, language: Language, zone: tzinfo) -> str:
    """Only a single one: "1 invoice" has another word than "2 invoices"."""
    return "1" if int(value) == 1 else ""


def _whole(value: Any, language: Language, zone: tzinfo) -> str:
    """A measure without its sign: the phrase says which way."""
    number = round(abs(float(value)))
    # Nothing to group: a card writes hundreds of these.
    return str(number) if number < 1000 else format_decimal(number, format="#,##0", locale=language)


def _single(value: Any, language: Language, zone: tzinfo) -> str:
    return "1" if round(abs(float(value))) == 1 else ""


def _tenth(value: Any, language: Language, zone: tzinfo) -> str:
    amount = abs(Decimal(str(float(value))))
    if not amount.is_finite():
        raise ValueError(value)
    return format_decimal(amount, format="#,##0.0", locale=language)


FORMS: dict[str, Callable[[Any, Language, tzinfo], str]] = {
    "text": _text,
    "money": _money,
    "date": _date,
    "moment": _moment,
    "time": _time,
    "phone": _phone,
    "count": _count,
    "one": _one,
    "whole": _whole,
    "single": _single,
    "tenth": _tenth,
}
