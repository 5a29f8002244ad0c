"""The intent model: how strongly an utterance resembles the examples of each intent.

Two utterances are alike when their sentence vectors lie close and when they share
words and pieces of words. Kernel ridge regression on that likeness gives each intent a
strength: about 1 amid its examples, 0 far from all of them, so that a stranger
resembles nothing. It is trained in one step, and the same step tells what the model
would say of each example had it not seen it; on that, confidence is calibrated: how often
a strength of so much was right. docs/understanding.md has the measurement by which it was chosen.
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
_STRANGE = np.exp(-2.0)
_ANCHORS = 3.0
"""Examples' worth of what we know of any project: strength 0 is a stranger, 1 is right."""
_PIECES = 2**18
"""Places for words and pieces of words; the few that share one do no harm."""


@dataclass(frozen=True)
class Fitted:
    """What training finds out, beside the examples themselves."""

    weights: Matrix
    """One row an example, one column an intent."""
    offset: float
    slope: float
    """From strength to the log-odds of being right."""


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
        nothing: The column of what is out of scope, if there is one.
        fitted: What an earlier training on exactly these found out.
    """

    def __init__(
        self,
        texts: Sequence[str],
        targets: Matrix,
        vectors: Vectors,
        nothing: int | None = None,
        fitted: Fitted | None = None,
    ) -> None:
        self._vectors = vectors
        self._vocabularies = _vocabularies()
        self._words = [each.fit_transform(texts).T.tocsr() for each in self._vocabularies]
        self.fitted = fitted or _fit(self._likeness(texts, vectors @ vectors.T), targets, nothing)

    def judge(self, text: str, vector: Vectors) -> Judged:
        """Return what a text resembles."""
        # einsum, not a product by BLAS: its threads, one a core, wait for each other
        # whenever a core is busy with another call, and a millisecond becomes fifteen.
        cosines = np.einsum("ij,j->i", self._vectors, vector)
        [likeness] = self._likeness([text], cosines[None])
        strengths = np.einsum("i,ij->j", likeness, self.fitted.weights)
        return Judged(strengths, int(cosines.argmax()))

    def confidence(self, strength: float) -> float:
        """Return how often an intent is right that is so much stronger than out of scope."""
        return float(_sigmoid(self.fitted.offset + self.fitted.slope * np.float64(strength)))

    def _likeness(self, texts: Sequence[str], cosines: Vectors) -> Matrix:
        """Return how alike texts are with each example, given the cosines of their vectors."""
        # Vectors are of length one, so 2 - 2 cos is the squared distance between two; at a
        # cosine of 0, which is that of strangers, two are not alike at all.
        alike = (np.exp(2.0 * cosines.astype(np.float64) - 2.0) - _STRANGE) / (1.0 - _STRANGE)
        for vocabulary, words in zip(self._vocabularies, self._words, strict=True):
            alike += WORDS * (vocabulary.transform(texts) @ words).toarray()
        return np.asarray(alike)


def _vocabularies() -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.pipeline import make_pipeline

    # Hashed, for words that no example has must count as well: what shares one word in ten
    # with an example is less like it than what shares one in two.
    counts = {"n_features": _PIECES, "norm": None, "alternate_sign": False}
    return (
        make_pipeline(
            HashingVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", **counts),  # noqa: S106
            TfidfTransformer(sublinear_tf=True),
        ),
        make_pipeline(
            HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), **counts),
            TfidfTransformer(sublinear_tf=True),
        ),
    )


def _fit(likeness: Matrix, targets: Matrix, nothing: int | None) -> Fitted:
    inverse = np.linalg.inv(likeness + RIDGE * np.eye(len(likeness)))
    weights = inverse @ targets
    unseen = targets - weights / np.diag(inverse)[:, None]  # each as if it had been left out
    return Fitted(weights, *_calibrated(*_best(unseen, targets, nothing)))


def _best(unseen: Matrix, targets: Matrix, nothing: int | None) -> tuple[Matrix, Matrix]:
    """Return, of each example, how strong its best intent is and whether that is right."""
    against = np.zeros(len(unseen))
    if nothing is not None:
        against = np.maximum(unseen[:, nothing], 0)
        unseen = np.delete(unseen, nothing, axis=1)
        targets = np.delete(targets, nothing, axis=1)
    if not unseen.size:
        return np.empty(0), np.empty(0)
    best = unseen.argmax(axis=1)
    rows = np.arange(len(unseen))
    return unseen[rows, best] - against, np.asarray(targets[rows, best] > 0, dtype=np.float64)


def _calibrated(strengths: Matrix, right: Matrix) -> tuple[float, float]:
    """Return offset and slope of the log-odds of being right (Platt, 1999)."""
    from sklearn.linear_model import LogisticRegression

    known = np.append(strengths, [0.0, 1.0])
    weights = np.append(np.ones(len(strengths)), [_ANCHORS, _ANCHORS])
    model = LogisticRegression(C=100.0)
    model.fit(known[:, None], np.append(right, [0.0, 1.0]), sample_weight=weights)
    return float(model.intercept_[0]), float(model.coef_[0, 0])


def _sigmoid(odds: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-odds))
