"""`kalm mood text`: tell the mood of utterances, one a line, as calls do."""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Literal

import typer
from rich.console import Console

from bot.encoder import SentenceEncoder
from bot.mood.impression import WordImpression
from bot.mood.model import WeightsError
from bot.mood.words import BATCH, LexiconError, WordJudge
from bot.settings import Settings


def text(
    sentences: Annotated[
        list[str] | None, typer.Argument(help="What was said; lines of standard input when none.")
    ] = None,
    language: Annotated[
        Literal["nl", "en"] | None, typer.Option(help="What is spoken; told by each line if unset.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Tell the mood of utterances, one a line; with --json each line in gives one object out.

    Ends with 0 when every line was judged, 1 when a lexicon or the weights are broken.
    """
    try:
        judge = WordJudge.load(SentenceEncoder(), Settings().intents / "mood")
    except (LexiconError, WeightsError) as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    lines = sentences or _lines()
    # A pipe is read as it comes when somebody types, and by the batch when it is a file.
    size = 1 if sentences is None and sys.stdin.isatty() else BATCH
    for batch in _batches(lines, size):
        for told in judge.judge_all(batch, language or Settings().language):
            typer.echo(json.dumps(_as_json(told)) if as_json else _as_text(told))
        sys.stdout.flush()


def _lines() -> Iterator[str]:
    """Yield what is typed or piped in; an empty line too, so that lines can be counted."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _batches(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(lines)
    while batch := list(islice(rest, size)):
        yield batch


def _as_json(told: WordImpression) -> dict[str, object]:
    return {
        "text": told.text,
        "language": told.language,
        "classes": told.classes,
        "anger": told.anger,
        "abuse": told.abuse,
        "threat": told.threat,
        "crisis": told.crisis,
        "signs": told.signs,
        "evidence": [{"sign": one.name, "words": one.words} for one in told.evidence],
    }


def _as_text(told: WordImpression) -> str:
    signs = ", ".join(f'{one.name} "{one.words}"' for one in told.evidence) or "calm"
    return f"anger {told.anger:.2f}  {signs}  | {told.text}"
