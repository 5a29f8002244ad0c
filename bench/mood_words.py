"""Learns the weights by which words tell a mood, and measures them.

    python bench/mood_words.py fit --data FOLDER
    python bench/mood_words.py folds --data FOLDER
    python bench/mood_words.py report --data FOLDER

FOLDER holds `convabuse` and `goemotions` to fit, and `hatecheck_en` and `tweeteval` as well to
report. `fit` writes bot/mood/words.npz and words.json, the same from the same data. Which
features there are, and the thresholds, were chosen by cross-validation on ConvAbuse train, our
examples and intents; scales and strength by a few trials. The figures of tests/mood/suite.*.yml
and of ConvAbuse valid were seen on the way: neither is an unseen measure any more.
Progress goes to standard error.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mood_data as data_of
import numpy as np
import scipy.sparse as sparse
from mood_data import Row
from numpy.typing import NDArray

from bot.encoder import SentenceEncoder, plain
from bot.mood.cues import SIGNS, Cues, find_cues
from bot.mood.features import PIECES, features
from bot.mood.impression import ABUSE
from bot.mood.model import DUTCH, GAMMA, KERNEL, MANIFEST, WEIGHTS, Model, scaled
from bot.mood.model import SCALES as NEAR
from bot.mood.vocabulary import Vocabulary
from bot.mood.words import CERTAIN

Matrix = NDArray[np.float64]

SCALES = (4.0, 1.0, 6.0)
"""How much the meaning, the cues and the pieces of words may weigh; chosen by a few trials."""
STRENGTH = 0.6
"""Of the fit, the inverse of its regularisation; chosen the same way."""
HEADS = ("calm", "abuse", "anger", *SIGNS, "dutch")
THRESHOLDS: dict[str, float] = {
    "abuse": 0.45,
    "abuse dutch": 0.48,
    "frustrated": 0.25,
    "angry": 0.25,
    "profanity": 0.25,
    "insult_company": 0.25,
    "insult_person": 0.35,
    "accusation": 0.2,
    "discrimination": 0.3,
    "sexual_harassment": 0.3,
    "pressure": 0.25,
    "blackmail": 0.3,
    "threat": 0.35,
    "crisis": 0.3,
    "crisis told": 0.2,
    "crisis asked": 0.13,
    "crisis hinted": 0.09,
    "crisis short": 0.5,
    "vulnerable": 0.3,
}
"""From which chance on a head counts. For a crisis there are five: to act, and with a word that
tells it; to ask whether the caller is safe, and with a word; a few words without one, as in "de
laatste graag", are asked about from `crisis short` on, and not acted upon. Set by 5-fold
cross-validation on our examples and intents: of what callers say every day one in two hundred is
acted upon."""
WEIGHT = {"ours": 1.0, "intents": 1.0, "convabuse": 1.0, "goemotions": 0.4}


def tell(message: str) -> None:
    """Print progress."""
    print(message, file=sys.stderr, flush=True)


def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the meaning of each text."""
    encoder, words = SentenceEncoder(), [plain(text) or "." for text in texts]
    parts = []
    for start in range(0, len(words), 64):
        parts.append(encoder.encode(words[start : start + 64]))
        if start % 1280 == 0:
            tell(f"encoded {start} of {len(words)}")
    return np.concatenate(parts)


def inputs(rows: Sequence[Row]) -> tuple[list[Cues], Any, Any, Any]:
    """Return cues, the matrix to learn from, how rare each piece is, rows for nearness."""
    vocabulary = Vocabulary.load()
    cues = [find_cues(row.text, "nl" if row.language == "nl" else "en", vocabulary) for row in rows]
    found = [features(one) for one in cues]
    ends = np.cumsum([0, *(len(one.pieces) for one in found)])
    buckets = np.concatenate([one.pieces for one in found])
    counts = np.bincount(buckets, minlength=PIECES)
    rarity: NDArray[np.float32] = (np.log((1 + len(rows)) / (1 + counts)) + 1).astype(np.float32)
    rare = [rarity[one.pieces] for one in found]
    values = np.concatenate([one / max(float(np.linalg.norm(one)), 1.0) for one in rare])
    pieces = sparse.csr_matrix((values, buckets, ends), shape=(len(rows), PIECES))
    numbers = np.stack([one.cues for one in found])
    meaning = vectors([row.text for row in rows])
    parts = (sparse.csr_matrix(meaning), sparse.csr_matrix(numbers), pieces)
    weighed = [part * scale for part, scale in zip(parts, SCALES, strict=True)]
    near = scaled(meaning, numbers)
    return cues, sparse.hstack(weighed).tocsr(), rarity, near.astype(np.float16)


def training(data: Path) -> list[Row]:
    """Return all rows to learn from."""
    rows = [*data_of.examples(SIGNS, ABUSE), *data_of.requests(SIGNS)]
    rows += data_of.convabuse(data, "train")
    return rows + list(data_of.goemotions(data))


def labels(rows: Sequence[Row], cues: Sequence[Cues], head: str) -> tuple[Any, Any, Any]:
    """Return which rows tell of a head, what they tell and how much that weighs."""
    chosen, truth, weight = [], [], []
    for number, (row, cue) in enumerate(zip(rows, cues, strict=True)):
        known = row.language == "nl" if head == "dutch" else row.known.get(head)
        if known is None and row.source == "convabuse" and head in SIGNS and not cue.best(head):
            known = False  # nobody told, and no word hints at it
        if known is None and row.source == "goemotions" and (head == "abuse" or head in ABUSE):
            if "abuse" in row.known:
                known = None if row.known["abuse"] else False  # of no kind where there is none
            elif "quiet" in row.known and not any(cue.best(sign) for sign in ABUSE):
                known = False
        if row.source == "intents" and head == "crisis" and cue.best(head) >= CERTAIN:
            known = None  # "er is een gaslek" is among what callers ask a person for
        if known is not None:
            chosen.append(number)
            truth.append(known)
            weight.append(WEIGHT[row.source])
    return np.array(chosen), np.array(truth), np.array(weight)


