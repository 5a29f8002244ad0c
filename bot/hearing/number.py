"""Number: which digits or letters were dictated, of the ways in which recognition writes them.

Words and digits alike, recognition writes "I'm 2 8 8 6 1" for "five two eight eight six one".
Written in digits alone it is right more often, but then a sentence becomes digits as well. So
the words tell whether it was a number, and the digits which one; of ways that are nearly as
likely, one that is whole is taken: a customer number has as many digits as customer numbers have.
"""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

from bot.hearing.expectation import Kind
from bot.hearing.filters import DIGIT_WORDS, pieces
from bot.hearing.whisper import Draft

SIGNS: Mapping[Kind, str] = {
    "digits": string.digits,
    "phone": string.digits,
    "postcode": string.digits + string.ascii_uppercase,
}
"""What is dictated, and the signs that it is written in."""
NEARLY = 0.3
"""How much less likely than the likeliest a whole number may be (mean log probability)."""
MOSTLY = 0.6
"""Share of words that are digits from which a turn is a number."""
GROUP = 2
"""Digits of a group that is said at a time; one digit is said twice often enough."""
GUESSED, CLEAR = -0.8, -0.3
"""Words less likely than the first are a number after all, if one that is whole is likelier than
the second: "I'm Big Sammon. Sammon 8 Nero." for "five six seven, seven eight zero"."""


def number(
    words: Draft, ways: Sequence[Draft], whole: Callable[[str], bool], *, letters: bool = False
) -> Draft:
    """Return the words, or the digits that they stand for.

    Args:
        words: What was written down freely.
        ways: The same in digits alone, any number of ways.
        whole: Tells whether a text is all of the number that was asked for.
        letters: Whether it has letters too, as a postcode has. These are often misheard, and what
            is not whole is left as it was written freely.

    Returns:
        Of words that are a number, as likely as the words were: the score of digits alone is
        too good, for nothing else was allowed. Of words that were guessed, with that score.
        A whole number that may be no more than a part is marked so.
    """
    if not ways:
        return words
    found = _likeliest(words, ways, whole, letters)
    return replace(found, perhaps_part=whole(found.words) and _perhaps_part(found, words, ways))


def may_be_number(words: Draft, whole: Callable[[str], bool], *, letters: bool = False) -> bool:
    """Tell whether digits alone could change what `number` returns; to write them takes time."""
    free = is_number(words.words, letters=letters) or whole(words.words)
    return free or words.score < GUESSED


def _likeliest(
    words: Draft, ways: Sequence[Draft], whole: Callable[[str], bool], letters: bool
) -> Draft:
    best = max(ways, key=lambda way: way.score)
    wholes = [way for way in ways if way.score >= best.score - NEARLY and whole(way.words)]
    likeliest = max(wholes, key=lambda way: way.score, default=None)
    if is_number(words.words, letters=letters):
        if likeliest is not None:
            return _as(likeliest, words)
        stays = letters or whole(words.words) or _runs_on(best, words)
        return words if stays else _as(best, words)
    if likeliest is None or words.score >= GUESSED or likeliest.score < CLEAR:
        return words
    return likeliest


def is_number(text: str, *, letters: bool = False) -> bool:
    """Tell whether a text is digits for the most part: "4 7 1 1", "vier zeven elf", "47-11".

    With `letters`, whether it is digits and single letters: "3 5 8 1 G A".
    """
    said = pieces(text)
    digits = sum(word.isdigit() or word in DIGIT_WORDS for word in said)
    signs = digits + sum(letters and len(word) == 1 and word.isalpha() for word in said)
    return digits > 0 and signs >= MOSTLY * len(said)


def _perhaps_part(found: Draft, words: Draft, ways: Sequence[Draft]) -> bool:
    """Tell whether a number may go on: one with fewer digits is as likely.

    Or it is nearly as likely, and the last digits of the other, said once more, make this one:
    recognition repeats the last group, "7 6 7 9 7 9" for "seven six ... seven nine".
    """
    signs = _signs(found)
    score = max((each.score for each in (*ways, words) if _signs(each) == signs), default=-inf)
    for way in ways:
        fewer = _signs(way)
        more = len(signs) - len(fewer)
        if more > 0 and way.score >= score:
            return True
        repeated = more >= GROUP and signs == fewer + fewer[-more:]
        if repeated and way.score >= score - NEARLY:
            return True
    return False


def _signs(draft: Draft) -> str:
    """Return the digits, and the letters that are no part of a word: 3581GA of "3581 GA"."""
    return "".join(re.findall(r"\d|[A-Z](?![a-z])", draft.words))


def _as(digits: Draft, words: Draft) -> Draft:
    return replace(digits, score=words.score)


def _runs_on(digits: Draft, words: Draft) -> bool:
    """Tell whether there are more digits than words: decoding sometimes goes round once more."""
    return len(digits.words.split()) > len(pieces(words.words)) + 1
