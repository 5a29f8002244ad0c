"""Free text: a sentence as written, rewritten as it is said: no digits, no symbols."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from functools import lru_cache, partial

import phonenumbers

from bot.events import Language
from bot.speaking import codes
from bot.speaking.manners import Manner, manner
from bot.speaking.pronunciations import pronunciations

_LONGEST_NUMBER = 4
"""Digits; a longer row without separators is a code, said digit by digit."""

_LONGEST_AMOUNT = 15
"""Digits and separators; nobody can follow more."""

_KEPT = frozenset(" ,.?!'’-:;")

_Match = re.Match[str]
_Rule = tuple[re.Pattern[str], Callable[[_Match, Manner], str]]


def spoken_text(text: str, language: Language) -> str:
    """Say a text: "Bel mw. De Vries om 14.30 uur" with "mevrouw" and "half drie".

    What is said already stays as it is, so it may be applied twice.
    """
    text = unicodedata.normalize("NFKC", text)
    # Other scripts' digits say the same; the rules below know only these.
    text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    text = pronunciations(language).apply(text)
    speech = manner(language)
    for pattern, say in _rules(language):
        text = pattern.sub(partial(_apart, say, speech), text)
    return _tidy("".join(_said_sign(sign, speech) for sign in text))


def _apart(
    say: Callable[[re.Match[str], Manner], str], speech: Manner, found: re.Match[str]
) -> str:
    return f" {say(found, speech)} "


def _said_sign(sign: str, speech: Manner) -> str:
    if sign.isdigit():
        return f" {speech.DIGITS[int(sign)]} "
    if sign.isalpha() or sign in _KEPT or unicodedata.category(sign).startswith("M"):
        return sign
    return f" {speech.SYMBOLS.get(sign, '')} "


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+(?=[,.?!:;])", "", text)
    text = re.sub(r",+(?=[,.?!:;])|(?<=[.?!:;]),+", "", text)
    return text.strip(", ")


@lru_cache
def _rules(language: Language) -> tuple[_Rule, ...]:
    """Return what to look for, in the order in which it is to be tried."""
    point, comma = (r"\.", ",") if language == "nl" else (",", r"\.")
    whole = rf"\d{{1,3}}(?:{point}\d{{3}})+(?!\d)|\d+"
    months = "|".join(manner(language).MONTHS)
    half_day = r"\s?([ap])(?:\s?m\b|\.\s?m\b(?:\.(?!\s*$))?)"
    if language == "nl":
        # "14.30" is a time only with "uur", at once or after "8.30 tot".
        dotted = r"(\d{1,2})\.(\d\d)()(?:\s*(?:uur|u)\b|(?=\s+(?:tot|en|of)\s+\d{1,2}\.\d\d\s*u))"
    else:
        dotted = rf"(\d{{1,2}})\.(\d\d){half_day}"
    a_time = rf"\d{{1,2}}[.:]\d\d(?:{half_day.replace('([ap])', '[ap]')})?"
    until = re.compile(rf"(?<![\d.:])({a_time})\s?[-–]\s?(?={a_time})", re.IGNORECASE)
    rules: tuple[tuple[str, Callable[[_Match, Manner], str]], ...] = (
        (rf"(-\s?)?(?:€|\beuros?\b)\s?(-\s?)?({whole})(?:[.,](\d\d)(?!\d))?(?:,-)?", _money),
        (rf"(-\s?)?()(?<![\d.,])({whole})[.,](\d\d)\s*(?:€|\beuros?\b)", _money),
        (r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)T?", _iso_date),
        (r"(?<![\d-])(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?![\d-])", _numeric_date),
        (rf"(?<![\d.:])(\d{{1,2}}):(\d\d)(?:{half_day}|\s*(?:uur|u)\b)?(?![\d:])", _clock),
        (rf"(?<![\d.,]){dotted}", _clock),
        (rf"(?<![\d.,])(\d{{1,2}})(){half_day}", _clock),
        (r"(?<!\d)(20\d\d)-(\d{1,12})(?!\d)", _invoice),
        (r"(?<![\w.,])([1-9]\d{3})\s?([A-Z]{2})(?!\w)", _postcode),
        (r"(?<![\w.,])(?:(?:\+|00)[1-9]|0[1-9])(?:[ -]?\d){7,13}(?!\d)", _phone),
        (rf"(?<!\d)(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of )?({months})\b", _day_of_month),
        (r"(?<!\w)([1-9]\d{0,5})(?:e|de|ste|st|nd|rd|th)(?!\w)", _ordinal),
        (rf"(?<![\d.,])({whole}){comma}(\d+)(?!\d)", _decimal),
        (rf"(?<![\d.,])({whole})", _number),
        (r"(?<=[^\W\d_])\.(?=[^\W\d_]{2})", lambda _found, speech: speech.DOT),
    )
    return (
        (until, lambda found, speech: f"{found[1]} {speech.UNTIL}"),
        *(
            (re.compile(pattern, re.NOFLAG if "[A-Z]" in pattern else re.IGNORECASE), say)
            for pattern, say in rules
        ),
    )


def _integer(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _money(found: _Match, speech: Manner) -> str:
    before, after, whole, cents = found.groups()
    if len(whole) > _LONGEST_AMOUNT:
        return f"{codes.row(re.sub(r'[^0-9]', '', whole), speech)} euro"
    amount = speech.money(_integer(whole), int(cents or 0))
    return f"{speech.MINUS} {amount}" if before or after else amount


def _iso_date(found: _Match, speech: Manner) -> str:
    try:
        return speech.day(date(*map(int, found.groups())), True)
    except ValueError:
        return ", ".join(speech.spelled(part) for part in found.groups())


def _numeric_date(found: _Match, speech: Manner) -> str:
    number, month, year = map(int, found.groups())
    try:
        return speech.day(date(year, month, number), True)
    except ValueError:
        return ", ".join(speech.spelled(part) for part in found.groups())


def _clock(found: _Match, speech: Manner) -> str:
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour == 24 and not minute:
        hour = 0
    if hour > 23 or minute > 59:
        return f"{speech.cardinal(hour)}, {speech.cardinal(minute)}"
    return speech.clock(time(hour, minute))


def _invoice(found: _Match, speech: Manner) -> str:
    return speech.invoice(found[1], found[2])


def _postcode(found: _Match, speech: Manner) -> str:
    return codes.postcode(found[1], found[2], speech)


def _phone(found: _Match, speech: Manner) -> str:
    try:
        number = phonenumbers.parse(found[0], "NL")
    except phonenumbers.NumberParseException:
        return codes.row(re.sub(r"\D", "", found[0]), speech)
    return codes.phone(number, speech)


def _day_of_month(found: _Match, speech: Manner) -> str:
    number = int(found[1])
    if not 1 <= number <= 31:
        return f"{speech.cardinal(number)} {found[2]}"
    return speech.day_of_month(number, found[2])


def _ordinal(found: _Match, speech: Manner) -> str:
    return speech.ordinal(int(found[1]))


def _decimal(found: _Match, speech: Manner) -> str:
    return f"{_whole(found[1], speech)} {speech.POINT} {speech.spelled(found[2])}"


def _number(found: _Match, speech: Manner) -> str:
    return _whole(found[1], speech)


def _whole(text: str, speech: Manner) -> str:
    """Say a whole number; as a code when it is one."""
    digits = re.sub(r"\D", "", text)
    separated = digits != text
    leading_zero = digits[0] == "0" and len(digits) > 1
    longest = _LONGEST_AMOUNT if separated else _LONGEST_NUMBER
    if leading_zero or len(digits) > longest:
        return codes.row(digits, speech)
    return speech.cardinal(int(digits))
