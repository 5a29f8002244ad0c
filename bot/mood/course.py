"""Course: what a caller has been through in this call, which explains a mood and feeds it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.events import (
    ActionTaken,
    BargedIn,
    CallStarted,
    Event,
    Evidence,
    FlowChanged,
    HandoffRequested,
    StepReached,
)

LONG_WAIT_S = 60.0
"""A wait for a person that begins to weigh."""
RECENT = timedelta(days=7)
"""Earlier contacts within this time make a call a repeated one."""
HEAVIEST = 0.2
"""The most that a course can add to anger: it never makes a calm caller angry."""


@dataclass(frozen=True)
class Course:
    """The burdens of a call so far, as a fold over its events."""

    failed_tries: int = 0
    """Questions that had to be put again."""
    flows: Counter[str] = field(default_factory=Counter)
    """How often each flow was begun."""
    interruptions: int = 0
    """How often the caller spoke over the bot."""
    earlier_calls: int = 0
    """Contacts in the days before."""
    started: datetime | None = None
    waiting_since: datetime | None = None

    def after(self, event: Event) -> "Course":
        """Return the course after one more event."""
        match event.body:
            case CallStarted():
                return replace(self, started=event.at)
            case StepReached(tries=tries) if tries > 0:
                return replace(self, failed_tries=self.failed_tries + 1)
            case FlowChanged(flow=flow, change="started"):
                return replace(self, flows=self.flows + Counter([flow]))
            case BargedIn():
                return replace(self, interruptions=self.interruptions + 1)
            case HandoffRequested() if self.waiting_since is None:
                return replace(self, waiting_since=event.at)
            case ActionTaken(action="find_contacts", facts={"contacts": list(contacts)}):
                return replace(self, earlier_calls=_recent(contacts, event.at))
            case _:
                return self

    def evidence(self, now: datetime) -> tuple[Evidence, ...]:
        """Return what weighs by now, each as a number that a person understands."""
        waited = (now - self.waiting_since).total_seconds() if self.waiting_since else 0.0
        # "call" is the whole conversation, "verify" is ours: neither is a wish made again.
        again = max((n for f, n in self.flows.items() if f not in ("call", "verify")), default=0)
        measures = {
            "failed_tries": self.failed_tries,
            "repeated": again if again > 1 else 0,
            "interruptions": self.interruptions if self.interruptions > 1 else 0,
            "earlier_calls": self.earlier_calls,
            "waited_s": waited if waited >= LONG_WAIT_S else 0,
        }
        return tuple(
            Evidence(source="course", name=name, value=float(value))
            for name, value in measures.items()
            if value
        )

    def weight(self, now: datetime) -> float:
        """Return what the course adds to the anger of a caller who is upset, 0 to HEAVIEST."""
        each = {
            "failed_tries": 0.04,
            "repeated": 0.03,
            "interruptions": 0.02,
            "earlier_calls": 0.05,
        }
        total = 0.0
        for burden in self.evidence(now):
            assert burden.value is not None  # noqa: S101 - `evidence` gives every burden its number
            if burden.name == "waited_s":
                total += min(burden.value / 600, 0.1)
            else:
                total += each[burden.name] * min(burden.value, 3)
        return min(total, HEAVIEST)


def _recent(contacts: list[object], now: datetime) -> int:
    """Count the contacts of the last days; what makes no sense counts for nothing."""
    count = 0
    for contact in contacts:
        if not isinstance(contact, Mapping):
            continue
        try:
            at = datetime.fromisoformat(str(contact.get("at")))
            count += timedelta(0) <= now - at <= RECENT
        except (TypeError, ValueError):
            continue  # no moment at all, or one without a time zone
    return count
