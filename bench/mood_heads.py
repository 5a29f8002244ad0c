"""Compares what could learn abuse from ConvAbuse train, by folds of train alone.

    OMP_NUM_THREADS=1 python bench/mood_heads.py --data FOLDER

Learns from ConvAbuse train, our English examples and requests; three draws of five folds of
ConvAbuse. Prints a line for each way to learn: F1 at the best threshold, and F1 *crossed*, with
the threshold that is best on the four other folds. Heads alone, without the rules of the judge.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import mood_words as words
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from bot.encoder import plain
from bot.mood.features import PIECES
from bot.mood.model import GAMMA
from bot.understanding.english import EnglishEncoder

DRAWS, FOLDS = 3, 5
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Learn = Callable[[Rows, Rows], Floats]
"""Learns from some rows and returns how much each of the others tells of abuse."""


def near(rows: NDArray[np.float32]) -> Floats:
    """Return how near each row is to each, 0 to 1."""
    squares = (rows * rows).sum(axis=1)
    distances = squares[:, None] + squares[None] - 2 * rows @ rows.T
    return np.asarray(np.exp(-GAMMA * np.maximum(distances, 0)), dtype=np.float64)


def supported(kernel: Floats, truth: NDArray[np.bool_], strength: float) -> Learn:
    """Return support vectors over a kernel."""

    def learn(known: Rows, asked: Rows) -> Floats:
        model = SVC(kernel="precomputed", C=strength, cache_size=500)
        model.fit(kernel[np.ix_(known, known)], truth[known])
        return np.asarray(model.decision_function(kernel[np.ix_(asked, known)]))

    return learn


def best(truth: NDArray[np.bool_], told: Floats) -> tuple[float, float]:
    """Return the best F1 of any threshold, and that threshold."""
    order = np.argsort(-told)
    right = np.cumsum(truth[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
    return float(f1.max()), float(told[order][f1.argmax()])


def compared(name: str, learn: Learn, truth: NDArray[np.bool_], size: int) -> str:
    """Return how well one way to learn does on the first `size` rows, which are ConvAbuse's."""
    at_best, crossed = [], []
    for draw in range(DRAWS):
        fold = np.random.default_rng(100 + draw).permutation(size) % FOLDS
        told = np.zeros(size)
        for number in range(FOLDS):
            asked = np.flatnonzero(fold == number)
            others = np.arange(size, len(truth))
            told[asked] = learn(np.concatenate([np.flatnonzero(fold != number), others]), asked)
        own = truth[:size]
        at_best.append(best(own, told)[0])
        judged = np.zeros(size, dtype=bool)
        for number in range(FOLDS):
            kept = fold != number
            judged[~kept] = told[~kept] >= best(own[kept], told[kept])[1]
        crossed.append(2 * (own & judged).sum() / (own.sum() + judged.sum()))
    return f"{name:44} best {np.mean(at_best):.3f}, crossed {np.mean(crossed):.3f}"


def main() -> None:
    """Compare them all."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    every = words.training(options.parse_args().data)
    some = [row for row in every if row.source == "convabuse"]
    size = len(some)
    some += [row for row in every if row.source in ("ours", "intents") and row.language == "en"]
    cues, matrix, _, rows = words.inputs(some)
    chosen, told, _ = words.labels(some, cues, "abuse")
    assert len(chosen) == len(some), "of every one of these texts abuse is known"
    truth = told.astype(bool)
    english = EnglishEncoder()
    mini = np.concatenate([english.encode([plain(row.text) or "."]) for row in some])

    def weighed(known: Rows, asked: Rows) -> Floats:
        model = LogisticRegression(C=words.STRENGTH, max_iter=300, tol=1e-3)
        model.fit(matrix[known], truth[known])
        return np.asarray(model.decision_function(matrix[asked]))

    pieces = matrix[:, matrix.shape[1] - PIECES :] / words.SCALES[2]
    alike = np.asarray((pieces @ pieces.T).todense())
    use, minilm = near(rows.astype(np.float32)), near(2 * mini)
    ways = {
        "logistic regression on USE, cues, pieces": weighed,
        **{
            f"support vectors on USE and cues, C {strength}": supported(use, truth, strength)
            for strength in (1, 3, 10)
        },
        "... on pieces alone": supported(alike, truth, 3),
        "... USE and cues, and pieces as heavy": supported(use + alike, truth, 3),
        "... on MiniLM alone": supported(minilm, truth, 3),
        "... USE and cues, and MiniLM as heavy": supported(use + minilm, truth, 2),
    }
    for name, learn in ways.items():
        print(compared(name, learn, truth, size), flush=True)


if __name__ == "__main__":
    main()
