"""`kalm intents publish`: check, compare, store a version and make it live."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Confirm

from bot.checks.folder import check
from bot.commands.intents_base import base_here, read_base, write_base
from bot.commands.intents_check import show
from bot.commands.intents_workshop import (
    By,
    Folder,
    bar,
    errors,
    fail,
    folder_of,
    me,
    press_of,
    tell,
    with_versions,
)
from bot.comparison import Comparison, Utterance, compare, held_out
from bot.edition import BROKEN, Edition, Intents, Press
from bot.editions import read_texts
from bot.learning import learn
from bot.rehearsal.script import load as load_scripts
from bot.settings import Settings
from bot.understanding.classifier import learned_by
from handoff.store.database import Database
from handoff.studio.folder import NotText, read_folder, sha256
from handoff.studio.utterances import last_utterances
from handoff.studio.versions import Version, VersionError, Versions

REAL = 500
"""Real utterances that are understood anew."""
CONFIRMATION = "I know that it is worse"
"""What must be typed to publish what was found worse."""
SHOWN = 10
"""Samples shown."""


def publish(
    why: Annotated[str, typer.Option("--message", "-m", help="Why, for whoever reads it later.")],
    folder: Folder = None,
    by: By = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask about warnings.")] = False,
    based_on: Annotated[
        int | None, typer.Option(help="The version that this was made from, where it isn't known.")
    ] = None,
    although_worse: Annotated[
        str | None,
        typer.Option(help=f'Type "{CONFIRMATION}" to publish what was found worse.'),
    ] = None,
) -> None:
    """Publish the folder: within 5 seconds it is what new calls hear.

    It is checked first, and compared with what is live: the written conversations, the test
    utterances, and the last real utterances. Ends with 0 when it is live, 1 when not.
    """
    found = folder_of(folder)
    press = press_of(Settings())
    with errors.status("Checking ..."):
        checked = check(found, press.encoder, press.cache)
    if checked.findings:
        show(checked, as_json=False)
    if checked.errors:
        fail("Nothing was published: mend the errors first.")
    if checked.warnings and not yes and not _asked("Publish with these warnings?"):
        fail("Nothing was published. With --yes, warnings are not asked about.")

    async def run(versions: Versions, database: Database) -> Version:
        live = await versions.live()
        base = based_on if based_on is not None else await _base(versions, found, live)
        texts = read_folder(found)
        comparison, learned = await _compared(versions, database, press, found, live)
        _tell(comparison)
        although = None
        if comparison.worse:
            if although_worse != CONFIRMATION:
                fail(
                    f"Nothing was published: {'; '.join(comparison.reasons)}. "
                    "To publish it all the same: "
                    f'--although-worse "{CONFIRMATION}"'
                )
            although = "; ".join(comparison.reasons)
        await versions.learned.keep(sha256(texts), learned_by(press.encoder), learned)
        return await versions.publish(texts, by=me(by), why=why, based_on=base, although=although)

    try:
        version = with_versions(run)
    except (NotText, *BROKEN) as error:
        fail(str(error))
    write_base(found, version)
    typer.echo(f"Version {version.number} is live. To take it back: kalm intents rollback N.")


async def _base(versions: Versions, folder: Path, live: int | None) -> int | None:
    """Return what the folder was made from; refuses when that can't be known."""
    if live is None:
        return None
    base = await base_here(versions, read_base(folder))
    if base is None:
        last = (await versions.moves())[0]
        raise VersionError(
            f"It is not known from which version {folder} was made. Version {live} is live "
            f"({last.by}, {last.at:%Y-%m-%d %H:%M} UTC: {last.why}). See what differs with: "
            f"kalm intents diff {live}. If the folder holds all of it: --based-on {live}"
        )
    return base


async def _compared(
    versions: Versions, database: Database, press: Press, folder: Path, live: int | None
) -> tuple[Comparison, bytes]:
    candidate, learned = await asyncio.to_thread(learn, press, Intents.read(folder), None)
    served: Edition | None = None
    if live is not None:
        try:
            texts = await versions.texts(live)
            served = await asyncio.to_thread(
                lambda: press.make(read_texts(texts, f"version-{live}"), live)
            )
        except BROKEN as error:
            tell(f"Version {live}, which is live, does not load and is not compared: {error}")
    spoken = await last_utterances(database, REAL)
    with bar("What would change") as tick:
        found = await compare(
            served,
            candidate,
            scripts=load_scripts(folder),
            unseen=held_out(folder),
            real=[Utterance(one.words, one.language) for one in spoken],
            tick=tick,
        )
    return found, learned


def _tell(found: Comparison) -> None:
    """Show what would change."""
    for otherwise in found.otherwise:
        tell(str(otherwise), style="red")
    well = found.conversations - len(found.otherwise)
    tell(f"{well} of {found.conversations} conversations go as written.")
    if found.held_out:
        before = "" if found.right_live is None else f"; {found.right_live} by what is live"
        share = found.right / found.held_out
        tell(
            f"{found.right} of {found.held_out} test utterances are understood "
            f"({share:.1%}){before}."
        )
    if found.real:
        tell(f"{len(found.real_changed)} of the last {found.real} real utterances change:")
        for old, new, count in found.pairs[:SHOWN]:
            sample = next(one for one in found.real_changed if (one.old, one.new) == (old, new))
            tell(f"  {count} x {old} -> {new}, as: {sample.words!r}")


def _asked(question: str) -> bool:
    """Ask a person; nobody there says no."""
    return sys.stdin.isatty() and Confirm.ask(question, console=errors, default=False)
