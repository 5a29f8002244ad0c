"""Hours: when people are there for callers, as data with a check."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, get_args

from holidays import HolidayBase, country_holidays
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
SPAN = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)")
LOOK_DAYS = 60
"""How far ahead the next opening is looked for."""

Span = tuple[time, time]
"""From, until; until 24:00 is written 00:00."""


def _spans(written: object) -> object:
    """Read "08:30-12:00 13:00-17:30"; "" is closed."""
    if not isinstance(written, str):
        return written
    spans = []
    for part in written.split():
        found = SPAN.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no span of hours; write 08:30-17:30")
        first, second = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if not 0 <= first < second <= 24 * 60:
            raise ValueError(f"{part!r} does not end after it begins")
        spans.append((_time(first), _time(second)))
    for (_, before), (after, _) in pairwise(spans):
        if before == time(0) or after < before:
            raise ValueError(f"the spans of {written!r} are not in order")
    return tuple(spans)


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _country(code: str | None) -> str | None:
    if code is not None:
        try:
            country_holidays(code)
        except NotImplementedError as error:
            # The documented answer of `holidays` for a country that it has no calendar of; a list
            # of its own names countries alone, and this takes what it takes.
            raise ValueError(f"no holidays are known of {code!r}; write NL, BE, GB") from error
    return code


Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class HoursRules(BaseModel):
    """When people are there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    week: dict[Weekday, Spans] = {}
    """A day that is not named is closed; no day at all: nobody told."""
    holidays: Annotated[str | None, AfterValidator(_country)] = None
    """Closed on public holidays of this country, ISO 3166."""
    closed: frozenset[date] = frozenset()
    open: dict[date, Spans] = {}
    """Days with hours of their own, whatever else is said."""


class Hours:
    """Tells when people are there, as far as the rules tell."""

    def __init__(self, rules: HoursRules, zone: tzinfo) -> None:
        self._rules = rules
        self._zone = zone

    @property
    def told(self) -> bool:
        """Whether the rules tell any hours."""
        return bool(self._rules.week or self._rules.open)

    def open(self, now: datetime) -> bool:
        """Tell whether people are there at a moment; always, when nothing is told."""
        if not self.told:
            return True
        local = now.astimezone(self._zone)
        return any(begin <= now < end for begin, end in self._of(local.date()))

    def next_open(self, now: datetime) -> datetime | None:
        """Return when people are there again, in the zone of the hours.

        None when they are there now, when nothing is told, or for as far as one can see.
        """
        if self.open(now):
            return None
        today = now.astimezone(self._zone).date()
        for ahead in range(LOOK_DAYS):
            for begin, _ in self._of(today + timedelta(days=ahead)):
                if begin > now:
                    return begin
        return None

    def _of(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the hours of a day as moments."""
        spans = []
        for begin, end in self._spans(day):
            last = day if end > time(0) else day + timedelta(days=1)
            spans.append(
                (
                    datetime.combine(day, begin, self._zone),
                    datetime.combine(last, end, self._zone),
                )
            )
        return spans

    def _spans(self, day: date) -> tuple[Span, ...]:
        special = self._rules.open.get(day)
        if special is not None:
            return special
        if day in self._rules.closed or day in self._holidays:
            return ()
        return self._rules.week.get(WEEKDAYS[day.weekday()], ())

    @cached_property
    def _holidays(self) -> HolidayBase | Mapping[date, str]:
        code = self._rules.holidays
        return {} if code is None else country_holidays(code)
