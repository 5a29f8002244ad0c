"""Incidents: what supervisors read of them, for the pages and the API alike."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from sqlalchemy import case
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Language
from handoff.deciding import allowed
from handoff.incident_parts import Incident, IncidentFile, IncidentState, Suggestion
from handoff.incident_queries import (
    earlier,
    every_incident,
    history,
    kept_measures,
    latest_measures,
    one,
    read,
    same_call,
)
from handoff.incident_record import record
from handoff.rules import own_rules
from handoff.store.journal import DurableJournal
from handoff.store.tables import incidents
from handoff.wording import wording

MANY = 1000
"""Incidents of one state that a page lists."""


class Incidents:
    """The incidents of all calls."""

    def __init__(
        self, journal: DurableJournal, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self._rules = own_rules()

    async def listed(self, *states: IncidentState, limit: int = MANY) -> list[Incident]:
        """Return incidents: open ones urgent first, oldest first; others newest first."""
        query = every_incident().where(incidents.c.state.in_(states)).limit(limit)
        if states == ("open",):
            urgent = case((incidents.c.level == "urgent", 0), else_=1)
            query = query.order_by(urgent, incidents.c.opened, incidents.c.id)
        else:
            query = query.order_by(incidents.c.latest.desc(), incidents.c.id.desc())
        async with self._journal.database.engine.connect() as connection:
            return await read(connection, query)

    async def file(self, incident_id: int, language: Language) -> IncidentFile | None:
        """Return everything about one incident, None when there is no such incident."""
        async with self._journal.database.engine.connect() as connection:
            incident = await one(connection, incident_id)
            if incident is None:
                return None
            decisions = await history(connection, incident_id)
            kept = await kept_measures(connection, incident_id, self._clock())
            others = await same_call(connection, incident)
            before = await earlier(connection, incident)
            counted = await self._counted(connection, before)
        events = await self._journal.read(incident.call_id)
        words = wording(language, self._zone)
        told = record(events, incident.sign, words)
        proposal = self._rules.proposal(
            incident.sign,
            incident.level,
            ended=told.ended_for_abuse,
            ages=tuple(incident.opened - heavy.opened for heavy in counted),
        )
        possible = allowed(incident, self._rules)
        return IncidentFile(
            **dict(incident),
            sign_text=words.phrase("incidents", "signs", incident.sign),
            conversation_kept=bool(events),
            record=told,
            proposal=Suggestion(
                measures=tuple(p for p in proposal.propose if p in possible) or ("note",),
                rule=proposal.name,
                text=words.phrase("incidents", "rules", proposal.name),
            ),
            allowed=possible,
            history=tuple(decisions),
            measures=tuple(kept),
            same_call=tuple(others),
            earlier=tuple(before),
        )

    async def _counted(
        self, connection: AsyncConnection, before: Sequence[Incident]
    ) -> list[Incident]:
        """Return the heavy ones, without those that turned out to be nothing; one a call."""
        heavy = [
            incident
            for incident in before
            if incident.level != "low"
            and incident.state != "revoked"
            and not self._rules.is_care(incident.sign)
        ]
        latest = await latest_measures(connection, [incident.id for incident in heavy])
        counted = [i for i in heavy if latest.get(i.id) != ["nothing"]]
        return list({incident.call_id: incident for incident in counted}.values())
