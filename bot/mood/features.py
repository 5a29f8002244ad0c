"""Features: an utterance as numbers: its meaning, its cues and its pieces of words."""

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.mood.cues import SIGNS, Cues

Floats = NDArray[np.float32]

PIECES = 2**15
"""Buckets of pieces of words."""
_HINTS = ("sexual_harassment", "threat", "crisis", "vulnerable", "blackmail", "accusation")
_OF = ("you", "you_all", "colleague", "self", "other", "called", "nobody")
_MARKS = (
    "vulgar", "homograph", "trait", "harmless", "reported", "illness", "group", "hatred",
    *(f"hint.{one}" for one in _HINTS), *(f"of.{one}" for one in _OF),
)  # fmt: skip
_EXCUSES = ("harmless", "quoted", "reported", "negated", "self", "other", "illness", "past")
_PRONOUNS: tuple[frozenset[str], ...] = (
    frozenset({"you", "u", "your", "ur", "jij", "je", "jou", "jouw", "uw", "gij", "yourself"}),
    frozenset({"jullie", "jullies"}),
    frozenset({"i", "me", "my", "mine", "ik", "mij", "mijn", "myself", "mezelf"}),
    frozenset({"he", "she", "him", "her", "they", "them", "hij", "zij", "ze", "hem", "hen"}),
    frozenset({"not", "no", "never", "niet", "geen", "nooit", "niets", "niks"}),
    frozenset({"if", "als", "or", "of", "anders", "else", "otherwise", "unless", "tenzij"}),
)
NAMES: tuple[str, ...] = (
    *(f"{sign}" for sign in SIGNS),
    *(f"excused {sign}" for sign in SIGNS),
    *(f"several {sign}" for sign in SIGNS),
    *_MARKS,
    *(f"excuse {one}" for one in _EXCUSES),
    "you", "you_all", "i", "they", "not", "if",
    "question", "exclamation", "capitals", "quoted", "length", "one word", "two words", "dutch",
)  # fmt: skip
"""What each cue feature means."""


@dataclass(frozen=True)
class Features:
    """An utterance as numbers."""

    cues: Floats
    """One number a name of NAMES."""
    pieces: NDArray[np.int32]
    """Buckets of its words, pairs of words and pieces of words, each once."""


def features(cues: Cues) -> Features:
    """Return the features of an utterance, but for its meaning."""
    values = [cues.best(sign) for sign in SIGNS]
    values += [float(cues.excused(sign)) for sign in SIGNS]
    for sign in SIGNS:
        count = sum(hit.sign == sign and not hit.excuse for hit in cues.hits)
        values.append(min(count, 4) / 4)
    values += [float(mark in cues.marks) for mark in _MARKS]
    excuses = {hit.excuse for hit in cues.hits}
    values += [float(one in excuses) for one in _EXCUSES]
    words = [token.word for token in cues.tokens]
    values += [min(sum(word in some for word in words), 3) / 3 for some in _PRONOUNS]
    letters = [sign for sign in cues.text if sign.isalpha()]
    shouted = sum(map(str.isupper, letters)) / len(letters) if len(letters) > 3 else 0.0
    values += [
        float("?" in cues.text),
        float("!" in cues.text),
        shouted,
        float(any(token.quoted for token in cues.tokens)),
        math.log1p(len(words)) / 4,
        float(len(words) == 1),
        float(len(words) == 2),
        float(cues.language == "nl"),
    ]
    pieces = np.array(sorted(set(_pieces(words))), dtype=np.int32)
    return Features(np.array(values, dtype=np.float32), pieces)


def _pieces(words: list[str]) -> Iterator[int]:
    previous = "^"
    for word in [*words, "$"]:
        yield _bucket(f"w {word}")
        yield _bucket(f"p {previous} {word}")
        previous = word
        edged = f" {word[:20]} "
        for size in (3, 4, 5):
            for start in range(len(edged) - size + 1):
                yield _bucket(edged[start : start + size])


def _bucket(piece: str) -> int:
    return zlib.crc32(piece.encode("utf-8", "ignore")) % PIECES
