"""`kalm mood text`: tell the mood of utterances, one a line, as calls do."""

import json
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Literal

import typer
from rich.console import Console

from bot.encoder import SentenceEncoder
from bot.mood.impression import WordImpression
from bot.mood.model import WeightsError
from bot.mood.words import LexiconError, WordJudge
from bot.settings import Settings

CHUNK = 65536
"""Bytes of standard input that are looked at at a time."""


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
    for batch in [sentences] if sentences else _lines():
        for told in judge.judge_all(batch, language):
            typer.echo(json.dumps(_as_json(told)) if as_json else _as_text(told))
        sys.stdout.flush()


def _lines() -> Iterator[list[str]]:
    """Yield the lines that stand ready: many of a file, one of somebody who types.

    An empty line too, so that lines can be counted.
    """
    rest = b""
    while chunk := os.read(sys.stdin.fileno(), CHUNK):  # returns what is there, not only a full one
        *whole, rest = (rest + chunk).split(b"\n")
        if whole:
            yield [_line(one) for one in whole]
    if rest:
        yield [_line(rest)]


def _line(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r")


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
