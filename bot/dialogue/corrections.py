"""Corrections: "nee, elf niet twaalf" replaces the part of a number that was misheard."""

import re

from bot.events import Language
from bot.understanding.numbers import find_digits

_X_NOT_Y: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(r"(?P<right>.+?)[,\s]+(?:en\s+)?(?:niet|geen)\s+(?P<wrong>.+)", re.IGNORECASE),
    "en": re.compile(r"(?P<right>.+?)[,\s]+(?:and\s+)?not\s+(?P<wrong>.+)", re.IGNORECASE),
}
_NOT_Y_BUT_X: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(r"\b(?:niet|geen)\s+(?P<wrong>.+?)[,\s]+maar\s+(?P<right>.+)", re.IGNORECASE),
    "en": re.compile(r"\bnot\s+(?P<wrong>.+?)[,\s]+but\s+(?P<right>.+)", re.IGNORECASE),
}


def corrected_digits(value: str, text: str, language: Language) -> str | None:
    """Return a number with the misheard part replaced; None when the words don't say which.

    Args:
        value: The digits as they were understood before.
        text: What the caller says now: "nee, elf niet twaalf".
        language: Of the words.
    """
    for pattern in (_NOT_Y_BUT_X[language], _X_NOT_Y[language]):
        found = pattern.search(text)
        if not found:
            continue
        right, wrong = _digits(found["right"], language), _digits(found["wrong"], language)
        if right and wrong and value.count(wrong) == 1:
            return value.replace(wrong, right)
    return None


def _digits(text: str, language: Language) -> str:
    return "".join(found.value for found in find_digits(text, language))
