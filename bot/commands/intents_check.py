"""`kalm intents check`: find what is wrong in the intents folder, before a caller does."""

import typer

from bot.checks.finding import Finding, sentence
from bot.checks.folder import Checked
from bot.checks.folder import check as check_folder
from bot.checks.messages import recognised, translated
from bot.commands.intents_workshop import AsJson, Folder, as_line, errors, folder_of, tell
from bot.encoder import SentenceEncoder
from bot.events import Language
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
    """Print findings: for people on lines that editors can follow, or as JSON.

    People are told in the language of KALM_LANGUAGE where it is set, else in English.
    """
    settings = Settings()
    language = settings.language if "language" in settings.model_fields_set else "en"
    for finding in checked.findings:
        if as_json:
            as_line(_row(finding))
        else:
            typer.echo(_told(finding, language))
    if not as_json:
        tell(f"{len(checked.errors)} errors, {len(checked.warnings)} warnings.")


def _told(finding: Finding, language: Language) -> str:
    place = f"{finding.file}:{finding.line}: {finding.level}:"
    words = [translated(part, language) for part in (finding.problem, finding.cure)]
    return " ".join([place, *map(sentence, words)])


def _row(finding: Finding) -> dict[str, object]:
    message = recognised(finding.problem)
    return {
        "level": finding.level,
        "file": str(finding.file),
        "line": finding.line,
        "problem": finding.problem,
        "cure": finding.cure,
        "code": message.code if message else None,
    }
