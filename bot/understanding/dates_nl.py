"""The Dutch ways to say a day; the rules of meaning stand in `bot.understanding.dates`."""

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
    "maandag": 0,
    "dinsdag": 1,
    "woensdag": 2,
    "donderdag": 3,
    "vrijdag": 4,
    "zaterdag": 5,
    "zondag": 6,
}
PARTS = "ochtend|morgen|middag|voormiddag|namiddag|avond|nacht"
_W = rf"(?P<weekday>{choice(WEEKDAYS)})(?:(?:{PARTS})(?!\w))?"
_SHORT = {"jan": 1, "feb": 2, "mrt": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9}
_SHORT |= {"sept": 9, "okt": 10, "nov": 11, "dec": 12, "juny": 6, "july": 7}
_MONTHS = MONTHS["nl"] | _SHORT
_M = rf"(?P<month>{choice(_MONTHS)})\.?"
_LONG_M = rf"(?P<month>{choice(MONTHS['nl'])})"
_DAY = rf"(?P<day>{ranked('nl', 1, 31)}|{number('nl', 1, 31)})"
_RANK = rf"(?P<day>{ranked('nl', 1, 31)})"
_N = rf"(?P<n>een|{number('nl', 1, 60)})"
_UNIT = r"(?P<unit>dag|dagen|week|weken|maand|maanden)"
_Y = rf"(?:,? {year_pattern('nl')})?"
_NEXT = "komende|aanstaande|aankomende|eerstvolgende|a\\.s\\.|deze"
_LAST = "vorige|afgelopen|verleden|laatste"
_FREE_AFTER = frozenset(
    {
        "",
        "niet",
        "geen",
        "om",
        "van",
        "graag",
        "is",
        "kan",
        "of",
        "en",
        "op",
        "in",
        "past",
        "lukt",
        "mag",
        "zou",
    }
    | {"bij", "als", "s", "'s", "rond", "tussen", "komt", "betaald", "maar", "want", "heb", "ook"}
    | {"alstublieft", "dan", "dat", "moet", "tot", "vanaf", "na", "voor", "wil", "kunnen", "ja"}
    | {"alsjeblieft", "hoor", "goed", "nee", "precies", "ergens", "liever", "had", "heeft", "ging"}
)
_HOLIDAYS = {
    "nieuwjaarsdag": (1, 1),
    "koningsdag": (27, 4),
    "bevrijdingsdag": (5, 5),
    "kerstavond": (24, 12),
    "eerste kerstdag": (25, 12),
    "tweede kerstdag": (26, 12),
    "oudejaarsdag": (31, 12),
    "oudjaarsdag": (31, 12),
}


def _n(match: re.Match[str], name: str = "n") -> int:
    return value_of(match[name], "nl") or 0


def _weekday(match: re.Match[str]) -> int:
    return WEEKDAYS[match["weekday"]]


def _day_month(match: re.Match[str], now: Today) -> date | None:
    said = year_of(match["year"], "nl")
    return now.in_month(_n(match, "day"), _MONTHS[match["month"]], said)


def _weeks(match: re.Match[str]) -> int:
    """Read "over een week"; "over acht dagen" is a week when it counts from a weekday."""
    count = _n(match)
    if match["unit"].startswith("dag"):
        return {7: 7, 8: 7, 14: 14, 15: 14}.get(count, count)
    return count * 7 if match["unit"].startswith("we") else 0


def _from_weekday(match: re.Match[str], now: Today) -> date | None:
    base, days = now.weekday_or_today(_weekday(match)), _weeks(match)
    return shift(base, days) if base and days else None


def _from_day(match: re.Match[str], now: Today) -> date | None:
    base = {"vandaag": 0, "morgen": 1, "overmorgen": 2}[match["base"]]
    days = _weeks(match)
    return now.plus(base + days) if days else None


def _moved(match: re.Match[str], now: Today, sign: int) -> date | None:
    if match["unit"].startswith("maand"):
        return add_months(now.day, sign * _n(match))
    return now.plus(sign * _n(match) * (7 if match["unit"].startswith("we") else 1))


def _tomorrow(match: re.Match[str], now: Today) -> date | None:
    if before(match) in _MORNINGS:
        return None
    return now.plus(1)


_MORNINGS = frozenset(
    {"goede", "goeie", "goeden", "de", "'s", "s", "elke", "iedere", "hele", "deze", "die", "een"}
)


def _rank(match: re.Match[str], now: Today) -> date | None:
    if after(match) not in _FREE_AFTER:
        return None
    return now.day_of_month(_n(match, "day"))


def _rank_of_month(match: re.Match[str], now: Today) -> date | None:
    day, which = _n(match, "day"), match["which"]
    if which in ("de", "elke"):
        return now.day_of_month(day)
    year, month = months_on(now.day, {"deze": 0, "volgende": 1, "vorige": -1}[which])
    return exact(year, month, day)


def _end_of_month(match: re.Match[str], now: Today) -> date | None:
    step = {"volgende": 1, "vorige": -1, "afgelopen": -1}.get(match["which"] or "", 0)
    return last_of_month(*months_on(now.day, step))


