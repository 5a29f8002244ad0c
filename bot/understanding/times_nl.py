"""The Dutch ways to say an hour; what hour is meant stands in `bot.understanding.clock_time`."""

import re

from bot.understanding.clock_time import Said, said, said_before
from bot.understanding.dates_nl import WEEKDAYS
from bot.understanding.rules import Rule, after, before, number, rule, value_of
from bot.understanding.words import word_set

_H12 = rf"(?P<hour>een|{number('nl', 1, 12)})"
_H24 = rf"(?P<hour>{number('nl', 0, 24)})"
_M = rf"(?P<minute>{number('nl', 1, 29)})"
_M59 = rf"(?P<minute>nul {number('nl', 1, 9)}|{number('nl', 1, 59)})"
_PLURALS = {"enen": 1, "tweeen": 2, "drieen": 3, "vieren": 4, "vijven": 5, "zessen": 6}
_PLURALS |= {"zevenen": 7, "achten": 8, "negenen": 9, "tienen": 10, "elven": 11, "twaalven": 12}
_AT = "om|rond|tegen|vanaf|omstreeks|tot|na|voor|rond de klok van"
_CUES = word_set("om rond tegen vanaf omstreeks tot na voor klokslag")
_NOUNS = frozenset(
    {"euro", "euro's", "euros", "cent", "personen", "mensen", "facturen", "maanden", "maand"}
    | {"weken", "week", "dagen", "dag", "jaar", "procent", "keer", "minuten", "stuks", "kinderen"}
    | {"uur", "uren", "%", "€", "termijnen", "rekeningen", "dingen", "redenen", "kwartier"}
)
_DURATION_BEFORE = word_set(
    "over al binnen duurt duurde elke iedere per ruim zo'n bijna minstens maximaal hele halve "
    "ieder elk minimaal dan wel zon wachttijd"
)
_DURATION_AFTER = word_set(
    "geleden lang per wachten gewacht duren durende werk later eerder wacht slaap vertraging "
    "achter tijd stroom onderweg bezig reistijd lopen rijden nodig"
)
_FREE_AFTER = (
    word_set(
        "niet kan graag 's s of en is in op als dan bij zou wil maar want precies uur mag past "
        "lukt komen alstublieft alsjeblieft hoor ja nee tot morgen vandaag overmorgen volgende "
        "deze komt komend heb ben zijn was langskomen zijn goed prima ook misschien liever "
        "afspreken ik u uiterlijk vanmiddag vanavond vanochtend a.u.b bellen terugbellen dat "
        "die eventueel het moet hebben beter zo bent ochtend"
    )
    | {""}
    | WEEKDAYS.keys()
)
_PART = r"\s+'?s'?\s*(?:ochtend|morgen|middag|namiddag|avond|nacht)s(?!\w)"
_FILLERS = r"(?:ja|nee|doe|maar|graag|dan|eh|uh|liever|alstublieft|oke|goed|prima|om|is|beter)"


def _hour(match: re.Match[str]) -> int:
    if match["hour"] == "een":
        return 1  # as a number it is no word of its own, for it is "a" too
    hour = value_of(match["hour"], "nl")
    if hour is None:
        raise ValueError(f"the pattern takes {match['hour']!r} for an hour")
    return hour


def _minute(match: re.Match[str]) -> int:
    spoken = match["minute"].removeprefix("nul").strip()
    return value_of(spoken, "nl") or 0


def _half(match: re.Match[str], _: str) -> Said | None:
    if not 1 <= _hour(match) <= 12 or after(match) in _NOUNS:
        return None
    return said_before(_hour(match), 30)


def _beside(match: re.Match[str], _: str) -> Said | None:
    """Read "kwart voor negen", "vijf over half tien"."""
    quarter = match["quarter"] is not None
    minute = 15 if quarter else _minute(match)
    hour = _hour(match)
    if not 1 <= hour <= 12 or after(match) in _NOUNS or not minute:
        return None
    sure = quarter or match["half"] or match["minutes"] or before(match) in _CUES
    if not sure and minute not in (5, 10, 20) and after(match) not in ("'s", "s"):
        return None
    later = match["side"] != "voor"
    if match["half"]:
        return said_before(hour, 30 - minute if later else 30 + minute)
    return said(hour, minute) if later else said_before(hour, minute)


