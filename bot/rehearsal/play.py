"""Plays a script on a stage, up to the first step that goes otherwise than written."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.dialogue.content import Content
from bot.events import ActionTaken, HandoffRequested, IncidentReported
from bot.mood.state import MoodSense
from bot.rehearsal.script import Step, Written
from bot.rehearsal.stage import Stage, Turn, demo_company
from bot.understanding.meaning import Understanding


@dataclass(frozen=True)
class Otherwise:
    """A conversation that did not go as written."""

    conversation: str
    """File and name."""
    file: Path
    line: int
    """Of the step; of the conversation when it is about its end."""
    stimulus: str
    """What the caller said or did; empty at the end."""
    said: str
    """What the bot said to it."""
    problem: str

    def __str__(self) -> str:
        said = f" To {self.stimulus!r} the bot said {self.said!r}." if self.stimulus else ""
        return f"{self.file}:{self.line}: {self.conversation}: {self.problem}.{said}"


class Cast(Protocol):
    """Those who take part in a call: what an edition holds."""

    @property
    def content(self) -> Content:
        """What the bot can say and do."""
        ...

    @property
    def understanding(self) -> Understanding:
        """What tells meanings."""
        ...

    @property
    def mood(self) -> MoodSense:
        """What tells moods."""
        ...


async def rehearse(
    scripts: Sequence[Written], cast: Cast
) -> AsyncIterator[tuple[Written, Otherwise | None]]:
    """Play each script on a stage of its own, and yield what went otherwise, if anything.

    Args:
        scripts: What to play.
        cast: Its understanding must take the day for that of the stage, `stage.clock`.
    """
    for written in scripts:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(
                cast.content,
                cast.understanding,
                demo_company(Path(folder)),
                language=written.language,
                number=written.script.number,
                mood=cast.mood,
                queue=written.given_queue(),
            )
            try:
                result = await play(written, stage)
            finally:
                await stage.settled()
        yield written, result


async def play(written: Written, stage: Stage) -> Otherwise | None:
    """Play a script; returns what goes otherwise than written, None when nothing does."""
    script = written.script
    await stage.start()
    for step, line in zip(script.steps, written.lines, strict=True):
        turn = await _do(step, stage)
        problem = _problem(step, turn, stage) if turn is not None else None
        if turn is not None and problem:
            stimulus = step.caller or step.key or ("(silence)" if step.silence else str(step.agent))
            return Otherwise(written.title, written.file, line, stimulus, turn.words, problem)
    if script.hangs_up:
        await stage.hang_up()
    problem = _at_the_end(written, stage)
    if problem:
        return Otherwise(written.title, written.file, written.line, "", "", problem)
    return None


def _at_the_end(written: Written, stage: Stage) -> str | None:
    outcome = stage.state.outcome
    if outcome is None:
        return "the conversation has no end: add hangs_up, or a step after which the bot ends it"
    if written.script.hangs_up and outcome != written.script.hangs_up:
        return f"the outcome is {outcome}, not {written.script.hangs_up}"
    if stage.state.handoff == "failure":
        return "the dialogue failed and fetched a person"
    return None


async def _do(step: Step, stage: Stage) -> Turn | None:
    if step.caller is not None:
        return await stage.say(step.caller, step.language)
    if step.key is not None:
        return await stage.keys(step.key)
    if step.silence:
        return await stage.silence()
    if step.agent is not None:
        return await stage.accept(step.agent)
    if step.queue is not None and stage.queue is not None:
        stage.queue.now = step.queue.place()
        return None
    stage.company.mood = str(step.company)
    return None


def _problem(step: Step, turn: Turn, stage: Stage) -> str | None:
    """Return the first expectation that is not met, in words."""
    said = iter(turn.answers)
    for answer in _list(step.says):
        if answer not in said:
            heard = ", ".join(turn.answers) or "nothing"
            return f"expected the answers {', '.join(_list(step.says))}, heard {heard}"
    for text in _list(step.contains):
        if text not in turn.words:
            return f"expected to hear {text!r}"
    for text in _list(step.lacks):
        if text in turn.words:
            return f"did not want to hear {text!r}"
    bodies = [event.body for event in turn.events]
    if step.action:
        name, _, result = step.action.partition(" ")
        done = [(body.action, body.result) for body in bodies if isinstance(body, ActionTaken)]
        if (name, result or "ok") not in done:
            taken = ", ".join(f"{action} {came}" for action, came in done) or "none"
            return f"expected the action {step.action}, taken were {taken}"
    reports = [body.sign for body in bodies if isinstance(body, IncidentReported)]
    if reports != ([step.reports] if step.reports else []):
        return f"reported {reports or 'nothing'}, expected {step.reports or 'nothing'}"
    if step.fetches:
        fetched = [body.reason for body in bodies if isinstance(body, HandoffRequested)]
        if fetched != [step.fetches]:
            return f"fetched a person for {fetched or 'nothing'}, expected {step.fetches}"
    for slot, value in step.slots.items():
        if stage.state.slots.get(slot) != value:
            return f"{slot} is {stage.state.slots.get(slot)!r}, expected {value!r}"
    if step.outcome and (turn.end is None or turn.end.outcome != step.outcome):
        ended = turn.end.outcome if turn.end else "not over"
        return f"the call is {ended}, expected {step.outcome}"
    return None


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
