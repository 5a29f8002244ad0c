"""Periods and dayparts: stretches of days and of a day, "volgende week", "'s middags".

A week is Monday to Sunday, whole, also when some of it is over: the slots clip
it. "Komende week" and "the coming week" are the seven days from tomorrow. The
beginning of a week is Monday and Tuesday, its middle Tuesday to Thursday, its
end Thursday and Friday; a month has tenths: 1-10, 11-20, 21-end. The morning
is 06:00 to 12:00, the afternoon to 18:00, the evening to 23:00, the night
00:00 to 06:00.
"""

import re
from datetime import date, datetime, time

from bot.events import Language
from bot.understanding import periods_en, periods_nl
from bot.understanding.calendar import today
from bot.understanding.clock_time import meant, said_before
from bot.understanding.clock_time import said as spoken
from bot.understanding.dates import find_times
from bot.understanding.meaning import Found
from bot.understanding.rules import scan, value_of
from bot.understanding.words import fold

_PERIODS = {"nl": periods_nl.PERIODS, "en": periods_en.PERIODS}
_DAYPARTS = {"nl": periods_nl.DAYPARTS, "en": periods_en.DAYPARTS}


def find_periods(text: str, language: Language, now: datetime) -> list[Found[tuple[date, date]]]:
    """Return the stretches of days in a text, first and last day included."""
    return scan(text, _PERIODS[language], today(fold(text), now))


def find_dayparts(text: str, language: Language, now: datetime) -> list[Found[tuple[time, time]]]:
    """Return the stretches of a day in a text, beginning and end.

    Hours make stretches too: "tussen drie en vijf", "na drie uur" (to the end of
    the afternoon), "before noon" (from six).
    """
    folded = fold(text)
    found = scan(text, _DAYPARTS[language], None)
    words = {"nl": periods_nl, "en": periods_en}[language]
    for match in words.RANGE.finditer(folded):
        first, last = _hour(match["first"], language), _hour(match["last"], language)
        if first and last and first < last:
            start, end = match.span()
            found = [one for one in found if one.end <= start or end <= one.start]
            found.append(Found((first, last), text[start:end], start, end))
    for at in find_times(text, language, now):
        bound = re.search(r"(?<!\w)(\w+)\s+$", folded[: at.start])
        if bound is None or bound[1] not in words.BOUNDS:
            continue
        start, side = bound.start(1), words.BOUNDS[bound[1]]
        if any(one.start < at.end and start < one.end for one in found):
            continue
        value = (at.value, _end(at.value)) if side == "from" else (time(6), at.value)
        if value[0] < value[1]:
            found.append(Found(value, text[start : at.end], start, at.end))
    return sorted(found, key=lambda one: one.start)


def _hour(said: str, language: Language) -> time | None:
    written = re.fullmatch(r"([0-9]{1,2})[.:]([0-5][0-9])", said)
    if written:
        figures = spoken(int(written[1]), int(written[2]), written[1])
        return meant(figures, None) if figures else None
    half = said.startswith("half")
    hour = value_of(said.removeprefix("half").strip(), language)
    if hour is None:
        return None
    read = said_before(hour, 30) if half else spoken(hour)
    return meant(read, None) if read else None


def _end(begin: time) -> time:
    return time(18) if begin < time(18) else time(23)
