"""Number: which digits were dictated, of the ways in which recognition writes them down.

Words and digits alike, recognition writes "I'm 2 8 8 6 1" for "five two eight eight six one".
Written in digits alone it is right more often, but then a sentence becomes digits as well. So
the words tell whether it was a number, and the digits which one; of ways that are nearly as
likely, one that is whole is taken: a customer number has as many digits as customer numbers have.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.hearing.expectation import Kind
from bot.hearing.filters import DIGIT_WORDS, pieces
from bot.hearing.whisper import Draft

NUMBERS: frozenset[Kind] = frozenset({"digits", "phone"})
"""What is dictated in digits alone."""
NEARLY = 0.3
"""How much less likely than the likeliest a whole number may be (mean log probability)."""
MOSTLY = 0.6
"""Share of words that are digits from which a turn is a number."""
GUESSED, CLEAR = -0.8, -0.3
"""Words less likely than the first are a number after all, if one that is whole is likelier than
the second: "I'm Big Sammon. Sammon 8 Nero." for "five six seven, seven eight zero"."""


def number(words: Draft, ways: Sequence[Draft], whole: Callable[[str], bool]) -> Draft:
    """Return the words, or the digits that they stand for.

    Args:
        words: What was written down freely.
        ways: The same in digits alone, any number of ways.
        whole: Tells whether a text is all of the number that was asked for.

    Returns:
        Of words that are a number, as likely as the words were: the score of digits alone is
        too good, for nothing else was allowed. Of words that were guessed, with that score.
    """
    if not ways:
        return words
    best = max(ways, key=lambda way: way.score)
    wholes = [way for way in ways if way.score >= best.score - NEARLY and whole(way.words)]
    likeliest = max(wholes, key=lambda way: way.score, default=None)
    if is_number(words.words):
        if likeliest is None:
            return words if whole(words.words) or _runs_on(best, words) else _as(best, words)
        return _as(likeliest, words)
    if likeliest is None or words.score >= GUESSED or likeliest.score < CLEAR:
        return words
    return likeliest


def is_number(text: str) -> bool:
    """Tell whether a text is digits for the most part: "4 7 1 1", "vier zeven elf", "47-11"."""
    said = pieces(text)
    digits = sum(word.isdigit() or word in DIGIT_WORDS for word in said)
    return digits > 0 and digits >= MOSTLY * len(said)


def _as(digits: Draft, words: Draft) -> Draft:
    return replace(digits, score=words.score)


def _runs_on(digits: Draft, words: Draft) -> bool:
    """Tell whether there are more digits than words: decoding sometimes goes round once more."""
    return len(digits.words.split()) > len(pieces(words.words)) + 1
