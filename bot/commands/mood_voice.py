"""`kalm mood voice`: tell the anger in sound files, with the ears for tone that answer calls."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bot.hearing.files import UnreadableSound, read_sound
from bot.hearing.heard import RATE
from bot.mood.voice import Baseline, available, measure


def voice(
    files: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Sound files to judge.")],
    baseline: Annotated[
        list[Path] | None,
        typer.Option(help="The same voice when calm; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Tell the anger in the voice of sound files, each of one utterance.

    Without a baseline a voice is compared with voices in general, and only
    strong anger is told. Ends with 0 when every file was read, 1 when one
    could not be, or when a baseline holds no speech.
    """
    errors = Console(stderr=True)
    if not available():
        _complain(errors, "Praat does not run on this machine, so no voice can be measured.")
        raise typer.Exit(1)
    calm = _learn(errors, baseline or [])
    unread = 0
    with Progress(console=errors, transient=True) as bars:
        task = bars.add_task("Listening", total=len(files))
        for file in files:
            try:
                told = _judge(file, calm)
            except UnreadableSound as error:
                unread += 1
                _complain(errors, str(error))
                told = {"file": str(file), "error": str(error)}
            if as_json:
                typer.echo(json.dumps(told, ensure_ascii=False))
            elif "error" not in told:
                typer.echo(_as_text(told))
            bars.advance(task)
    raise typer.Exit(1 if unread else 0)


def _learn(errors: Console, files: list[Path]) -> Baseline:
    """Return the voice of the files; ends the command when one holds none."""
    calm = Baseline()
    for file in files:
        try:
            prosody = measure(read_sound(file), RATE)
        except UnreadableSound as error:
            _complain(errors, str(error))
            raise typer.Exit(1) from error
        if prosody is None:
            _complain(errors, f"{file}: too little speech for a baseline")
            raise typer.Exit(1)
        calm = calm.with_turn(prosody, calm=True)
    return calm


def _judge(file: Path, calm: Baseline) -> dict[str, object]:
    """Return what is told of a file; raises UnreadableSound.

    A file without enough speech is not angry, and has no features.
    """
    prosody = measure(read_sound(file), RATE)
    found = calm.judge(prosody) if prosody else None
    return {
        "file": str(file),
        "anger": found.anger if found else 0.0,
        "angry": found.angry if found else False,
        "features": found.features if found else {},
        "evidence": [f"{one.name} {one.value}" for one in found.evidence] if found else [],
        "speech_s": prosody.speech_s if prosody else 0.0,
    }


def _as_text(told: dict[str, object]) -> str:
    verdict = "angry" if told["angry"] else "not angry"
    reasons = told["evidence"]
    because = f" ({', '.join(reasons)})" if isinstance(reasons, list) and reasons else ""
    return f"{told['file']}: {verdict}, {told['anger']}{because}"


def _complain(errors: Console, message: str) -> None:
    errors.print(message, markup=False, highlight=False, soft_wrap=True)
