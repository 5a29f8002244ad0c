"""Reporting: an agent reports what a caller did by hand, for nothing recognises their talk."""

from collections.abc import Iterable
from typing import Literal, get_args

from bot.events import Event, IncidentReported, OfferAccepted, TookPart
from handoff.store.journal import CallUnknown, DurableJournal
from handoff.transcript import transcript
from handoff.wording import wording

Reported = Literal[
    "threat", "insult_person", "sexual_harassment", "discrimination", "blackmail", "crisis"
]
"""What can be reported by hand, what is frequent and grave first."""
KINDS: tuple[Reported, ...] = get_args(Reported)
NOTE_LENGTH = 300


class NotTheirs(Exception):
    """This agent never had the caller."""


def who_had(events: Iterable[Event]) -> frozenset[str]:
    """Return who have or had the caller of a call, or took part in the talk."""
    met = (event.body for event in events)
    return frozenset(body.agent for body in met if isinstance(body, OfferAccepted | TookPart))


async def report(
    journal: DurableJournal,
    call_id: str,
    agent: str,
    kind: Reported,
    note: str = "",
    *,
    any_call: bool = False,
) -> None:
    """File an incident as the bot does, during the talk or after it; supervisors hear at once.

    Args:
        journal: The record.
        call_id: The call.
        agent: Who reports.
        kind: What the caller did.
        note: In the agent's words; no figure is made of it.
        any_call: They may report of calls that others had.

    Raises:
        NotTheirs, CallUnknown, JournalFull: Nothing was stored.
    """
    events = await journal.read(call_id)
    if not events:
        raise CallUnknown(call_id)
    if agent not in who_had(events) and not any_call:
        raise NotTheirs(agent)
    # The latest thing that can be read of the call is where a reader of the report begins.
    lines = transcript(events, wording("nl"))
    of = lines[-1].seq if lines else events[-1].seq
    words = " ".join(note.split())[:NOTE_LENGTH]
    told = IncidentReported(of=of, sign=kind, urgent=True, by=agent, note=words)
    await journal.append(call_id, told)
