"""Words: a text as tokens with their places, and the words by which numbers are said.

The tables below a hundred come from num2words. text2num was measured and not
used: it reads Dutch compounds well, but knows no "dubbel een", reads "oh nine"
as "9", stops at the comma of "two million, one", and gives no places in the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from num2words import num2words

from bot.events import Language

_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+(?:'[^\W\d_]+)*|\S")
_APOSTROPHES = dict.fromkeys(map(ord, "’‘`´"), "'")


def _plain(char: str) -> str:
    base = unicodedata.normalize("NFKD", char.translate(_APOSTROPHES))[:1].lower()
    return base if len(base) == 1 and not unicodedata.combining(base) else char


def fold(text: str) -> str:
    """Return the text in lower case without accents, character for character.

    The length stays the same, so a place in the folded text is a place in the
    text; "één" becomes "een", and so do typographic apostrophes "'".
    """
    return "".join(map(_plain, text))


@dataclass(frozen=True)
class Token:
    """A word, a run of figures, or a mark."""

    word: str
    """Folded."""
    start: int
    end: int
    kind: Literal["word", "figure", "mark"]
    stressed: bool = False
    """Written with accents, as in "één": a number, not an article."""


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list, written as a person reads it."""
    return frozenset(words.split())


@lru_cache(maxsize=64)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text, in order."""
    # NFD input would tear an accent from its letter; it stays one token that matches nothing.
    folded = fold(text)
    result = []
    for match in _TOKEN.finditer(folded):
        word, start, end = match.group(), match.start(), match.end()
        kind: Literal["word", "figure", "mark"] = "mark"
        if word[0] in "0123456789":
            kind = "figure"
        elif word[0].isalpha():
            kind = "word"
        stressed = kind == "word" and text[start:end].lower() != word
        result.append(Token(word, start, end, kind, stressed))
    return tuple(result)


def touching(before: Token, after: Token) -> bool:
    """Tell whether nothing stands between two tokens."""
    return before.end == after.start


def word_at(row: Sequence[Token], i: int) -> str:
    """Return the folded word at a place, "" outside the row."""
    return row[i].word if 0 <= i < len(row) else ""


def _below_hundred(language: Language, kind: str) -> dict[str, int]:
    said = {fold(num2words(n, lang=language, to=kind)): n for n in range(100, -1, -1)}
    return {word: n for word, n in said.items() if n < 100 or kind == "ordinal"}


CARDINALS: dict[Language, dict[str, int]] = {
    "nl": _below_hundred("nl", "cardinal"),
    "en": _below_hundred("en", "cardinal") | {"nought": 0, "nil": 0, "naught": 0},
}
"""Words below a hundred: "zesentwintig", "twenty-six"."""

ORDINALS: dict[Language, dict[str, int]] = {
    "nl": _below_hundred("nl", "ordinal") | {"eenentwintigste": 21},
    "en": _below_hundred("en", "ordinal"),
}
"""Words up to the hundredth: "zesentwintigste", "twenty-sixth"."""

SCALES: dict[Language, dict[str, int]] = {
    "nl": {"honderd": 100, "duizend": 1000, "miljoen": 10**6, "miljard": 10**9},
    "en": {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9},
}

AND: dict[Language, str] = {"nl": "en", "en": "and"}

REPEATS: dict[Language, dict[str, int]] = {
    "nl": {"dubbel": 2, "dubbele": 2, "tweemaal": 2, "driedubbel": 3, "driedubbele": 3}
    | {"driemaal": 3, "viermaal": 4, "triple": 3},
    "en": {"double": 2, "triple": 3, "treble": 3, "quadruple": 4},
}
"""Words that say the next digit more than once."""

TIMES: dict[Language, frozenset[str]] = {
    "nl": frozenset({"keer", "maal"}),
    "en": frozenset({"times"}),
}
"""After a number: "drie keer nul" is 000."""

PLURALS: dict[Language, dict[str, int]] = {
    "nl": {"nullen": 0, "enen": 1, "tweeen": 2, "drieen": 3, "vieren": 4, "vijven": 5}
    | {"zessen": 6, "zevens": 7, "zevenen": 7, "achten": 8, "negens": 9, "negenen": 9},
    "en": {"zeros": 0, "zeroes": 0, "noughts": 0, "ones": 1, "twos": 2, "threes": 3, "fours": 4}
    | {"fives": 5, "sixes": 6, "sevens": 7, "eights": 8, "nines": 9},
}
"""After a number: "drie nullen" is 000."""

MONTHS: dict[Language, dict[str, int]] = {
    "nl": {"januari": 1, "februari": 2, "maart": 3, "april": 4, "mei": 5, "juni": 6, "juli": 7}
    | {"augustus": 8, "september": 9, "oktober": 10, "november": 11, "december": 12},
    "en": {"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7}
    | {"august": 8, "september": 9, "october": 10, "november": 11, "december": 12},
}

_COMPOUND = re.compile(r"(?:(.*?)duizend(?:en)?)?(?:(.*?)honderd(?:en)?)?(.*)")


@lru_cache(maxsize=4096)
def compound(word: str) -> int | None:
    """Return what one Dutch word says: "twaalfhonderdvijftig" is 1250, "een" is 1."""
    small = CARDINALS["nl"]
    if word in small:
        return small[word]
    match = _COMPOUND.fullmatch(word)
    if match is None:  # pragma: no cover - the last group takes anything
        return None
    thousands, hundreds, rest = match.groups()
    if thousands is None and hundreds is None:
        return None
    total = 0
    if thousands is not None:
        many = 1 if thousands == "" else compound(thousands)
        if many is None or not 1 <= many < 1000:
            return None
        total += many * 1000
    if hundreds is not None:
        many = 1 if hundreds == "" else small.get(hundreds)
        if many is None or not many or (total and many > 9):
            return None
        total += many * 100
    if rest:
        if not small.get(rest):
            return None
        total += small[rest]
    return total
