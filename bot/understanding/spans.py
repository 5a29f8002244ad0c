"""Spans: stretches of days by the calendar, first and last day included."""

from datetime import date

from bot.understanding.calendar import Today, exact, last_of_month, months_on, shift

Days = tuple[date, date]

_PARTS_OF_WEEK = {"begin": (0, 1), "middle": (1, 3), "end": (3, 4), "weekend": (5, 6)}


def days(now: Today, first: int, last: int) -> Days | None:
    """Return the stretch from so many days on to so many days on."""
    start, end = now.plus(first), now.plus(last)
    return (start, end) if start and end else None


def week(now: Today, weeks: int) -> Days | None:
    """Return the Monday to Sunday of a week so many weeks on."""
    start, end = now.weekday_of_week(0, weeks), now.weekday_of_week(6, weeks)
    return (start, end) if start and end else None


def week_part(now: Today, weeks: int, part: str) -> Days | None:
    """Return the begin, middle, end or weekend of a week so many weeks on."""
    first, last = _PARTS_OF_WEEK[part]
    start, end = now.weekday_of_week(first, weeks), now.weekday_of_week(last, weeks)
    return (start, end) if start and end else None


def week_of(now: Today, number: int) -> Days | None:
    """Return the ISO week with this number, this year's unless it is long over."""
    if not 1 <= number <= 53:
        return None
    for year in (now.day.year, now.day.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if (now.day - monday).days < 120:
            end = shift(monday, 6)
            return (monday, end) if end else None
    return None


def month(now: Today, months: int) -> Days | None:
    """Return the first to the last day of a month so many months on."""
    year, number = months_on(now.day, months)
    start, end = exact(year, number, 1), last_of_month(year, number)
    return (start, end) if start and end else None


def month_tenth(now: Today, months: int, part: str) -> Days | None:
    """Return the begin, middle or end of a month so many months on: about ten days."""
    whole = month(now, months)
    if whole is None:
        return None
    start, end = whole
    if part == "begin":
        return start, start.replace(day=10)
    if part == "middle":
        return start.replace(day=11), start.replace(day=20)
    return start.replace(day=21), end
