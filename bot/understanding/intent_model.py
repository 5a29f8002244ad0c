"""The intent model: how strongly an utterance resembles the examples of each intent.

Two utterances are alike when their sentence vectors lie close and when they share
words and pieces of words. Kernel ridge regression on that likeness gives each intent a
strength: about 1 amid its examples, 0 far from all of them, so that a stranger
resembles nothing. It is trained in one step, and the same step tells what the model
would say of each example had it not seen it; on that, probabilities are calibrated.
docs/understanding.md has the measurement by which it was chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.encoder import Vectors

Matrix = NDArray[np.float64]

WORDS = 0.25
"""Weight of shared words, and of shared pieces of words, against 1 for the vectors."""
RIDGE = 0.2
"""How far an example may be missed for the sake of the others."""
_SHARPNESS = np.geomspace(1, 60, 80)


@dataclass(frozen=True)
class Fitted:
    """What training finds out, beside the examples themselves."""

    weights: Matrix
    """One row an example, one column an intent."""
    sharpness: float
    """From strengths to probabilities."""


@dataclass(frozen=True)
class Judged:
    """What a text resembles."""

    strengths: Matrix
    """One number an intent."""
    nearest: int
    """The row of the example that means most nearly the same."""


class IntentModel:
    """A model over utterances, no two the same, as `plain` leaves them.

    Args:
        texts: The utterances.
        targets: One row an utterance, one column an intent: 1 where it belongs.
        vectors: One row an utterance, from the encoder.
        fitted: What an earlier training on exactly these found out.
    """

    def __init__(
        self,
        texts: Sequence[str],
        targets: Matrix,
        vectors: Vectors,
        fitted: Fitted | None = None,
    ) -> None:
        self._vectors = vectors
        self._vocabularies = _vocabularies()
        self._words = [each.fit_transform(texts).T.tocsr() for each in self._vocabularies]
        self.fitted = fitted or _fit(self._likeness(texts, vectors @ vectors.T), targets)

    def judge(self, text: str, vector: Vectors) -> Judged:
        """Return what a text resembles."""
        # einsum, not a product by BLAS: its threads, one a core, wait for each other
        # whenever a core is busy with another call, and a millisecond becomes fifteen.
        cosines = np.einsum("ij,j->i", self._vectors, vector)
        [likeness] = self._likeness([text], cosines[None])
        strengths = np.einsum("i,ij->j", likeness, self.fitted.weights)
        return Judged(strengths, int(cosines.argmax()))

    def probabilities(self, strengths: Matrix) -> Matrix:
        """Return the strengths of a text as calibrated probabilities."""
        return _softmax(strengths * self.fitted.sharpness)

    def _likeness(self, texts: Sequence[str], cosines: Vectors) -> Matrix:
        """Return how alike texts are with each example, given the cosines of their vectors."""
        # Vectors are of length one, so 2 - 2 cos is the squared distance between two.
        alike = np.exp(2.0 * cosines.astype(np.float64) - 2.0)
        for vocabulary, words in zip(self._vocabularies, self._words, strict=True):
            alike += WORDS * (vocabulary.transform(texts) @ words).toarray()
        return np.asarray(alike)


def _vocabularies() -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return (
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),  # noqa: S106
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )


def _fit(likeness: Matrix, targets: Matrix) -> Fitted:
    inverse = np.linalg.inv(likeness + RIDGE * np.eye(len(likeness)))
    weights = inverse @ targets
    unseen = targets - weights / np.diag(inverse)[:, None]  # each as if it had been left out
    right = targets.argmax(axis=1)
    losses = [
        -np.log(_softmax(unseen * sharpness)[np.arange(len(right)), right] + 1e-12).mean()
        for sharpness in _SHARPNESS
    ]
    return Fitted(weights, float(_SHARPNESS[int(np.argmin(losses))]))


def _softmax(values: Matrix) -> Matrix:
    odds = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))
