"""Wrap-up: how an agent closes a card, filled in beforehand from the events of the call.

What the events do not tell is left blank: a guess that is wrong half of the time costs an agent
more than an empty field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.events import (
    AgentPromise,
    Body,
    CallbackPlanned,
    CallbackTried,
    Event,
    Language,
    WrappedUp,
)
from handoff import task
from handoff.callbacks import PAUSE
from handoff.disputes import standing
from handoff.notes import Notes, notes
from handoff.parts import Card
from handoff.store.callback_rows import AGAIN
from handoff.wording import Wording, wording

Disposition = Literal["solved", "callback_made", "not_reached", "passed_on"]
LENGTH = 2000
"""Characters of a text that an agent writes."""
MANY_PROMISES = 10
QUARTER = 15
"""Minutes to which a suggested moment is rounded."""


class DraftPromise(BaseModel):
    """A promise that was made in this call."""

    model_config = ConfigDict(frozen=True)

    text: str
    due: datetime | None = None


class Draft(BaseModel):
    """How a card would be closed, as far as the events tell; an agent corrects it."""

    model_config = ConfigDict(frozen=True)

    disposition: Disposition | None = None
    """None when the events do not tell how it ended."""
    done: str = ""
    """What was done, in the agent's language."""
    promises: tuple[DraftPromise, ...] = ()
    callback_number: str | None = None
    """E.164: the number that a call back was promised on, else the caller's."""
    callback_suggested: datetime
    """When to try again, should nobody be reached."""


@dataclass(frozen=True)
class WrapUp:
    """How an agent closes a card."""

    disposition: Disposition
    note: str = ""
    done: str = ""
    promises: tuple[AgentPromise, ...] = ()
    callback: CallbackPlanned | None = None
    """A call back that is promised."""


def draft(events: Sequence[Event], made: Card, language: Language, now: datetime) -> Draft:
    """Fill in the wrap-up of a call.

    Args:
        events: The call's events, from the first.
        made: Its card, in the agent's language.
        language: The agent's.
        now: In the agent's zone.
    """
    taken = notes(events)
    words = wording(language, now.tzinfo or UTC)
    steps = [step for step in made.steps if step.result == "ok"]
    later = now + PAUSE
    return Draft(
        disposition=guess(taken),
        done="; ".join(standing(steps)),
        promises=_promises(taken, words),
        callback_number=_number(taken),
        callback_suggested=later.replace(
            minute=later.minute // QUARTER * QUARTER, second=0, microsecond=0
        ),
    )


def guess(taken: Notes) -> Disposition | None:
    """Return how the contact ended; None when the events do not tell.

    Solved is what was changed at the company's systems, with nothing left open and nothing
    wished since. That an agent talked with the caller does not tell what came of it.
    """
    tried = max(taken.after.tried.values(), key=lambda noted: noted.seq, default=None)
    if tried is not None and tried.body.result == "reached":
        return "callback_made"
    if tried is not None and tried.body.result == "not_reached":
        return "not_reached"
    changes = [a for a in taken.own_actions() if a.body.idempotency_key is not None]
    if not changes or taken.begun or task.unfinished(taken):
        return None
    wish = task.wish(taken)
    wished_since = wish is not None and wish.seq > changes[-1].seq
    return None if wished_since or changes[-1].body.result != "ok" else "solved"


def bodies(agent: str, wrapped: WrapUp, taken: Notes, now: datetime) -> list[Body]:
    """Return the events of a wrap-up: how promised call backs went, then the wrap-up itself.

    Who closes a card for which a call back was still to be made, has made it, or tried to.
    Who was not reached is planned again, unless it was tried often enough.
    """
    told: list[Body] = []
    plan = wrapped.callback
    for due in taken.after.due():
        if wrapped.disposition in ("solved", "callback_made"):
            told.append(CallbackTried(of=due.seq, agent=agent, result="reached"))
        elif wrapped.disposition == "not_reached":
            told.append(CallbackTried(of=due.seq, agent=agent, result="not_reached"))
            if plan is not None:
                told.append(plan)
                plan = None
            elif taken.after.tries(due.seq) < AGAIN:
                told.append(due.body.model_copy(update={"due": now + PAUSE}))
    if plan is not None:
        told.append(plan)  # first, so that what is filed of the wrap-up tells of it
    told.append(
        WrappedUp(
            agent=agent,
            disposition=wrapped.disposition,
            note=wrapped.note.strip()[:LENGTH],
            done=wrapped.done.strip()[:LENGTH],
            promises=wrapped.promises[:MANY_PROMISES],
        )
    )
    return told


def _promises(taken: Notes, words: Wording) -> tuple[DraftPromise, ...]:
    """Return what was promised, without call backs: those are tasks of their own."""
    told: dict[str, DraftPromise] = {}
    for promise in taken.promises:
        if promise.body.what == "callback":
            continue
        text = task.promise_alone(promise.body.what, words)
        told[text] = DraftPromise(text=text, due=promise.body.due)
    return tuple(told.values())


def _number(taken: Notes) -> str | None:
    if taken.callbacks:
        return taken.callbacks[-1].body.number
    return taken.started.body.caller_number if taken.started else None
