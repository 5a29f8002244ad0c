"""Measures understanding on public data as `kalm intents evaluate` does, over folds and draws.

    python bench/bars.py --data FOLDER

FOLDER holds `xsid/{nl,en}.valid.conll` (xSID 0.7), `banking77/train.csv` and
`home_assistant_nl_en/tests/{nl,en}/*.yaml`. Each training is that of a project with those
utterances and no other; what is said of the test goes through the whole engine, refusals
included. One row a set: mean and standard deviation over its draws, and over all of them
together the calibration error and the reliability of each band of confidence.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from out_of_scope import ROOT, smart_home  # puts the checkout on the path
from rich.console import Console
from rich.progress import track

from bot.encoder import SentenceEncoder, plain
from bot.events import Language
from bot.understanding.evaluation import Judged, Known, dealt, judged, report
from bot.understanding.meaning import OUT_OF_SCOPE
from bot.understanding.training_data import Example, TrainingData, load

DEALS = 2
"""How often xSID is dealt to five folds."""
DRAWS, SHOTS, HELD_OUT, FOLDS, STRANGERS = 5, 10, 20, 5, 300


@dataclass(frozen=True)
class Draw:
    """One training and its test."""

    training: tuple[Example, ...]
    test: tuple[Example, ...]
    language: Language


def example(text: str, intent: str, language: Language) -> Example:
    """Return an utterance that no file holds."""
    return Example(text, intent, (), language, Path("public"), 1)


def xsid(data: Path, language: Language) -> tuple[Example, ...]:
    """Return xSID's validation part."""
    found, text = [], ""
    for line in (data / "xsid" / f"{language}.valid.conll").read_text().splitlines():
        if line.startswith("# text = "):
            text = line.removeprefix("# text = ")
        elif line.startswith("# intent = "):
            found.append(example(text, line.removeprefix("# intent = "), language))
    return tuple(found)


def folds(rows: Sequence[Example], language: Language, *, strict: bool) -> Iterator[Draw]:
    """Yield the folds of several deals.

    Args:
        rows: The utterances.
        language: Of all of them.
        strict: Keep an utterance that occurs twice in one fold; else deal it as it comes.
    """
    for deal in range(DEALS):
        order = np.random.default_rng(deal).permutation(len(rows))
        shuffled = tuple(rows[i] for i in order)
        if strict:
            for training, test in dealt(TrainingData(shuffled), FOLDS):
                yield Draw(training.examples, test, language)
            continue
        for fold in range(FOLDS):
            kept = tuple(one for i, one in enumerate(shuffled) if i % FOLDS != fold)
            yield Draw(kept, shuffled[fold::FOLDS], language)


def across(rows: Sequence[Example], said: Sequence[Example], language: Language) -> Iterator[Draw]:
    """Yield folds that train on some sentences and test on the translations of the others.

    Args:
        rows: The sentences.
        said: The same in another language, in the same order.
        language: That one.
    """
    for deal in range(DEALS):
        order = np.random.default_rng(deal).permutation(len(rows))
        for fold in range(FOLDS):
            held = order[fold::FOLDS]
            out = {plain(rows[i].text) for i in held}
            kept = tuple(rows[i] for i in order if plain(rows[i].text) not in out)
            yield Draw(kept, tuple(said[i] for i in held), language)


def banking(data: Path) -> Iterator[Draw]:
    """Yield draws of ten examples an intent, tested on twenty others of each."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    with (data / "banking77" / "train.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            by_intent[row["category"]].append(row["text"])
    for draw in range(DRAWS):
        dice = np.random.default_rng(draw)
        training, test = [], []
        for intent, texts in sorted(by_intent.items()):
            mixed = [example(texts[i], intent, "en") for i in dice.permutation(len(texts))]
            seen = {plain(one.text) for one in mixed[HELD_OUT : HELD_OUT + SHOTS]}
            training += mixed[HELD_OUT : HELD_OUT + SHOTS]
            test += [one for one in mixed[:HELD_OUT] if plain(one.text) not in seen]
        yield Draw(tuple(training), tuple(test), "en")


def strangers(data: Path, language: Language, *, taught: bool) -> Draw:
    """Return Kalm's own content against a smart home, with or without examples out of scope."""
    own = [one for one in load(ROOT / "intents").examples if taught or one.intent != OUT_OF_SCOPE]
    tests = load(ROOT / "intents" / "tests" / f"understanding.{language}.yml").examples
    asked = [one for one in tests if one.intent != OUT_OF_SCOPE]
    home = [example(text, OUT_OF_SCOPE, language) for text in smart_home(data, language)]
    return Draw(tuple(own), (*asked, *home[:STRANGERS]), language)


def auroc(rows: Sequence[Judged]) -> float:
    """Return how well confidence in the best intent tells ours from strangers."""
    found = report(rows, ()).oos_auroc  # as if out of scope had not been taught
    return float("nan") if found is None else found


def main() -> None:
    """Print the table, then the reliability of each set."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    data = options.parse_args().data
    nl, en = xsid(data, "nl"), xsid(data, "en")
    sets: dict[str, list[Draw]] = {
        "xSID nl, 5 folds": list(folds(nl, "nl", strict=False)),
        "the same, no utterance in two folds": list(folds(nl, "nl", strict=True)),
        "xSID en, no utterance in two folds": list(folds(en, "en", strict=True)),
        "xSID en -> nl": [Draw(en, nl, "nl")],
        "xSID nl -> en": [Draw(nl, en, "en")],
        "xSID en -> nl, no translation in training": list(across(en, nl, "nl")),
        "xSID nl -> en, no translation in training": list(across(nl, en, "en")),
        "BANKING77, 10 an intent": list(banking(data)),
        "Kalm / smart home, nl": [strangers(data, "nl", taught=True)],
        "Kalm / smart home, en": [strangers(data, "en", taught=True)],
        "the same, nothing out of scope taught, nl": [strangers(data, "nl", taught=False)],
        "the same, nothing out of scope taught, en": [strangers(data, "en", taught=False)],
    }
    encoder = Known(SentenceEncoder())
    console = Console(stderr=True)
    print("| set | accuracy | std | macro F1 | calibration error | AUROC |")
    print("|---|---:|---:|---:|---:|---:|")
    reliability = []
    for name, draws in sets.items():
        said = [
            judged(TrainingData(draw.training), draw.test, encoder, draw.language)
            for draw in track(draws, name, console=console, transient=True)
        ]
        rows = [row for each in said for row in each]
        ours = [[row for row in each if row.example.intent != OUT_OF_SCOPE] for each in said]
        whole = report([row for each in ours for row in each], ())
        scores = [report(each, ()).accuracy for each in ours]
        stranger = f"{auroc(rows):.3f}" if len(rows) > whole.n else ""
        print(
            f"| {name} | {np.mean(scores):.3f} | {np.std(scores):.3f} | {whole.macro_f1:.3f} |"
            f" {whole.ece:.3f} | {stranger} |",
            flush=True,
        )
        reliability += [
            f"| {name} | {band.confidence:.2f} | {band.accuracy:.2f} | {band.n} |"
            for band in whole.reliability
        ]
    print("\n| set | confidence | understood | utterances |\n|---|---:|---:|---:|")
    print("\n".join(reliability))


if __name__ == "__main__":
    main()
