"""The English ways to say a day; the rules of meaning stand in `bot.understanding.dates`."""

import re
from datetime import date

from bot.understanding.calendar import Today, add_months, exact, last_of_month, months_on, shift
from bot.understanding.rules import (
    Rule,
    after,
    before,
    choice,
    number,
    ranked,
    rule,
    value_of,
    year_of,
)
from bot.understanding.rules import year as year_pattern
from bot.understanding.words import MONTHS

WEEKDAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
}
_W = rf"(?P<weekday>{choice(WEEKDAYS)})"
_SHORT = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9}
_SHORT |= {"sept": 9, "oct": 10, "nov": 11, "dec": 12}
_MONTHS = MONTHS["en"] | _SHORT
_M = rf"(?P<month>{choice(_MONTHS)})\.?"
_LONG_M = rf"(?P<month>{choice(MONTHS['en'])})"
_VERBS = frozenset({"may", "march"})
_PLAIN_M = rf"(?P<month>{choice(MONTHS['en'].keys() - _VERBS)})"
_RANK = rf"(?P<day>{ranked('en', 1, 31)})"
_FIGURE = r"(?P<day>[0-9]{1,2})(?![0-9])"
_DAY = rf"(?P<day>{ranked('en', 1, 31)}|{number('en', 1, 31)})"
_N = rf"(?P<n>an?|{number('en', 1, 60)})"
_UNIT = r"(?P<unit>days?|weeks?|months?|fortnights?)"
_Y = rf"(?:,? {year_pattern('en')})?"
_LATER = "on|from|after|this"
_FREE_AFTER = frozenset(
    {
        "",
        "not",
        "at",
        "in",
        "of",
        "is",
        "please",
        "or",
        "and",
        "on",
        "would",
        "works",
        "will",
        "if",
        "can",
    }
    | {"for", "around", "between", "but", "from", "then", "that", "i", "suits", "could", "should"}
    | {"it", "might", "maybe", "before", "after", "also", "was", "we", "you", "yes", "no"}
)
_SUBJECTS = frozenset(
    {"i", "you", "we", "they", "he", "she", "it", "that", "this", "who", "which", "there", "one"}
)
_HOLIDAYS = {
    "new year's day": (1, 1),
    "christmas eve": (24, 12),
    "christmas day": (25, 12),
    "boxing day": (26, 12),
    "new year's eve": (31, 12),
    "king's day": (27, 4),
}


def _n(match: re.Match[str], name: str = "n") -> int:
    said = match[name]
    return 1 if said in ("a", "an") else value_of(said, "en") or 0


def _weekday(match: re.Match[str]) -> int:
    return WEEKDAYS[match["weekday"]]


def _days(match: re.Match[str]) -> int:
    unit = match["unit"]
    return _n(match) * (14 if unit.startswith("f") else 7 if unit.startswith("w") else 1)


def _moved(match: re.Match[str], now: Today, sign: int) -> date | None:
    if after(match) == "or":
        return None
    if match["unit"].startswith("month"):
        return add_months(now.day, sign * _n(match))
    return now.plus(sign * _days(match))


def _from_weekday(match: re.Match[str], now: Today) -> date | None:
    base = now.weekday_or_today(_weekday(match))
    return shift(base, _days(match)) if base and not match["unit"].startswith("month") else None


def _weekday_week(match: re.Match[str], now: Today) -> date | None:
    base = now.weekday_or_today(_weekday(match))
    return shift(base, 14 if match["unit"] == "fortnight" else 7) if base else None


def _from_day(match: re.Match[str], now: Today) -> date | None:
    base = {"today": 0, "now": 0, "tomorrow": 1, "the day after tomorrow": 2, "yesterday": -1}
    start = base[re.sub(r"\s+", " ", match["base"])]
    if match["unit"].startswith("month"):
        return add_months(now.day, _n(match)) if start == 0 else None
    return now.plus(start + _days(match))


def _day_month(match: re.Match[str], now: Today) -> date | None:
    if match["month"] in _VERBS and before(match) in _SUBJECTS:
        return None
    if match["day"] == "one":
        return None  # "The November one" is an invoice.
    said = year_of(match["year"], "en")
    return now.in_month(_n(match, "day"), _MONTHS[match["month"]], said)


def _rank(match: re.Match[str], now: Today) -> date | None:
    if after(match) not in _FREE_AFTER:
        return None
    return now.day_of_month(_n(match, "day"))


def _rank_of_month(match: re.Match[str], now: Today) -> date | None:
    day, which = _n(match, "day"), match["which"]
    if which in ("the", "every"):
        return now.day_of_month(day)
    year, month = months_on(now.day, {"this": 0, "next": 1, "last": -1}[which])
    return exact(year, month, day)


def _end_of_month(match: re.Match[str], now: Today) -> date | None:
    step = {"next": 1, "last": -1}.get(match["which"] or "", 0)
    return last_of_month(*months_on(now.day, step))


def _end_of_named(match: re.Match[str], now: Today) -> date | None:
    first = now.in_month(28, MONTHS["en"][match["month"]])
    return last_of_month(first.year, first.month) if first else None


