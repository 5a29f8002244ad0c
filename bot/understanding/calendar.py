"""Calendar: the arithmetic of days as people mean them.

- A bare weekday is the next one after today; about a payment that was made it
  is the last one up to today.
- A day and month without a year is the coming one, unless it was less than
  120 days ago: who says "12 november" on the 18th means last week.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_RECENT = timedelta(days=120)


@dataclass(frozen=True)
class Today:
    """The day of the caller, and which way the caller looks."""

    day: date
    past: bool = False
    """The caller tells what happened: "ik heb vrijdag betaald"."""

    @property
    def monday(self) -> date:
        """The first day of this week."""
        return self.day - timedelta(days=self.day.weekday())

    def plus(self, days: int) -> date | None:
        """Return the day so many days from today; None beyond the calendar."""
        return shift(self.day, days)

    def weekday(self, weekday: int) -> date | None:
        """Return the weekday (Monday 0) that is meant by its bare name."""
        if self.past:
            return self.plus(-((self.day.weekday() - weekday) % 7))
        return self.plus((weekday - self.day.weekday() - 1) % 7 + 1)

    def weekday_or_today(self, weekday: int) -> date | None:
        """Return the first such weekday from today on."""
        return self.plus((weekday - self.day.weekday()) % 7)

    def weekday_of_week(self, weekday: int, weeks: int) -> date | None:
        """Return the weekday of the week that begins on the Monday so many weeks on."""
        return shift(self.monday, 7 * weeks + weekday)

    def weekday_before(self, weekday: int) -> date | None:
        """Return the last such weekday before today."""
        return self.plus(-((self.day.weekday() - weekday - 1) % 7 + 1))

    def in_month(self, day: int, month: int, year: int | None = None) -> date | None:
        """Return a day of a month, in the year that is meant when none is said."""
        if year is not None:
            return exact(year, month, day)
        years = range(self.day.year - 4, self.day.year + 5)
        possible = [one for one in (exact(y, month, day) for y in years) if one]
        before = [one for one in possible if one < self.day]
        onward = [one for one in possible if one >= self.day]
        if onward and onward[0] == self.day:
            return onward[0]
        if before and (self.past or self.day - before[-1] < _RECENT or not onward):
            return before[-1]
        return onward[0] if onward else None

    def day_of_month(self, day: int) -> date | None:
        """Return the coming day with this number, or the last one when the caller looks back."""
        for step in range(13):
            year, month = months_on(self.day, -step if self.past else step)
            found = exact(year, month, day)
            if found and (found <= self.day if self.past else found >= self.day):
                return found
        return None

    def weekday_and_day(self, weekday: int, day: int) -> date | None:
        """Return the coming day with this number that is this weekday; without one, the number."""
        for step in range(13):
            year, month = months_on(self.day, -step if self.past else step)
            found = exact(year, month, day)
            if found is None or found.weekday() != weekday:
                continue
            if found <= self.day if self.past else found >= self.day:
                return found
        return self.day_of_month(day)


def exact(year: int, month: int, day: int) -> date | None:
    """Return a date, None when there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def shift(day: date, days: int) -> date | None:
    """Return the day so many days on; None beyond the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def months_on(day: date, months: int) -> tuple[int, int]:
    """Return year and month so many months on."""
    count = day.year * 12 + day.month - 1 + months
    return count // 12, count % 12 + 1


def add_months(day: date, months: int) -> date | None:
    """Return the same day so many months on, or the last day of a shorter month."""
    year, month = months_on(day, months)
    for number in range(day.day, 27, -1):
        found = exact(year, month, number)
        if found:
            return found
    return exact(year, month, min(day.day, 28))


def last_of_month(year: int, month: int) -> date | None:
    """Return the last day of a month."""
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    first = exact(year, month, 1)
    return shift(first, -1) if first else None


_LOOKING_BACK = re.compile(
    r"\b(?:betaald|betaalde|overgemaakt|overgeschreven|gestort|gekregen|ontvangen|gebeld|"
    r"afgeschreven|verstuurd|geschreven|was er|had ik|geweest|paid|transferred|sent|received|"
    r"called|got|was debited|wired|arrived)\b"
)


_LOOKING_FORWARD = re.compile(
    r"\b(?:moet|moeten|wordt|worden|zal|zullen|must|should|will be|be paid|has to|have to)\b"
)


def today(folded: str, now: datetime) -> Today:
    """Return the caller's day, and whether the (folded) text looks back."""
    past = _LOOKING_BACK.search(folded) and not _LOOKING_FORWARD.search(folded)
    return Today(now.date(), past=bool(past))
