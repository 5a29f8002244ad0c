"""Finding: something in an intents folder that should be mended, with where and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.dialogue.source import ContentError
from bot.mistake import FileMistake


@dataclass(frozen=True)
class Finding:
    """A mistake, or something that may be one."""

    level: Literal["error", "warning"]
    """An error keeps a version from being published; a warning asks for a look."""
    file: Path
    line: int
    """From 1."""
    problem: str
    cure: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.level}: {sentence(self.problem)} {sentence(self.cure)}"


def sentence(words: str) -> str:
    """Return words that begin with a capital and end with a stop."""
    stop = "" if words.endswith((".", "?", "!")) else "."
    return f"{words[:1].upper()}{words[1:]}{stop}"


def error(mistake: ContentError | FileMistake) -> Finding:
    """Return what stopped a file from being read, as a finding."""
    return Finding("error", mistake.file, mistake.line, mistake.problem, mistake.cure)
