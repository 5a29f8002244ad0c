"""Dates and times of day, as spoken or written, against a given now.

Rules of meaning where people are ambiguous; the dialogue says a day and an hour
back, so a caller can correct:

- A bare weekday is the next one after today ("dinsdag" on a Tuesday is a week
  ahead); "komende", "aanstaande", "deze", "this", "coming" say the same.
- "Volgende dinsdag" and "next Friday" are in the week after this one (weeks begin
  on Monday): on a Wednesday "next Friday" is nine days ahead, "next Monday" five.
  "Volgende week dinsdag" is that same Tuesday.
- "Vrijdag over een week", "a week on Friday", "Friday week": seven days after the
  first Friday from today on. "Over acht dagen" after a weekday is a week.
- A day of the month is the coming one, today included. A day and month without a
  year is the coming one unless it was less than 120 days ago.
- When the text tells what happened ("ik heb vrijdag betaald", "I paid on the
  third"), bare weekdays and days of the month look back, today included.
- Figures are day, month, year, in English too: the callers live in Europe.
- Two numbers are a day and month only after "op", "on", "datum" and the like:
  "twaalf elf" by itself, and "471109", are no dates.
- Hours without a part of the day: see `bot.understanding.clock_time`. Digits are
  no time: it takes "uur", "om", "at", a colon, "half", "kwart voor" and the like,
  or an hour with 15, 30 or 45 minutes when nothing else is said ("two thirty").
- "Over twee uur", "twee uur wachten", "in two hours" are no times of day.
"""

import re
from datetime import date, datetime, time

from bot.events import Language
from bot.understanding import dates_en, dates_nl, periods_en, periods_nl, times_en, times_nl
from bot.understanding.calendar import Today, exact, today
from bot.understanding.clock_time import Part, meant
from bot.understanding.meaning import Found
from bot.understanding.rules import Rule, scan
from bot.understanding.words import fold


def _written(match: re.Match[str], now: Today) -> date | None:
    """Read "12-11-2026", "12/11", "12.11.26"."""
    day, month = int(match["day"]), int(match["month"])
    said = match["year"]
    if said is None:
        return now.in_month(day, month)
    return exact(int(said) + (2000 if len(said) == 2 else 0), month, day)


def _iso(match: re.Match[str], _: Today) -> date | None:
    return exact(int(match["year"]), int(match["month"]), int(match["day"]))


_FIGURES: tuple[Rule[date, Today], ...] = (
    Rule(
        re.compile(
            r"(?<![\w.,:/€-])(?<!€ )(?P<day>[0-3]?[0-9])(?P<sign>[-/.])(?P<month>[01]?[0-9])"
            r"(?P=sign)(?P<year>(?:20|19)[0-9]{2}|[2-4][0-9])(?![\w]|[-/.,:][0-9])"
        ),
        _written,
    ),
    Rule(
        re.compile(
            r"(?<![\w.,:/€-])(?<!€ )(?P<day>[0-3]?[0-9])[-/](?P<month>[01]?[0-9])(?P<year>)??"
            r"(?!\w|[-/.,:]\w|\s+[0-9])"
        ),
        _written,
    ),
    Rule(
        re.compile(
            r"(?<![\w.,:/-])(?P<year>20[0-9]{2})-(?P<month>[01][0-9])-(?P<day>[0-3][0-9])(?![\w-])"
        ),
        _iso,
    ),
)
_DATES = {"nl": (*dates_nl.RULES, *_FIGURES), "en": (*dates_en.RULES, *_FIGURES)}
_TIMES = {"nl": times_nl.RULES, "en": times_en.RULES}
_DAYPARTS = {"nl": periods_nl.DAYPARTS, "en": periods_en.DAYPARTS}
_RANGES = {"nl": periods_nl.RANGE, "en": periods_en.RANGE}


def find_dates(text: str, language: Language, now: datetime) -> list[Found[date]]:
    """Return the days in a text; `now` is aware, in the caller's zone."""
    return scan(text, _DATES[language], today(fold(text), now))


def _part(hours: tuple[time, time]) -> Part:
    begin = hours[0].hour
    if begin < 6:
        return "night"
    return "morning" if begin < 12 else "afternoon" if begin < 18 else "evening"


def find_times(text: str, language: Language, now: datetime) -> list[Found[time]]:
    """Return the times of day in a text.

    A part of the day right behind ("vijf uur 's middags") belongs to the time;
    one elsewhere in the utterance, the nearest, decides which half of the day.
    The hours of "tussen drie en vijf" are a daypart, not times.
    """
    parts = scan(text, _DAYPARTS[language], None)
    ranges = [match.span() for match in _RANGES[language].finditer(fold(text))]
    found = []
    for one in scan(text, _TIMES[language], text):
        if any(start < one.end and one.start < end for start, end in ranges):
            continue
        end = one.end
        nearest = min(
            parts, key=lambda part: max(part.start - one.end, one.start - part.end), default=None
        )
        behind = nearest is not None and not text[one.end : max(nearest.start, one.end)].strip(" ,")
        if nearest is not None and behind and nearest.start >= one.end:
            end = nearest.end
        value = meant(one.value, _part(nearest.value) if nearest else None)
        found.append(Found(value, text[one.start : end], one.start, end))
    return found
