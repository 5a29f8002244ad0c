"""Transcript: what was said in a call and what happened between the words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bot.events import (
    ActionTaken,
    BargedIn,
    BotSpoke,
    BoundarySet,
    Bridged,
    CallbackPromised,
    CallEnded,
    CallerSilent,
    CallerSpoke,
    CallerVerified,
    ContactFiled,
    Event,
    HandedOn,
    HandoffRequested,
    IncidentReported,
    KeyPressed,
    Language,
    LeftTalk,
    MeasureApplied,
    MoodHeard,
    OfferAccepted,
    Returned,
    Sign,
    TookPart,
    WaitEnded,
    WarningGiven,
    WrappedUp,
)
from handoff.task import step
from handoff.wording import Wording


class Mark(BaseModel):
    """What the caller's words told of the mood."""

    model_config = ConfigDict(frozen=True)

    name: Sign
    text: str


class Line(BaseModel):
    """One line of a transcript."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: datetime
    second: int
    """Since the start of the call."""
    by: Literal["caller", "bot", "note"]
    """`note`: nobody said it; it happened."""
    text: str
    language: Language | None = None
    """Of the words, when they were spoken."""
    unheard: str | None = None
    """What the bot did not get to say, since the caller interrupted."""
    anger: float | None = None
    """Of this utterance, words and voice together, 0 to 1; None when nobody looked."""
    signs: tuple[Mark, ...] = ()


def transcript(events: Iterable[Event], words: Wording) -> list[Line]:
    """Return the lines of a call; notes are in the agent's language."""
    lines: dict[int, Line] = {}
    start: datetime | None = None
    for event in events:
        start = start or event.at
        body = event.body
        if isinstance(body, BargedIn):
            if (cut := lines.get(body.of)) is not None:
                lines[body.of] = _interrupted(cut, body.heard)
            continue
        if isinstance(body, MoodHeard):
            if (line := lines.get(body.of)) is not None and line.by == "caller":
                lines[body.of] = _with_mood(line, body, words)
            continue
        said = _said(event, words)
        if said is not None:
            second = max(0, int((event.at - start).total_seconds()))
            lines[event.seq] = Line(seq=event.seq, at=event.at, second=second, **said)
    return list(lines.values())


def _interrupted(line: Line, heard: str) -> Line:
    if not line.text.startswith(heard):
        return line
    return line.model_copy(update={"text": heard, "unheard": line.text[len(heard) :]})


def _with_mood(line: Line, mood: MoodHeard, words: Wording) -> Line:
    signs = dict.fromkeys(mood.signs)
    marks = tuple(Mark(name=sign, text=words.phrase("signs", sign)) for sign in signs)
    return line.model_copy(update={"anger": mood.anger, "signs": marks})


def _said(event: Event, words: Wording) -> dict[str, Any] | None:
    match event.body:
        case CallerSpoke(words=text, language=language):
            return {"by": "caller", "text": text, "language": language}
        case BotSpoke(words=text, language=language):
            return {"by": "bot", "text": text, "language": language}
        case _:
            note = _note(event, words)
            return None if note is None else {"by": "note", "text": note}


def _note(event: Event, words: Wording) -> str | None:
    match event.body:
        case KeyPressed(key=key):
            return words.phrase("notes", "key", key=key)
        case CallerSilent(seconds=seconds):
            return words.phrase("notes", "silent", seconds=round(seconds))
        case CallerVerified():
            return words.phrase("notes", "verified")
        case ActionTaken() as action:
            return step(action, words)
        case HandoffRequested(reason=reason):
            return words.phrase("notes", "asked", why=words.phrase("asked", reason))
        case CallbackPromised(number=number):
            return words.phrase("callback", number=number)
        case OfferAccepted(agent=agent):
            return words.phrase("notes", "accepted", agent=agent)
        case Bridged(agent=agent):
            return words.phrase("notes", "talks", agent=agent)
        case Returned(agent=agent, why=why):
            return words.phrase("notes", why, agent=agent)
        case HandedOn(agent=agent, to=to):
            how = "handed_on" if to is None else "handed_on_to"
            return words.phrase("notes", how, agent=agent, to=to)
        case TookPart(agent=agent, how=part):
            return words.phrase("notes", part, agent=agent)
        case LeftTalk(agent=agent):
            return words.phrase("notes", "left", agent=agent)
        case WaitEnded():
            return words.phrase("notes", "wait_ended")
        case BoundarySet(sign=sign):
            return words.phrase("notes", "boundary", sign=words.phrase("signs", sign))
        case WarningGiven(sign=sign):
            return words.phrase("notes", "warning", sign=words.phrase("signs", sign))
        case IncidentReported(sign=sign, by=str(agent), note=note):
            what = words.phrase("signs", sign) + (f". {note}" if note else "")
            return words.phrase("notes", "reported", agent=agent, sign=what)
        case IncidentReported(sign=sign, urgent=urgent):
            how = "urgent" if urgent else "incident"
            return words.phrase("notes", how, sign=words.phrase("signs", sign))
        case MeasureApplied(measure=measure):
            return words.phrase("notes", "measure", what=words.phrase("measures", measure))
        case WrappedUp(agent=agent, disposition=disposition):
            how = words.phrase("dispositions", disposition)
            return words.phrase("notes", "closed", agent=agent, how=how)
        case ContactFiled(result=result):
            return words.phrase("filed", result)
        case CallEnded(outcome=outcome):
            return words.phrase("notes", "ended", how=words.phrase("outcomes", outcome))
        case _:
            return None
