"""Past calls: what a forecast is made from, out of Kalm's own record or a file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from sqlalchemy import select

from handoff.store.database import Database
from handoff.store.tables import calls, events

OWN_FLOWS = frozenset({"call", "verify", "handoff", "offer_person", "company_trouble", "goodbye"})
"""Flows that are no wish of a caller's."""
UNTOLD = "untold"
"""The intent of a caller who did not come to say what it was about."""


@dataclass(frozen=True)
class PastCall:
    """A call that was."""

    at: datetime
    """Aware."""
    intent: str
    """What the caller wanted first."""
    by_bot: bool
    """Whether no person was needed."""


class HistoryError(ValueError):
    """The file can't be used; the text names line and cure."""


async def from_record(database: Database) -> list[PastCall]:
    """Return the calls on record that have ended, with the first wish of each."""
    begun = select(events.c.call_id, events.c.body).where(events.c.kind == "FlowChanged")
    wishes: dict[str, str] = {}
    async with database.engine.connect() as connection:
        for call_id, body in await connection.execute(begun.order_by(events.c.position)):
            if body["change"] == "started" and body["flow"] not in OWN_FLOWS:
                wishes.setdefault(call_id, body["flow"])
        ended = select(calls.c.id, calls.c.started, calls.c.outcome).where(
            calls.c.ended.is_not(None)
        )
        return [
            PastCall(started, wishes.get(call_id, UNTOLD), outcome == "resolved")
            for call_id, started, outcome in await connection.execute(ended)
        ]


def from_csv(file: Path, zone: tzinfo) -> Iterator[PastCall]:
    """Yield calls from a file with the columns `at`, `intent` and, if known, `by_bot` (yes or no).

    Args:
        file: UTF-8, comma or semicolon.
        zone: Where moments without an offset are meant.

    Raises:
        HistoryError: A line makes no sense.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise HistoryError(f"{file}: {error}. Give a CSV file in UTF-8.") from error
    head = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in head else ",")
    if not {"at", "intent"} <= set(rows.fieldnames or ()):
        raise HistoryError(f"{file}, line 1: the columns `at` and `intent` are needed.")
    for row in rows:
        try:
            at = datetime.fromisoformat((row["at"] or "").strip())
        except ValueError as error:
            cure = "Write moments as 2026-11-22 14:30."
            raise HistoryError(f"{file}, line {rows.line_num}: {error}. {cure}") from error
        by_bot = (row.get("by_bot") or "").strip().lower() in ("yes", "ja", "true", "1")
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        yield PastCall(at, (row["intent"] or "").strip() or UNTOLD, by_bot)
