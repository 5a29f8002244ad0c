"""`kalm intents test`: hold the written conversations, and tell which line goes otherwise."""

import asyncio

import typer

from bot.commands.intents_workshop import (
    AsJson,
    Folder,
    as_line,
    bar,
    fail,
    folder_of,
    press_of,
    tell,
)
from bot.comparison import Tick
from bot.edition import BROKEN, Edition, Intents
from bot.rehearsal.play import Otherwise, rehearse
from bot.rehearsal.script import Written, load
from bot.settings import Settings


def test(folder: Folder = None, as_json: AsJson = False) -> None:
    """Hold every conversation of `tests/conversations`, in text, with the demo company.

    Ends with 0 when all go as written, 1 when one does not or a file is broken.
    """
    found = folder_of(folder)
    try:
        scripts = load(found)
        intents = Intents.read(found)
    except BROKEN as error:
        fail(str(error))
    if not scripts:
        fail(f"There are no conversations in {found / 'tests' / 'conversations'}.")
    edition = press_of(Settings()).make(intents, None)
    with bar("Conversations") as tick:
        results = asyncio.run(_held(scripts, edition, tick))
    for written, otherwise in results:
        if as_json:
            as_line(_row(written, otherwise))
        elif otherwise:
            typer.echo(str(otherwise))
    wrong = sum(otherwise is not None for _, otherwise in results)
    if not as_json:
        tell(f"{len(results) - wrong} of {len(results)} conversations go as written.")
    if wrong:
        raise typer.Exit(1)


async def _held(
    scripts: list[Written], edition: Edition, tick: Tick
) -> list[tuple[Written, Otherwise | None]]:
    results: list[tuple[Written, Otherwise | None]] = []
    async for result in rehearse(scripts, edition):
        results.append(result)
        tick(len(results), len(scripts))
    return results


def _row(written: Written, otherwise: Otherwise | None) -> dict[str, object]:
    row: dict[str, object] = {
        "conversation": written.title,
        "language": written.language,
        "ok": otherwise is None,
        "file": str(written.file),
        "line": otherwise.line if otherwise else written.line,
    }
    if otherwise:
        row |= {
            "stimulus": otherwise.stimulus,
            "said": otherwise.said,
            "problem": otherwise.problem,
        }
    return row
