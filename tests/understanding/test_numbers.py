"""Numbers mean what a person means by them, whichever way they are said or written."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.events import Language
from bot.understanding.codes import find_phones, find_postcodes
from bot.understanding.meaning import Found
from bot.understanding.numbers import (
    find_amounts,
    find_cardinals,
    find_digits,
    find_invoice_numbers,
    find_ordinals,
)
from tests.understanding.tables import Case, read_cases

FINDERS: dict[str, Callable[[str, Language], Sequence[Found[Any]]]] = {
    "digits": find_digits,
    "invoice": find_invoice_numbers,
    "amount": find_amounts,
    "cardinal": find_cardinals,
    "ordinal": find_ordinals,
    "postcode": find_postcodes,
    "phone": find_phones,
}
DUTCH, ENGLISH = read_cases("numbers_nl.yml"), read_cases("numbers_en.yml")


def _check(case: Case, language: Language) -> None:
    for kind in case.meant or FINDERS:
        found = FINDERS[kind](case.text, language)
        assert [str(one.value) for one in found] == case.meant.get(kind, []), kind
        for one in found:
            assert case.text[one.start : one.end] == one.text


@pytest.mark.parametrize("case", DUTCH, ids=lambda case: case.text)
def test_dutch_numbers_mean_what_the_table_says(case: Case) -> None:
    """A Dutch number is found with the value that the caller means, or not at all."""
    _check(case, "nl")


@pytest.mark.parametrize("case", ENGLISH, ids=lambda case: case.text)
def test_english_numbers_mean_what_the_table_says(case: Case) -> None:
    """An English number is found with the value that the caller means, or not at all."""
    _check(case, "en")


def test_the_tables_are_large_and_have_no_double_rows() -> None:
    """Each language has at least 120 different cases of numbers."""
    for cases in (DUTCH, ENGLISH):
        assert len({case.text for case in cases}) == len(cases) >= 120
