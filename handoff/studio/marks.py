"""Marks: what owners decided about sentences of the inbox, in order, and what stands of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Column, Integer, Row, Table, Text, insert, select

from bot.events import Language
from handoff.store.database import Database
from handoff.store.tables import Moment, metadata

Verdict = Literal["filed", "aside", "undone"]

# Only ever added to: of each sentence the last row stands. `key` is a hash: of what was
# set aside, no word is kept.
inbox_marks = Table(
    "inbox_marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("key", Text, nullable=False, index=True),
    Column("verdict", Text, nullable=False),
    Column("language", Text),
    Column("intent", Text),
    # What went into the draft, without what is private.
    Column("text", Text),
    # The version that was live: whoever is misunderstood on a later one is heard again.
    Column("live", Integer),
    # Marks that were made in one go are undone in one go: the id of the first of them.
    Column("batch", Integer),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Mark:
    """What an owner decided about a sentence."""

    key: str
    verdict: Verdict
    by: str
    at: datetime
    language: Language | None = None
    intent: str | None = None
    text: str | None = None
    live: int | None = None
    batch: int | None = None


class Marks:
    """The marks in the database.

    Args:
        database: Started before the first use.
        clock: Stamps them.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def standing(self) -> dict[str, Mark]:
        """Return the last mark of each sentence, without what was undone."""
        found: dict[str, Mark] = {}
        async with self._database.engine.connect() as connection:
            query = select(inbox_marks).order_by(inbox_marks.c.id)
            for row in await connection.execute(query):
                mark = _mark(row)
                found.pop(mark.key, None)
                if mark.verdict != "undone":
                    found[mark.key] = mark
        return found

    async def put(
        self,
        keys: Sequence[str],
        verdict: Verdict,
        *,
        by: str,
        language: Language | None = None,
        intent: str | None = None,
        texts: Sequence[str | None] = (),
        live: int | None = None,
    ) -> None:
        """Keep one decision about several sentences; all or none.

        Args:
            keys: The sentences.
            verdict: What becomes of them.
            by: Who decides.
            language: Of the file that they went into.
            intent: To which they were filed.
            texts: What went into the draft, one a key; None where nothing did.
            live: The live version.
        """
        now, batch = self._clock(), None
        async with self._database.writing.begin() as connection:
            for key, text in zip(keys, texts or [None] * len(keys), strict=True):
                row = {
                    "at": now,
                    "by": by,
                    "key": key,
                    "verdict": verdict,
                    "language": language,
                    "intent": intent,
                    "text": text,
                    "live": live,
                    "batch": batch,
                }
                done = await connection.execute(insert(inbox_marks).values(row))
                if batch is None and done.inserted_primary_key is not None:
                    batch = int(done.inserted_primary_key[0])

    async def last(self, by: str) -> list[Mark]:
        """Return what somebody decided last, and did not undo: all of one go."""
        async with self._database.engine.connect() as connection:
            query = select(inbox_marks).order_by(inbox_marks.c.id.desc())
            rows = list(await connection.execute(query))
        latest: dict[str, int] = {}
        for row in rows:
            latest.setdefault(row.key, row.id)
        mine = [
            row
            for row in rows
            if row.by == by and row.verdict != "undone" and latest[row.key] == row.id
        ]
        if not mine:
            return []
        batch = mine[0].batch or mine[0].id
        return [_mark(row) for row in reversed(mine) if (row.batch or row.id) == batch]


def _mark(row: Row[Any]) -> Mark:
    of = row._mapping
    return Mark(
        key=of["key"],
        verdict=cast(Verdict, of["verdict"]),
        by=of["by"],
        at=of["at"],
        language=of["language"],
        intent=of["intent"],
        text=of["text"],
        live=of["live"],
        batch=of["batch"],
    )
