"""Utterances: what callers said lately, from the record of calls."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.events import CallerSpoke, Language
from handoff.store.database import Database
from handoff.store.tables import events


@dataclass(frozen=True)
class Spoken:
    """One utterance of a caller."""

    call_id: str
    seq: int
    at: datetime
    words: str
    language: Language
    confidence: float
    """Of the recognition."""


async def last_utterances(database: Database, count: int) -> list[Spoken]:
    """Return what callers said last over all calls, the latest first."""
    query = (
        select(events)
        .where(events.c.kind == "CallerSpoke")
        .order_by(events.c.position.desc())
        .limit(count)
    )
    found = []
    async with database.engine.connect() as connection:
        for row in await connection.execute(query):
            said = CallerSpoke.model_validate(row.body)
            found.append(
                Spoken(row.call_id, row.seq, row.at, said.words, said.language, said.confidence)
            )
    return found
