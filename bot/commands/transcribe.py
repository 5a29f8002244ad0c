"""`kalm transcribe`: write down what is said in sound files, with the ears that answer calls."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from bot.events import Language
from bot.hearing.expectation import Expectation
from bot.hearing.files import UnreadableSound, read_sound, utterances
from bot.hearing.heard import RATE, Audio, Heard
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import Recogniser
from bot.models import ModelError, Models
from bot.settings import Settings


@dataclass(frozen=True)
class Transcript:
    """What was said in one file."""

    file: str
    text: str
    """Empty when nobody spoke."""
    language: Language
    seconds: float
    """How long the sound is."""
    took_s: float
    """How long recognition took."""
    confidence: float
    """Mean probability of a token; 0 when nobody spoke."""


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Sound files: WAV, FLAC, OGG, MP3, M4A ...")],
    language: Annotated[
        Literal["nl", "en", "auto"], typer.Option(help="What is spoken; auto finds out.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Write down what is said in sound files.

    Ends with 0 when every file was read, 1 when one could not be.
    """
    errors = Console(stderr=True)
    settings = Settings()
    try:
        recogniser = Recogniser.load(Models(settings))
    except ModelError as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    unread = 0
    with Progress(console=errors, transient=True) as bars:
        task = bars.add_task("Listening", total=len(files))
        for file in files:
            try:
                audio = read_sound(file)
            except UnreadableSound as error:
                unread += 1
                errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
            else:
                transcript = _transcribe(recogniser, file, audio, language, settings.language)
                line = json.dumps(asdict(transcript), ensure_ascii=False)
                typer.echo(line if as_json else f"{file}: {transcript.text}")
            bars.advance(task)
    recogniser.close()
    raise typer.Exit(1 if unread else 0)


def _transcribe(
    recogniser: Recogniser,
    file: Path,
    audio: Audio,
    language: Literal["nl", "en", "auto"],
    house: Language,
) -> Transcript:
    began = time.perf_counter()
    if language == "auto":
        track = LanguageTrack(house, prior=0.5)  # nobody was greeted in the house's language
    else:
        track = LanguageTrack(language, fixed=True)
    heard: list[Heard] = []
    for part in utterances(audio):
        found = recogniser.recognise(part, track, Expectation())
        if found:
            heard.append(found)
            track = found.languages
    return Transcript(
        file=str(file),
        text=" ".join(found.words for found in heard),
        language=track.language,
        seconds=round(len(audio) / RATE, 3),
        took_s=round(time.perf_counter() - began, 3),
        confidence=round(float(np.mean([f.confidence for f in heard])), 3) if heard else 0.0,
    )
