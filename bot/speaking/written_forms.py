"""Written forms: values as a caption or a letter shows them."""

from datetime import date, datetime, time
from decimal import Decimal

import phonenumbers
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from num2words import num2words

from bot.events import Language
from bot.speaking.values import WEEKDAYS, Hours, alike

_LOCALES = {"nl": "nl_NL", "en": "en_GB"}
_LAST = {"nl": "laatste", "en": "last"}
_CLOSED = {"nl": "gesloten", "en": "closed"}
_THROUGH = {"nl": "t/m", "en": "to"}
_AND = {"nl": "en", "en": "and"}
_AT = {"nl": "om", "en": "at"}


def _plain(text: str) -> str:
    # Babel joins with no-break spaces, which nobody types who searches a transcript.
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def money(amount: Decimal, language: Language) -> str:
    """Write an amount: "€ 84,20", "€84.20"."""
    return _plain(format_currency(amount, "EUR", locale=_LOCALES[language]))


def day(value: date, language: Language, with_year: bool = False) -> str:
    """Write a date: "dinsdag 24 november", "Tuesday 24 November"."""
    pattern = "EEEE d MMMM y" if with_year else "EEEE d MMMM"
    return format_date(value, pattern, locale=_LOCALES[language])


def clock(value: time, language: Language) -> str:
    """Write a time: "14.30 uur", "2:30 pm"."""
    if language == "nl":
        return f"{_bare_clock(value, language)} uur"
    return _bare_clock(value, language)


def _bare_clock(value: time, language: Language) -> str:
    if language == "nl":
        return format_time(value, "H.mm", locale="nl_NL")
    return _plain(format_time(value, "h:mm a", locale="en_GB")).lower()


def moment(value: datetime, language: Language, with_year: bool = False) -> str:
    """Write a moment: "dinsdag 24 november om 14.30 uur"."""
    told = clock(value.time(), language)
    return f"{day(value.date(), language, with_year)} {_AT[language]} {told}"


def phone(number: phonenumbers.PhoneNumber) -> str:
    """Write a telephone number as one dials it from the Netherlands: "06 12345678"."""
    inland = number.country_code == 31
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if inland else style.INTERNATIONAL)


def count(number: int, language: Language) -> str:
    """Write a count: "3", "1.250"."""
    return _plain(format_decimal(number, locale=_LOCALES[language]))


def ordinal(number: int, language: Language) -> str:
    """Write a place in a row: "2e", "2nd"; -1 is the last."""
    if number == -1:
        return _LAST[language]
    return f"{number}e" if language == "nl" else str(num2words(number, lang="en", to="ordinal_num"))


def days(week: list[tuple[str, Hours]], language: Language) -> str:
    """Write opening hours: "maandag t/m vrijdag 8.30-17.00 uur, zaterdag gesloten"."""
    return ", ".join(_days(first, last, hours, language) for first, last, hours in alike(week))


def _days(first: str, last: str, hours: Hours, language: Language) -> str:
    names = _weekday(first, language)
    if first != last:
        next_day = WEEKDAYS.index(last) - WEEKDAYS.index(first) == 1
        joint = _AND[language] if next_day else _THROUGH[language]
        names = f"{names} {joint} {_weekday(last, language)}"
    if hours is None:
        return f"{names} {_CLOSED[language]}"
    opens, closes = hours
    return f"{names} {_bare_clock(opens, language)} - {clock(closes, language)}"


def _weekday(name: str, language: Language) -> str:
    # The fifth of January 1970 was a Monday.
    return format_date(date(1970, 1, 5 + WEEKDAYS.index(name)), "EEEE", locale=_LOCALES[language])