def _end_of_named(match: re.Match[str], now: Today) -> date | None:
    first = now.in_month(28, MONTHS["nl"][match["month"]])
    return last_of_month(first.year, first.month) if first else None


def _weekday_day(match: re.Match[str], now: Today) -> date | None:
    return now.weekday_and_day(_weekday(match), _n(match, "day"))


def _two_numbers(match: re.Match[str], now: Today) -> date | None:
    if after(match) in ("euro", "uur", "cent", "keer", "procent") or after(match)[:1].isdigit():
        return None
    if value_of(after(match), "nl") is not None:
        return None
    return now.in_month(_n(match, "day"), _n(match, "month"))


RULES: tuple[Rule[date, Today], ...] = (
    rule("vandaag|vanavond|vanmiddag|vanochtend|vanmorgen|vannacht", lambda _, now: now.day),
    rule(rf"morgen(?:{PARTS}| vroeg)?", _tomorrow),
    rule(rf"overmorgen(?:{PARTS})?", lambda _, now: now.plus(2)),
    rule(rf"gister(?:en)?(?:{PARTS})?", lambda _, now: now.plus(-1)),
    rule("eergister(?:en)?", lambda _, now: now.plus(-2)),
    rule(rf"(?P<base>vandaag|morgen|overmorgen) over {_N} {_UNIT}(?! of )", _from_day),
    rule(rf"{_W} over {_N} {_UNIT}(?! of )", _from_weekday),
    rule(rf"over {_N} {_UNIT}(?! of )", lambda m, now: _moved(m, now, 1)),
    rule(rf"{_N} {_UNIT} geleden", lambda m, now: _moved(m, now, -1)),
    rule(
        rf"over {_N} (?P<unit>dagen|week|weken),? (?:op )?{_W}",
        lambda m, now: now.weekday_of_week(_weekday(m), _weeks(m) // 7),
    ),
    rule(_W, lambda m, now: now.weekday(_weekday(m))),
    rule(rf"(?:{_NEXT}) {_W}", lambda m, now: Today(now.day).weekday(_weekday(m))),
    rule(rf"{_W} (?:aanstaande|a\.s\.)", lambda m, now: Today(now.day).weekday(_weekday(m))),
    rule(rf"volgende {_W}", lambda m, now: now.weekday_of_week(_weekday(m), 1)),
    rule(rf"(?:{_LAST}) {_W}", lambda m, now: now.weekday_before(_weekday(m))),
    rule(rf"{_W} (?:jongstleden|j\.l\.)", lambda m, now: now.weekday_before(_weekday(m))),
    rule(rf"volgende week,? (?:op )?{_W}", lambda m, now: now.weekday_of_week(_weekday(m), 1)),
    rule(rf"{_W},? (?:van )?volgende week", lambda m, now: now.weekday_of_week(_weekday(m), 1)),
    rule(rf"deze week,? (?:op )?{_W}", lambda m, now: now.weekday_of_week(_weekday(m), 0)),
    rule(rf"{_W},? (?:van )?deze week", lambda m, now: now.weekday_of_week(_weekday(m), 0)),
    rule(rf"komende week,? (?:op )?{_W}", lambda m, now: Today(now.day).weekday(_weekday(m))),
    rule(rf"(?:{_LAST}) week,? (?:op )?{_W}", lambda m, now: now.weekday_of_week(_weekday(m), -1)),
    rule(rf"{_W},? (?:van )?(?:{_LAST}) week", lambda m, now: now.weekday_of_week(_weekday(m), -1)),
    rule(rf"(?:{_W},? )?(?:de )?{_DAY} (?:van )?{_M}{_Y}", _day_month),
    rule(rf"{_W},? (?:de )?{_RANK}", _weekday_day),
    rule(rf"{_W},? (?P<day>[0-9]{{1,2}})(?! ?uur|[.:/-]?[0-9]| [0-9])", _weekday_day),
    rule(rf"de {_RANK}", _rank),
    rule(rf"(?:de )?{_RANK} van (?P<which>deze|volgende|vorige|de|elke) maand", _rank_of_month),
    rule(
        r"(?:op )?(?:het )?(?:eind|einde|laatste dag)(?: van)? (?:(?P<which>de|deze|volgende|"
        r"vorige|afgelopen) )?maand",
        _end_of_month,
    ),
    rule(rf"(?:het )?(?:eind|einde|laatste dag)(?: van)? {_LONG_M}", _end_of_named),
    rule(
        "(?:het )?(?:eind|einde)(?: van)? (?:het|dit) jaar",
        lambda _, now: exact(now.day.year, 12, 31),
    ),
    rule(
        rf"(?:op|datum|datum is|{choice(WEEKDAYS)}|factuur van|brief van|betaald op) "
        rf"(?P<day>{number('nl', 1, 31)}) (?P<month>{number('nl', 1, 12)})",
        _two_numbers,
    ),
    rule(rf"(?P<feast>{choice(_HOLIDAYS)})", lambda m, now: now.in_month(*_HOLIDAYS[m["feast"]])),
)
