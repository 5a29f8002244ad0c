"""A dictated number is what was said: no digits for a sentence, and not one too many."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hearing.number import NEARLY, is_number, may_be_number, number
from bot.hearing.whisper import Draft


def draft(words: str, score: float = -0.3) -> Draft:
    return Draft(words, score, no_speech=0.01, compression=1.0)


def six(text: str) -> bool:
    return sum(letter.isdigit() for letter in text) == 6


def postcode(text: str) -> bool:
    return re.fullmatch(r"(?:\d ?){4}(?:[A-Z] ?){2}", text) is not None


@pytest.mark.parametrize(
    ("words", "ways", "meant"),
    [
        # One of the ways is as long as a customer number, and nearly as likely.
        ("5 2 8 8 6", [("5 2 8 8 6", -0.2), ("5 2 8 8 6 1", -0.4)], "5 2 8 8 6 1"),
        # It is much less likely: the caller is not done yet.
        ("4 7", [("4 7", -0.1), ("4 7 1 1 0 9", -0.9)], "4 7"),
        # Words that are no digits among them.
        ("I'm 2 8 8 6 1", [("5 2 8 8 6 1", -0.3)], "5 2 8 8 6 1"),
        # Said once, written twice.
        ("24867", [("2 4 8 6 7 2 4 8 6 7", -0.17)], "24867"),
        # A sentence is no number, whatever digits it is made into.
        ("I don't know that exactly.", [("8 8 8 8 8 8", -0.2)], "I don't know that exactly."),
        ("can I speak to a person please", [("4 4 4 4 4 4 4", -0.1)], None),
        # Only guessed, and not whole.
        ("Big Sammon.", [("4 7", -0.1)], None),
        ("471109", [], "471109"),
    ],
)
def test_the_words_tell_whether_and_the_digits_which(
    words: str, ways: list[tuple[str, float]], meant: str | None
) -> None:
    """Digits are taken only for what is a number, whole ones first."""
    found = number(draft(words), [draft(*way) for way in ways], six)
    assert found.words == (meant or words)
    assert found.score == -0.3


def test_a_guess_that_is_clearly_a_whole_number_is_one() -> None:
    """Words that nobody would believe give way to digits that are likely and whole."""
    words = draft("I'm Big Sammon. Sammon 8 Nero.", -1.1)
    assert number(words, [draft("5 6 7 7 8 0", -0.2)], six).words == "5 6 7 7 8 0"
    assert number(words, [draft("5 6 7 7 8 0", -0.6)], six) == words
    assert number(replace(words, score=-0.5), [draft("5 6 7 7 8 0", -0.2)], six).words.startswith(
        "I'm"
    )


@pytest.mark.parametrize(
    ("words", "ways", "perhaps"),
    [
        # Four digits are likelier than the six that were chosen for being whole.
        ("7 6 7 9 7 6 7 9", [("7 6 7 9", -0.24), ("7 6 7 9 7 9", -0.26)], True),
        # The last group once more: nearly as likely without it.
        ("7 6 7 9 7 9", [("7 6 7 9 7 9", -0.1), ("7 6 7 9", -0.35)], True),
        # One digit is said twice often enough.
        ("7 6 7 9 1 1", [("7 6 7 9 1 1", -0.1), ("7 6 7 9 1", -0.35)], False),
        # What is likelier is longer: nothing more is to come.
        ("7 6 7 9 1 1", [("7 6 7 9 1 1 1", -0.1), ("7 6 7 9 1 1", -0.2)], False),
        ("7 6 7 9 1 3", [("7 6 7 9 1 3", -0.1), ("7 6 7 9 3", -0.6)], False),
        # No whole number at all.
        ("7 6 7 9", [("7 6 7 9", -0.1), ("7 6", -0.1)], False),
    ],
)
def test_a_whole_number_is_doubted_where_a_part_is_as_likely(
    words: str, ways: list[tuple[str, float]], perhaps: bool
) -> None:
    """A number is marked as perhaps unfinished when fewer digits explain it as well."""
    found = number(draft(words), [draft(*way) for way in ways], six)
    assert found.perhaps_part == perhaps


@pytest.mark.parametrize(
    ("words", "ways", "meant"),
    [
        # Spelled in digits and letters, it is whole.
        ("9 4 9 3 G M, 9", [("9 4 9 3 G M", -0.3), ("9 4 9 3 K M", -0.4)], "9 4 9 3 G M"),
        ("4 0 5 0 3 S", [("4 0 5 0 D S", -0.3), ("4 0 5 0 3 S", -0.1)], "4 0 5 0 D S"),
        # None of the ways is: what was written freely is no worse.
        ("4 8 6. Essie.", [("4 8 6 S I", -0.3)], None),
        # A sentence with a number in it.
        ("I live at 9 Green Street", [("9 4 9 3 G M", -0.3)], None),
    ],
)
def test_a_postcode_is_spelled(
    words: str, ways: list[tuple[str, float]], meant: str | None
) -> None:
    """Four digits and two letters, of the ways in which they may have been meant."""
    found = number(draft(words), [draft(*way) for way in ways], postcode, letters=True)
    assert found.words == (meant or words)


texts = st.text(alphabet="0123456789 abz-", max_size=12)
drafts = st.builds(draft, texts, st.floats(-2, 0))


@given(drafts, st.lists(drafts, max_size=5))
def test_nothing_is_taken_that_was_not_written(words: Draft, ways: list[Draft]) -> None:
    """The answer is one of the drafts; digits replace words only if they may stand for a number."""
    found = number(words, ways, six)
    assert found.words in {words.words, *(way.words for way in ways)}
    if found.words != words.words:
        likeliest = max(way.score for way in ways)
        assert any(w.words == found.words and w.score >= likeliest - NEARLY for w in ways)
        assert is_number(words.words) or six(found.words)


@given(drafts, st.lists(drafts, max_size=5), st.booleans())
def test_no_time_is_lost_on_digits_that_change_nothing(
    words: Draft, ways: list[Draft], letters: bool
) -> None:
    """Where words can be no number, they are what was said, whatever digits they resemble."""
    whole = postcode if letters else six
    if not may_be_number(words, whole, letters=letters):
        assert number(words, ways, whole, letters=letters) == words


def test_a_sentence_is_not_spelled() -> None:
    """A plain sentence in place of a number costs no second decoding; a guess does."""
    sentence = draft("I don't know that exactly.", -0.6)
    assert not may_be_number(sentence, six)
    assert may_be_number(replace(sentence, score=-0.9), six)
    assert may_be_number(draft("4 7 1 1"), six)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("4 7 1 1", True),
        ("vier zeven elf nul", True),
        ("Mijn nummer is 471109", True),
        ("2 maanden geleden", False),
        ("", False),
    ],
)
def test_what_counts_as_a_number(text: str, is_one: bool) -> None:
    """Digits for the most part, as figures or as words."""
    assert is_number(text) is is_one
