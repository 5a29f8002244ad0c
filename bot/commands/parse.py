"""`kalm parse`: tell what sentences mean, with the understanding that answers calls."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from bot.clock import utc_now
from bot.events import Language
from bot.settings import Settings
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import Meaning
from bot.understanding.rasa import engine, open_rasa
from bot.understanding.training_data import TrainingDataError, load


def parse(
    sentences: Annotated[
        list[str] | None, typer.Argument(help="What was said; lines of standard input when none.")
    ] = None,
    language: Annotated[
        Literal["nl", "en"] | None, typer.Option(help="What is spoken; KALM_LANGUAGE when unset.")
    ] = None,
    nlu: Annotated[
        Path | None, typer.Option(help="A Rasa 3 NLU file, or a folder of these, to train on.")
    ] = None,
    by: Annotated[
        Literal["embedded", "rasa"] | None,
        typer.Option("--engine", help="Who finds the intent; KALM_NLU when unset."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Tell what sentences mean.

    Ends with 0 when every sentence was parsed, 1 when the training data are broken.
    """
    errors = Console(stderr=True)
    settings = Settings()
    settings = settings.model_copy(update={"nlu": by or settings.nlu})
    if nlu is not None and by == "rasa":
        errors.print("Rasa knows what it was trained on: leave --nlu out, or train it on that.")
        raise typer.Exit(2)
    if nlu is not None:
        settings = settings.model_copy(update={"nlu": "embedded"})
    try:
        data = load(nlu or settings.intents)
    except TrainingDataError as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    for conflict in data.conflicts:
        errors.print(f"{conflict}", markup=False, highlight=False, soft_wrap=True)
    # Another project's cache lies apart, so that looking at it does not make Kalm learn again.
    cache = settings.data / ("understanding" if nlu is None else "understanding-other")
    with errors.status("Learning from the utterances ..."):
        understanding = EmbeddedUnderstanding.train(data, cache, utc_now, settings.zone)
    spoken = language or settings.language
    if settings.nlu == "rasa":
        said = _by_rasa(sentences or _lines(), spoken, understanding, settings, errors)
    else:
        said = (understanding.parse_now(one, spoken) for one in sentences or _lines())
    for meaning in said:
        typer.echo(json.dumps(_as_json(meaning), ensure_ascii=False) if as_json else _told(meaning))
    understanding.close()


def _by_rasa(
    sentences: Iterable[str],
    language: Language,
    embedded: EmbeddedUnderstanding,
    settings: Settings,
    errors: Console,
) -> Iterator[Meaning]:
    """Yield what Rasa takes each sentence to mean, as a call would have it."""
    server = open_rasa(settings)
    understanding = engine(server)(embedded)
    with asyncio.Runner() as runner:
        try:
            if server is not None:
                runner.run(server.__aenter__())
            for sentence in sentences:
                yield runner.run(understanding.parse(sentence, language))
            if server is not None and server.notice is not None:
                errors.print(server.notice, markup=False, highlight=False, soft_wrap=True)
        finally:
            if server is not None:
                runner.run(server.aclose())


def _lines() -> Iterator[str]:
    """Yield what is typed or piped in, line by line, without empty ones."""
    for line in sys.stdin:
        if line := line.strip():
            yield line


def _as_json(meaning: Meaning) -> dict[str, object]:
    return {
        "text": meaning.text,
        "language": meaning.language,
        "intent": meaning.intent,
        "confidence": round(meaning.confidence, 4),
        "entities": [entity.model_dump() for entity in meaning.entities],
        "ranking": [
            {"intent": one.intent, "confidence": round(one.confidence, 4)}
            for one in meaning.ranking
        ],
        "by": meaning.by,
    }


def _told(meaning: Meaning) -> str:
    values = "".join(f"  {one.name}={one.value}" for one in meaning.entities)
    return f"{meaning.intent}  {meaning.confidence:.2f}{values}  {meaning.text}"
