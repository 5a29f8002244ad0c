"""Past: reads the calls of a period from the record, as figures need them."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import select

from bot.events import Event
from handoff.store.call_rows import placed
from handoff.store.database import Database
from handoff.store.tables import calls, events
from handoff.studio.figures import AGAIN, KINDS, CallFigures, of_call


async def past_calls(database: Database, since: datetime, until: datetime) -> list[CallFigures]:
    """Return the calls that began in a period, or soon enough after it to be a repeat of one."""
    return [
        found
        async for call in _calls(database, since, until + AGAIN)
        if (found := of_call(call)) is not None
    ]


async def _calls(
    database: Database, since: datetime, until: datetime
) -> AsyncIterator[list[Event]]:
    """Yield the events of one call after the other; never all calls at a time."""
    begun = select(calls.c.id).where(calls.c.started >= since, calls.c.started < until)
    query = (
        select(events)
        .where(events.c.call_id.in_(begun), events.c.kind.in_(KINDS))
        .order_by(events.c.call_id, events.c.seq)
    )
    call: list[Event] = []
    async with database.engine.connect() as connection, connection.stream(query) as rows:
        async for row in rows:
            event = placed(row).event
            if call and call[0].call_id != event.call_id:
                yield call
                call = []
            call.append(event)
    if call:
        yield call