def fitted(matrix: Any, truth: Any, weight: Any) -> tuple[Matrix, float]:
    """Return the weights and the offset of one head."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3)
    model.fit(matrix, truth, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def learn(
    rows: Sequence[Row], cues: Sequence[Cues], matrix: Any, rarity: Any, near: Any
) -> dict[str, Any]:
    """Return the arrays of a `Model` that rows teach."""
    weights, offsets = [], []
    blind = np.ones(matrix.shape[1])
    blind[512 : matrix.shape[1] - PIECES] = 0
    without = sparse.diags(blind)
    for head in HEADS:
        chosen, truth, weight = labels(rows, cues, head)
        # Cues are found in a language, so they can't tell which it is.
        seen = matrix @ without if head == "dutch" else matrix
        weighed, offset = fitted(seen[chosen], truth, weight)
        tell(f"{head}: {int(truth.sum())} of {len(truth)}")
        weights.append(weighed)
        offsets.append(offset)
    all_weights, width = np.stack(weights), matrix.shape[1] - PIECES
    meaning, numbers, pieces = np.split(all_weights, [512, width], axis=1)
    telling, votes, bias = supported(rows, cues, near)
    return {
        "meaning": (meaning * SCALES[0]).astype(np.float16),
        "cues": (numbers * SCALES[1]).astype(np.float16),
        "pieces": (pieces.T * SCALES[2]).astype(np.float16),
        "telling": telling,
        "votes": votes,
        "bias": bias,
        "rarity": rarity.astype(np.float16),
        "offset": np.array(offsets, dtype=np.float32),
    }


def fit(data: Path) -> None:
    """Learn the weights and write them."""
    rows = training(data)
    learned = learn(rows, *inputs(rows))
    with WEIGHTS.open("wb") as out:
        np.savez_compressed(out, **learned)
    MANIFEST.write_text(json.dumps(manifest(rows), indent=2, ensure_ascii=False) + "\n")


def held_out(data: Path) -> None:
    """Judge what is learned from, fold by fold, by judges that have not learned it."""
    from mood_folds import Remembered, judged, show

    rows = training(data)
    cues, matrix, rarity, near = inputs(rows)

    def without(kept: NDArray[np.intp]) -> Model:
        some, told = [rows[n] for n in kept], [cues[n] for n in kept]
        arrays = learn(some, told, matrix[kept], rarity, near[kept])
        single = {name: array.astype(np.float32) for name, array in arrays.items()}
        return Model(HEADS, thresholds=THRESHOLDS, **single)

    meaning = near[:, :512].astype(np.float32) / NEAR[0]
    show(judged(rows, Remembered([row.text for row in rows], meaning), without))


def supported(
    rows: Sequence[Row], cues: Sequence[Cues], near: Any
) -> tuple[NDArray[np.float16], NDArray[np.float32], NDArray[np.float32]]:
    """Return telling sentences, their votes and the bias of each head of KERNEL."""
    from sklearn.svm import SVC

    votes, bias = np.zeros((len(rows), len(KERNEL)), dtype=np.float32), []
    for column, head in enumerate(KERNEL):
        chosen, truth, weight = labels(rows, cues, head.removesuffix(DUTCH))
        if head.endswith(DUTCH):
            own = np.array([rows[number].source != "goemotions" for number in chosen])
            chosen, truth, weight = chosen[own], truth[own], weight[own]
        model = SVC(C=3, gamma=GAMMA, cache_size=500)
        model.fit(near[chosen].astype(np.float32), truth, sample_weight=weight)
        votes[chosen[model.support_], column] = model.dual_coef_[0]
        bias.append(float(model.intercept_[0]))
        tell(f"{head}: {len(model.support_)} telling sentences")
    kept = np.flatnonzero(votes.any(axis=1))
    return near[kept], votes[kept], np.array(bias, dtype=np.float32)


def manifest(rows: Sequence[Row]) -> dict[str, object]:
    """Return what the weights were learned from."""
    count = {source: sum(row.source == source for row in rows) for source in WEIGHT}
    return {
        "heads": HEADS,
        "thresholds": THRESHOLDS,
        "encoder": SentenceEncoder().version,
        "made_by": "python bench/mood_words.py fit --data FOLDER",
        "learned_from": [
            {
                "name": "Kalm's own examples, intents/mood",
                "licence": "GPL-3.0-or-later",
                "texts": count["ours"],
                "sha256": {
                    file.name: hashlib.sha256(file.read_bytes()).hexdigest()
                    for file in map(data_of.examples_file, data_of.LANGUAGES)
                },
            },
            {
                "name": "ConvAbuse, train split",
                "by": "Amanda Cercas Curry, Gavin Abercrombie, Verena Rieser, EMNLP 2021",
                "licence": "CC BY 4.0",
                "texts": count["convabuse"],
            },
            {
                "name": "GoEmotions, dev split",
                "by": "Dorottya Demszky and others, Google, ACL 2020",
                "licence": "CC BY 4.0",
                "texts": count["goemotions"],
            },
        ],
    }


def main() -> None:
    """Do what is asked."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("what", choices=["fit", "folds", "report"])
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    given = options.parse_args()
    if given.what == "fit":
        fit(given.data)
    elif given.what == "folds":
        held_out(given.data)
    else:
        from mood_report import report

        report(given.data)


if __name__ == "__main__":
    main()
