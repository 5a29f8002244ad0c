"""English as a person says it: numbers, amounts, dates, times and codes in words."""

from collections.abc import Mapping
from datetime import date, time

from num2words import num2words

from bot.speaking.digit_groups import grouped

DAYS: tuple[str, ...] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
MONTHS: tuple[str, ...] = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DIGITS: tuple[str, ...] = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)
MOMENT = "{date} at {time}"
PLUS = "plus"
MINUS = "minus"
POINT = "point"
DOT = "dot"
LAST = "last"
AND = "and"
THROUGH = "to"
UNTIL = "to"
CLOSED = "closed"
SYMBOLS: Mapping[str, str] = {
    "&": "and",
    "%": "percent",
    "@": "at",
    "+": "plus",
    "=": "equals",
    "(": ",",
    ")": ",",
    "–": ",",
    "—": ",",
    "€": "euros",
}


def cardinal(number: int) -> str:
    """Say a number: 1250 is "one thousand two hundred and fifty"."""
    if number < 0:
        return f"{MINUS} {cardinal(-number)}"
    return str(num2words(number, lang="en")).replace(",", "")


def ordinal(number: int) -> str:
    """Say a place in a row: 2 is "second"."""
    return str(num2words(number, lang="en", to="ordinal")).replace(",", "")


def money(euros: int, cents: int) -> str:
    """Say an amount: "eighty-four euros and twenty cents", "nineteen cents"."""
    whole = f"{cardinal(euros)} {'euro' if euros == 1 else 'euros'}"
    part = f"{cardinal(cents)} {'cent' if cents == 1 else 'cents'}"
    if not cents:
        return whole
    return f"{whole} and {part}" if euros else part


def day(value: date, with_year: bool) -> str:
    """Say a date: "Tuesday the twenty-fourth of November"."""
    told = f" {year(value.year)}" if with_year else ""
    return f"{DAYS[value.weekday()]} {day_of_month(value.day, MONTHS[value.month - 1])}{told}"


def day_of_month(number: int, month: str) -> str:
    """Say "24 November" in a text: "the twenty-fourth of November"."""
    return f"the {ordinal(number)} of {month}"


def year(number: int) -> str:
    """Say a year: "twenty twenty-six"."""
    return str(num2words(number, lang="en", to="year"))


def clock(value: time) -> str:
    """Say a time: "half past two", "quarter to nine", "twenty-five to three"."""
    hour, minute = value.hour, value.minute
    if not hour and not minute:
        return "midnight"
    if not minute:
        told = f"{_hour(hour)} o'clock"
    elif minute <= 30:
        told = f"{_minutes(minute)} past {_hour(hour)}"
    else:
        told = f"{_minutes(60 - minute)} to {_hour(hour + 1)}"
    return f"{told}{_part_of_day(hour)}"


def _minutes(minute: int) -> str:
    word = "minute" if minute == 1 else "minutes"
    return _MINUTES.get(minute) or f"{cardinal(minute)} {word}"


_MINUTES = {5: "five", 10: "ten", 15: "quarter", 20: "twenty", 25: "twenty-five", 30: "half"}


def _hour(hour: int) -> str:
    return cardinal((hour - 1) % 12 + 1)


def _part_of_day(hour: int) -> str:
    # Between seven and seven nobody doubts which half of the day is meant.
    if hour < 1:
        return " at night"
    if hour < 7:
        return " in the morning"
    return " in the evening" if hour >= 19 else ""


def telephone_group(digits: str, first: bool) -> str:
    """Say one written group of a telephone number, in twos where it is long."""
    if len(digits) <= 4:
        return spelled(digits)
    if len(digits) % 2:
        return grouped(digits, DIGITS)
    return ", ".join(spelled(digits[at : at + 2]) for at in range(0, len(digits), 2))


def spelled(digits: str) -> str:
    """Say digits one by one."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def postcode_digits(digits: str) -> str:
    """Say the four digits of a Dutch postcode: "one two, three four"."""
    return f"{spelled(digits[:2])}, {spelled(digits[2:])}"


def invoice(of_year: str, rest: str) -> str:
    """Say an invoice number of a year: "twenty twenty-six, one one eight"."""
    return f"{year(int(of_year))}, {grouped(rest, DIGITS)}"


def opening(days: str, opens: str, closes: str) -> str:
    """Say when a house is open: "Monday to Friday from half past eight to five o'clock"."""
    return f"{days} from {opens} to {closes}"
