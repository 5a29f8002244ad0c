"""What the commands of `kalm intents` share: folder, encoder, versions, printing."""

import asyncio
import getpass
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.clock import utc_now
from bot.comparison import Tick
from bot.edition import Press
from bot.encoder import SentenceEncoder
from bot.mood.model import Model
from bot.rehearsal import stage
from bot.settings import Settings
from handoff.store.database import Database
from handoff.store.journal import DurableJournal
from handoff.studio.versions import VersionError, Versions

T = TypeVar("T")

errors = Console(stderr=True)
"""For people; standard output is for results."""

Folder = Annotated[
    Path | None, typer.Option("--folder", help="The intents folder; KALM_INTENTS when unset.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
By = Annotated[str | None, typer.Option("--by", help="Who; your name on this machine when unset.")]


def folder_of(folder: Path | None) -> Path:
    """Return the folder to work on; ends with 2 when there is none."""
    found = folder or Settings().intents
    if not found.is_dir():
        tell(f"There is no folder {found}. Name it with --folder or KALM_INTENTS.", style="red")
        raise typer.Exit(2)
    return found


def press_of(settings: Settings) -> Press:
    """Return what makes editions for conversations on a stage, where it is always one Monday."""
    logging.getLogger("bot.dialogue").setLevel(logging.CRITICAL)  # companies fail there as written
    with errors.status("Loading the sentence encoder ..."):
        encoder = SentenceEncoder()
    cache = settings.data / "understanding"
    return Press(encoder, Model.load(), cache, stage.clock, stage.ZONE)


def with_versions(use: Callable[[Versions, Database], Awaitable[T]]) -> T:
    """Open the database that `kalm serve` uses; both may run at the same time.

    Ends with 1 when a version is refused; the words of the refusal are printed.
    """

    async def run() -> T:
        settings = Settings()
        settings.data.mkdir(parents=True, exist_ok=True)
        async with DurableJournal(settings.database, utc_now) as journal:
            return await use(Versions(journal.database, utc_now), journal.database)

    try:
        return asyncio.run(run())
    except VersionError as error:
        fail(str(error))


def me(by: str | None) -> str:
    """Return who does this."""
    return by or getpass.getuser()


def tell(text: str, style: str | None = None) -> None:
    """Tell a person something, on standard error."""
    errors.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def fail(text: str) -> NoReturn:
    """Tell why it does not go on, and end with 1."""
    tell(text, style="red")
    raise typer.Exit(1)


def as_line(row: dict[str, object]) -> None:
    """Print a result as one line of JSON."""
    typer.echo(json.dumps(row, ensure_ascii=False, default=str))


@contextmanager
def bar(what: str) -> Iterator[Tick]:
    """Show how far something is, to people who watch; gives who is told how far."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
    ) as progress:
        task = progress.add_task(what, total=None)

        def tick(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield tick
