"""Incidents: what supervisors read and decide, for the pages and the API alike."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from sqlalchemy import Row, Select, case, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Language
from bot.journal import JournalFull
from handoff.incident_parts import (
    Decided,
    Incident,
    IncidentFile,
    IncidentState,
    KeptMeasure,
    Suggestion,
)
from handoff.incident_record import record
from handoff.rules import Decision, own_rules
from handoff.store.journal import DurableJournal
from handoff.store.tables import calls, incident_decisions, incidents, measures
from handoff.wording import wording

WHY_LENGTH = 2000
MANY_EARLIER = 20
"""Earlier incidents of the same caller that are shown."""
MEASURES: frozenset[Decision] = frozenset({"warning_on_file", "trained_team"})
"""Decisions that later calls are asked to carry out, until a date."""

Reason = Literal[
    "none_chosen", "nothing_and_more", "why_missing", "why_long", "care", "nobody_known",
    "until_alone", "until_past", "until_far", "not_decided",
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


class Incidents:
    """The incidents of all calls."""

    def __init__(
        self, journal: DurableJournal, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        self._journal = journal
        self._database = journal.database
        self._clock = clock
        self._zone = zone
        self._rules = own_rules()

    async def listed(self, *states: IncidentState, limit: int = 200) -> list[Incident]:
        """Return incidents: open ones urgent first, oldest first; others newest first."""
        query = _incidents().where(incidents.c.state.in_(states)).limit(limit)
        if states == ("open",):
            urgent = case((incidents.c.level == "urgent", 0), else_=1)
            query = query.order_by(urgent, incidents.c.opened, incidents.c.id)
        else:
            query = query.order_by(incidents.c.latest.desc(), incidents.c.id.desc())
        async with self._database.engine.connect() as connection:
            return await _read(connection, query)

    async def count_open(self) -> int:
        """Return how many incidents wait for a decision."""
        query = select(func.count()).select_from(incidents).where(incidents.c.state == "open")
        async with self._database.engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def file(self, incident_id: int, language: Language) -> IncidentFile | None:
        """Return everything about one incident, None when there is no such incident."""
        async with self._database.engine.connect() as connection:
            found = await _read(connection, _incidents().where(incidents.c.id == incident_id))
            if not found:
                return None
            incident = found[0]
            history = await _history(connection, incident_id)
            kept = await self._measures(connection, incident_id)
            same_call = await _read(
                connection,
                _incidents()
                .where(incidents.c.call_id == incident.call_id, incidents.c.id != incident_id)
                .order_by(incidents.c.id),
            )
            earlier = await _earlier(connection, incident)
            counted = await self._counted(connection, earlier)
        events = await self._journal.read(incident.call_id)
        words = wording(language, self._zone)
        told = record(events, incident.sign, words)
        ages = tuple(incident.opened - before.opened for before in counted)
        proposal = self._rules.proposal(
            incident.sign, incident.level, ended=told.ended_for_abuse, ages=ages
        )
        return IncidentFile(
            **dict(incident),
            sign_text=words.phrase("incidents", "signs", incident.sign),
            conversation_kept=bool(events),
            record=told,
            proposal=Suggestion(
                measures=proposal.propose,
                rule=proposal.name,
                text=words.phrase("incidents", "rules", proposal.name),
            ),
            allowed=self._allowed(incident),
            history=tuple(history),
            measures=tuple(kept),
            same_call=tuple(same_call),
            earlier=tuple(earlier),
        )

    async def decide(
        self,
        incident_id: int,
        chosen: Sequence[Decision],
        *,
        by: str,
        why: str = "",
        until: date | None = None,
        version: int,
    ) -> None:
        """Decide on an incident; a decision before this one ends.

        Of two who decide at once one wins, and the other gets ChangedMeanwhile.

        Args:
            incident_id: Which.
            chosen: What is decided; later calls carry out warning_on_file and trained_team.
            by: Who decides.
            why: Must be given, except for `nothing`.
            until: Last day of the measures; None for as long as the rules say.
            version: Of the incident as it was read.

        Raises IncidentUnknown, Refused, ChangedMeanwhile, JournalFull.
        """
        chosen, why = tuple(dict.fromkeys(chosen)), why.strip()
        now = self._clock()

        async def write(connection: AsyncConnection) -> None:
            incident = await _one(connection, incident_id)
            self._check(incident, chosen, why)
            ends = {kind: self._end(kind, until, now) for kind in chosen if kind in MEASURES}
            if until is not None and not ends:
                raise Refused("until_alone")
            row = {"measures": list(chosen), "why": why, "by": by, "at": now}
            await _decide(connection, incident, version, "decided", row)
            for kind, end in ends.items():
                about = {"number": incident.number, "customer": _proven(incident)}
                span = {"since": now, "until": end}
                measure = insert(measures).values(
                    incident_id=incident_id, kind=kind, **about, **span
                )
                await connection.execute(measure)

        await self._write(write)

    async def revoke(self, incident_id: int, *, by: str, why: str, version: int) -> None:
        """Take back what was decided; its measures end now, its history remains.

        Raises IncidentUnknown, Refused, ChangedMeanwhile, JournalFull.
        """
        why = why.strip()

        async def write(connection: AsyncConnection) -> None:
            incident = await _one(connection, incident_id)
            if not why:
                raise Refused("why_missing")
            if len(why) > WHY_LENGTH:
                raise Refused("why_long")
            if incident.version == version and not await _stands(connection, incident):
                raise Refused("not_decided")
            row = {"measures": [], "why": why, "by": by, "at": self._clock()}
            await _decide(connection, incident, version, "revoked", row)

        await self._write(write)

    async def _write(self, work: Callable[[AsyncConnection], Any]) -> None:
        try:
            async with self._database.writing.begin() as connection:
                await work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise JournalFull(str(error)) from error
        self._journal.tell_change()

    def _allowed(self, incident: Incident) -> tuple[Decision, ...]:
        """Return what can be decided; a measure needs a number or a customer to be about."""
        known = incident.number is not None or _proven(incident) is not None
        return tuple(
            decision
            for decision in self._rules.allowed(incident.sign)
            if known or decision not in MEASURES
        )

    def _check(self, incident: Incident, chosen: tuple[Decision, ...], why: str) -> None:
        if not chosen:
            raise Refused("none_chosen")
        if "nothing" in chosen and len(chosen) > 1:
            raise Refused("nothing_and_more")
        if not set(chosen) <= set(self._rules.allowed(incident.sign)):
            raise Refused("care")
        if not set(chosen) <= set(self._allowed(incident)):
            raise Refused("nobody_known")
        if not why and chosen != ("nothing",):
            raise Refused("why_missing")
        if len(why) > WHY_LENGTH:
            raise Refused("why_long")

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

    async def _measures(self, connection: AsyncConnection, incident_id: int) -> list[KeptMeasure]:
        now = self._clock()
        query = select(measures).where(measures.c.incident_id == incident_id)
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
            for row in await connection.execute(query.order_by(measures.c.id))
        ]

    async def _counted(
        self, connection: AsyncConnection, earlier: Sequence[Incident]
    ) -> list[Incident]:
        """Return the heavy ones, without those that turned out to be nothing; one a call."""
        heavy = {
            incident.id: incident
            for incident in earlier
            if incident.level != "low"
            and incident.state != "revoked"
            and not self._rules.is_care(incident.sign)
        }
        query = (
            select(incident_decisions.c.incident_id, incident_decisions.c.measures)
            .where(incident_decisions.c.incident_id.in_(heavy))
            .order_by(incident_decisions.c.version)
        )
        latest = {row.incident_id: row.measures for row in await connection.execute(query)}
        counted = [i for i in heavy.values() if latest.get(i.id) != ["nothing"]]
        return list({incident.call_id: incident for incident in counted}.values())


def _proven(incident: Incident) -> str | None:
    """Return the customer, if proven: whoever knows a number could bring it into trouble."""
    return incident.customer if incident.verified else None


def _incidents() -> Select[Any]:
    return select(incidents, calls.c.customer_name.label("name")).outerjoin(
        calls, calls.c.id == incidents.c.call_id
    )


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Incident]:
    return [_incident(row) for row in await connection.execute(query)]


def _incident(row: Row[Any]) -> Incident:
    return Incident.model_validate(dict(row._mapping))


async def _one(connection: AsyncConnection, incident_id: int) -> Incident:
    found = await _read(connection, _incidents().where(incidents.c.id == incident_id))
    if not found:
        raise IncidentUnknown(incident_id)
    return found[0]


async def _history(connection: AsyncConnection, incident_id: int) -> list[Decided]:
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


async def _stands(connection: AsyncConnection, incident: Incident) -> bool:
    """Tell whether there is a decision to take back: the latest one, if it was none itself."""
    history = await _history(connection, incident.id)
    return bool(history) and bool(history[-1].measures)


async def _earlier(connection: AsyncConnection, incident: Incident) -> list[Incident]:
    same = []
    if incident.number is not None:
        same.append(incidents.c.number == incident.number)
    if incident.customer is not None:
        same.append(incidents.c.customer == incident.customer)
    if not same:
        return []
    query = (
        _incidents()
        .where(
            or_(*same),
            incidents.c.call_id != incident.call_id,
            incidents.c.opened <= incident.opened,
        )
        .order_by(incidents.c.opened.desc(), incidents.c.id.desc())
        .limit(MANY_EARLIER)
    )
    return await _read(connection, query)


async def _decide(
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
        history = await _history(connection, incident.id)
        by = history[-1].by if history and history[-1].version > version else None
        raise ChangedMeanwhile(by)
    await connection.execute(
        insert(incident_decisions).values(incident_id=incident.id, version=version + 1, **row)
    )
    ended = update(measures).where(
        measures.c.incident_id == incident.id, measures.c.ended.is_(None)
    )
    await connection.execute(ended.values(ended=row["at"]))
