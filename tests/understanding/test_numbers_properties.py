"""Whatever number can be said, is read back: every way of saying keeps its digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from bot.events import Language
from bot.understanding.codes import find_postcodes
from bot.understanding.numbers import find_amounts, find_cardinals, find_digits, find_ordinals

LANGUAGES: tuple[Language, ...] = ("nl", "en")
DIGITS: dict[Language, list[str]] = {
    "nl": ["nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"],
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
}
TWICE: dict[Language, str] = {"nl": "dubbel", "en": "double"}


def _pair(pair: str, language: Language) -> str:
    """Say two digits as a person does: "nul negen", "elf"."""
    if pair.startswith("0"):
        return f"{DIGITS[language][0]} {DIGITS[language][int(pair[1])]}"
    return str(num2words(int(pair), lang=language))


@pytest.mark.parametrize("language", LANGUAGES)
@given(number=st.one_of(st.integers(2, 9_999_999), st.integers(2, 2_500)))
def test_a_number_in_words_is_read_back(language: Language, number: int) -> None:
    """A whole number in words is one cardinal: that number, over all its words."""
    text = str(num2words(number, lang=language))
    assert [(one.value, one.text) for one in find_cardinals(text, language)] == [(number, text)]


@pytest.mark.parametrize("language", LANGUAGES)
@given(number=st.integers(1, 99))
def test_a_rank_in_words_is_read_back(language: Language, number: int) -> None:
    """A rank up to the hundredth is read back, after an article."""
    article = {"nl": "de", "en": "the"}[language]
    text = f"{article} {num2words(number, lang=language, to='ordinal')}"
    assert [one.value for one in find_ordinals(text, language)] == [number]


@pytest.mark.parametrize("language", LANGUAGES)
@given(digits=st.text("0123456789", min_size=2, max_size=14), comma=st.booleans())
def test_digits_said_one_by_one_stay_the_same(language: Language, digits: str, comma: bool) -> None:
    """Digit by digit, with or without commas, each digit comes back, in order."""
    said = (", " if comma else " ").join(DIGITS[language][int(digit)] for digit in digits)
    assert [one.value for one in find_digits(f"{said}.", language)] == [digits]


@pytest.mark.parametrize("language", LANGUAGES)
@given(digits=st.text("0123456789", min_size=2, max_size=14))
def test_digits_said_with_double_stay_the_same(language: Language, digits: str) -> None:
    """Two equal digits in a row may be said as "double" without changing the string."""
    words, i = [], 0
    while i < len(digits):
        if digits[i : i + 2] == digits[i] * 2:
            words += [TWICE[language], DIGITS[language][int(digits[i])]]
            i += 2
        else:
            words.append(DIGITS[language][int(digits[i])])
            i += 1
    assert [one.value for one in find_digits(" ".join(words), language)] == [digits]


@pytest.mark.parametrize("language", LANGUAGES)
@given(pairs=st.lists(st.integers(0, 99), min_size=2, max_size=6))
def test_digits_said_in_pairs_stay_the_same(language: Language, pairs: list[int]) -> None:
    """In pairs, "vierenzeventig elf nul negen", the digits come back.

    After a round ten in English a single digit cannot follow ("forty nine" is 49),
    but pairs never begin with a lone digit.
    """
    digits = "".join(f"{pair:02}" for pair in pairs)
    said = " ".join(_pair(f"{pair:02}", language) for pair in pairs)
    assert [one.value for one in find_digits(said, language)] == [digits]


@given(digits=st.text("0123456789", min_size=3, max_size=10), cut=st.integers(1, 3))
def test_written_digits_stay_the_same_whatever_parts_them(digits: str, cut: int) -> None:
    """As Whisper parts them, by spaces or dashes, the digits come back."""
    parts = [digits[i : i + cut] for i in range(0, len(digits), cut)]
    for sign in (" ", "-", " - "):
        assert [one.value for one in find_digits(sign.join(parts), "nl")] == [digits]


@pytest.mark.parametrize("language", LANGUAGES)
@given(euros=st.integers(2, 99_999), cents=st.integers(1, 99))
def test_amounts_are_read_back(language: Language, euros: int, cents: int) -> None:
    """Euros and cents, in words or figures, are the same amount."""
    value = Decimal(euros) + Decimal(cents) / 100
    spoken = num2words(euros, lang=language)
    words = num2words(cents, lang=language)
    joiner, plural = {"nl": ("en", "cent"), "en": ("and", "cents")}[language]
    for text in (
        f"{spoken} euro {joiner} {words} {plural}",
        f"{euros} euro {joiner} {cents} {plural}",
        f"€ {value:.2f}",
        f"€ {value:.2f}".replace(".", ","),
        f"{value:.2f} euro",
    ):
        assert [one.value for one in find_amounts(text, language)] == [value], text
    if cents > 9:
        assert [one.value for one in find_amounts(f"{spoken} euro {words}", language)] == [value]


@pytest.mark.parametrize("language", LANGUAGES)
@given(
    figures=st.integers(1000, 9999),
    letters=st.text("ABCDEFGHJKLMNPRTVWXZ", min_size=2, max_size=2),
)
def test_postcodes_are_read_back(language: Language, figures: int, letters: str) -> None:
    """A postcode comes back, written or spoken in pairs."""
    spoken = f"{_pair(f'{figures:04}'[:2], language)} {_pair(f'{figures:04}'[2:], language)}"
    for text in (f"{figures} {letters}", f"{figures}{letters}", f"{spoken} {letters}"):
        assert [one.value for one in find_postcodes(text, language)] == [f"{figures}{letters}"]
