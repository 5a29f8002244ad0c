"""Script: a conversation as a product owner wrote it down, from `intents/tests/conversations`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.dialogue.slots import LANGUAGES
from bot.dialogue.source import Table, one_of, read
from bot.events import Language, Outcome, Sign
from bot.rehearsal.queue import GivenQueue, Queued

FOLDER = Path("tests") / "conversations"
"""Within the intents folder; below it one folder a language."""


class Step(BaseModel):
    """One thing that happens, and what is expected of it."""

    model_config = ConfigDict(extra="forbid")

    caller: str | None = None
    language: Language | None = None
    key: str | None = None
    silence: bool = False
    agent: str | None = None
    company: str | None = None
    queue: Queued | None = None
    """How the wait for a person stands from now on, in a conversation that has a queue."""

    says: str | list[str] = Field(default_factory=list)
    """Answers that are said, in this order, others between them or not."""
    contains: str | list[str] = Field(default_factory=list)
    lacks: str | list[str] = Field(default_factory=list)
    action: str | None = None
    """An action that the company carried out, as "book" or "book refused"."""
    slots: dict[str, Any] = Field(default_factory=dict)
    reports: Sign | None = None
    """An incident that is reported."""
    fetches: str | None = None
    """A reason for which a person is asked for."""
    outcome: Outcome | None = None

    @model_validator(mode="after")
    def one_stimulus(self) -> "Step":
        """Refuse a step in which two things happen, or nothing."""
        given = [
            self.caller, self.key, self.silence or None, self.agent, self.company, self.queue,
        ]  # fmt: skip
        if sum(each is not None for each in given) != 1:
            raise ValueError("a step is one of caller, key, silence, agent, company and queue")
        return self


class Script(BaseModel):
    """One conversation."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str
    number: str | None = Field(default=None, alias="from")
    """Of the caller, E.164."""
    queue: Queued | None = None
    """How the wait for a person stands; without it nobody knows, and callers are called back."""
    steps: list[Step]
    hangs_up: Outcome | None = None
    """The caller hangs up after the last step, and this is the outcome."""


@dataclass(frozen=True)
class Written:
    """A script and where it stands."""

    script: Script
    language: Language
    file: Path
    line: int
    """Where the conversation begins."""
    lines: tuple[int, ...]
    """Where each step begins."""

    def given_queue(self) -> GivenQueue | None:
        """Return the queue of the conversation; None when it has none."""
        queue = self.script.queue
        return GivenQueue(queue.place()) if queue else None

    @property
    def title(self) -> str:
        """File and name, for people."""
        return f"{self.language}/{self.file.stem}: {self.script.name}"


def files(intents: Path) -> Iterator[tuple[Language, Path]]:
    """Yield the files of conversations, Dutch first."""
    for language in LANGUAGES:
        for file in sorted((intents / FOLDER / language).glob("*.yml")):
            yield language, file


def load(intents: Path) -> list[Written]:
    """Return all conversations of an intents folder; raises ContentError at the first mistake."""
    return [one for language, file in files(intents) for one in load_file(file, language)]


def load_file(file: Path, language: Language) -> list[Written]:
    """Return the conversations of one file; raises ContentError."""
    top = read(file)  # YAML 1.2, in which "no" is a word
    top.only("conversations")
    return [_written(row, language) for row in top.rows("conversations")]


def _written(row: Table, language: Language) -> Written:
    steps = row.rows("steps")
    for step in steps:
        _checked(Step, step)
    script = _checked(Script, row)
    lines = tuple(step.place().line for step in steps)
    return Written(script, language, row.file, row.place().line, lines)


def _checked(model: type[Any], row: Table) -> Any:
    try:
        return model.model_validate(row.data)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else None
        names = [field.alias or name for name, field in model.model_fields.items()]
        cure = f"The keys are {', '.join(names)}."
        if first["type"] == "extra_forbidden":
            cure = one_of(str(key), names)
        what = f"{key!r}: {first['msg']}." if key else f"{first['msg']}."
        raise row.error(what.removeprefix("Value error, "), cure, key) from error
