"""The English ways to say a stretch of days or of a day."""

import re
from datetime import time

from bot.understanding.calendar import Today, exact
from bot.understanding.dates_en import WEEKDAYS
from bot.understanding.rules import Rule, before, choice, number, ranked, rule, value_of
from bot.understanding.spans import Days, days, month, month_tenth, week, week_of, week_part
from bot.understanding.words import MONTHS

_M = rf"(?P<month>{choice(MONTHS['en'])})"
_CLEAR_M = rf"(?P<month>{choice(MONTHS['en'].keys() - {'may', 'march'})})"
_WHICH = {"this": 0, "the": 0, "next": 1, "last": -1, "coming": 0}
_WEEK = r"(?P<which>this|next|last)"
_PART = {"beginning": "begin", "start": "begin", "middle": "middle", "end": "end"}
_PART |= {"early": "begin", "mid": "middle", "late": "end"}
_P = rf"(?:the )?(?P<part>{choice(_PART)})(?: of| in|-)?"
_SUBJECTS = frozenset({"i", "you", "we", "they", "he", "she", "it"})


def _which(match: re.Match[str]) -> int:
    return _WHICH[match["which"] or "the"]


def _month_tenth(match: re.Match[str], now: Today) -> Days | None:
    return month_tenth(now, _which(match), _PART[match["part"]])


def _named_tenth(match: re.Match[str], now: Today) -> Days | None:
    first = now.in_month(15, MONTHS["en"][match["month"]])
    return month_tenth(Today(first), 0, _PART[match["part"]]) if first else None


def _named(match: re.Match[str], now: Today) -> Days | None:
    first = now.in_month(15, MONTHS["en"][match["month"]])
    return month(Today(first), 0) if first else None


def _year(match: re.Match[str], now: Today) -> Days | None:
    year = now.day.year + _which(match)
    first, last = exact(year, 1, 1), exact(year, 12, 31)
    return (first, last) if first and last else None


def _within(match: re.Match[str], now: Today) -> Days | None:
    count = 1 if match["n"] in ("a", "an", "the") else value_of(match["n"], "en") or 0
    unit = match["unit"]
    return days(now, 0, count * (7 if unit[0] == "w" else 14 if unit[0] == "f" else 1))


def _weekdays(match: re.Match[str], now: Today) -> Days | None:
    first = now.weekday(WEEKDAYS[match["first"]])
    if first is None:
        return None
    last = Today(first).weekday(WEEKDAYS[match["last"]])
    return (first, last) if last else None


def _week_with(match: re.Match[str], now: Today) -> Days | None:
    day = value_of(match["day"], "en") or 0
    named = match["month"]
    inside = now.in_month(day, MONTHS["en"][named]) if named else now.day_of_month(day)
    return week(Today(inside), 0) if inside else None


def _numbered_week(match: re.Match[str], now: Today) -> Days | None:
    return week_of(now, value_of(match["n"], "en") or 0)


def _weekend(match: re.Match[str], now: Today) -> Days | None:
    wish = before(match) in ("good", "nice", "lovely", "great", "a")
    return None if wish else week_part(now, 0, "weekend")


def _rest_of_week(_: re.Match[str], now: Today) -> Days | None:
    return days(now, 1, max(1, 6 - now.day.weekday()))


