"""Patterns: regular expressions of entities that take far too long on some text."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import regex

from bot.checks.finding import Finding
from bot.understanding.trained_entities import PATIENCE_S
from bot.understanding.training_data import TrainingData, nlu_files

LENGTH = 60
"""Signs in a row on which a pattern is tried: one that explodes does so well before."""


def explosive(folder: Path, data: TrainingData) -> list[Finding]:
    """Return one error a pattern that does not come to an end in time.

    Each pattern is tried on the utterances, and on rows of each of its own signs with
    something behind that does not fit: what makes patterns go through every way there is.
    """
    said = [example.text for example in data.examples]
    return [
        Finding(
            "error",
            *_where(folder, pattern),
            f"the pattern {pattern!r} of {entity!r} takes too long on some texts",
            "let no repetition stand within another, as in (a|aa)+, or write a lookup instead",
        )
        for entity, patterns in data.regexes.items()
        for pattern in patterns
        if _explodes(pattern, said)
    ]


def _explodes(pattern: str, said: Sequence[str]) -> bool:
    compiled = regex.compile(pattern, regex.IGNORECASE)
    try:
        for text in (*_hard(pattern), *said):
            for _match in compiled.finditer(text, timeout=PATIENCE_S):
                pass
    except TimeoutError:
        return True
    return False


def _hard(pattern: str) -> Iterator[str]:
    for sign in sorted({*pattern, *"a0 -"}):
        yield sign * LENGTH + "\x01"


def _where(folder: Path, pattern: str) -> tuple[Path, int]:
    for file in nlu_files(folder):
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").split("\n"), start=1):
            if pattern in line and "regex" not in line:
                return file, number
    return folder, 1
