"""Weekly: makes each agent's counts when a week is over, and shows them to the agent first.

Where weekly signals are switched off there is no `Weekly`: nothing is counted or kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.events import Event
from handoff.care.breaks import Break, Breaks, missed
from handoff.care.counts import Counts, answers_to_offers, counts
from handoff.care.happenings import KINDS, stints
from handoff.care.rules import CareRules
from handoff.care.signals import Signal, signals
from handoff.care.tables import care_weeks
from handoff.jobs import Payload, Timers
from handoff.routing_rules import Rules
from handoff.store.call_rows import placed
from handoff.store.journal import DurableJournal
from handoff.store.tables import events

KIND = "care_week"
"""Of the timer."""
WEEK = timedelta(days=7)
AFTER = timedelta(hours=4)
"""Into Monday: calls of Sunday night are wrapped up by then."""
LOOKS_BACK = 4
"""Weeks among which supervisors find the latest that is theirs to read."""
LONGEST = timedelta(days=2)
"""A call that was taken so long before it was closed is weighed by its last days."""


@dataclass(frozen=True)
class WeekTold:
    """One agent's week, as it is read."""

    agent: str
    monday: date
    """On which it began."""
    counts: Counts
    signals: tuple[Signal, ...]
    seen: datetime | None
    """When the agent read it."""


