"""Manners: how each language says numbers, amounts, dates, times and codes."""

from collections.abc import Mapping
from datetime import date, time
from typing import Protocol

from bot.events import Language
from bot.speaking import forms_en, forms_nl


class Manner(Protocol):
    """What a language's forms module offers."""

    DAYS: tuple[str, ...]
    MONTHS: tuple[str, ...]
    DIGITS: tuple[str, ...]
    MOMENT: str
    PLUS: str
    POINT: str
    DOT: str
    LAST: str
    AND: str
    THROUGH: str
    UNTIL: str
    CLOSED: str
    MINUS: str
    SYMBOLS: Mapping[str, str]

    def cardinal(self, number: int) -> str:
        """Say a number."""
        ...

    def ordinal(self, number: int) -> str:
        """Say a place in a row."""
        ...

    def money(self, euros: int, cents: int) -> str:
        """Say an amount that is not negative."""
        ...

    def day(self, value: date, with_year: bool) -> str:
        """Say a date."""
        ...

    def day_of_month(self, number: int, month: str) -> str:
        """Say a date of which the text gives day and month."""
        ...

    def clock(self, value: time) -> str:
        """Say a time."""
        ...

    def year(self, number: int) -> str:
        """Say a year."""
        ...

    def spelled(self, digits: str) -> str:
        """Say digits one by one."""
        ...

    def telephone_group(self, digits: str, first: bool) -> str:
        """Say one written group of a telephone number."""
        ...

    def postcode_digits(self, digits: str) -> str:
        """Say the four digits of a postcode."""
        ...

    def invoice(self, of_year: str, rest: str) -> str:
        """Say an invoice number that begins with a year."""
        ...

    def opening(self, days: str, opens: str, closes: str) -> str:
        """Say when a house is open."""
        ...


_MANNERS: dict[Language, Manner] = {"nl": forms_nl, "en": forms_en}


def manner(language: Language) -> Manner:
    """Return how a language says things."""
    return _MANNERS[language]
