"""The intent model: how strongly an utterance resembles the examples of each intent.

Two utterances are alike when their sentence vectors lie close and when they share
words and pieces of words. Kernel ridge regression on that likeness gives each intent a
strength: about 1 amid its examples, 0 far from all of them, so that a stranger
resembles nothing. It is trained in one step, and the same step tells what the model
would say of each example had it not seen it; on that, confidence is calibrated: how often
a strength of so much was right. Whoever speaks another language than the examples shares
no words with them and is less alike for that alone; what confidence is worth there is
found by hiding the words of each example that is left out.
docs/understanding.md has the measurements by which all of it was chosen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.encoder import Vectors
from bot.understanding.shared_words import PART, SharedWords

Matrix = NDArray[np.float64]

RIDGE = 0.2
"""How far an example may be missed for the sake of the others."""
BESIDE = 0.5
"""Weight of the vectors of a second encoder."""
_STRANGE = np.exp(-2.0)
_TIGHT = 100.0
"""How freely log-odds may rise with a figure: 1 / (2 _TIGHT) a square of the slope is lost."""
_ANCHORS = 3.0
"""Examples' worth of what we know of any project: strength 0 is a stranger, 1 is right."""


@dataclass(frozen=True)
class Odds:
    """From a figure to the log-odds of being right."""

    offset: float
    slope: float

    def chance(self, of: Any) -> Any:
        """Return how often one is right, from 0 to 1."""
        return 1.0 / (1.0 + np.exp(-(self.offset + self.slope * of)))


@dataclass(frozen=True)
class Fitted:
    """What training finds out, beside the examples themselves."""

    weights: Matrix
    """One row an example, one column an intent."""
    by_strength: Odds
    """Of how much stronger an intent is than what is out of scope."""
    by_lead: Odds
    """Of how much stronger an intent is than any other, where words are no help."""
    beside: bool
    """Whether the vectors of a second encoder were used."""


@dataclass(frozen=True)
class Judged:
    """What a text resembles."""

    strengths: Matrix
    """One number an intent."""
    confidences: Matrix
    """How often an intent is right that is so strong; 0 for what is out of scope."""
    nearest: int
    """The row of the example that means most nearly the same."""


