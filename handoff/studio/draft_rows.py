"""Draft rows: how the saves of the draft's files stand in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.studio.tables import drafts


async def last_row(connection: AsyncConnection, path: str) -> Row[Any] | None:
    """Return the last save of a file; None when it was never saved."""
    query = select(drafts).where(drafts.c.path == path).order_by(drafts.c.id.desc()).limit(1)
    return (await connection.execute(query)).one_or_none()


async def last_rows(connection: AsyncConnection) -> list[Row[Any]]:
    """Return the last save of each file."""
    last = select(func.max(drafts.c.id)).group_by(drafts.c.path)
    return list(await connection.execute(select(drafts).where(drafts.c.id.in_(last))))


async def add_save(
    connection: AsyncConnection,
    path: str,
    text: str | None,
    base: str | None,
    *,
    live: int | None,
    by: str,
    at: datetime,
) -> None:
    """Add a save: what a file shall say (None to take it out), and what was live as it began."""
    row = {"path": path, "kind": "saved", "text": text, "base": base}
    await connection.execute(insert(drafts).values(**row, based_on=live, by=by, at=at))


async def add_settled(
    connection: AsyncConnection, path: str, *, live: int | None, by: str, at: datetime
) -> None:
    """Add that a file says what is live again: it was published, or given up."""
    row = {"path": path, "kind": "settled", "text": None, "base": None}
    await connection.execute(insert(drafts).values(**row, based_on=live, by=by, at=at))
