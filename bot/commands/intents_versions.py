"""`kalm intents versions`, `rollback`, `export` and `diff`: what was published, and back again."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.intents_base import write_base
from bot.commands.intents_workshop import (
    AsJson,
    By,
    Folder,
    as_line,
    fail,
    folder_of,
    me,
    tell,
    with_versions,
)
from handoff.store.database import Database
from handoff.studio.folder import NotText, read_folder, write_folder
from handoff.studio.versions import Move, Version, VersionError, Versions
from handoff.studio.versions import diff as differences


def versions(as_json: AsJson = False) -> None:
    """List what was published and rolled back, the latest first."""

    async def run(kept: Versions, _database: Database) -> tuple[list[Move], list[Version]]:
        return await kept.moves(), await kept.all()

    moves, numbered = with_versions(run)
    live = moves[0].version if moves else None
    known = {version.number: version for version in numbered}
    for index, move in enumerate(moves):
        if as_json:
            version = known[move.version]
            as_line(
                {
                    "kind": move.kind,
                    "version": move.version,
                    "before": move.before,
                    "at": move.at.isoformat(),
                    "by": move.by,
                    "why": move.why,
                    "although": move.although,
                    "based_on": version.based_on,
                    "sha256": version.sha256,
                    "live": index == 0,
                }
            )
            continue
        mark = "live" if index == 0 else "    "
        did = "" if move.kind == "publish" else "rolled back to "
        although = f" (although {move.although})" if move.although else ""
        typer.echo(
            f"{mark} {did}{move.version}  {move.at:%Y-%m-%d %H:%M}  {move.by}: {move.why}{although}"
        )
    if live is None and not as_json:
        tell("Nothing was published yet: the intents folder serves.")


def rollback(
    number: Annotated[int, typer.Argument(help="The version to go back to.")],
    why: Annotated[str, typer.Option("--message", "-m", help="Why.")] = "rolled back",
    by: By = None,
) -> None:
    """Make an earlier version live again, for new calls within 5 seconds. Ends with 1 if not."""

    async def run(kept: Versions, _database: Database) -> Move:
        return await kept.rollback(number, by=me(by), why=why)

    move = with_versions(run)
    typer.echo(f"Version {move.version} is live again, in place of {move.before}.")


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write it; made when needed.")],
    number: Annotated[int | None, typer.Option("--version", help="Which; the live one.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that were never published.")
    ] = False,
) -> None:
    """Write a version to a folder, byte for byte. Ends with 1 when work in it would be lost."""

    async def run(kept: Versions, _database: Database) -> Version:
        wanted = number if number is not None else await kept.live()
        if wanted is None:
            raise VersionError("Nothing was published yet.")
        texts = await kept.texts(wanted)
        there = read_folder(folder) if folder.is_dir() else {}
        if there and not overwrite and await kept.same(there) is None:
            raise VersionError(
                f"{folder} holds files that were never published. Name another folder, publish "
                "them first, or let them go with --overwrite."
            )
        write_folder(texts, folder)
        return await kept.version(wanted)

    try:
        version = with_versions(run)
        write_base(folder, version)
    except (NotText, OSError) as error:
        fail(str(error))
    typer.echo(f"Version {version.number} is in {folder}.")


def diff(
    old: Annotated[int, typer.Argument(help="A version.")],
    new: Annotated[int | None, typer.Argument(help="Another; the folder when left out.")] = None,
    folder: Folder = None,
) -> None:
    """Show what differs between two versions, or between a version and the folder."""

    async def run(kept: Versions, _database: Database) -> dict[str, str]:
        if new is not None:
            return await kept.diff(old, new)
        return differences(await kept.texts(old), read_folder(folder_of(folder)))

    try:
        found = with_versions(run)
    except NotText as error:
        fail(str(error))
    for text in found.values():
        typer.echo(text, nl=False)
