"""Judges what the weights are learned from by judges that did not learn it, rules and all.

    python bench/mood_words.py folds --data FOLDER

Five folds. Each sentence is judged once, by the whole of `WordJudge` with weights from the
other four folds: by these figures thresholds, rules and the fit are chosen, so that ConvAbuse
valid and the suites stay for measuring. The lot draws the folds, as it drew ConvAbuse's splits:
what hundreds say alike ("shut up") is learned and judged here as there.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from mood_data import Row
from mood_report import by_our_rules, scores, without_weak
from numpy.typing import NDArray

from bot.encoder import Encoder, Vectors, plain
from bot.mood.impression import WordImpression
from bot.mood.model import Model
from bot.mood.vocabulary import Vocabulary
from bot.mood.words import WordJudge

FOLDS = 5
Learn = Callable[[NDArray[np.intp]], Model]
"""Returns the weights that the rows of these numbers teach."""


class Remembered:
    """An encoder that knows its sentences by heart; implements `Encoder`.

    Args:
        texts: As they were said.
        meaning: The vector of each.
    """

    version = "remembered"

    def __init__(self, texts: Sequence[str], meaning: Vectors) -> None:
        self._meaning = dict(zip((plain(text) or "." for text in texts), meaning, strict=True))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text; raises KeyError for one that was never seen."""
        return np.stack([self._meaning[text] for text in texts])


def judged(rows: Sequence[Row], encoder: Encoder, learn: Learn) -> list[tuple[Row, WordImpression]]:
    """Return each row with what a judge makes of it that has not learned it."""
    vocabulary, fold = Vocabulary.load(), folds(rows)
    told: dict[int, WordImpression] = {}
    for number in range(FOLDS):
        print(f"fold {number + 1} of {FOLDS}", file=sys.stderr, flush=True)
        judge = WordJudge(encoder, vocabulary, learn(np.flatnonzero(fold != number)))
        for language in ("nl", "en"):
            own = [
                n for n in np.flatnonzero(fold == number).tolist() if rows[n].language == language
            ]
            texts = [rows[n].text for n in own]
            told.update(
                zip(own, judge.judge_all(texts, "nl" if language == "nl" else "en"), strict=True)
            )
    return [(row, told[number]) for number, row in enumerate(rows)]


def folds(rows: Sequence[Row]) -> NDArray[np.intp]:
    """Return the fold of each row, drawn by lot."""
    fold: NDArray[np.intp] = np.random.default_rng(0).permutation(len(rows)) % FOLDS
    return fold


def show(pairs: Sequence[tuple[Row, WordImpression]]) -> None:
    """Print what the judges got right, source by source."""
    by_source: dict[str, list[tuple[Row, WordImpression]]] = defaultdict(list)
    for row, impression in pairs:
        name = row.source if row.source == "convabuse" else f"{row.source} {row.language}"
        if "abuse" in row.known or row.source == "goemotions":
            if row.source == "goemotions" and "abuse" in row.known:
                name += ", labelled by ourselves"
            by_source[name].append((row, impression))
    for name, own in by_source.items():
        if not any(row.known.get("abuse") for row, _ in own):
            alarms = sum(impression.abuse for _, impression in own)
            print(f"{name}, {len(own)} texts, none labelled abuse: taken for it {alarms}")
            continue
        clean = [impression.abuse for row, impression in own if not row.known["abuse"]]
        wrong = f"false alarms {sum(clean)} of {len(clean)}"
        print(f"{name}, {len(own)} texts: {scores(own)}, {wrong}")
        if name == "convabuse":
            print(f"  {without_weak(own)}")
            print(f"  {by_our_rules(own)}")
        crises = [one for one in own if one[0].known.get("crisis")]
        if crises:
            asked = sum(impression.crisis for _, impression in crises) / len(crises)
            others = [one for one in own if not one[0].known.get("crisis")]
            acted = sum("crisis" in impression.signs for _, impression in others)
            print(f"  crises heard {asked:.3f} of {len(crises)}; others acted upon {acted}")
