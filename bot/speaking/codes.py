"""Codes: telephone numbers, postcodes and rows of digits, said in groups."""

import re

import phonenumbers

from bot.speaking.digit_groups import grouped
from bot.speaking.manners import Manner

_SERVICE = ("0800", "0900")
"""Numbers known digit by digit: 0800-0113 is "nul acht nul nul, nul een een drie"."""


def row(digits: str, speech: Manner) -> str:
    """Say digits one by one, in twos and threes: "vier zeven één, één nul negen"."""
    return grouped(digits, speech.DIGITS)


def postcode(digits: str, letters: str, speech: Manner) -> str:
    """Say a Dutch postcode: "twaalf vierendertig, A B"."""
    return f"{speech.postcode_digits(digits)}, {' '.join(letters.upper())}"


def phone(number: phonenumbers.PhoneNumber, speech: Manner) -> str:
    """Say a telephone number in the groups in which its country writes it."""
    style = phonenumbers.PhoneNumberFormat
    inland = number.country_code == 31
    text = phonenumbers.format_number(number, style.NATIONAL if inland else style.INTERNATIONAL)
    groups = re.findall(r"\d+", text)
    if inland and groups[0] in _SERVICE:
        return ", ".join(speech.spelled(group) for group in groups)
    if inland:
        return ", ".join(speech.telephone_group(group, at == 0) for at, group in enumerate(groups))
    rest = ", ".join(speech.telephone_group(group, False) for group in groups[1:])
    return f"{speech.PLUS} {speech.cardinal(number.country_code or 0)}, {rest}"


def mixed(code: str, speech: Manner) -> str:
    """Say a code of letters and digits: "F-2026-0118" is "F, twee nul twee zes, ...".

    Signs between its parts are only a pause.
    """
    parts = re.findall(r"[0-9]+|[^\W\d_]+", code)
    return ", ".join(
        row(part, speech) if part.isdigit() else " ".join(part.upper()) for part in parts
    )
