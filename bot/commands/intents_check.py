"""`kalm intents check`: find what is wrong in the intents folder, before a caller does."""

import typer

from bot.checks.finding import Finding
from bot.checks.folder import Checked
from bot.checks.folder import check as check_folder
from bot.commands.intents_workshop import AsJson, Folder, as_line, errors, folder_of, tell
from bot.encoder import SentenceEncoder
from bot.settings import Settings


def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Check every file: spelling, unknown names, duplicates, twins, loops; with a cure for each.

    Ends with 0 when there are no errors (warnings may be), with 1 when there are.
    """
    found = folder_of(folder)
    with errors.status("Checking ..."):
        checked = check_folder(found, SentenceEncoder(), Settings().data / "understanding")
    show(checked, as_json=as_json)
    if checked.errors:
        raise typer.Exit(1)


def show(checked: Checked, *, as_json: bool) -> None:
    """Print findings: for people on lines that editors can follow, or as JSON."""
    for finding in checked.findings:
        if as_json:
            as_line(_row(finding))
        else:
            typer.echo(str(finding))
    if not as_json:
        tell(f"{len(checked.errors)} errors, {len(checked.warnings)} warnings.")


def _row(finding: Finding) -> dict[str, object]:
    return {
        "level": finding.level,
        "file": str(finding.file),
        "line": finding.line,
        "problem": finding.problem,
        "cure": finding.cure,
    }
