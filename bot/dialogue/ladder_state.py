"""LadderState: what the ladder remembers of a call, as a fold over its events.

It keeps what each utterance told and what it was answered with, and no rung: the
rung is worked out from that by the company's settings, in `bot.dialogue.ladder`.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.dialogue.danger import CrisisKind, crisis_kind
from bot.events import (
    BargedIn,
    BotSpoke,
    BoundarySet,
    Bridged,
    CallerSpoke,
    CallStarted,
    Event,
    HandedOn,
    HandoffRequested,
    IncidentReported,
    MeasureApplied,
    MoodHeard,
    Returned,
    Sign,
    WarningGiven,
)

_SORRY = re.compile(
    r"\b(?:het|dat) spijt me|\bspijt (?:het )?me\b|\bzo bedoel(?:de)? ik|\bexcuses\b|"
    r"\bneem me niet kwalijk|\bsorry (?:dat ik|voor|hoor|ik (?:bedoel|was))|"
    r"\bi(?:'m| am) (?:so |very |really )?sorry\b(?! but)|\bi apologi[sz]e|\bmy apologies|"
    r"didn'?t mean (?:it|that|to)|\bsorry (?:about|for|i)\b",
    re.IGNORECASE,
)
_BARE_SORRY = re.compile(r"\W*(?:(?:ok|oké|oke|okay|ja|yes|nou|well)\W+)?sorry\W*", re.IGNORECASE)
_ASKS = re.compile(r"\?|wat (?:zei|zegt)|versta|what did you|hear you|niet goed gehoord|pardon")


def sorry(words: str) -> bool:
    """Whether words are a sincere excuse, and not a "sorry?" that asks to repeat."""
    if _ASKS.search(words.lower()):
        return False
    return bool(_SORRY.search(words) or _BARE_SORRY.fullmatch(words))


@dataclass(frozen=True)
class Heard:
    """What one utterance told, and what it was answered with."""

    of: int
    """`seq` of the CallerSpoke."""
    words: str
    signs: frozenset[Sign]
    unsure: frozenset[Sign]
    by_words: float
    """Anger of the words, 0 to 1."""
    anger: float
    """Of words, voice and course together."""
    sorry: bool = False
    began: datetime | None = None
    """When the caller began to say it; None in a chat."""
    step: Literal["boundary", "warning"] | None = None
    incident: Sign | None = None


@dataclass(frozen=True)
class Warned:
    """The last warning, and how much of it reached the caller."""

    of: int
    spoke: int = 0
    """`seq` of the BotSpoke that says it; 0 until it is said."""
    at: datetime | None = None
    heard: str = ""
    """Its words as far as they were played."""


@dataclass(frozen=True)
class LadderState:
    """Everything the ladder goes by, besides the mood."""

    turns: tuple[Heard, ...] = ()
    """Every utterance whose mood was heard."""
    crisis: tuple[CrisisKind, ...] = ()
    """Kinds of danger that were told; never empty again after the first."""
    warned: Warned | None = None
    fetched: frozenset[str] = frozenset()
    """Reasons for which a person was asked for."""
    measures: frozenset[str] = frozenset()
    """Incidents whose measure was carried out in this call."""
    bridged: bool = False
    """Caller and agent talk: the ladder is silent."""
    started: datetime | None = None
    spoke: CallerSpoke | None = None
    seen: frozenset[int] = field(default=frozenset())
    """`seq` of the utterances that were counted: none counts twice."""

    @property
    def now(self) -> Heard | None:
        """The last utterance."""
        return self.turns[-1] if self.turns else None

    @property
    def vulnerable(self) -> bool:
        """Whether the caller needs a soft hand for the rest of the call."""
        return any("vulnerable" in turn.signs for turn in self.turns)

    def after(self, event: Event) -> "LadderState":
        """Return the state after one more event; never raises, whatever the order."""
        match event.body:
            case CallStarted():
                return replace(self, started=event.at)
            case CallerSpoke() as spoke:
                return replace(self, spoke=spoke)
            case MoodHeard() as heard if heard.of not in self.seen:
                return self._hear(heard)
            case BoundarySet(of=of):
                return self._answered(of, step="boundary")
            case WarningGiven(of=of):
                return replace(self._answered(of, step="warning"), warned=Warned(of))
            case IncidentReported(of=of, sign=sign):
                state = self._answered(of, incident=sign)
                # What is on record as a crisis is one, however it came to be.
                return state._endangered() if sign == "crisis" and not self.crisis else state
            case BotSpoke(words=words) if self.warned and not self.warned.spoke:
                said = replace(self.warned, spoke=event.seq, at=event.at, heard=words)
                return replace(self, warned=said)
            case BargedIn(of=of, heard=words) if self.warned and of == self.warned.spoke:
                return replace(self, warned=replace(self.warned, heard=words))
            case HandoffRequested(reason=reason):
                return replace(self, fetched=self.fetched | {reason})
            case MeasureApplied(incident=incident):
                return replace(self, measures=self.measures | {incident})
            case Bridged():
                return replace(self, bridged=True)
            case Returned() | HandedOn(warm=False):
                return replace(self, bridged=False)
            case _:
                return self

    def _hear(self, heard: MoodHeard) -> "LadderState":
        words = self.spoke.words if self.spoke else ""
        turn = Heard(
            heard.of,
            words,
            frozenset(heard.signs),
            frozenset(heard.unsure),
            heard.by_words,
            heard.anger,
            sorry=sorry(words),
            began=self._began(),
        )
        state = replace(self, turns=(*self.turns, turn), seen=self.seen | {heard.of})
        return state._endangered() if "crisis" in turn.signs else state

    def _endangered(self) -> "LadderState":
        kind = crisis_kind(self.spoke.words if self.spoke else "")
        if self.crisis and kind == "unclear":
            return self
        return replace(self, crisis=(*(k for k in self.crisis if k != kind), kind))

    def _began(self) -> datetime | None:
        if self.started is None or self.spoke is None or not self.spoke.end_ms:
            return None
        return self.started + timedelta(milliseconds=self.spoke.start_ms)

    def _answered(
        self,
        of: int,
        *,
        step: Literal["boundary", "warning"] | None = None,
        incident: Sign | None = None,
    ) -> "LadderState":
        turns = tuple(
            replace(t, step=step or t.step, incident=incident or t.incident) if t.of == of else t
            for t in self.turns
        )
        return replace(self, turns=turns)
