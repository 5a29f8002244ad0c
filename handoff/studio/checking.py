"""Checks: what the studio asks of the bot about texts that nobody published yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.events import Language
from bot.mistake import FileMistake
from handoff.studio.folder import Texts

StepKind = Literal["collect", "say", "action", "call", "link", "set", "fork"]
"""Ask the caller; say an answer; do something; run another flow; go over to one; remember; choose
the way."""


@dataclass(frozen=True)
class Problem:
    """Something to mend, with where and how."""

    file: str
    """Its path within the intents."""
    line: int
    """From 1."""
    text: str
    cure: str
    error: bool
    """Whether it keeps a version from being published."""
    dutch: tuple[str, str] | None = None
    """The same text and cure in Dutch; None where there is no such."""

    def say(self, language: Language) -> str:
        """Return what is wrong and how to mend it."""
        return " ".join(self.dutch if language == "nl" and self.dutch else (self.text, self.cure))

    def at(self, language: Language) -> str:
        """Return the same, with where it stands."""
        return f"{self.file}:{self.line}: {self.say(language)}"

    def lang(self, language: Language) -> Language:
        """Return the language in which `say` tells it."""
        return language if self.dutch else "en"


@dataclass(frozen=True)
class Heard:
    """What a caller hears of a wording, with values made up to fit."""

    words: str
    problem: Problem | None = None
    """Why it can't be said; then there are no words."""


@dataclass(frozen=True)
class Way:
    """Where a step leads to."""

    when: str | None
    """A condition; None for "else" and for a step that always leads there."""
    to: str | None
    """A step's id; None for the end."""


@dataclass(frozen=True)
class FlowStep:
    """One step of a flow, to be drawn."""

    id: str
    kind: StepKind
    what: str
    """Of `collect` the slot, of `say` the answer, of `call` and `link` the flow; else a name."""
    answer: str | None
    """What is said, where something is."""
    line: int
    """In its file, from 1."""
    ways: Sequence[Way]


@dataclass(frozen=True)
class Known:
    """What steps of flows may name."""

    asked: Sequence[str] = ()
    """Slots that a caller can be asked for, sorted."""
    slots: Sequence[str] = ()
    actions: Sequence[str] = ()


class Unreadable(Exception):
    """A file that can't be read as it stands."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.file}:{problem.line}: {problem.text}")
        self.problem = problem


class Checks(Protocol):
    """What the bot knows of texts. All of it blocks: seconds for `check`, far less for the rest."""

    def check(self, files: Texts) -> list[Problem]:
        """Return everything that `kalm intents check` finds."""
        ...

    def heard(self, files: Texts, wording: str, language: Language) -> Heard:
        """Return what a caller hears of one wording of an answer."""
        ...

    def placeholders(self, files: Texts) -> list[str]:
        """Return the names that may stand between braces, sorted; none when they can't be read."""
        ...

    def known(self, files: Texts) -> Known:
        """Return what steps may name; no slots when they can't be read."""
        ...

    def told(self, mistake: FileMistake) -> Problem:
        """Return what stopped a file of the folder from being read."""
        ...

    def steps(self, files: Texts, path: str, flow: str) -> list[FlowStep]:
        """Return the steps of a flow; raises Unreadable."""
        ...
