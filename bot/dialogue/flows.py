"""Flow: what Kalm does for one wish, as steps; a subset of the syntax of Rasa's flows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.dialogue.conditions import Condition, SlotValue
from bot.dialogue.source import Place

END = "END"
"""The step after the last."""


@dataclass(frozen=True)
class Branch:
    """Where to go next, and when."""

    when: Condition | None
    """None for "else"."""
    to: str
    """A step's id, or END."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step; the subclasses say what it does."""

    id: str
    next: tuple[Branch, ...]
    """The first that holds is taken; the last always holds."""
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True)
class Rejection:
    """A value that a slot may not have, and what to say then."""

    when: Condition
    answer: str


@dataclass(frozen=True, kw_only=True)
class Collect(Step):
    """Ask the caller for a slot."""

    slot: str
    ask: str
    """The answer that asks for it."""
    ask_before_filling: bool = False
    """Ask even when the slot is filled already."""
    rejections: tuple[Rejection, ...] = ()
    typed: str = ""
    """Id of the question that keys answer in place of this one, which can only be spoken."""
    otherwise: str = ""
    """Id of the step to go to when the answer is not understood, in place of asking again."""


@dataclass(frozen=True, kw_only=True)
class Act(Step):
    """Run an action."""

    action: str


@dataclass(frozen=True, kw_only=True)
class Utter(Step):
    """Say an answer."""

    answer: str


@dataclass(frozen=True, kw_only=True)
class Call(Step):
    """Run another flow, then go on here."""

    flow: str


@dataclass(frozen=True, kw_only=True)
class Link(Step):
    """End this flow and start another in its place."""

    flow: str


@dataclass(frozen=True, kw_only=True)
class SetSlots(Step):
    """Set slots to fixed values; None forgets one."""

    values: tuple[tuple[str, SlotValue], ...]


@dataclass(frozen=True, kw_only=True)
class Noop(Step):
    """Nothing but a fork in the way."""


@dataclass(frozen=True)
class Flow:
    """What Kalm does for one wish."""

    name: str
    description: str
    triggers: tuple[str, ...]
    """Intents that start it."""
    keeps: tuple[str, ...]
    """Slots that stay filled when the flow starts anew."""
    follow_up: tuple[str, ...]
    """Entities that, said right after it ("en zaterdag?"), mean the same wish once more."""
    steps: Mapping[str, Step]
    """By id, in the order of the file."""
    place: Place = field(compare=False, repr=False)

    @property
    def first(self) -> str:
        """The id of the first step."""
        return next(iter(self.steps))

    @property
    def fills(self) -> frozenset[str]:
        """The slots that its steps ask for or set."""
        asked = {step.slot for step in self.steps.values() if isinstance(step, Collect)}
        fixed = {
            s for step in self.steps.values() if isinstance(step, SetSlots) for s, _ in step.values
        }
        return frozenset(asked | fixed)
