"""Names: what callers would hear an intent called, where it lacks one or two share it."""

from collections.abc import Iterator
from pathlib import Path

from bot.checks.finding import Finding
from bot.dialogue.content import Content
from bot.dialogue.slots import LANGUAGES
from bot.dialogue.source import one_of, read

NAMELESS = frozenset({"goodbye"})
"""Intents that start a flow and are never asked about: nobody calls about saying goodbye."""


def nameless(folder: Path, content: Content) -> Iterator[Finding]:
    """Yield intents that can't be named when Kalm asks which of two was meant.

    Args:
        folder: Of the product owners.
        content: What was read of it.
    """
    for language in LANGUAGES:
        table = read(folder / "answers" / f"{language}.yml")
        names = table.table("topics") if "topics" in table else None
        if names is None:
            yield Finding(
                "warning", table.file, 1,
                "no topic has a name: callers are never asked which of two they mean",
                "write `topics:` with a name for each intent that starts a flow",
            )  # fmt: skip
            continue
        for intent, flow in content.triggers.items():
            if intent not in names and intent not in NAMELESS:
                place = content.flows[flow].place
                yield Finding(
                    "warning", place.file, place.line,
                    f"intent {intent!r} has no name in {language!r}, "
                    "so callers are never asked whether they mean it",
                    f"write it under `topics` in answers/{language}.yml, with its article",
                )  # fmt: skip
        heard: dict[str, str] = {}
        for intent in names.keys():  # noqa: SIM118  # a Table, not a dict
            line = names.place(intent).line
            if intent not in content.triggers:
                problem = f"topic {intent!r} is no intent that starts a flow"
                yield Finding(
                    "warning", table.file, line, problem, one_of(intent, content.triggers)
                )
                continue
            name = content.topics[intent][language][0].strip().casefold()
            if name in heard:
                yield Finding(
                    "warning", table.file, line,
                    f"topics {heard[name]!r} and {intent!r} have the same name",
                    "give them names by which a caller can choose",
                )  # fmt: skip
            heard[name] = intent
