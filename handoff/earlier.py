"""Earlier: the calls that a customer had with Kalm before, for the card of this one.

Two customers may share a number, and a summary must never land on the wrong one. So
it is only of who is proven to be a customer in this call, and only calls in which the
same customer was proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.events import Event
from handoff import aftermath, task
from handoff.notes import Notes, notes
from handoff.parts import Fact
from handoff.store.call_rows import placed
from handoff.store.journal import DurableJournal
from handoff.store.tables import calls, events
from handoff.wording import Wording

LOOK_BACK = timedelta(days=180)
MANY = 5
"""Earlier calls that are looked at, the newest ones."""
TELLING = (
    "CallStarted", "CallerIdentified", "CallerVerified", "CallerSpoke", "Understood", "SlotFilled",
    "PromiseMade", "CallbackPromised", "CallbackPlanned", "CallbackTried", "WrappedUp", "CallEnded",
)  # fmt: skip
"""Kinds of events that tell what a call was about, what was promised, and how it ended."""


@dataclass(frozen=True)
class EarlierCall:
    """A call of the same customer, and what its events amount to."""

    call_id: str
    at: datetime
    notes: Notes


async def earlier_calls(
    journal: DurableJournal, call_id: str, this_call: Sequence[Event]
) -> list[EarlierCall]:
    """Return the calls that this caller had before, newest first; none of who is not proven."""
    customer = verified_customer(this_call)
    if customer is None:
        return []
    start = this_call[0].at
    latest = (
        select(calls.c.id)
        .where(
            calls.c.customer == customer,
            calls.c.id != call_id,
            calls.c.started <= start,
            calls.c.started > start - LOOK_BACK,
        )
        .order_by(calls.c.started.desc())
        .limit(MANY)
    )
    query = (
        select(events)
        .where(events.c.call_id.in_(latest), events.c.kind.in_(TELLING))
        .order_by(events.c.call_id, events.c.seq)
    )
    found: dict[str, list[Event]] = {}
    async with journal.database.engine.connect() as connection:
        for row in await connection.execute(query):
            found.setdefault(row.call_id, []).append(placed(row).event)
    told = [
        EarlierCall(earlier, its_events[0].at, notes(its_events))
        for earlier, its_events in found.items()
        if verified_customer(its_events) == customer
    ]
    return sorted(told, key=lambda call: call.at, reverse=True)


def verified_customer(call: Sequence[Event]) -> str | None:
    """Return who the caller was proven to be at the end; None when nobody was, or no longer."""
    verified: str | None = None
    for event in call:
        if event.body.kind == "CallerVerified":
            verified = event.body.customer_id
        elif event.body.kind == "CallerIdentified" and event.body.customer_id != verified:
            verified = None
    return verified


def contacts(earlier: Sequence[EarlierCall], words: Wording) -> list[tuple[datetime, Fact]]:
    """Tell what each earlier call was about and how it ended."""
    told = []
    for call in earlier:
        taken = call.notes
        last = _last(call)
        chat = taken.started is not None and taken.started.body.line == "chat"
        values = {
            "at": call.at.isoformat(),
            "channel": words.phrase("channels", "chat" if chat else "phone"),
            "agent": taken.wrapped.body.agent if taken.wrapped else None,
            "summary": "; ".join(_summary(taken, words)),
        }
        text = words.say(values, "contact") if values["summary"] else None
        if text is not None and last is not None:
            told.append((call.at, Fact(text=text, seq=last, call_id=call.call_id)))
    return told


def promises(earlier: Sequence[EarlierCall], words: Wording) -> list[Fact]:
    """Tell what was promised in earlier calls, by whom; call backs that were made are kept."""
    told = []
    for call in earlier:
        for fact in promised_there(call.notes, words):
            values = {
                "at": call.at.isoformat(),
                "agent": _by(call.notes, fact.seq),
                "promised": fact.text,
            }
            text = words.say(values, "earlier_promise")
            if text is not None:
                told.append(Fact(text=text, seq=fact.seq, call_id=call.call_id))
    return told


def promised_there(taken: Notes, words: Wording) -> tuple[Fact, ...]:
    """Return what was promised in a call and not kept in it."""
    kept = taken.wrapped is not None and taken.wrapped.body.disposition == "callback_made"
    by_bot = () if kept else task.promised(taken, words)
    return (*by_bot, *aftermath.promised_by_agents(taken, words, named=False))


def _by(taken: Notes, seq: int) -> str | None:
    """Return which agent promised it; None for the bot."""
    if taken.wrapped is not None and seq == taken.wrapped.seq:
        return taken.wrapped.body.agent
    planned = taken.after.planned.get(seq)
    return planned.body.agent if planned else None


def _summary(taken: Notes, words: Wording) -> list[str]:
    about = task.reason(taken, words)
    parts = [about.text] if about else []
    wrapped = taken.wrapped
    if wrapped is not None:
        parts.append(wrapped.body.done or words.phrase("dispositions", wrapped.body.disposition))
    elif taken.ended is not None:
        parts.append(words.phrase("outcomes", taken.ended.body.outcome))
    return parts


def _last(call: EarlierCall) -> int | None:
    """Return the event that the summary leads to: how the call came out."""
    taken = call.notes
    noted = taken.wrapped or taken.ended or taken.started
    return noted.seq if noted else None
