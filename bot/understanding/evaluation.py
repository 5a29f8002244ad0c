"""Evaluation: how well an engine understands utterances of which the meaning is known.

Plain figures over what `EmbeddedUnderstanding` says of each utterance, the same for a
project's own held-out files, for two files from elsewhere and for folds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bot.clock import utc_now
from bot.encoder import Encoder, Vectors, plain
from bot.events import Language
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from bot.understanding.training_data import Example, TrainingData

BANDS = 10
"""Bands of confidence, of one width, over which calibration is told."""
SEED = 7
"""Deals utterances to folds, the same at each run."""

Advance = Callable[[], object]
"""Told after each utterance."""


@dataclass(frozen=True)
class Judged:
    """An utterance, what it means, and what it was taken to mean."""

    example: Example
    meaning: Meaning

    @property
    def right(self) -> bool:
        """Whether it was understood."""
        return self.meaning.intent == self.example.intent


@dataclass(frozen=True)
class Confusion:
    """An intent that was taken for another."""

    intent: str
    taken_for: str
    n: int


@dataclass(frozen=True)
class Band:
    """The utterances of one band of confidence."""

    confidence: float
    """Their mean confidence."""
    accuracy: float
    """The share of them that were understood."""
    n: int


@dataclass(frozen=True)
class Report:
    """The figures."""

    n: int
    """Utterances; without those out of scope where training has no examples of these."""
    accuracy: float
    """Share of them that got their own intent; one refused as out of scope did not."""
    macro_f1: float
    """Mean over the intents, rare ones counting as much as frequent ones."""
    ece: float
    """Expected calibration error: by how much confidence differs from accuracy, over bands."""
    oos_auroc: float | None
    """How often confidence is higher for one of our own utterances than for one out of
    scope, of which training had no examples; None where the test has none of these."""
    confusions: tuple[Confusion, ...]
    """The most frequent first."""
    reliability: tuple[Band, ...]
    """The bands that are not empty, the least confident first."""


class Known:
    """An encoder that remembers: folds and tests ask for the same sentences again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Vectors] = {}
        self.version = encoder.version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text."""
        if missing := list(dict.fromkeys(text for text in texts if text not in self._vectors)):
            self._vectors.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def judged(
    training: TrainingData,
    test: Iterable[Example],
    encoder: Encoder,
    language: Language,
    advance: Advance = lambda: None,
) -> list[Judged]:
    """Train on some utterances and tell what others are taken to mean.

    Args:
        training: What to train on, as a project that is served.
        test: Utterances with their intents.
        encoder: For all of them.
        language: Of examples in a file that does not tell its language.
        advance: Told after each utterance.
    """
    with TemporaryDirectory() as nothing_known:
        engine = EmbeddedUnderstanding.train(training, Path(nothing_known), utc_now, UTC, encoder)
    found = []
    for example in test:
        meaning = engine.parse_now(example.text, example.language or language)
        found.append(Judged(example, meaning))
        advance()
    engine.close()
    return found


def dealt(data: TrainingData, folds: int) -> Iterator[tuple[TrainingData, tuple[Example, ...]]]:
    """Yield training and test of each fold; no utterance is in both, whatever its spelling.

    Each intent is spread over the folds as evenly as its number allows.
    """
    same: dict[str, list[Example]] = {}
    for example in data.examples:
        same.setdefault(plain(example.text), []).append(example)
    groups = list(same.values())
    shuffled = [groups[i] for i in np.random.default_rng(SEED).permutation(len(groups))]
    shuffled.sort(key=lambda group: group[0].intent)
    for fold in range(folds):
        test = tuple(example for group in shuffled[fold::folds] for example in group)
        held = set(map(id, test))
        kept = tuple(example for example in data.examples if id(example) not in held)
        yield replace(data, examples=kept), test


def report(rows: Sequence[Judged], trained: Iterable[str]) -> Report:
    """Return the figures over utterances, none of which was trained on.

    Utterances out of scope, where training has no examples of these, count for `oos_auroc`
    and for nothing else: no engine could name an intent that it was not taught.

    Args:
        rows: Utterances, at least one of them in scope.
        trained: The intents of the training data.
    """
    auroc = None
    if OUT_OF_SCOPE not in trained:
        auroc = _auroc(rows)
        rows = [row for row in rows if row.example.intent != OUT_OF_SCOPE]
    right = np.array([row.right for row in rows])
    confidence = np.array([row.meaning.confidence for row in rows])
    wrong = Counter((row.example.intent, row.meaning.intent) for row in rows if not row.right)
    bands = tuple(_bands(confidence, right))
    return Report(
        n=len(rows),
        accuracy=float(right.mean()),
        macro_f1=_macro_f1(rows),
        ece=sum(band.n * abs(band.confidence - band.accuracy) for band in bands) / len(rows),
        oos_auroc=auroc,
        confusions=tuple(Confusion(*pair, n) for pair, n in wrong.most_common()),
        reliability=bands,
    )


def _bands(confidence: Vectors, right: Vectors) -> Iterator[Band]:
    which = np.minimum((confidence * BANDS).astype(int), BANDS - 1)
    for band in range(BANDS):
        if (here := which == band).any():
            yield Band(float(confidence[here].mean()), float(right[here].mean()), int(here.sum()))


def _macro_f1(rows: Sequence[Judged]) -> float:
    from sklearn.metrics import f1_score

    truth = [row.example.intent for row in rows]
    taken = [row.meaning.intent for row in rows]
    names = sorted(set(truth))  # one that is never meant has no recall to speak of
    return float(f1_score(truth, taken, labels=names, average="macro", zero_division=0.0))


def _auroc(rows: Sequence[Judged]) -> float | None:
    from sklearn.metrics import roc_auc_score

    ours = [row.example.intent != OUT_OF_SCOPE for row in rows]
    if all(ours) or not any(ours):
        return None
    best = [row.meaning.ranking[0].confidence if row.meaning.ranking else 0.0 for row in rows]
    return float(roc_auc_score(ours, best))
