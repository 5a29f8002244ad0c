"""Deciding: what a supervisor may decide on an incident, and of two at once, one."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from sqlalchemy import insert, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.journal import JournalFull
from handoff.care.protocol import note_decision, open_before_deciding
from handoff.incident_parts import Incident, IncidentState
from handoff.incident_queries import history, one
from handoff.rules import Decision, Rules, own_rules
from handoff.store.journal import DurableJournal
from handoff.store.tables import incident_decisions, incidents, measures

WHY_LENGTH = 2000
MEASURES: frozenset[Decision] = frozenset({"warning_on_file", "trained_team"})
"""Decisions that later calls are asked to carry out, until a date."""

Reason = Literal[
    "none_chosen", "nothing_and_more", "why_missing", "why_long", "care", "nobody_known",
    "until_alone", "until_past", "until_far", "not_decided", "care_open",
]  # fmt: skip
"""Why a decision can't be taken as it was given."""


class IncidentUnknown(LookupError):
    """There is no such incident."""


class ChangedMeanwhile(Exception):
    """The incident is not the one that was read: decided by someone, or more was reported."""

    def __init__(self, by: str | None) -> None:
        super().__init__(f"decided by {by}" if by else "more was reported")
        self.by = by
        """Who decided meanwhile; None when more was reported."""


class Refused(ValueError):
    """A decision that can't be taken like this."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Deciding:
    """Writes decisions: each is added to those before, and none is ever removed."""

    def __init__(
        self, journal: DurableJournal, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self._rules = own_rules()

    async def decide(
        self,
        incident_id: int,
        chosen: Sequence[Decision],
        *,
        by: str,
        version: int,
        why: str = "",
        until: date | None = None,
    ) -> None:
        """Decide on an incident; measures from a decision before this one end.

        Of two who decide at once one wins, and the other gets ChangedMeanwhile.

        Args:
            incident_id: Which.
            chosen: What is decided; later calls carry out warning_on_file and trained_team.
            by: Who decides.
            version: Of the incident as it was read.
            why: Must be given, except for `nothing`; for that too while what is to be done for
                the agents at once is open.
            until: Last day of the measures; None for as long as the rules say.

        Raises IncidentUnknown, Refused, ChangedMeanwhile, JournalFull.
        """
        chosen, why = tuple(dict.fromkeys(chosen)), why.strip()
        now = self._clock()

        async def write(connection: AsyncConnection) -> None:
            incident = await _existing(connection, incident_id)
            _check(incident, chosen, why, self._rules)
            if not why and await open_before_deciding(connection, incident_id):
                raise Refused("care_open")
            ends = {kind: self._end(kind, until, now) for kind in chosen if kind in MEASURES}
            if until is not None and not ends:
                raise Refused("until_alone")
            row = {"measures": list(chosen), "why": why, "by": by, "at": now}
            await _add(connection, incident, version, "decided", row)
            await note_decision(connection, incident_id, by, now)
            for kind, end in ends.items():
                measure = insert(measures).values(
                    incident_id=incident_id,
                    kind=kind,
                    number=incident.number,
                    customer=proven(incident),
                    since=now,
                    until=end,
                )
                await connection.execute(measure)

        await self._write(write)

    async def revoke(self, incident_id: int, *, by: str, version: int, why: str) -> None:
        """Take back what was decided; its measures end now, its history remains.

        Raises IncidentUnknown, Refused, ChangedMeanwhile, JournalFull.
        """
        why = why.strip()

        async def write(connection: AsyncConnection) -> None:
            incident = await _existing(connection, incident_id)
            if not why:
                raise Refused("why_missing")
            if len(why) > WHY_LENGTH:
                raise Refused("why_long")
            before = await history(connection, incident_id)
            stands = bool(before) and bool(before[-1].measures)
            if incident.version == version and not stands:
                raise Refused("not_decided")
            row = {"measures": [], "why": why, "by": by, "at": self._clock()}
            await _add(connection, incident, version, "revoked", row)

        await self._write(write)

    async def _write(self, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        try:
            async with self._journal.database.writing.begin() as connection:
                await work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise JournalFull(str(error)) from error
        self._journal.tell_change()

    def _end(self, kind: Decision, until: date | None, now: datetime) -> datetime:
        """Return the moment at which a measure stops: the end of its last day."""
        today = now.astimezone(self._zone).date()
        days = {str(name): length for name, length in self._rules.days.items()}
        last = today + timedelta(days=days[kind]) if until is None else until
        if last < today:
            raise Refused("until_past")
        if last > today + timedelta(days=self._rules.longest_days):
            raise Refused("until_far")
        return datetime.combine(last + timedelta(days=1), time(), self._zone)


def proven(incident: Incident) -> str | None:
    """Return the customer, if proven: whoever knows a number could bring it into trouble."""
    return incident.customer if incident.verified else None


def allowed(incident: Incident, rules: Rules) -> tuple[Decision, ...]:
    """Return what can be decided; a measure needs a number or a customer to be about."""
    known = incident.number is not None or proven(incident) is not None
    return tuple(
        decision for decision in rules.allowed(incident.sign) if known or decision not in MEASURES
    )


def _check(incident: Incident, chosen: Sequence[Decision], why: str, rules: Rules) -> None:
    if not chosen:
        raise Refused("none_chosen")
    if "nothing" in chosen and len(chosen) > 1:
        raise Refused("nothing_and_more")
    if not set(chosen) <= set(rules.allowed(incident.sign)):
        raise Refused("care")
    if not set(chosen) <= set(allowed(incident, rules)):
        raise Refused("nobody_known")
    if not why and tuple(chosen) != ("nothing",):
        raise Refused("why_missing")
    if len(why) > WHY_LENGTH:
        raise Refused("why_long")


async def _existing(connection: AsyncConnection, incident_id: int) -> Incident:
    incident = await one(connection, incident_id)
    if incident is None:
        raise IncidentUnknown(incident_id)
    return incident


async def _add(
    connection: AsyncConnection,
    incident: Incident,
    version: int,
    state: IncidentState,
    row: dict[str, Any],
) -> None:
    """Add a decision and end the measures before it, if nothing changed since it was read."""
    changed = (
        update(incidents)
        .where(incidents.c.id == incident.id, incidents.c.version == version)
        .values(state=state, version=version + 1)
    )
    if (await connection.execute(changed)).rowcount != 1:
        before = await history(connection, incident.id)
        raise ChangedMeanwhile(before[-1].by if before and before[-1].version > version else None)
    decision = insert(incident_decisions).values(
        incident_id=incident.id, version=version + 1, **row
    )
    await connection.execute(decision)
    ended = update(measures).where(
        measures.c.incident_id == incident.id, measures.c.ended.is_(None)
    )
    await connection.execute(ended.values(ended=row["at"]))