class Weekly:
    """The weeks of all agents.

    Args:
        journal: The record.
        breaks: What came of the breaks.
        timers: Ring when a week is over.
        clock: Tells the time.
        zone: Where weeks begin.
        rules: What is usual, and who reads it when.
        routing: What makes a call heavy.
    """

    def __init__(
        self,
        journal: DurableJournal,
        breaks: Breaks,
        timers: Timers,
        clock: Callable[[], datetime],
        zone: tzinfo,
        rules: CareRules,
        routing: Rules,
    ) -> None:
        self._journal = journal
        self._database = journal.database
        self._breaks = breaks
        self._timers = timers
        self._clock = clock
        self._zone = zone
        self._rules = rules
        self._routing = routing
        timers.on(KIND, self._ring)

    async def start(self) -> None:
        """Count the weeks that are over and were not counted, and wait for the next Monday."""
        this = self._monday(self._clock())
        for back in range(self._rules.weekly.baseline_weeks + 1, 0, -1):
            await self._count(this - back * WEEK)
        await self._wait(this + WEEK)

    async def of(self, agent: str, *, reads: bool = False) -> WeekTold | None:
        """Return the agent's latest week; with `reads` it is the agent who reads it now."""
        last = self._monday(self._clock()) - WEEK
        rows = (await self._rows(agent)).get(agent, {})
        told = self._week(rows, last)
        if reads and told is not None and told.seen is None:
            mine = (care_weeks.c.agent == agent) & (care_weeks.c.week == last.isoformat())
            change = update(care_weeks).where(mine, care_weeks.c.seen.is_(None))
            async with self._database.writing.begin() as connection:
                await connection.execute(change.values(seen=self._clock()))
        return told

    async def for_supervisors(self) -> list[WeekTold]:
        """Return each agent's latest week that they have read, or had time to; by name."""
        last = self._monday(self._clock()) - WEEK
        found: list[WeekTold] = []
        for rows in (await self._rows()).values():
            weeks = (self._week(rows, last - back * WEEK) for back in range(LOOKS_BACK))
            ripe = [week for week in weeks if week is not None and self._is_ripe(week)]
            found += ripe[:1]
        return sorted(found, key=lambda week: week.agent.casefold())

    def _is_ripe(self, week: WeekTold) -> bool:
        over = self._midnight(week.monday + WEEK)
        return week.seen is not None or self._clock() >= over + self._rules.weekly.patience

    async def _rows(self, agent: str | None = None) -> dict[str, dict[date, Row[Any]]]:
        """Return the weeks that may be told or compared with, by agent and Monday."""
        back = self._rules.weekly.baseline_weeks + LOOKS_BACK
        first = self._monday(self._clock()) - back * WEEK
        query = select(care_weeks).where(care_weeks.c.week >= first.isoformat())
        if agent is not None:
            query = query.where(care_weeks.c.agent == agent)
        of: dict[str, dict[date, Row[Any]]] = {}
        async with self._database.engine.connect() as connection:
            for row in await connection.execute(query.order_by(care_weeks.c.agent)):
                of.setdefault(row.agent, {})[date.fromisoformat(row.week)] = row
        return of

    def _week(self, rows: dict[date, Row[Any]], monday: date) -> WeekTold | None:
        now = rows.get(monday)
        if now is None:
            return None
        first = monday - self._rules.weekly.baseline_weeks * WEEK
        before = [
            Counts.model_validate(row.counts) for at, row in rows.items() if first <= at < monday
        ]
        counted = Counts.model_validate(now.counts)
        told = signals(counted, before, self._rules.weekly)
        return WeekTold(now.agent, monday, counted, tuple(told), now.seen)

    async def _ring(self, payload: Payload) -> None:
        monday = date.fromisoformat(payload["monday"])
        await self._count(monday - WEEK)
        await self._wait(monday + WEEK)

    async def _wait(self, monday: date) -> None:
        when = self._midnight(monday) + AFTER
        name = monday.isoformat()
        await self._timers.at(KIND, name, when, {"monday": name})

    async def _count(self, monday: date) -> None:
        """Count a week, once; what is older than we keep goes."""
        name = monday.isoformat()
        known = select(func.count()).where(care_weeks.c.week == name).select_from(care_weeks)
        async with self._database.engine.connect() as connection:
            if (await connection.execute(known)).scalar_one():
                return
        begin, end = self._midnight(monday), self._midnight(monday + WEEK)
        by_call = await self._events(begin - LONGEST, end)
        found = [stint for told in by_call.values() for stint in stints(told, self._routing.weight)]
        made = counts(found, answers_to_offers(by_call), begin, end)
        breaks = [b for b in await self._breaks.since(begin) if b.offered < end]
        made = self._with_breaks(made, breaks)
        oldest = monday - self._rules.weekly.keep_weeks * WEEK
        rows = [
            {"agent": agent, "week": name, "counts": of.model_dump(), "made": self._clock()}
            for agent, of in made.items()
        ]
        try:
            async with self._database.writing.begin() as connection:
                gone = delete(care_weeks).where(care_weeks.c.week < oldest.isoformat())
                await connection.execute(gone)
                if rows:
                    await connection.execute(insert(care_weeks), rows)
        except IntegrityError:  # Another process counted it.
            return

    def _with_breaks(self, made: dict[str, Counts], breaks: list[Break]) -> dict[str, Counts]:
        never = {each.id for each in missed(breaks, self._clock(), self._rules.pause)}
        for agent in {each.agent for each in breaks if each.state != "joined"}:
            mine = [b for b in breaks if b.agent == agent and b.state != "joined"]
            values = {
                "breaks": len(mine),
                "taken": sum(each.state == "taken" for each in mine),
                "missed": sum(each.id in never for each in mine),
            }
            made[agent] = made.get(agent, Counts()).model_copy(update=values)
        return made

    async def _events(self, begin: datetime, end: datetime) -> dict[str, list[Event]]:
        """Read what may be known of the calls of a week: `KINDS`, and no other."""
        query = (
            select(events)
            .where(events.c.kind.in_(KINDS), events.c.at >= begin, events.c.at < end)
            .order_by(events.c.call_id, events.c.seq)
        )
        by_call: dict[str, list[Event]] = {}
        async with self._database.engine.connect() as connection:
            for row in await connection.execute(query):
                by_call.setdefault(row.call_id, []).append(placed(row).event)
        return by_call

    def _monday(self, moment: datetime) -> date:
        day = moment.astimezone(self._zone).date()
        return day - timedelta(days=day.weekday())

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)
