"""The Dutch ways to say a stretch of days or of a day."""

import re
from datetime import time

from bot.understanding.calendar import Today, exact
from bot.understanding.dates_nl import PARTS, WEEKDAYS
from bot.understanding.rules import Rule, after, before, choice, number, rule, value_of
from bot.understanding.spans import Days, days, month, month_tenth, week, week_of, week_part
from bot.understanding.words import MONTHS

_M = rf"(?P<month>{choice(MONTHS['nl'])})"
_WHICH = {"deze": 0, "dit": 0, "de": 0, "volgende": 1, "volgend": 1, "komende": 0, "vorige": -1}
_WHICH |= {"afgelopen": -1, "vorig": -1, "verleden": -1, "komend": 0, "aanstaand": 0, "het": 0}
_WEEK = r"(?P<which>deze|volgende|vorige|afgelopen|verleden)"
_PART = {"begin": "begin", "midden": "middle", "midden in": "middle", "halverwege": "middle"}
_PART |= {"eind": "end", "einde": "end", "half": "middle", "half in": "middle", "halfweg": "middle"}
_P = rf"(?:het )?(?P<part>{choice(_PART)})(?: van)?"


def _which(match: re.Match[str]) -> int:
    return _WHICH[match["which"] or "de"]


def _weekend(match: re.Match[str], now: Today) -> Days | None:
    if before(match) in ("prettig", "fijn", "goed", "mooi", "lekker", "leuk"):
        return None
    return week_part(now, _which(match), "weekend")


def _month_tenth(match: re.Match[str], now: Today) -> Days | None:
    return month_tenth(now, _which(match), _PART[match["part"]])


def _named_tenth(match: re.Match[str], now: Today) -> Days | None:
    first = now.in_month(15, MONTHS["nl"][match["month"]])
    return month_tenth(Today(first), 0, _PART[match["part"]]) if first else None


def _named(match: re.Match[str], now: Today) -> Days | None:
    first = now.in_month(15, MONTHS["nl"][match["month"]])
    return month(Today(first), 0) if first else None


def _numbered_week(match: re.Match[str], now: Today) -> Days | None:
    return week_of(now, value_of(match["n"], "nl") or 0)


def _year(match: re.Match[str], now: Today) -> Days | None:
    year = now.day.year + _which(match)
    first, last = exact(year, 1, 1), exact(year, 12, 31)
    return (first, last) if first and last else None


def _within(match: re.Match[str], now: Today) -> Days | None:
    count = 1 if match["n"] == "een" else value_of(match["n"], "nl") or 0
    return days(now, 0, count * (7 if match["unit"].startswith("we") else 1))


def _weekdays(match: re.Match[str], now: Today) -> Days | None:
    first = now.weekday(WEEKDAYS[match["first"]])
    if first is None:
        return None
    last = Today(first).weekday(WEEKDAYS[match["last"]])
    return (first, last) if last else None


def _week_with(match: re.Match[str], now: Today) -> Days | None:
    inside = now.in_month(value_of(match["day"], "nl") or 0, MONTHS["nl"][match["month"]])
    return week(Today(inside), 0) if inside else None


PERIODS: tuple[Rule[Days, Today], ...] = (
    rule(rf"{_WEEK} week", lambda m, now: week(now, _which(m))),
    rule("(?:de )?komende week|de komende zeven dagen", lambda _, now: days(now, 1, 7)),
    rule("(?:over|binnen) een week of twee", lambda _, now: days(now, 7, 14)),
    rule(
        "(?:de )?komende (?:twee|2) weken|de komende veertien dagen",
        lambda _, now: days(now, 1, 14),
    ),
    rule(
        "(?:de )?komende (?:paar )?dagen|een dezer dagen|binnenkort", lambda _, now: days(now, 1, 5)
    ),
    rule(
        rf"(?:binnen|in de loop van) (?P<n>een|{number('nl', 1, 60)}) "
        r"(?P<unit>dag|dagen|week|weken)",
        _within,
    ),
    rule(
        r"(?:(?:in )?(?P<which>het|dit|volgend|komend|aanstaand|afgelopen|vorig) )?weekend",
        _weekend,
    ),
    rule(
        rf"{_P} (?P<which>de|deze|volgende|vorige) week",
        lambda m, now: week_part(now, _which(m), _PART[m["part"]]),
    ),
    rule(
        r"(?:later|verderop|de rest van) (?:in )?(?:deze|de) week",
        lambda _, now: days(now, 1, max(1, 6 - now.day.weekday())),
    ),
    rule(
        rf"(?:later )?{_WEEK.replace('verleden', 'komende')} maand",
        lambda m, now: month(now, 1 if m["which"] == "komende" else _which(m)),
    ),
    rule(rf"{_P} (?:(?P<which>de|deze|volgende|vorige) )?maand", _month_tenth),
    rule(rf"{_P} {_M}", _named_tenth),
    rule(rf"(?:in |de hele maand |de maand )?{_M}", _named),
    rule(r"(?P<which>dit|volgend|vorig|afgelopen) jaar", _year),
    rule(rf"week (?P<n>{number('nl', 1, 53)})(?! ?[.:,]?[0-9])", _numbered_week),
    rule(
        rf"(?:in )?de week van (?:de )?(?:maandag )?(?P<day>{number('nl', 1, 31)}) {_M}", _week_with
    ),
    rule(
        rf"(?:van|tussen) (?P<first>{choice(WEEKDAYS)}) (?:tot en met|tot|t/m|en) "
        rf"(?P<last>{choice(WEEKDAYS)})",
        _weekdays,
    ),
)

