"""The English ways to say an hour; what hour is meant stands in `bot.understanding.clock_time`.

"Half two" is the British way to say half past two. A Dutch speaker of English
may mean half past one: the dialogue says the time back, so it can be corrected.
"""

import re

from bot.understanding.clock_time import Part, Said, said, said_before
from bot.understanding.dates_en import WEEKDAYS
from bot.understanding.rules import Rule, after, before, number, rule, value_of
from bot.understanding.words import word_set

_H12 = rf"(?P<hour>{number('en', 1, 12)})"
_H24 = rf"(?P<hour>{number('en', 0, 24)})"
_M = rf"(?P<minute>{number('en', 1, 29)})"
_M59 = rf"(?P<minute>(?:oh|o|zero) {number('en', 1, 9)}|{number('en', 1, 59)})"
_AP = r"(?P<half_day>[ap])\.? ?m(?:\.|(?!\w))"
_AT = "at|by|around|about|before|after|until|till|from|at around|at about|say"
_CUES = word_set("at by around about before after until till say")
_NOUNS = word_set(
    "euro euros cent cents people persons invoices invoice months month weeks week days day years "
    "year percent times minutes hours hour % € bills instalments things reasons"
)
_FREE_AFTER = (
    word_set(
        "not please is would works will if can or and in on for but then that i suits could should "
        "it might maybe also we you yes no tomorrow today next this the o'clock sharp exactly "
        "ish at when as only onwards ideally preferably latest tonight thanks thank instead be "
        "was"
    )
    | {""}
    | WEEKDAYS.keys()
)
_PART = r"\s+(?:in the (?:morning|afternoon|evening)|at night|tonight)(?!\w)"
_FILLERS = (
    r"(?:yes|no|say|please|then|uh|um|er|okay|ok|at|let's|make|it|that's|is|good|how|about|rather)"
)


def _hour(match: re.Match[str]) -> int:
    return value_of(match["hour"], "en") or 0


def _minute(match: re.Match[str]) -> int:
    spoken = re.sub(r"^(?:oh|o|zero)\s+", "", match["minute"])
    return value_of(spoken, "en") or 0


def _half(match: re.Match[str], _: str) -> Said | None:
    if not 1 <= _hour(match) <= 12 or after(match) in _NOUNS:
        return None
    if before(match) in ("a", "an", "the", "other", "first", "second", "last", "my") or (
        match["past"] is None and after(match) not in _FREE_AFTER
    ):
        return None
    return said(_hour(match), 30)


def _beside(match: re.Match[str], _: str) -> Said | None:
    """Read "ten to five", "quarter past nine"; not "from ten to five"."""
    quarter = match["quarter"] is not None
    minute = 15 if quarter else _minute(match)
    hour = _hour(match)
    if not 1 <= hour <= 12 or after(match) in _NOUNS or not minute:
        return None
    if before(match) in ("from", "between") and not quarter:
        return None
    sure = quarter or match["minutes"] or before(match) in _CUES
    if not sure and minute not in (5, 10, 20, 25):
        return None
    later = match["side"] in ("past", "after")
    return said(hour, minute) if later else said_before(hour, minute)


def _half_day(match: re.Match[str], _: str) -> Said | None:
    """Read "three thirty pm", "3 a.m."."""
    minute = _minute(match) if match["minute"] else 0
    if minute > 59 or not 0 <= _hour(match) <= 23:
        return None
    part: Part = "morning" if match["half_day"] == "a" else "afternoon"
    hour = _hour(match)
    if part == "afternoon" and 1 <= hour <= 11:
        return Said(hour + 12, minute, exact=True)
    if part == "morning" and hour <= 12:
        return Said(hour % 12, minute, exact=True)
    return said(hour, minute, part=part)


def _rest(match: re.Match[str]) -> str:
    return match.string[match.end() :]


def _figures(match: re.Match[str], _: str) -> Said | None:
    """Read "14:30", "at 2.30"."""
    minute = int(match["minute"])
    money = match.string[: match.start()].rstrip().endswith(("€", "eur", "euro"))
    if money or minute > 59 or after(match) in ("euro", "euros", "€", "percent", "%"):
        return None
    if match["sign"] == "." and before(match) not in _CUES and not _alone(match):
        return None
    return said(int(match["hour"]), minute, match["hour"])


def _alone(match: re.Match[str]) -> bool:
    """Tell whether nothing else is said."""
    rest = match.string[: match.start()] + " " + match.string[match.end() :]
    return not re.sub(rf"\b{_FILLERS}\b|\W", "", rest)


def _at(match: re.Match[str], _: str) -> Said | None:
    """Read "at three", "around 14"; not "at one point"."""
    if after(match) not in _FREE_AFTER or re.match(r"\s*[.,:/-]?\s*[0-9]", _rest(match)):
        return None
    if match["at"] in ("about", "after", "before", "by", "from", "say") and _hour(match) == 0:
        return None
    return said(_hour(match), 0, match["hour"])


def _at_minutes(match: re.Match[str], _: str) -> Said | None:
    """Read "at two thirty"; not "at four seven one"."""
    if after(match) not in _FREE_AFTER or re.match(r"\s*[.,:/-]?\s*[0-9]", _rest(match)):
        return None
    minute = _minute(match)
    if minute < 10 and not match["minute"].startswith(("oh", "o ", "zero", "0")):
        return None
    return said(_hour(match), minute, match["hour"])


def _pair(match: re.Match[str], _: str) -> Said | None:
    """Read "two thirty" when nothing else is said, or with a part of the day behind it."""
    minute = _minute(match)
    if minute > 9 and re.match(_PART, _rest(match)):
        return said(_hour(match), minute)
    return said(_hour(match), minute) if minute in (15, 30, 45) and _alone(match) else None


RULES: tuple[Rule[Said, str], ...] = (
    rule(rf"half (?P<past>past )?{_H12}", _half),
    rule(
        rf"(?:(?P<quarter>(?:a )?quarter)|{_M})(?P<minutes> minutes)? "
        rf"(?P<side>past|after|to|till|before) {_H12}(?: o'?clock)?",
        _beside,
    ),
    rule(rf"{_H24} (?:o'clock|o clock|oclock|hundred hours)", lambda m, _: said(_hour(m))),
    rule(rf"{_H24}(?:[:.]?\s*{_M59})?\s?{_AP}", _half_day),
    rule(
        r"(?<![.,:/-])(?P<hour>[0-9]{1,2})(?P<sign>[:.])(?P<minute>[0-5][0-9])"
        r"(?: hours| o'clock)?(?![.,:/-]?[0-9])",
        _figures,
    ),
    rule(rf"(?P<at>{_AT}) (?P<said>{_H24}(?: o'clock)?)", _at),
    rule(rf"(?:{_AT}) (?P<said>{_H24}[ -]{_M59})", _at_minutes),
    rule(rf"{_H24}[ -]{_M59}", _pair),
    rule(rf"{_H12}(?={_PART})", lambda m, _: said(_hour(m))),
    rule("noon|midday", lambda _, __: Said(12, 0, exact=True)),
    rule("midnight", lambda _, __: Said(0, 0, exact=True)),
)
