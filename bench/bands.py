"""Measures what confidence is worth in each band, by which acting, asking and refusing are set.

    python bench/bands.py [--data FOLDER]

Wishes (intents that start a flow) of Kalm's own content, each understood by an engine that
was not taught it: in five folds of the training data, and in `intents/tests/`. For each band
of confidence in the best intent: how many wishes fall in it, how often the best is right, how
often one of the two nearest is, and how many utterances out of scope fall in it.
Those are our own, which folds hold as well, and with `--data` commands to a smart home
(`home_assistant_nl_en/tests/{nl,en}/*.yaml`). Then what the dialogue makes of them where it
waits for a wish: acts on the best, asks which of two, or does not understand.
"""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from out_of_scope import ROOT, smart_home  # puts the checkout on the path
from rich.console import Console
from rich.progress import track

from bot.dialogue.content import Content
from bot.dialogue.doubting import two_near
from bot.encoder import SentenceEncoder
from bot.understanding.bands import ASK
from bot.understanding.evaluation import Judged, Known, dealt, judged
from bot.understanding.meaning import OUT_OF_SCOPE
from bot.understanding.training_data import Example, TrainingData, load

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
FOLDS, STRANGERS = 5, 300
Row = tuple[float, bool, bool, str]
"""Confidence in the best intent, whether it is right, whether one of two is, what is done."""


def row(one: Judged, flows: dict[str, str]) -> Row:
    """Return what counts of an utterance."""
    ranking, meant = one.meaning.ranking, one.example.intent
    if not ranking:
        return 0.0, False, False, "neither"
    pair = two_near(one.meaning, flows.get)
    named = pair or [each.intent for each in ranking if each.intent in flows][:2]
    if pair:
        done = "asked which"
    elif one.meaning.intent in flows and one.meaning.confidence >= ASK:
        done = "acted on"
    else:
        done = "neither"
    return ranking[0].confidence, ranking[0].intent == meant, meant in named, done


def share(rows: Sequence[Row], of: Sequence[Row]) -> str:
    """Return a share in per cent."""
    return f"{100 * len(rows) / len(of):.1f} %" if of else "-"


def told(rows: Sequence[Row], place: Literal[1, 2]) -> str:
    """Return how many of the rows have a figure that is true."""
    return f"{sum(one[place] for one in rows) / len(rows):.2f}" if rows else "-"


def between(rows: Sequence[Row], low: float, high: float) -> list[Row]:
    """Return the rows of a band."""
    return [one for one in rows if low <= one[0] < high]


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, help="folder of the data sets")
    data = options.parse_args().data
    intents = ROOT / "intents"
    content = Content.load(intents)
    wishes = {i: flow for i, flow in content.triggers.items() if i in content.topics}
    own = load(intents)
    encoder, console = Known(SentenceEncoder()), Console(stderr=True)
    folds = [
        one
        for training, test in track(list(dealt(own, FOLDS)), "folds", console=console)
        for one in judged(training, test, encoder, "nl")
    ]
    held_out = [one for file in sorted((intents / "tests").glob("understanding*.yml"))
                for one in load(file).examples]  # fmt: skip
    unseen = judged(own, held_out, encoder, "nl")
    home: list[Judged] = []
    for language in ("nl", "en") if data else ():
        said = [
            Example(text, OUT_OF_SCOPE, (), language, Path("public"), 1)
            for text in smart_home(data, language)[:STRANGERS]
        ]
        home += judged(TrainingData(own.examples), said, encoder, language)

    sets = {"five folds": folds, "held-out sets": unseen}
    for name, found in sets.items():
        ours = [row(one, wishes) for one in found if one.example.intent in wishes]
        strange = [row(one, wishes) for one in found if one.example.intent == OUT_OF_SCOPE]
        smart = [row(one, wishes) for one in home]
        print(f"\n{name}: {len(ours)} wishes, {len(strange)} out of scope, {len(smart)} to a home")
        print("| confidence | wishes | best right | one of two right | out of scope | smart home |")
        print("|---|---:|---:|---:|---:|---:|")
        bands = [(f"{low:.1f} to {min(high, 1):.1f}", low, high) for low, high in pairwise(EDGES)]
        rows = [
            (title, [between(each, low, high) for each in (ours, strange, smart)])
            for title, low, high in bands
        ]
        rows += [
            (done, [[one for one in each if one[3] == done] for each in (ours, strange, smart)])
            for done in ("acted on", "asked which", "neither")
        ]
        for title, (here, others, at_home) in rows:
            print(
                f"| {title} | {share(here, ours)} | {told(here, 1)} | {told(here, 2)} |"
                f" {share(others, strange)} | {share(at_home, smart)} |"
            )


if __name__ == "__main__":
    main()
