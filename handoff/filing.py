"""Filing: tells the company's systems how a contact ended: once, in order, and until it is done.

The waiting and the repeating are DBOS's, which keeps them on disk: a contact that
was wrapped up is filed though Kalm is killed in between, or the company's
systems are down for a night.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import repeat
from typing import Literal, Protocol

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import select

from bot.events import CallStarted, ContactFiled, Event, Language, WrappedUp
from bot.journal import JournalFull
from handoff.card import card
from handoff.disputes import standing
from handoff.jobs import Jobs
from handoff.notes import notes
from handoff.store.journal import DurableJournal
from handoff.store.tables import events

_log = logging.getLogger(__name__)

QUEUE = "contacts"
LOOK_BACK = timedelta(days=14)
"""How old a wrap-up may be that is taken up when Kalm starts."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 3600.0
"""Between tries: doubled each time, up to an hour."""
TRIES = 82
"""About three days."""

Tried = Literal["filed", "refused", "nobody", "unreachable"]


@dataclass(frozen=True)
class ContactNote:
    """What the company's systems are told of a contact."""

    at: datetime
    by_chat: bool
    agent: str
    summary: str
    """Why the contact was, what was done, what is open, and the agent's note."""
    promised: str | None
    """What was promised and by when, by the bot and by the agent."""
    disposition: str


class CrmUnreachable(Exception):
    """The company's systems gave no answer; it is tried again."""


class CrmRefused(Exception):
    """The company's systems said no; trying again would not help."""


class Crm(Protocol):
    """The company's systems, as far as contacts go."""

    async def file(self, customer: str, note: ContactNote, key: str) -> None:
        """File a contact; the same key files it once. Raises CrmUnreachable, CrmRefused."""
        ...


class Filing:
    """Files every contact that is wrapped up.

    There is one a process, as there is one DBOS; it is made before `jobs` start.

    Args:
        journal: Where wrap-ups appear, and where it is noted what became of them.
        crm: The company's systems.
        jobs: What must happen though Kalm is killed in between.
        clock: Tells the time.
        zone: Where times are meant.
        language: Of the summary.
        first_wait_s: Between the first two tries.
    """

    def __init__(
        self,
        journal: DurableJournal,
        crm: Crm,
        *,
        jobs: Jobs,
        clock: Callable[[], datetime],
        zone: tzinfo,
        language: Language,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self.journal = journal
        self.crm = crm
        self.first_wait_s = first_wait_s
        self._clock = clock
        self._zone = zone
        self._language = language
        self._following: asyncio.Task[None] | None = None
        jobs.queue(QUEUE)
        global _current
        _current = self

    async def start(self) -> None:
        """Take up what was left, and follow the journal from now on; after `jobs` started."""
        seen = await self.journal.last_position()
        for call_id, of in await self._left():
            await self._enqueue(call_id, of)
        self._following = asyncio.create_task(self._follow(seen), name="filing")

    async def close(self) -> None:
        """Stop following; what is not done is taken up at the next start."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    async def _left(self) -> list[tuple[str, int]]:
        """Return the wrap-ups of the last days; those that are done are not done again."""
        query = select(events.c.call_id, events.c.seq).where(
            events.c.kind == "WrappedUp", events.c.at > self._clock() - LOOK_BACK
        )
        async with self.journal.database.engine.connect() as connection:
            rows = await connection.execute(query.order_by(events.c.position))
            return [(row.call_id, row.seq) for row in rows]

    async def _follow(self, after: int) -> None:
        async for placed in self.journal.feed(after):
            if isinstance(placed.event.body, WrappedUp):
                await self._enqueue(placed.event.call_id, placed.event.seq)

    async def _enqueue(self, call_id: str, of: int) -> None:
        taken = notes(await self.journal.read(call_id))
        customer = taken.customer_id or call_id
        # The id makes it happen once; the partition keeps one customer's contacts in order.
        with (
            SetWorkflowID(f"contact-{call_id}-{of}"),
            SetEnqueueOptions(queue_partition_key=customer),
        ):
            await DBOS.enqueue_workflow_async(QUEUE, _file_contact, call_id, of)

    async def try_once(self, call_id: str, of: int) -> Tried:
        """File a contact; never raises."""
        try:
            told = [event for event in await self.journal.read(call_id) if event.seq <= of]
            customer = verified_customer(told)
            if customer is None:
                return "nobody"
            await self.crm.file(customer, self._note(told), f"{call_id}-{of}")
        except CrmRefused as refusal:
            _log.warning("call %s: its contact was refused: %s", call_id, refusal)
            return "refused"
        except Exception as error:  # a mistake of ours must not lose the contact either
            _log.warning("call %s: its contact is not filed yet: %s", call_id, error)
            return "unreachable"
        return "filed"

    async def note(self, call_id: str, of: int, result: str) -> None:
        """Put on record what became of it, once."""
        known = [e.body for e in await self.journal.read(call_id, of)]
        body = ContactFiled.model_validate({"of": of, "result": result})
        if body not in known:
            await self.journal.append(call_id, body)

    def _note(self, told: list[Event]) -> ContactNote:
        made = card(told, self._language, self._clock().astimezone(self._zone))
        began, wrapped = told[0].body, told[-1].body
        assert isinstance(wrapped, WrappedUp)  # noqa: S101 - `of` is its number
        # What an agent called wrong is not filed, or as it was corrected.
        steps = [wrapped.done] if wrapped.done else standing(made.steps)
        reason = [made.reason] if made.reason else []
        parts = [*standing(reason), *steps, *standing(made.open)]
        if wrapped.note:
            parts.append(wrapped.note)
        return ContactNote(
            at=told[0].at.astimezone(self._zone),
            by_chat=isinstance(began, CallStarted) and began.line == "chat",
            agent=wrapped.agent,
            summary="; ".join(parts) or "-",
            promised="; ".join(standing(made.promised)) or None,
            disposition=wrapped.disposition,
        )


def verified_customer(told: list[Event]) -> str | None:
    """Return the customer whose contact it is; None when nobody proved to be one.

    Only who was verified: two customers may share a number, and a summary
    must never land on the wrong one.
    """
    verified = notes(told).verified
    return verified.body.customer_id if verified else None


def waits(first_s: float) -> Iterator[float]:
    """Yield the seconds between tries, doubling up to an hour."""
    wait = first_s
    for _ in repeat(None, TRIES - 1):
        yield wait
        wait = min(wait * 2, LONGEST_WAIT_S)


_current: Filing | None = None
"""Whose contacts the jobs below file."""


def _now() -> Filing:
    assert _current is not None  # noqa: S101 - made before DBOS starts
    return _current


@DBOS.workflow(name="file_contact")
async def _file_contact(call_id: str, of: int) -> str:
    result = await _try(call_id, of)
    for wait in waits(_now().first_wait_s):
        if result != "unreachable":
            break
        await _put_on_record(call_id, of, "retrying")
        await DBOS.sleep_async(wait)
        result = await _try(call_id, of)
    await _put_on_record(call_id, of, "gave_up" if result == "unreachable" else result)
    return result


@DBOS.step(name="try_contact")
async def _try(call_id: str, of: int) -> Tried:
    return await _now().try_once(call_id, of)


@DBOS.step(
    name="note_contact",
    retries_allowed=True,
    max_attempts=20,
    should_retry=lambda error: isinstance(error, JournalFull),
)
async def _put_on_record(call_id: str, of: int, result: str) -> None:
    await _now().note(call_id, of, result)
