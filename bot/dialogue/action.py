"""Action: something that a flow does by name, and what comes of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.company.api import Company
from bot.dialogue.conditions import SlotValue
from bot.dialogue.slots import Slot
from bot.dialogue.state import State
from bot.events import Body
from bot.queue import Place


async def nowhere() -> Place | None:
    """Return no place: nobody knows of a queue."""
    return None


@dataclass(frozen=True)
class Task:
    """What an action may use."""

    company: Company
    state: State
    slots: Mapping[str, Slot]
    """As declared."""
    clock: Clock
    zone: ZoneInfo
    arguments: Mapping[str, Any]
    """As stored with the action's events."""
    key: str = ""
    """The idempotency key of a change."""
    place: Callable[[], Awaitable[Place | None]] = nowhere
    """Tells where the caller is among those who wait for a person."""

    @property
    def now(self) -> datetime:
        """The present moment where the caller is."""
        return self.clock().astimezone(self.zone)


@dataclass(frozen=True)
class Done:
    """What came of an action."""

    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    """Slots that it fills; None forgets one."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the company told, in JSON; kept in the event."""
    events: tuple[Body, ...] = ()
    """What else happened by it."""


def no_arguments(state: State) -> dict[str, Any]:
    """Return no arguments."""
    del state
    return {}


@dataclass(frozen=True)
class Action:
    """An action that flows can name."""

    name: str
    run: Callable[[Task], Awaitable[Done]]
    arguments: Callable[[State], dict[str, Any]] = no_arguments
    asks_company: bool = True
    """False when it only thinks: nothing to wait for, and no ActionTaken."""
    changes: bool = False
    """It changes the company's records: stored before it is sent, under a key."""
    private: bool = False
    """It needs a verified caller."""