def _oclock(match: re.Match[str], text: str) -> Said | None:
    """Read "drie uur", "veertien uur dertig"; not "over drie uur", "drie uur wachten"."""
    previous, following = before(match), after(match)
    if previous in _DURATION_BEFORE or following in _DURATION_AFTER:
        return None
    if re.match(r"\s*(?:minuten|in de wacht|aan de lijn)(?!\w)", _rest(match)):
        return None
    if match["hour"] == "een" and text[match.start()] != "é":
        alone = not match.string[: match.start()].strip() and not _rest(match).strip(" .!?")
        if previous not in _CUES and not alone:
            return None
    minute = _minute(match) if match["minute"] else 0
    return said(_hour(match), minute, match["hour"])


def _rest(match: re.Match[str]) -> str:
    return match.string[match.end() :]


def _figures(match: re.Match[str], _: str) -> Said | None:
    """Read "14:30", "14.30 uur", "14u30"."""
    minute = int(match["minute"] or 0)
    dotted = match["sign"] == "." and "uur" not in match[0]
    money = match.string[: match.start()].rstrip().endswith(("€", "eur", "euro"))
    if money or minute > 59 or after(match) in ("euro", "€", "procent", "%"):
        return None
    if dotted and before(match) not in _CUES and not _alone(match):
        return None
    return said(int(match["hour"]), minute, match["hour"])


def _alone(match: re.Match[str]) -> bool:
    """Tell whether nothing else is said."""
    rest = match.string[: match.start()] + " " + match.string[match.end() :]
    return not re.sub(rf"\b{_FILLERS}\b|\W", "", rest)


def _at(match: re.Match[str], text: str) -> Said | None:
    """Read "om drie", "rond 14.00", "vanaf negen"; not "om twee redenen"."""
    if after(match) not in _FREE_AFTER or re.match(r"\s*[.,:/-]?\s*[0-9]", _rest(match)):
        return None
    if match["at"] in ("na", "voor") and after(match) not in ("", "'s", "s"):
        return None
    bare = (
        match["hour"] == "een" and text[match.start("hour")] != "é" and "uur" not in match["said"]
    )
    if bare and after(match) not in ("'s", "s"):
        return None  # "Ik bel om een afspraak te maken."
    return said(_hour(match), 0, match["hour"])


def _at_minutes(match: re.Match[str], _: str) -> Said | None:
    """Read "om drie dertig"; not "om vier zeven een"."""
    if after(match) not in _FREE_AFTER or re.match(r"\s*[.,:/-]?\s*[0-9]", _rest(match)):
        return None
    minute = _minute(match)
    if minute < 10 and not match["minute"].startswith(("nul", "0")):
        return None
    return said(_hour(match), minute, match["hour"])


def _pair(match: re.Match[str], _: str) -> Said | None:
    """Read "negen dertig" when nothing else is said, or with a part of the day behind it."""
    minute = _minute(match)
    if minute > 9 and re.match(_PART, _rest(match)):
        return said(_hour(match), minute)
    return said(_hour(match), minute) if minute in (15, 30, 45) and _alone(match) else None


RULES: tuple[Rule[Said, str], ...] = (
    rule(rf"half[ -]?{_H12}(?: uur)?", _half),
    rule(
        rf"(?:(?P<quarter>(?:een )?kwart)|{_M})(?P<minutes> minuten)? (?P<side>voor|over|na) "
        rf"(?P<half>half )?{_H12}(?: uur)?",
        _beside,
    ),
    rule(rf"{_H24} uur(?: {_M59})?", _oclock),
    rule(rf"een uur of {_H12}", lambda m, _: said(_hour(m))),
    rule(
        r"(?<![.,:/-])(?P<hour>[0-9]{1,2})(?P<sign>[:.]|u|h|:)(?P<minute>[0-5][0-9])"
        r"(?: uur)?(?![.,:/-]?[0-9])",
        _figures,
    ),
    rule(r"(?<![.,:/-])(?P<hour>[0-9]{1,2})(?P<sign>u)(?P<minute>)", _figures),
    rule(rf"(?P<at>{_AT}) (?P<said>{_H24}(?: uur)?)", _at),
    rule(rf"(?:om|rond|vanaf|tegen) (?P<said>{_H24} {_M59})", _at_minutes),
    rule(
        rf"(?:om|rond|tegen|na|voor|vanaf|bij) (?P<said>(?P<hour>{'|'.join(_PLURALS)}))",
        lambda m, _: said(_PLURALS[m["hour"]]),
    ),
    rule(rf"{_H24} {_M59}", _pair),
    rule(rf"{_H12}(?={_PART})", lambda m, _: said(_hour(m))),
    rule("middernacht", lambda _, __: Said(0, 0, exact=True)),
    rule("(?:het )?middaguur", lambda _, __: Said(12, 0, exact=True)),
)
