"""Shared words: how alike an utterance and others are by words, and by pieces of words.

Each text is a row of length one, in which a term weighs the more the fewer texts hold it
(tf-idf, with the logarithm of how often; Salton and Buckley, 1988), so that the product of
two rows is 1 for the same words and 0 for none in common. Terms are words and pairs of
words, and pieces of two to five letters within a word. They are scikit-learn's
`TfidfVectorizer`, to the last digit, and what no utterance holds counts as well: what shares
one word in ten with an utterance is less like it than what shares one in two. Not that class
itself, for it brings along `scipy.stats`, a second of each start and 60 MB.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Matrix = NDArray[np.float64]

WORDS = 0.25
"""Weight of shared words, and of shared pieces of words, against 1 for the vectors."""
FAMILIAR = 0.5
"""From this share of known words on, an utterance is in a language of the examples."""
PART = 512
"""Utterances that are looked at at a time."""
_PIECES = range(2, 6)
"""Letters of a piece."""


class SharedWords:
    """Words and pieces of words of utterances, no two the same, as `plain` leaves them."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Count them."""
        self._kinds = [_Terms(kind, texts) for kind in (_words, _pieces)]
        self._known = frozenset(word for text in texts for word in text.split())

    def add_own(self, likeness: Matrix) -> None:
        """Add to how alike the utterances are what they share in words."""
        for terms in self._kinds:
            own = terms.by_term.T.tocsr()
            # In parts, and half of it, which is the other half too.
            for first in range(0, len(likeness), PART):
                part = slice(first, first + PART)
                shared = WORDS * (own[part] @ terms.by_term[:, first:]).toarray()
                likeness[part, first:] += shared
                likeness[first + PART :, part] += shared[:, PART:].T

    def add(self, text: str, likeness: Matrix) -> None:
        """Add to how alike a text is with each utterance what they share in words."""
        for terms in self._kinds:
            terms.add(text, likeness)

    def familiar(self, text: str) -> bool:
        """Tell whether a text is in a language of the utterances, by its words."""
        words = text.split()
        return sum(word in self._known for word in words) >= FAMILIAR * len(words)


class _Terms:
    """Terms of one kind, and how much each weighs in each utterance."""

    def __init__(self, kind: Callable[[str], Iterable[str]], texts: Sequence[str]) -> None:
        self._kind = kind
        self._place: dict[str, int] = {}
        places: list[int] = []
        often: list[int] = []
        ends = [0]
        for text in texts:
            for term, count in Counter(kind(text)).items():
                places.append(self._place.setdefault(term, len(self._place)))
                often.append(count)
            ends.append(len(places))
        held = np.bincount(places, minlength=len(self._place))
        self._rarity = np.log((1 + len(texts)) / (1 + held)) + 1
        self._strange = float(np.log(1 + len(texts)) + 1)
        weights = (1 + np.log(often)) * self._rarity[places]
        layout = (np.array(places, np.int32), np.array(ends, np.int32))  # int64 takes twice as long
        rows = csr_array((weights, *layout), shape=(len(texts), len(self._place)))
        lengths = np.sqrt(rows.power(2).sum(axis=1))
        rows.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(rows.indptr))
        # By term, so that a text is compared by its own terms alone.
        self.by_term: csr_array = rows.T.tocsr()

    def add(self, text: str, likeness: Matrix) -> None:
        counts = Counter(self._kind(text))
        held = {self._place[term]: n for term, n in counts.items() if term in self._place}
        strange = [n for term, n in counts.items() if term not in self._place]
        places = np.fromiter(held, int, len(held))
        weights = (1 + np.log(np.fromiter(held.values(), int, len(held)))) * self._rarity[places]
        unknown = (1 + np.log(strange)) * self._strange if strange else np.zeros(0)
        length = np.sqrt((weights**2).sum() + (unknown**2).sum())
        starts, data, rows = self.by_term.indptr, self.by_term.data, self.by_term.indices
        for place, weight in zip(places, weights, strict=True):
            of = slice(starts[place], starts[place + 1])
            likeness[rows[of]] += WORDS * weight / length * data[of]


def _words(text: str) -> Iterable[str]:
    words = text.split()
    yield from words
    for pair in pairwise(words):
        yield " ".join(pair)


def _pieces(text: str) -> Iterable[str]:
    for word in text.split():
        yield from _pieces_of(word)


@lru_cache(maxsize=20_000)
def _pieces_of(word: str) -> tuple[str, ...]:
    """Return the pieces of a word between two spaces; of a short one, the whole once."""
    spaced = f" {word} "
    found: list[str] = []
    for size in _PIECES:
        found += (spaced[at : at + size] for at in range(max(1, len(spaced) - size + 1)))
        if size >= len(spaced):
            break
    return tuple(found)