Hours = tuple[time, time]
_RANGES: dict[str, Hours] = {
    "ochtend": (time(6), time(12)),
    "middag": (time(12), time(18)),
    "avond": (time(18), time(23)),
    "nacht": (time(0), time(6)),
}
_RANGES |= {"morgen": _RANGES["ochtend"], "voormiddag": _RANGES["ochtend"]}
_RANGES |= {"namiddag": _RANGES["middag"]}
_EDGES: dict[tuple[str, str], Hours] = {
    ("begin", "ochtend"): (time(6), time(9)),
    ("eind", "ochtend"): (time(10), time(12)),
    ("begin", "middag"): (time(12), time(14)),
    ("eind", "middag"): (time(16), time(18)),
    ("begin", "avond"): (time(18), time(20)),
    ("eind", "avond"): (time(21), time(23)),
}
_GREETING = frozenset({"goede", "goeie", "goeden", "fijne", "prettige", "hele", "nog", "half"})


def _daypart(match: re.Match[str], _: None) -> Hours | None:
    if before(match) in _GREETING or after(match).startswith(("dutje", "pauze", "eten")):
        return None
    return _RANGES[match["name"]]


def _edge(match: re.Match[str], _: None) -> Hours | None:
    edge = {"vroeg": "begin", "begin": "begin"}.get(match["edge"], "eind")
    name = {"morgen": "ochtend", "voormiddag": "ochtend", "namiddag": "middag"}
    return _EDGES.get((edge, name.get(match["name"], match["name"])))


_NAME = rf"(?P<name>{PARTS})"
DAYPARTS: tuple[Rule[Hours, None], ...] = (
    rule(r"'?s'? ?(?P<name>ochtend|morgen|middag|namiddag|avond|nacht)s", _daypart),
    rule(
        rf"(?:in de |de |op de |deze ){_NAME}",
        _daypart,
    ),
    rule(r"(?P<name>ochtend|middag|voormiddag|namiddag|avond)", _daypart),
    rule(r"van(?P<name>ochtend|morgen|middag|avond|nacht)", _daypart),
    rule(rf"(?:{choice(WEEKDAYS)}|morgen|overmorgen|gister|gisteren){_NAME}", _daypart),
    rule(rf"(?P<edge>vroeg|laat|begin|eind|einde|later)(?: in| van| op)?(?: de)? {_NAME}", _edge),
    rule(
        r"(?:morgen|'s morgens|'s ochtends) vroeg|vroeg",
        lambda m, _: _EDGES["begin", "ochtend"] if m[0] != "vroeg" else None,
    ),
    rule(
        "tussen de middag|(?:in de |rond )?lunchtijd|lunchpauze",
        lambda _, __: (time(12), time(13, 30)),
    ),
    rule("voor de middag", lambda _, __: _RANGES["ochtend"]),
    rule("na de middag", lambda _, __: _RANGES["middag"]),
)
_HOUR = rf"(?:[0-9]{{1,2}}[.:][0-9]{{2}}|(?:half )?(?:een|{number('nl', 0, 24)}))"
RANGE = re.compile(
    rf"(?<!\w)(?:tussen|van)\s+(?P<first>{_HOUR})(?:\s+uur)?\s+(?:en|tot)\s+"
    rf"(?P<last>{_HOUR})(?:\s+uur)?(?!\w)".replace("half ", r"half\s+")
)
"""Between two hours."""
BOUNDS = {"na": "from", "vanaf": "from", "voor": "to", "tot": "to", "uiterlijk": "to"}
"""What makes a stretch of one hour: "na drie uur"."""
