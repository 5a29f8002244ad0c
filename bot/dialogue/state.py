"""State: what a conversation knows, as a fold over its events and nothing else."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue.bridge_state import BridgeState
from bot.dialogue.conditions import SlotValue
from bot.dialogue.doubt_state import DoubtState
from bot.dialogue.ladder_state import LadderState
from bot.dialogue.wait_state import WaitState
from bot.events import (
    ActionTaken,
    Body,
    BotSpoke,
    CallbackPromised,
    CallEnded,
    CallerIdentified,
    CallerSilent,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Event,
    FlowChanged,
    HandedOn,
    HandoffRequested,
    KeyPressed,
    Language,
    OfferAccepted,
    Outcome,
    Returned,
    SlotFilled,
    StepReached,
    Understood,
    WaitEnded,
)
from bot.mood.state import MoodState
from bot.understanding.meaning import Meaning


@dataclass(frozen=True)
class Frame:
    """A flow that is under way, and where it is."""

    flow: str
    opening: Meaning | None = None
    """What the caller said that started it."""
    step: str | None = None
    tries: int = 0
    """How often the caller was asked at this step in vain."""
    visited: frozenset[str] = frozenset()
    """Steps it has been at; what the opening told is used at the first visit only."""


@dataclass
class State:
    """Everything the dialogue goes by."""

    seq: int = 0
    language: Language = "nl"
    caller_number: str | None = None
    stack: tuple[Frame, ...] = ()
    """Flows under way; the last is the one that talks."""
    pending: tuple[tuple[str, Meaning | None], ...] = ()
    """Wishes to take up later, with the words that told them."""
    slots: dict[str, SlotValue] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    """What the company told last: invoices, appointments, offered slots."""
    customer: str | None = None
    """Customer number of whom we believe to have on the line."""
    customer_name: str | None = None
    identified_by: str | None = None
    factors: tuple[str, ...] = ()
    """What proved it; empty until verified."""
    meaning: Meaning | None = None
    """What was understood last."""
    keys: str = ""
    """Digits typed so far."""
    holding: bool = False
    """The caller asked for a moment."""
    silences: int = 0
    """How often in a row the caller said nothing."""
    times_said: dict[str, int] = field(default_factory=dict)
    last_words: str = ""
    turn_words: str = ""
    """All that the bot said since the caller's last turn."""
    last_turn: tuple[str, ...] = ()
    """Names of the answers that the bot said since the caller's last turn."""
    bot_has_turn: bool = False
    concluded: dict[str, int] = field(default_factory=dict)
    """How often an action with the same arguments came to an end."""
    completed: tuple[str, ...] = ()
    """Flows brought to an end, in order."""
    handoff: str | None = None
    """Why a person was asked for."""
    agent: str | None = None
    """Who took the card."""
    callback: str | None = None
    """The number that was promised to be called."""
    outcome: Outcome | None = None
    spoken_words: str = ""
    """The caller's last utterance."""
    mood: MoodState = field(default_factory=MoodState)
    ladder: LadderState = field(default_factory=LadderState)
    bridge: BridgeState = field(default_factory=BridgeState)
    wait: WaitState = field(default_factory=WaitState)
    doubt: DoubtState = field(default_factory=DoubtState)

    def copy(self) -> "State":
        """Return a state that goes its own way; what is in it never changes, but for tables."""
        return replace(
            self,
            slots=dict(self.slots),
            found=dict(self.found),
            times_said=dict(self.times_said),
            concluded=dict(self.concluded),
        )

    @property
    def top(self) -> Frame | None:
        """The flow that talks."""
        return self.stack[-1] if self.stack else None

    @property
    def verified(self) -> bool:
        """Whether private facts may be spoken."""
        return bool(self.factors)

    def facts_of_caller(self) -> dict[str, SlotValue]:
        """Return what a condition may ask as `caller.NAME`."""
        return {
            "identified": self.customer is not None,
            "verified": self.verified,
            "number_known": self.caller_number is not None,
            "language": self.language,
            "callback_known": self.callback is not None,
        }

    def apply(self, event: Event) -> None:
        """Take one event in; never raises, whatever the order."""
        self.seq = event.seq
        self.mood = self.mood.after(event)
        self.ladder = self.ladder.after(event)
        self.bridge = self.bridge.after(event.body)
        self.wait = self.wait.after(event)
        self.doubt = self.doubt.after(event)
        _heard(self, event.body)
        _said(self, event.body)
        _moved(self, event.body)
        _learned(self, event.body)