class IntentModel:
    """A model over utterances.

    Args:
        words: Of the utterances.
        targets: One row an utterance, one column an intent: 1 where it belongs.
        vectors: One row an utterance, from the encoder.
        nothing: The column of what is out of scope, if there is one.
        fitted: What an earlier training on exactly these found out.
        beside: One row an utterance, from a second encoder.
    """

    def __init__(
        self,
        words: SharedWords,
        targets: Matrix,
        vectors: Vectors,
        nothing: int | None = None,
        fitted: Fitted | None = None,
        beside: Vectors | None = None,
    ) -> None:
        self._vectors = [vectors] if beside is None else [vectors, beside]
        self._nothing = nothing
        self._words = words
        self.right: NDArray[np.bool_] | None = None
        """Of each utterance, whether it was understood when it was left out; None of `fitted`."""
        self.fitted = fitted or self._fit(targets)

    def judge(self, text: str, vector: Vectors, beside: Vectors | None = None) -> Judged:
        """Return what a text resembles; `beside` is its vector by the second encoder."""
        # einsum, not a product by BLAS: its threads, one a core, wait for each other
        # whenever a core is busy with another call, and a millisecond becomes fifteen.
        asked = [vector] if beside is None else [vector, beside]
        cosines = [np.einsum("ij,j->i", *pair) for pair in zip(self._vectors, asked, strict=True)]
        likeness = _likeness(cosines)
        self._words.add(text, likeness)
        strengths = np.einsum("i,ij->j", likeness, self.fitted.weights)
        if self._words.familiar(text):
            sure = self.fitted.by_strength.chance(self._strength(strengths[None])[0])
        else:
            sure = self.fitted.by_lead.chance(self._lead(strengths[None])[0])
        if self._nothing is not None:
            sure[self._nothing] = 0.0
        return Judged(strengths, sure, int(cosines[0].argmax()))

    def _strength(self, strengths: Matrix) -> Matrix:
        """Return how much stronger each intent is than what is out of scope."""
        if self._nothing is None:
            return strengths
        return np.asarray(strengths - np.maximum(strengths[:, self._nothing, None], 0.0))

    def _lead(self, strengths: Matrix) -> Matrix:
        """Return how much stronger each intent is than any other, and than none at all."""
        best = strengths.argmax(axis=1)[:, None]
        rivals = np.broadcast_to(strengths.max(axis=1, keepdims=True), strengths.shape).copy()
        others = strengths.copy()
        np.put_along_axis(others, best, 0.0, axis=1)
        np.put_along_axis(rivals, best, others.max(axis=1, keepdims=True), axis=1)
        return np.asarray(strengths - np.maximum(rivals, 0.0))

    def _fit(self, targets: Matrix) -> Fitted:
        likeness = _likeness([each @ each.T for each in self._vectors])
        self._words.add_own(likeness)
        likeness[np.diag_indices(len(likeness))] += RIDGE
        inverse = _inverse(likeness)
        weights = inverse @ targets
        own = np.diag(inverse)[:, None]
        unseen = targets - weights / own  # each as if it had been left out
        self.right = targets[np.arange(len(unseen)), unseen.argmax(axis=1)] > 0
        right, strength = self._best(unseen, targets, self._strength)
        by_strength = _calibrated(strength, right)
        # The same, and none of its words known: what its weights would be without it, and
        # likeness by vectors alone; in parts, for it is as large as all that was needed.
        for part in np.array_split(np.arange(len(unseen)), len(unseen) // PART + 1):
            alike = _likeness([each[part] @ each.T for each in self._vectors])
            seen = np.einsum("ij,ij->i", alike, inverse[part])[:, None] / own[part]
            unseen[part] = alike @ weights - seen * weights[part]
        right, lead = self._best(unseen, targets, self._lead)
        return Fitted(weights, by_strength, _calibrated(lead, right), len(self._vectors) > 1)

    def _best(
        self, unseen: Matrix, targets: Matrix, figure: Callable[[Matrix], Matrix]
    ) -> tuple[NDArray[np.bool_], Matrix]:
        """Return, of each example, whether its best intent in scope is right, and its figure."""
        ranked = unseen.copy()
        if self._nothing is not None:
            ranked[:, self._nothing] = -np.inf
        best = ranked.argmax(axis=1)
        rows = np.arange(len(unseen))
        right = targets[rows, best] > 0
        if self._nothing is not None:
            right &= best != self._nothing
        return right, figure(unseen)[rows, best]


def _inverse(likeness: Matrix) -> Matrix:
    """Return the inverse of how alike utterances are, in the same memory.

    By Cholesky, in half the time of `np.linalg.inv`: every part of likeness is a kernel, the
    nearness of vectors too (a series in the cosine without its constant), and RIDGE is added.
    """
    from scipy.linalg import lapack

    # The transpose, for LAPACK goes by columns; likeness is its own.
    factor, failed = lapack.dpotrf(likeness.T, lower=1, clean=0, overwrite_a=1)
    half, singular = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if failed or singular:
        raise np.linalg.LinAlgError("how alike utterances are can't be inverted")
    inverse: Matrix = half.T
    for first in range(0, len(inverse), PART):
        end = first + PART
        inverse[end:, first:end] = inverse[first:end, end:].T
        square = inverse[first:end, first:end]
        square[:] = np.triu(square) + np.triu(square, 1).T
    return inverse


def _likeness(cosines: Sequence[Vectors]) -> Matrix:
    """Return how alike texts are by the cosines of their vectors, an array an encoder."""
    # Vectors are of length one, so 2 - 2 cos is the squared distance between two; at a
    # cosine of 0, which is that of strangers, two are not alike at all.
    alike = [_nearness(each) for each in cosines]
    for each in alike[1:]:
        alike[0] += BESIDE * each
    return alike[0]


def _nearness(cosines: Vectors) -> Matrix:
    # In place: of all utterances with all others there are ten million, and fresh memory for
    # each step takes twice as long.
    near: Matrix = cosines.astype(np.float64)
    near *= 2.0
    near -= 2.0
    np.exp(near, out=near)
    near -= _STRANGE
    near /= 1.0 - _STRANGE
    return near


def _calibrated(figures: Matrix, right: NDArray[np.bool_]) -> Odds:
    """Return the log-odds of being right (Platt, 1999)."""
    # scikit-learn's LogisticRegression(C=100) finds the same; it is a second of the first start.
    from scipy.optimize import minimize

    known = np.append(figures, [0.0, 1.0])
    weights = np.append(np.ones(len(figures)), [_ANCHORS, _ANCHORS])
    side = np.where(np.append(right, [False, True]), 1.0, -1.0)

    def loss(odds: Matrix) -> tuple[float, Matrix]:
        margin = side * (odds[0] + odds[1] * known)
        pull = weights * -side * np.exp(-np.logaddexp(0.0, margin))
        total = (weights * np.logaddexp(0.0, -margin)).sum() + odds[1] ** 2 / (2 * _TIGHT)
        return total, np.array([pull.sum(), (pull * known).sum() + odds[1] / _TIGHT])

    offset, slope = minimize(loss, np.zeros(2), jac=True, method="BFGS").x.tolist()
    return Odds(offset, slope)