def _weekday_day(match: re.Match[str], now: Today) -> date | None:
    return now.weekday_and_day(_weekday(match), _n(match, "day"))


def _two_numbers(match: re.Match[str], now: Today) -> date | None:
    following = after(match)
    if following in ("euro", "euros", "o'clock", "am", "pm", "percent") or following[:1].isdigit():
        return None
    if value_of(following, "en") is not None:
        return None
    return now.in_month(_n(match, "day"), _n(match, "month"))


RULES: tuple[Rule[date, Today], ...] = (
    rule("today|tonight|this (?:morning|afternoon|evening)|later today", lambda _, now: now.day),
    rule("tomorrow", lambda _, now: now.plus(1)),
    rule("(?:the )?day after tomorrow", lambda _, now: now.plus(2)),
    rule("yesterday|last night", lambda _, now: now.plus(-1)),
    rule("(?:the )?day before yesterday", lambda _, now: now.plus(-2)),
    rule(rf"{_N} {_UNIT} (?:{_LATER}) {_W}", _from_weekday),
    rule(rf"{_W} (?P<unit>week|fortnight)(?! after)", _weekday_week),
    rule(
        rf"{_N} {_UNIT} (?:from )?(?P<base>today|tomorrow|now|the day after tomorrow|yesterday)",
        _from_day,
    ),
    rule("tomorrow week", lambda _, now: now.plus(8)),
    rule("today week", lambda _, now: now.plus(7)),
    rule(rf"in {_N} {_UNIT}(?:'s?)?(?: time)?", lambda m, now: _moved(m, now, 1)),
    rule(rf"{_N} {_UNIT}(?:'s?) time", lambda m, now: _moved(m, now, 1)),
    rule(rf"{_N} {_UNIT} ago", lambda m, now: _moved(m, now, -1)),
    rule(_W, lambda m, now: now.weekday(_weekday(m))),
    rule(
        rf"(?:this|this coming|coming|the coming) {_W}",
        lambda m, now: Today(now.day).weekday(_weekday(m)),
    ),
    rule(rf"next {_W}", lambda m, now: now.weekday_of_week(_weekday(m), 1)),
    rule(rf"(?:last|this past|past) {_W}", lambda m, now: now.weekday_before(_weekday(m))),
    rule(rf"next week,? (?:on )?(?:the )?{_W}", lambda m, now: now.weekday_of_week(_weekday(m), 1)),
    rule(rf"{_W},? (?:of |in )?next week", lambda m, now: now.weekday_of_week(_weekday(m), 1)),
    rule(rf"this week,? (?:on )?{_W}", lambda m, now: now.weekday_of_week(_weekday(m), 0)),
    rule(rf"{_W},? (?:of )?this week", lambda m, now: now.weekday_of_week(_weekday(m), 0)),
    rule(rf"last week,? (?:on )?{_W}", lambda m, now: now.weekday_of_week(_weekday(m), -1)),
    rule(rf"{_W},? (?:of )?last week", lambda m, now: now.weekday_of_week(_weekday(m), -1)),
    rule(
        rf"(?:the )?week after next,? (?:on )?{_W}|"
        rf"{_W.replace('weekday', 'weekday2')},? (?:of |in )?(?:the )?week after next",
        lambda m, now: now.weekday_of_week(WEEKDAYS[m["weekday"] or m["weekday2"]], 2),
    ),
    rule(rf"(?:{_W},? )?(?:the )?{_RANK} (?:of )?{_M}{_Y}", _day_month),
    rule(rf"(?:{_W},? )?{_FIGURE} (?:of )?{_M}{_Y}", _day_month),
    rule(rf"(?:{_W},? )?{_DAY} (?:of )?{_PLAIN_M}{_Y}", _day_month),
    rule(rf"(?:{_W},? )?{_M} (?:the )?{_DAY}{_Y}(?!,? {number('en', 1, 9)})", _day_month),
    rule(rf"{_W},? (?:the )?{_RANK}", _weekday_day),
    rule(rf"{_W},? {_FIGURE}(?! ?(?:am|pm|o'clock)|[.:/-]?[0-9]| [0-9])", _weekday_day),
    rule(rf"the {_RANK}", _rank),
    rule(rf"(?:the )?{_RANK} of (?P<which>this|next|last|the|every) month", _rank_of_month),
    rule(
        r"(?:the )?(?:end|last day) of (?P<which>the|this|next|last) month|month end",
        _end_of_month,
    ),
    rule(rf"(?:the )?(?:end|last day) of {_LONG_M}", _end_of_named),
    rule("(?:the )?end of (?:the|this) year|year end", lambda _, now: exact(now.day.year, 12, 31)),
    rule(
        rf"(?:on|dated|date is|date was|{choice(WEEKDAYS)}) "
        rf"(?P<day>{number('en', 1, 31)}) (?P<month>{number('en', 1, 12)})",
        _two_numbers,
    ),
    rule(rf"(?P<feast>{choice(_HOLIDAYS)})", lambda m, now: now.in_month(*_HOLIDAYS[m["feast"]])),
)
