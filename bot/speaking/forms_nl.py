"""Dutch as a person says it: numbers, amounts, dates, times and codes in words."""

from collections.abc import Mapping
from datetime import date, time

from num2words import num2words

from bot.speaking.digit_groups import grouped

DAYS: tuple[str, ...] = (
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
)
MONTHS: tuple[str, ...] = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
DIGITS: tuple[str, ...] = (
    "nul",
    "één",
    "twee",
    "drie",
    "vier",
    "vijf",
    "zes",
    "zeven",
    "acht",
    "negen",
)
MOMENT = "{date} om {time}"
PLUS = "plus"
MINUS = "min"
POINT = "komma"
DOT = "punt"
LAST = "laatste"
AND = "en"
THROUGH = "tot en met"
UNTIL = "tot"
CLOSED = "gesloten"
SYMBOLS: Mapping[str, str] = {
    "&": "en",
    "%": "procent",
    "@": "apenstaartje",
    "+": "plus",
    "=": "is",
    "(": ",",
    ")": ",",
    "–": ",",
    "—": ",",
    "€": "euro",
}


def cardinal(number: int) -> str:
    """Say a number: 1250 is "twaalfhonderdvijftig", 2026 "tweeduizend zesentwintig"."""
    if number < 0:
        return f"min {cardinal(-number)}"
    if number == 1:
        return "één"
    if number < 1000:
        # num2words writes "honderdéén"; the accent is only for the loose word.
        return str(num2words(number, lang="nl")).replace("éé", "ee")
    if number < 2000 and number >= 1100:
        hundreds, rest = divmod(number, 100)
        return f"{cardinal(hundreds)}honderd{_glued(rest)}"
    if number < 1_000_000:
        thousands, rest = divmod(number, 1000)
        return f"{_glued(thousands) if thousands > 1 else ''}duizend{_spaced(rest)}"
    if number < 1_000_000_000:
        millions, rest = divmod(number, 1_000_000)
        return f"{cardinal(millions)} miljoen{_spaced(rest)}"
    milliards, rest = divmod(number, 1_000_000_000)
    return f"{cardinal(milliards)} miljard{_spaced(rest)}"


def _glued(number: int) -> str:
    return cardinal(number).replace("éé", "ee") if number else ""


def _spaced(number: int) -> str:
    return f" {cardinal(number)}" if number else ""


def ordinal(number: int) -> str:
    """Say a place in a row: 2 is "tweede"."""
    return str(num2words(number, lang="nl", to="ordinal")).replace("éé", "ee")


def money(euros: int, cents: int) -> str:
    """Say an amount: "vierentachtig euro twintig", "negentien cent"."""
    if not euros and cents:
        return f"{cardinal(cents)} cent"
    if not cents:
        return f"{cardinal(euros)} euro"
    if cents < 10:
        # "vier euro vijf" is easily heard as "vier euro vijftig".
        return f"{cardinal(euros)} euro en {cardinal(cents)} cent"
    return f"{cardinal(euros)} euro {cardinal(cents)}"


def day(value: date, with_year: bool) -> str:
    """Say a date: "dinsdag vierentwintig november"."""
    told = f" {year(value.year)}" if with_year else ""
    return f"{DAYS[value.weekday()]} {cardinal(value.day)} {MONTHS[value.month - 1]}{told}"


def day_of_month(number: int, month: str) -> str:
    """Say "24 november" in a text."""
    return f"{cardinal(number)} {month}"


def year(number: int) -> str:
    """Say a year: "tweeduizend zesentwintig", "negentienhonderdnegenennegentig"."""
    return cardinal(number)


def clock(value: time) -> str:
    """Say a time: "half drie", "kwart voor negen", "tien over half drie"."""
    minute = value.minute
    if minute % 5:
        # Seventeen past two is said by the 24-hour clock, "veertien uur zeventien".
        early = _part_of_day(value.hour) if 1 <= value.hour < 7 else ""
        return f"{cardinal(value.hour)} uur {cardinal(minute)}{early}"
    this, following = _hour(value.hour), _hour(value.hour + 1)
    told = {
        0: f"{this} uur",
        5: f"vijf over {this}",
        10: f"tien over {this}",
        15: f"kwart over {this}",
        20: f"tien voor half {following}",
        25: f"vijf voor half {following}",
        30: f"half {following}",
        35: f"vijf over half {following}",
        40: f"tien over half {following}",
        45: f"kwart voor {following}",
        50: f"tien voor {following}",
        55: f"vijf voor {following}",
    }[minute]
    return f"{told}{_part_of_day(value.hour)}"


def _hour(hour: int) -> str:
    return cardinal((hour - 1) % 12 + 1)


def _part_of_day(hour: int) -> str:
    # Between seven and seven nobody doubts which half of the day is meant.
    if hour < 5:
        return " 's nachts"
    if hour < 7:
        return " 's ochtends"
    return " 's avonds" if hour >= 19 else ""


def pair(digits: str) -> str:
    """Say two digits of a telephone number: "12" is "twaalf", "05" is "nul vijf"."""
    if digits[0] == "0":
        return " ".join(DIGITS[int(digit)] for digit in digits)
    return cardinal(int(digits))


def telephone_group(digits: str, first: bool) -> str:
    """Say one written group of a telephone number, in pairs where it divides.

    Args:
        digits: The group.
        first: It is the area code, which begins with a loose zero: "nul zes", "nul twintig".
    """
    if first and digits[0] == "0" and len(digits) > 1:
        rest = digits[1:]
        return f"{DIGITS[0]} {pair(rest) if len(rest) == 2 else spelled(rest)}"
    if len(digits) % 2:
        return spelled(digits)
    return ", ".join(pair(digits[at : at + 2]) for at in range(0, len(digits), 2))


def spelled(digits: str) -> str:
    """Say digits one by one."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def postcode_digits(digits: str) -> str:
    """Say the four digits of a postcode: "twaalf vierendertig", "duizend", "twaalf nul drie"."""
    first, second = digits[:2], digits[2:]
    if second != "00" or first[0] == "0":
        return f"{pair(first)} {pair(second)}"
    return cardinal(int(digits))


def invoice(of_year: str, rest: str) -> str:
    """Say an invoice number of a year: "tweeduizend zesentwintig, honderdachttien"."""
    short = len(rest) <= 3 and rest[0] != "0"
    return f"{year(int(of_year))}, {cardinal(int(rest)) if short else grouped(rest, DIGITS)}"


def opening(days: str, opens: str, closes: str) -> str:
    """Say when a house is open: "maandag tot en met vrijdag van half negen tot vijf uur"."""
    return f"{days} van {opens} tot {closes}"
