"""Text conversations as data: what a caller does, and what must come of it."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from bot.events import (
    ActionTaken,
    HandoffRequested,
    IncidentReported,
    Language,
    Outcome,
    Sign,
)
from tests.dialogue.stage import INTENTS, Stage, Turn

FOLDER = INTENTS / "tests" / "conversations"


class Step(BaseModel):
    """One thing that happens, and what is expected of it."""

    model_config = ConfigDict(extra="forbid")

    caller: str | None = None
    language: Language | None = None
    key: str | None = None
    silence: bool = False
    agent: str | None = None
    company: str | None = None

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
        given = [self.caller, self.key, self.silence or None, self.agent, self.company]
        assert sum(each is not None for each in given) == 1, "a step is one thing that happens"
        return self


class Script(BaseModel):
    """One conversation."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str
    number: str | None = Field(default=None, alias="from")
    steps: list[Step]
    hangs_up: Outcome | None = None
    """The caller hangs up after the last step, and this is the outcome."""


def scripts() -> list[tuple[str, Language, Script]]:
    found: list[tuple[str, Language, Script]] = []
    languages: tuple[Language, ...] = ("nl", "en")
    for language in languages:
        for file in sorted((FOLDER / language).glob("*.yml")):
            rows = YAML(typ="safe").load(file)["conversations"]  # YAML 1.2: "no" is a word
            for row in rows:
                script = Script.model_validate(row)
                found.append((f"{language}/{file.stem}: {script.name}", language, script))
    return found


async def play(script: Script, stage: Stage) -> None:
    await stage.start()
    for number, step in enumerate(script.steps, start=1):
        turn = await _do(step, stage)
        if turn is not None:
            _check(step, turn, stage, f"step {number} ({step.caller or step.key or ''}): ")
    if script.hangs_up:
        await stage.hang_up()
        assert stage.state.outcome == script.hangs_up
    assert stage.state.outcome is not None, "the conversation has no end"
    await stage.check()
    assert stage.state.handoff != "failure", "the dialogue failed"


async def _do(step: Step, stage: Stage) -> Turn | None:
    if step.caller is not None:
        return await stage.say(step.caller, step.language)
    if step.key is not None:
        return await stage.keys(step.key)
    if step.silence:
        return await stage.silence()
    if step.agent is not None:
        return await stage.accept(step.agent)
    stage.company.mood = str(step.company)
    return None


def _check(step: Step, turn: Turn, stage: Stage, where: str) -> None:
    heard = f"{where}the bot said {turn.answers}: {turn.words}"
    said = iter(turn.answers)
    for answer in _list(step.says):
        assert answer in said, f"{heard}\nexpected {step.says}"
    for text in _list(step.contains):
        assert text in turn.words, f"{heard}\nexpected {text!r}"
    for text in _list(step.lacks):
        assert text not in turn.words, heard
    if step.action:
        name, _, result = step.action.partition(" ")
        taken = [e.body for e in turn.events if isinstance(e.body, ActionTaken)]
        done = [(body.action, body.result) for body in taken]
        assert (name, result or "ok") in done, f"{heard}\nactions {done}"
    reports = [e.body.sign for e in turn.events if isinstance(e.body, IncidentReported)]
    assert reports == ([step.reports] if step.reports else []), f"{heard}\nreported {reports}"
    if step.fetches:
        fetched = [e.body.reason for e in turn.events if isinstance(e.body, HandoffRequested)]
        assert fetched == [step.fetches], f"{heard}\nfetched for {fetched}"
    for slot, value in step.slots.items():
        assert stage.state.slots.get(slot) == value, (
            f"{heard}\n{slot}={stage.state.slots.get(slot)!r}"
        )
    if step.outcome:
        assert turn.end is not None, heard
        assert turn.end.outcome == step.outcome, heard


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


__all__ = ["FOLDER", "Path", "Script", "play", "scripts"]
