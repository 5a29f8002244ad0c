"""`kalm models`: fetch and list the weights that Kalm needs."""

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from bot.hearing.whisper_encoder import is_kept, make_encoder
from bot.models import Fetched, ModelError, Models
from bot.settings import Settings
from bot.speaking.piper import cut, parts_folder
from bot.speaking.voice_parts import are_kept

app = typer.Typer(help="Fetch and list the weights that Kalm listens and speaks with.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which ones; all of them when none is named.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch what is missing, and check it.

    Ends with 0 when everything needed is in place, 1 when something needed
    is missing, 2 for a name that does not exist.
    """
    errors = Console(stderr=True)
    models = _open(errors)
    unknown = set(names or ()) - set(models.names)
    if unknown:
        known = ", ".join(models.names)
        errors.print(f"No model named {', '.join(sorted(unknown))}. Known: {known}.")
        raise typer.Exit(2)
    results = fetch_with_bar(models, names or [], errors)
    for result in results:
        if as_json:
            typer.echo(json.dumps(asdict(result)))
        elif result.status == "fetched":
            typer.echo(f"{result.name}: fetched from the {result.source}")
        elif result.status == "present":
            typer.echo(f"{result.name}: in place")
        elif result.optional and not names:
            typer.echo(f"{result.name}: not found; Kalm works without it, less well")
    needed = [r for r in results if not r.optional or r.name in (names or ())]
    for result in needed:
        if result.status == "missing":
            errors.print(result.message, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(r.status == "missing" for r in needed) else 0)


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the models, and whether they are in place. Ends with 0."""
    for model in _open(Console(stderr=True)).listing():
        if as_json:
            typer.echo(json.dumps(asdict(model) | {"path": str(model.path)}))
            continue
        state = "in place" if model.ready else "optional, missing" if model.optional else "missing"
        size = f"{model.size / 1e6:.0f} MB"
        typer.echo(f"{model.name:14} {state:18} {size:>7}  {model.what} ({model.licence})")


def _open(errors: Console) -> Models:
    try:
        return Models(Settings())
    except ModelError as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def fetch_with_bar(models: Models, names: list[str], errors: Console) -> list[Fetched]:
    """Fetch with a bar for each model that has to be brought in."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=errors) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        try:
            results = models.fetch(names, progress)
        except ModelError as error:
            bars.stop()
            errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1) from error
        for result in results:
            if result.status != "missing":
                prepare_with_bar(models.path(result.name), bars)
        return results


def prepare_with_bar(model: Path, bars: Progress) -> None:
    """Make of a model what Kalm works with and keeps beside it, which takes some seconds, once."""
    work: Callable[[Path], None]
    if model.is_dir():
        what, work, kept = f"fitting {model.name}", make_encoder, is_kept(model)
    else:
        what, work, kept = f"cutting {model.stem}", cut, are_kept(model, parts_folder(model))
    if kept:
        return
    task = bars.add_task(what, total=None)
    # In a process of its own: what is needed for it would stay in ours for as long as it serves.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        try:
            apart.submit(work, model).result()
        except Exception as error:  # a damaged model, too little memory: Kalm starts all the same
            bars.console.print(
                f"{what} did not work; the next start tries again: {error}",
                markup=False,
                soft_wrap=True,
            )
            bars.remove_task(task)
            return
    bars.update(task, total=1, completed=1)
