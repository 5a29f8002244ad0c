"""`kalm intents evaluate`: tell how well utterances of known meaning are understood."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.encoder import SentenceEncoder, plain
from bot.events import Language
from bot.settings import Settings
from bot.understanding.evaluation import Judged, Known, Report, dealt, judged, report
from bot.understanding.meaning import OUT_OF_SCOPE
from bot.understanding.training_data import Example, TrainingData, TrainingDataError, load

CONFUSIONS = 12
"""How many are shown to a reader; `--json` has all."""


@dataclass(frozen=True)
class _Run:
    """One training, and what is asked of it."""

    training: TrainingData
    test: tuple[Example, ...]


def evaluate(
    nlu: Annotated[
        Path | None, typer.Option(help="Rasa 3 NLU file or folder to train on; KALM_INTENTS.")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(help="File or folder to test on; what it says is not trained.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Test on parts of --nlu in turn, in place of --test.")
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option(help="Of files that don't tell in their name; KALM_LANGUAGE when unset."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell how well utterances are understood that were not trained on.

    Without --test and --folds the utterances in the `tests` folder beside the
    training data are the test.

    Ends with 0 when it was measured, 1 when a file is broken, 2 when the options do not go
    together.
    """
    errors = Console(stderr=True)
    settings = Settings()
    if test is not None and folds is not None:
        raise typer.BadParameter("--test and --folds exclude each other: leave one out")
    try:
        runs = _runs(nlu or settings.intents, test, folds)
    except TrainingDataError as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    for conflict in dict.fromkeys(str(one) for run in runs for one in run.training.conflicts):
        errors.print(conflict, markup=False, highlight=False, soft_wrap=True)
    rows = _measure(runs, language or settings.language, errors)
    trained = {intent for run in runs for intent in run.training.intents}
    if all(row.example.intent == OUT_OF_SCOPE and OUT_OF_SCOPE not in trained for row in rows):
        errors.print("There is nothing to test. Name a file of utterances with --test.")
        raise typer.Exit(1)
    found = report(rows, trained)
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        _show(found, Console())


def _runs(nlu: Path, test: Path | None, folds: int | None) -> list[_Run]:
    """Return what to train and to test; raises TrainingDataError."""
    data = load(nlu)
    if folds is not None:
        return [_Run(*fold) for fold in dealt(data, folds)]
    asked = load(test or (nlu if nlu.is_dir() else nlu.parent) / "tests").examples
    trained = {plain(example.text) for example in data.examples}
    unseen = tuple(one for one in asked if test is not None or plain(one.text) not in trained)
    return [_Run(data, unseen)]


def _measure(runs: Sequence[_Run], language: Language, errors: Console) -> list[Judged]:
    """Train and ask, run after run, with a bar."""
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    rows: list[Judged] = []
    with Progress(*bar, TimeRemainingColumn(), console=errors, transient=True) as progress:
        asking = progress.add_task("Asking", total=sum(len(run.test) for run in runs))
        encoder = Known(SentenceEncoder())
        for run in runs:
            rows += judged(
                run.training, run.test, encoder, language, lambda: progress.advance(asking)
            )
    return rows


def _as_json(found: Report) -> dict[str, object]:
    figures = asdict(found)
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def _show(found: Report, console: Console) -> None:
    """Print the figures for a reader."""
    auroc = "" if found.oos_auroc is None else f", out-of-scope AUROC {found.oos_auroc:.3f}"
    console.print(
        f"{found.n} utterances: accuracy {found.accuracy:.3f}, macro F1 {found.macro_f1:.3f},"
        f" calibration error {found.ece:.3f}{auroc}",
        highlight=False,
    )
    bands = Table("confidence", "understood", "utterances", title="What confidence is worth")
    for band in found.reliability:
        bands.add_row(f"{band.confidence:.2f}", f"{band.accuracy:.2f}", str(band.n))
    console.print(bands)
    if found.confusions:
        wrong = Table("meant", "taken for", "times", title="What was taken for something else")
        for one in found.confusions[:CONFUSIONS]:
            wrong.add_row(one.intent, one.taken_for, str(one.n))
        console.print(wrong)
