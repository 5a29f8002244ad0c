"""Turns: what came of each thing that a caller said, and which of them went wrong.

A fold over the events of a call; inbox and figures both read it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from bot.events import (
    BotSpoke,
    CallerSpoke,
    Event,
    FlowChanged,
    HandoffRequested,
    IncidentReported,
    MessageLeft,
    SlotFilled,
    StepReached,
    Understood,
)
from handoff.past_calls import OWN_FLOWS

Why = Literal["not_understood", "unsure", "asked_again", "corrected", "handed_over", "disputed"]
"""Why an owner should look at what a caller said.

`asked_again`: the bot had to put its question once more; `corrected`: the caller said next
that this was not meant; `handed_over`: a person was fetched because of it; `disputed`: an
agent called wrong what the card made of it.
"""

OUT_OF_SCOPE = "out_of_scope"
SURE = 0.5
"""Confidence from which the dialogue acts upon words in the midst of something else."""
PRIVATE = frozenset({"digits", "postcode", "phone", "email", "iban", "name"})
"""Entities that are never shown to owners."""
MASK = "…"
"""Stands for what is not shown. Training reads nothing in it."""

_PRIVATE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|\b\d{4}\s?[a-z]{2}\b|\+?\d+(?:[\s./-]*\d+)*", re.IGNORECASE
)
_DENIALS = frozenset({"correct", "deny", "stop"})
_STIMULI = ("CallerSpoke", "KeyPressed", "CallerSilent")


@dataclass(frozen=True)
class Turn:
    """One utterance, and what happened until the caller's next word, key or silence."""

    at: Event
    """Of the CallerSpoke."""
    spoke: CallerSpoke
    then: tuple[Event, ...]

    @property
    def understood(self) -> Understood | None:
        """What it was taken to mean as a whole; None when nobody tried."""
        for event in self.then:
            if isinstance(event.body, Understood) and event.body.of == self.at.seq:
                return event.body
        return None

    @property
    def wishes(self) -> tuple[tuple[str, str], ...]:
        """The flows that it started or queued, each with the intent that it was for."""
        found: dict[str, str] = {}
        intent = ""
        for event in self.then:
            match event.body:
                case Understood(intent=named):
                    intent = named
                case FlowChanged(flow=flow, change="started" | "queued") if (
                    intent and flow not in OWN_FLOWS
                ):
                    found.setdefault(flow, intent)
        return tuple(found.items())

    @property
    def filled(self) -> bool:
        """Whether it told something that was asked."""
        return any(
            isinstance(event.body, SlotFilled)
            and event.body.by == "caller"
            and event.body.slot != "language"
            for event in self.then
        )

    @property
    def asked_again(self) -> bool:
        """Whether the bot had to put its question once more."""
        return any(
            (isinstance(event.body, StepReached) and event.body.tries > 0)
            or (isinstance(event.body, BotSpoke) and (event.body.answer or "").startswith("sorry/"))
            for event in self.then
        )

    @property
    def fetched(self) -> str | None:
        """Why a person was asked for in this turn; None when none was."""
        for event in self.then:
            if isinstance(event.body, HandoffRequested):
                return event.body.reason
        return None

    @property
    def masked(self) -> str:
        """The words without what is private in them."""
        known = self.understood
        spans = [
            (entity.start, entity.end)
            for entity in (known.entities if known else ())
            if entity.name in PRIVATE
        ]
        return masked(self.spoke.words, spans)


@dataclass(frozen=True)
class Missed:
    """Something that a caller said, which went wrong."""

    turn: Turn
    why: tuple[Why, ...]
    """Not empty."""


def turns(call: Iterable[Event]) -> list[Turn]:
    """Return what callers said in a call, in order, with what came of each.

    Args:
        call: Its events, in order; kinds that tell nothing here may be left out.
    """
    found: list[tuple[Event, CallerSpoke, list[Event]]] = []
    open_now = False
    for event in call:
        if isinstance(event.body, CallerSpoke):
            found.append((event, event.body, []))
            open_now = True
        elif event.body.kind in _STIMULI:
            open_now = False
        elif open_now:
            found[-1][2].append(event)
    return [Turn(at, spoke, tuple(then)) for at, spoke, then in found]


def missed(call: Sequence[Event]) -> list[Missed]:
    """Return what went wrong between the caller and the bot, in order.

    Left out are words that were left for a colleague, words of threat or danger, which
    are for supervisors, and bare values: no example helps to hear a number.
    """
    not_ours = _not_ours(call)
    said = turns(call)
    found = []
    for turn, after in zip_longest(said, said[1:]):
        known = turn.understood
        if (
            known is None
            or turn.at.seq in not_ours
            or (known.intent == "inform" and known.entities)
        ):
            continue
        why = _why(turn, known, after)
        if why:
            found.append(Missed(turn, why))
    return found


def masked(words: str, spans: Iterable[tuple[int, int]] = ()) -> str:
    """Return words with what is private in them left out.

    Args:
        words: As they were said.
        spans: Characters that are private, end exclusive.
    """
    for start, end in sorted(spans, reverse=True):
        words = f"{words[:start]}{MASK}{words[end:]}"
    return " ".join(_PRIVATE.sub(MASK, words).split())


def _why(turn: Turn, known: Understood, after: Turn | None) -> tuple[Why, ...]:
    if turn.fetched == "not_understood":
        return ("handed_over",)
    if after is not None and turn.wishes and _takes_back(after):
        return ("corrected",)
    if turn.filled or turn.wishes or _takes_back(turn):
        return ()
    why: list[Why] = []
    if known.intent == OUT_OF_SCOPE:
        why.append("not_understood")
    elif known.confidence < SURE:
        why.append("unsure")
    if turn.asked_again:
        why.append("asked_again")
    return tuple(why)


def _takes_back(turn: Turn) -> bool:
    """Tell whether somebody says that what the bot began is not what was meant."""
    known = turn.understood
    if known is None or known.intent not in _DENIALS or turn.filled or turn.wishes:
        return False
    stopped = any(
        isinstance(event.body, FlowChanged)
        and event.body.change == "cancelled"
        and event.body.flow not in OWN_FLOWS
        for event in turn.then
    )
    return known.intent == "correct" or turn.asked_again or stopped


def _not_ours(call: Iterable[Event]) -> set[int]:
    found: set[int] = set()
    for event in call:
        match event.body:
            case MessageLeft(of=left):
                found |= set(left)
            case IncidentReported(of=of):
                found.add(of)
    return found
