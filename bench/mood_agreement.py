"""Tells how well people agree on abuse in ConvAbuse: what a judge of words can reach at most.

    python bench/mood_agreement.py --data FOLDER

Prints one JSON object a split. `person_f1`: each annotator in turn is the judge, and the mean
grade of the others the truth. `person_in_truth_f1`: the same with the annotator's own grade in
the mean, as it is in the truth that we are measured by; that flatters. `best_person_f1` and
`worst_person_f1`: of one of the eight. `half_f1`: half of a text's annotators, drawn by lot,
against the other half; mean of 20 draws. `words_f1`: a judge that knows by heart what most
copies of a text in the split were labelled, and so is wrong only where the same words were
labelled differently because of what the bot had said before. `rules_f1`, of train only: a judge
without a mistake by the rules of docs/mood.md, by which some of what is labelled abuse is none.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean

import mood_data as data_of
import numpy as np

from bot.encoder import plain

DRAWS = 20
Pair = tuple[bool, bool]
"""Truth, and what was judged."""


def f1(pairs: Iterable[Pair]) -> float:
    """Return F1 of abuse."""
    told = np.array(list(pairs), dtype=bool)
    return round(2 * int(told.all(axis=1).sum()) / max(int(told.sum()), 1), 3)


def agreement(texts: Sequence[str], grades: Sequence[dict[str, list[int]]]) -> dict[str, object]:
    """Return the figures of a split.

    Args:
        texts: What was said.
        grades: For each text, the grades by annotator.
    """
    alone: dict[str, list[Pair]] = defaultdict(list)
    within: list[Pair] = []
    copies: dict[str, list[bool]] = defaultdict(list)
    for text, own in zip(texts, grades, strict=True):
        truth = mean(grade for some in own.values() for grade in some) < 0
        copies[plain(text)].append(truth)
        for annotator, judged in own.items():
            others = [g for name, some in own.items() if name != annotator for g in some]
            within.append((truth, mean(judged) < 0))
            if others:
                alone[annotator].append((mean(others) < 0, mean(judged) < 0))
    persons = [f1(pairs) for pairs in alone.values()]
    return {
        "texts": len(texts),
        "person_f1": f1(pair for pairs in alone.values() for pair in pairs),
        "person_in_truth_f1": f1(within),
        "best_person_f1": max(persons),
        "worst_person_f1": min(persons),
        "half_f1": round(mean(f1(_halves(grades, draw)) for draw in range(DRAWS)), 3),
        "words_f1": f1((one, mean(some) > 0.5) for some in copies.values() for one in some),
    }


def _halves(grades: Sequence[dict[str, list[int]]], draw: int) -> list[Pair]:
    lot, pairs = np.random.default_rng(draw), []
    for own in grades:
        judges = list(own.values())
        order = [judges[n] for n in lot.permutation(len(judges))]
        middle = len(order) // 2
        halves = [
            [grade for one in half for grade in one] for half in (order[middle:], order[:middle])
        ]
        if all(halves):
            pairs.append((mean(halves[0]) < 0, mean(halves[1]) < 0))
    return pairs


def main() -> None:
    """Measure both splits."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    given = options.parse_args()
    for split in ("train", "valid"):
        texts = [row.text for row in data_of.convabuse(given.data, split)]
        grades = list(data_of.convabuse_grades(given.data, split))
        told = {"split": split, **agreement(texts, grades)}
        if split == "train":
            none = data_of.none_here()
            truths = [mean(g for some in own.values() for g in some) < 0 for own in grades]
            told["rules_f1"] = f1((one, one and n not in none) for n, one in enumerate(truths))
        print(json.dumps(told))


if __name__ == "__main__":
    main()