def _heard(state: State, body: Body) -> None:
    """What comes from the caller."""
    match body:
        case CallerSpoke():
            state.spoken_words = body.words
            state.keys, state.silences = "", 0
            state.holding = state.bot_has_turn = False
        case Understood():
            state.meaning = Meaning(
                state.doubt.words_of(body, state.spoken_words),
                state.language,
                body.intent,
                body.confidence,
                body.entities,
                body.ranking,
                body.by,
            )
            state.holding = body.intent == "hold_on"
        case KeyPressed():
            state.silences, state.holding, state.bot_has_turn = 0, False, False
            if body.key == "*":
                state.keys = ""
            elif body.key != "#":
                state.keys += body.key
        case CallerSilent():
            state.silences += not state.holding  # a silence that was asked for is none
            state.holding = state.bot_has_turn = False


def _said(state: State, body: Body) -> None:
    """What goes to the caller."""
    if not isinstance(body, BotSpoke):
        return
    if body.answer is None:  # what noise cut off, once more: the same answers, not others
        state.bot_has_turn, state.last_words = True, body.words
        return
    name = body.answer.partition("/")[0]
    state.last_turn = (*state.last_turn, name) if state.bot_has_turn else (name,)
    state.turn_words = f"{state.turn_words} {body.words}" if state.bot_has_turn else body.words
    state.bot_has_turn = True
    state.times_said[name] = state.times_said.get(name, 0) + 1
    state.last_words = body.words


def _moved(state: State, body: Body) -> None:
    """Where the flows are."""
    match body:
        case StepReached():
            state.keys = ""
            state.stack = tuple(
                _at_step(frame, body) if frame.flow == body.flow else frame for frame in state.stack
            )
        case FlowChanged(change="queued"):
            state.pending = (*state.pending, (body.flow, state.meaning))
        case FlowChanged(change="started"):
            opening = next((m for flow, m in state.pending if flow == body.flow), state.meaning)
            state.pending = tuple(item for item in state.pending if item[0] != body.flow)
            state.stack = (*_without(state.stack, body.flow), Frame(body.flow, opening))
        case FlowChanged(change="completed" | "cancelled"):
            state.stack = _without(state.stack, body.flow)
            if body.change == "completed":
                state.completed = (*state.completed, body.flow)


def _at_step(frame: Frame, body: StepReached) -> Frame:
    visited = frame.visited | {frame.step} if frame.step else frame.visited
    return replace(frame, step=body.step, tries=body.tries, visited=visited)


def _without(stack: tuple[Frame, ...], flow: str) -> tuple[Frame, ...]:
    return tuple(frame for frame in stack if frame.flow != flow)


def _learned(state: State, body: Body) -> None:
    """What became known or was promised."""
    match body:
        case CallStarted():
            state.language, state.caller_number = body.language, body.caller_number
        case SlotFilled(slot="language") if body.value in ("nl", "en"):
            state.language = "nl" if body.value == "nl" else "en"
        case SlotFilled():
            state.slots[body.slot] = body.value
            state.keys = ""
            if body.slot == "colleague" and body.value not in (None, "none"):
                state.agent = str(body.value)
        case ActionTaken():
            state.found.update(body.facts)
            if body.result in ("ok", "refused"):
                key = action_key(body.action, body.arguments)
                state.concluded[key] = state.concluded.get(key, 0) + 1
        case CallerIdentified():
            state.customer, state.customer_name = body.customer_id, body.name
            state.identified_by = body.how
        case CallerVerified():
            state.customer, state.factors = body.customer_id, body.factors
        case HandoffRequested():
            state.handoff = state.handoff or body.reason
        case OfferAccepted():
            state.agent = body.agent
        case Returned(why="lost") | HandedOn():
            state.agent = None
        case Returned() | WaitEnded():  # what was asked of a person is answered
            state.agent = state.handoff = state.callback = None
        case CallbackPromised():
            state.callback = body.number
        case CallEnded():
            state.outcome = body.outcome


def fold(events: Iterable[Event]) -> State:
    """Return the state after these events."""
    state = State()
    for event in events:
        state.apply(event)
    return state


def action_key(action: str, arguments: Mapping[str, Any]) -> str:
    """Return one text for an action with its arguments."""
    return f"{action} {json.dumps(arguments, sort_keys=True, default=str)}"
