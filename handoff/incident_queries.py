"""Incident queries: reading incidents and their history, in whichever transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.incident_parts import Decided, Incident, KeptMeasure
from handoff.store.tables import calls, incident_decisions, incidents, measures

MANY_EARLIER = 20
"""Earlier incidents of the same caller that are looked at."""


def every_incident() -> Select[Any]:
    """Return the query for incidents, with the name of the customer."""
    return select(incidents, calls.c.customer_name.label("name")).outerjoin(
        calls, calls.c.id == incidents.c.call_id
    )


async def read(connection: AsyncConnection, query: Select[Any]) -> list[Incident]:
    """Return the incidents that a query from `every_incident` finds."""
    rows = await connection.execute(query)
    return [Incident.model_validate(dict(row._mapping)) for row in rows]


async def one(connection: AsyncConnection, incident_id: int) -> Incident | None:
    """Return an incident, None when there is no such."""
    found = await read(connection, every_incident().where(incidents.c.id == incident_id))
    return found[0] if found else None


async def history(connection: AsyncConnection, incident_id: int) -> list[Decided]:
    """Return what was decided on an incident, oldest first."""
    query = (
        select(incident_decisions)
        .where(incident_decisions.c.incident_id == incident_id)
        .order_by(incident_decisions.c.version)
    )
    return [
        Decided(
            version=row.version, at=row.at, by=row.by, measures=tuple(row.measures), why=row.why
        )
        for row in await connection.execute(query)
    ]


async def latest_measures(connection: AsyncConnection, ids: list[int]) -> dict[int, list[str]]:
    """Return what was decided last on each of these incidents that anything was decided on."""
    query = (
        select(incident_decisions.c.incident_id, incident_decisions.c.measures)
        .where(incident_decisions.c.incident_id.in_(ids))
        .order_by(incident_decisions.c.version)
    )
    return {row.incident_id: row.measures for row in await connection.execute(query)}


async def kept_measures(
    connection: AsyncConnection, incident_id: int, now: datetime
) -> list[KeptMeasure]:
    """Return the measures that came of an incident, oldest first."""
    query = select(measures).where(measures.c.incident_id == incident_id).order_by(measures.c.id)
    return [
        KeptMeasure(
            kind=row.kind,
            number=row.number,
            customer=row.customer,
            since=row.since,
            until=row.until,
            ended=row.ended,
            in_force=row.ended is None and row.until > now,
        )
        for row in await connection.execute(query)
    ]


async def same_call(connection: AsyncConnection, incident: Incident) -> list[Incident]:
    """Return the other incidents of the call."""
    others = every_incident().where(
        incidents.c.call_id == incident.call_id, incidents.c.id != incident.id
    )
    return await read(connection, others.order_by(incidents.c.id))


async def earlier(connection: AsyncConnection, incident: Incident) -> list[Incident]:
    """Return those of the same number or customer in calls before, newest first."""
    same = []
    if incident.number is not None:
        same.append(incidents.c.number == incident.number)
    if incident.customer is not None:
        same.append(incidents.c.customer == incident.customer)
    if not same:
        return []
    query = every_incident().where(
        or_(*same),
        incidents.c.call_id != incident.call_id,
        incidents.c.opened <= incident.opened,
    )
    newest = query.order_by(incidents.c.opened.desc(), incidents.c.id.desc())
    return await read(connection, newest.limit(MANY_EARLIER))
