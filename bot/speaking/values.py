"""Values: JSON primitives of slots and events, read into Python's types or refused."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Keys of opening hours, in order."""

_MOST = 10**15
"""Beyond this nobody can follow a number; a slot that holds one holds a mistake."""

Hours = tuple[time, time] | None
"""Opening and closing time of a day; None when closed."""


class ValueNotSpeakable(ValueError):
    """A value that is not what its form says, such as a date "soon"."""


def money(value: Any) -> Decimal:
    """Read an amount: "84.20", 84.2 or Decimal; rounded to cents."""
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation as error:
        raise ValueNotSpeakable(f"not an amount: {value!r}") from error
    if not amount.is_finite() or abs(amount) >= _MOST:
        raise ValueNotSpeakable(f"not an amount: {value!r}")
    return amount


def day(value: Any) -> date:
    """Read a date: "2026-11-12", or the date of a moment."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError as error:
        raise ValueNotSpeakable(f"not a date: {value!r}") from error


def clock(value: Any) -> time:
    """Read a time: "14:30", or the time of a moment."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    text = str(value)
    try:
        return datetime.fromisoformat(text).time() if "T" in text else time.fromisoformat(text)
    except ValueError as error:
        raise ValueNotSpeakable(f"not a time: {value!r}") from error


def moment(value: Any) -> datetime:
    """Read a moment: ISO 8601, told by the wall clock of its own offset."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueNotSpeakable(f"not a moment: {value!r}") from error


def whole(value: Any) -> int:
    """Read a count or a place in a row."""
    try:
        number = Decimal(str(value))
        if abs(number) < _MOST and number == number.to_integral_value():
            return int(number)
    except (InvalidOperation, OverflowError, ValueError):
        pass
    raise ValueNotSpeakable(f"not a whole number: {value!r}")


def digits(value: Any) -> str:
    """Read a row of digits: "471109"; spaces, dots and hyphens are dropped."""
    row = "".join(sign for sign in str(value) if sign not in " .-")
    if not (row.isascii() and row.isdigit()):
        raise ValueNotSpeakable(f"not digits: {value!r}")
    return row


def postcode(value: Any) -> tuple[str, str]:
    """Read a Dutch postcode: "1234AB" is ("1234", "AB")."""
    code = "".join(str(value).split()).upper()
    if len(code) != 6 or not code.isascii() or not code[:4].isdigit() or not code[4:].isalpha():
        raise ValueNotSpeakable(f"not a postcode: {value!r}")
    return code[:4], code[4:]


def week(value: Any) -> list[tuple[str, Hours]]:
    """Read opening hours: {"mon": ["08:30", "17:00"], "sun": None}, or that as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueNotSpeakable(f"not opening hours: {value!r}") from error
    if not isinstance(value, Mapping) or not all(key in WEEKDAYS for key in value):
        raise ValueNotSpeakable(f"not opening hours: {value!r}")
    return [(name, _hours(value[name])) for name in WEEKDAYS if name in value]


def _hours(value: Any) -> Hours:
    if value is None:
        return None
    try:
        opens, closes = value
    except (TypeError, ValueError) as error:
        raise ValueNotSpeakable(f"not opening and closing time: {value!r}") from error
    return clock(opens), clock(closes)


def alike(days: list[tuple[str, Hours]]) -> list[tuple[str, str, Hours]]:
    """Join neighbouring days with the same hours: first day, last day, hours."""
    joined: list[tuple[str, str, Hours]] = []
    for name, hours in days:
        follows = joined and WEEKDAYS.index(joined[-1][1]) + 1 == WEEKDAYS.index(name)
        if follows and joined[-1][2] == hours:
            joined[-1] = (joined[-1][0], name, hours)
        else:
            joined.append((name, name, hours))
    return joined