PERIODS: tuple[Rule[Days, Today], ...] = (
    rule(rf"{_WEEK} week", lambda m, now: week(now, _which(m))),
    rule("(?:the )?week after next", lambda _, now: week(now, 2)),
    rule("(?:the )?coming week|(?:the )?next seven days", lambda _, now: days(now, 1, 7)),
    rule("(?:in )?a week or two", lambda _, now: days(now, 7, 14)),
    rule("(?:the )?(?:next|coming) (?:two weeks|fortnight)", lambda _, now: days(now, 1, 14)),
    rule("(?:the )?(?:next|coming) (?:few|couple of) days", lambda _, now: days(now, 1, 5)),
    rule(
        rf"(?:within|in the course of) (?P<n>an?|the|{number('en', 1, 60)}) "
        r"(?P<unit>days?|weeks?|fortnights?)",
        _within,
    ),
    rule(r"(?:the |this )?weekend", _weekend),
    rule(r"next weekend", lambda _, now: week_part(now, 1, "weekend")),
    rule(r"last weekend", lambda _, now: week_part(now, -1, "weekend")),
    rule(
        rf"{_P} (?P<which>this|next|last|the) week",
        lambda m, now: week_part(now, _which(m), _PART[m["part"]]),
    ),
    rule("later (?:in )?(?:this|the) week|(?:the )?rest of (?:this|the) week", _rest_of_week),
    rule(rf"(?:later )?{_WEEK} month", lambda m, now: month(now, _which(m))),
    rule(rf"{_P} (?P<which>this|next|last|the) month", _month_tenth),
    rule(rf"{_P} ?{_M}", _named_tenth),
    rule(_CLEAR_M, _named),
    rule(rf"(?:in|during|of|this|next|last|until|by|since|for) (?P<said>{_M})", _named),
    rule(r"(?P<which>this|next|last) year", _year),
    rule(rf"week (?:number )?(?P<n>{number('en', 1, 53)})(?! ?[.:,]?[0-9])", _numbered_week),
    rule(
        rf"(?:the )?week of (?:the )?(?P<day>{ranked('en', 1, 31)}|[0-9]{{1,2}})(?: (?:of )?{_M})?",
        _week_with,
    ),
    rule(
        rf"(?:from|between) (?P<first>{choice(WEEKDAYS)}) (?:until|till|through|and) "
        rf"(?P<last>{choice(WEEKDAYS)})",
        _weekdays,
    ),
)

Hours = tuple[time, time]
_RANGES: dict[str, Hours] = {
    "morning": (time(6), time(12)),
    "afternoon": (time(12), time(18)),
    "evening": (time(18), time(23)),
    "night": (time(0), time(6)),
    "tonight": (time(18), time(23)),
}
_EDGES: dict[tuple[str, str], Hours] = {
    ("early", "morning"): (time(6), time(9)),
    ("late", "morning"): (time(10), time(12)),
    ("early", "afternoon"): (time(12), time(14)),
    ("late", "afternoon"): (time(16), time(18)),
    ("early", "evening"): (time(18), time(20)),
    ("late", "evening"): (time(21), time(23)),
}
_EDGE = {"early": "early", "late": "late", "later": "late", "end of": "late"}
_EDGE |= {"beginning of": "early", "start of": "early"}


def _daypart(match: re.Match[str], _: None) -> Hours | None:
    if before(match) in ("good", "nice", "lovely"):
        return None
    return _RANGES[match["name"].removesuffix("s")]


def _edge(match: re.Match[str], _: None) -> Hours | None:
    return _EDGES[_EDGE[match["edge"]], match["name"]]


DAYPARTS: tuple[Rule[Hours, None], ...] = (
    rule(r"(?:in the |this |the )?(?P<name>morning|afternoon|evening)s?", _daypart),
    rule(
        r"(?:at |in the |during the )night|tonight",
        lambda m, _: _RANGES["tonight" if m[0] == "tonight" else "night"],
    ),
    rule(
        rf"(?:in the |the )?(?P<edge>{choice(_EDGE)})(?: in)?(?: the)? "
        r"(?P<name>morning|afternoon|evening)",
        _edge,
    ),
    rule("first thing(?: in the morning)?", lambda _, __: _EDGES["early", "morning"]),
    rule("(?:at |around )?lunch ?time|over lunch", lambda _, __: (time(12), time(13, 30))),
)
_HOUR = rf"(?:[0-9]{{1,2}}[.:][0-9]{{2}}|{number('en', 0, 24)})"
RANGE = re.compile(
    rf"(?<!\w)(?:between|from)\s+(?P<first>{_HOUR})\s+(?:and|to|till|until)\s+"
    rf"(?P<last>{_HOUR})(?:\s+o'clock)?(?!\w)"
)
"""Between two hours."""
BOUNDS = {"after": "from", "from": "from", "before": "to", "until": "to", "till": "to", "by": "to"}
"""What makes a stretch of one hour: "after three"."""
