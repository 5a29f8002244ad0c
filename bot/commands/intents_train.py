"""`kalm intents train`: learn from the folder now, and tell what was learned from."""

import time

import typer

from bot.commands.intents_workshop import AsJson, Folder, as_line, fail, folder_of, press_of
from bot.edition import BROKEN, Intents
from bot.settings import Settings


def train(folder: Folder = None, as_json: AsJson = False) -> None:
    """Learn from the utterances of the folder, and remember it for the next start.

    Ends with 0 when it was learned, 1 when a file is broken.
    """
    found = folder_of(folder)
    try:
        intents = Intents.read(found)
        press = press_of(Settings())
        began = time.monotonic()
        press.make(intents, None)
    except BROKEN as error:
        fail(str(error))
    data = intents.training_data
    told = [example.language or "?" for example in data.examples]
    row: dict[str, object] = {
        "intents": len(data.intents),
        "utterances": len(data.examples),
        "by_language": {language: told.count(language) for language in sorted(set(told))},
        "seconds": round(time.monotonic() - began, 2),
        "cache": str(press.cache),
    }
    if as_json:
        as_line(row)
        return
    languages = ", ".join(f"{language} {told.count(language)}" for language in sorted(set(told)))
    typer.echo(
        f"{row['intents']} intents from {row['utterances']} utterances ({languages}), "
        f"learned in {row['seconds']} s and kept in {press.cache}"
    )
