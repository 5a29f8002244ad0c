"""Measures: what supervisors decided about callers, as calls ask for it.

`KeptMeasures` implements `bot.measures.Measures`.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from loguru import logger
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from bot.measures import Measure
from handoff.numbers import e164
from handoff.store.database import Database
from handoff.store.tables import measures

PATIENCE = 1.0
"""Seconds that a call waits for the answer: it must not stand still for it."""
STRICTNESS = {"trained_team": 2, "warning_on_file": 1}


class KeptMeasures:
    """Finds the measures in force."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def find(self, *, number: str | None, customer: str | None) -> Measure | None:
        """Return the measure in force for a number or a customer; the stricter of two.

        Never raises: a caller whose measures can't be looked up is a caller without.

        Args:
            number: As the line tells it.
            customer: Who the caller is taken to be.
        """
        known = e164(number)
        if known is None and customer is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._find(known, customer)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            logger.warning(f"measures could not be looked up: {type(error).__name__}")
            return None

    async def _find(self, number: str | None, customer: str | None) -> Measure | None:
        query = select(
            measures.c.kind, measures.c.incident_id, measures.c.since, measures.c.id
        ).where(about(number, customer), in_force(self._clock()))
        async with self._database.engine.connect() as connection:
            rows = list(await connection.execute(query))
        if not rows:
            return None
        row = max(rows, key=lambda row: (STRICTNESS[row.kind], row.since, row.id))
        return Measure(kind=row.kind, incident=str(row.incident_id), since=row.since)


def about(number: str | None, customer: str | None) -> ColumnElement[bool]:
    """Return the condition that a measure is about this number or this customer."""
    same = []
    if number is not None:
        same.append(measures.c.number == number)
    if customer is not None:
        same.append(measures.c.customer == customer)
    return or_(*same)


def in_force(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a measure is in force."""
    return and_(measures.c.ended.is_(None), measures.c.until > now)
