"""Callback rows: one a CallbackPlanned, written in the transaction that stores the events."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from bot.events import CallbackPlanned, CallbackTried, Event
from handoff.store.tables import callbacks

AGAIN = 2
"""How often a call back is planned again after nobody was reached."""


def keep_callbacks(connection: Connection, events: Sequence[Event]) -> None:
    """Bring the rows up to date with events that are being stored."""
    before: Event | None = None
    for event in events:
        match event.body:
            case CallbackPlanned() as planned:
                connection.execute(
                    insert(callbacks).values(
                        call_id=event.call_id,
                        of=event.seq,
                        agent=planned.agent,
                        due=planned.due,
                        number=planned.number,
                        about=planned.about,
                        tries=_tries_before(connection, before),
                        state="planned",
                    )
                )
            case CallbackTried() as tried:
                row = (callbacks.c.call_id == event.call_id) & (callbacks.c.of == tried.of)
                found = connection.execute(select(callbacks.c.tries).where(row))
                tries = found.scalar_one_or_none()
                state: str = tried.result
                if state == "not_reached" and tries is not None and tries >= AGAIN:
                    state = "unreached"
                connection.execute(update(callbacks).where(row).values(state=state))
            case _:
                pass
        before = event


def _tries_before(connection: Connection, before: Event | None) -> int:
    """Return how often the same promise was tried in vain; see `AfterNotes.tries`.

    What is planned again is a supervisor's no longer.
    """
    if before is None or not isinstance(before.body, CallbackTried):
        return 0
    tried = before.body
    if tried.result != "not_reached":
        return 0
    row = (callbacks.c.call_id == before.call_id) & (callbacks.c.of == tried.of)
    connection.execute(update(callbacks).where(row).values(state="not_reached"))
    found = connection.execute(select(callbacks.c.tries).where(row))
    return 1 + int(found.scalar_one_or_none() or 0)
