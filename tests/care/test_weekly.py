"""A week is counted when it is over, read by the agent first, and not at all when switched off."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from bot.events import (
    OfferDeclined,
    OfferMade,
)
from bot.settings import Settings
from handoff.care.counts import Counts
from handoff.care.tables import care_weeks
from handoff.care.weekly import Weekly
from tests.care.centre import Cared
from tests.handoff.centre import HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock

THIS = date(2026, 11, 16)
"""The Monday of the week that the clock of the tests stands in."""


async def has_weeks(cared: Cared, agent: str, *weeks: Counts) -> None:
    """Weeks that were counted earlier, the latest of them the one before this."""
    async with cared.journal.database.writing.begin() as connection:
        for back, counts in enumerate(reversed(weeks), 1):
            row = {
                "agent": agent,
                "week": (THIS - timedelta(weeks=back)).isoformat(),
                "counts": counts.model_dump(),
                "made": cared.clock.now,
            }
            await connection.execute(insert(care_weeks).values(**row))


async def shown(weekly: Weekly) -> list[str]:
    """Whose latest week supervisors see; earlier weeks may be theirs to see already."""
    last = THIS - timedelta(weeks=1)
    return [week.agent for week in await weekly.for_supervisors() if week.monday == last]


def usual(after: float = 60) -> Counts:
    return Counts(calls=40, offers=40, after_call_s=after)


@pytest.fixture
def weekly(cared: Cared) -> Weekly:
    assert cared.care.weekly is not None
    return cared.care.weekly


async def test_a_week_is_counted_on_monday(
    cared: Cared, weekly: Weekly, clock: HandClock, timers: HandTimers
) -> None:
    """By a timer, once, and from what the desk did."""
    await weekly.start()
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    await cared.talks("c2", "Ana")
    await cared.wraps_up("c2", "Ana", 100)
    until = clock.now + timedelta(seconds=20)
    await cared.centre.calls("c3")
    await cared.journal.append("c3", OfferMade(agent="Ana", until=until, why=()))
    await cared.journal.append("c3", OfferDeclined(agent="Ana", reason="other"))
    clock.now = datetime(2026, 11, 23, 3, 59, tzinfo=AMSTERDAM)
    await timers.ring(clock.now)
    assert await weekly.of("Ana") is None
    clock.forward(minutes=1)
    await timers.ring(clock.now)
    told = await weekly.of("Ana")
    assert told is not None
    assert told.monday == THIS
    assert told.counts == Counts(
        calls=2,
        heavy=1,
        offers=told.counts.offers,
        declined=1,
        breaks=1,
        missed=1,
        after_call_s=80,
    )
    assert told.counts.offers >= 3
    assert {signal.way for signal in told.signals} == {"unknown"}
    assert ("care_week", "2026-11-30") in timers.set


async def test_the_agent_reads_it_first(cared: Cared, weekly: Weekly, clock: HandClock) -> None:
    """The supervisor sees it when the agent has, or when a week has passed; not before."""
    weeks = [*[usual()] * 8, usual(300)]
    for agent in ("Bo", "Ana"):
        await has_weeks(cared, agent, *weeks)
    assert await shown(weekly) == []
    assert (await weekly.of("Ana")) is not None  # somebody asked, and it was not Ana
    assert await shown(weekly) == []
    told = await weekly.of("Ana", reads=True)
    assert told is not None
    assert [signal.measure for signal in told.signals if signal.tells] == ["after_call_s"]
    assert await shown(weekly) == ["Ana"]


async def test_after_a_week_supervisors_see_what_the_agent_has_not_read(
    cared: Cared, weekly: Weekly, clock: HandClock
) -> None:
    """Else a week that nobody looks at would help nobody; names come by the alphabet."""
    for agent in ("cas", "Ana", "Bo"):
        await has_weeks(cared, agent, *[usual()] * 8, usual(300))
    # The week ended in the night to Monday 16 November.
    clock.now = datetime(2026, 11, 22, 23, 59, tzinfo=AMSTERDAM)
    assert await shown(weekly) == []
    clock.forward(minutes=1)
    assert await shown(weekly) == ["Ana", "Bo", "cas"]
    assert all(week.seen is None for week in await weekly.for_supervisors())


async def test_each_week_is_counted_once(
    cared: Cared, weekly: Weekly, clock: HandClock, timers: HandTimers
) -> None:
    """Also when Kalm was off on Monday, is started twice, or has two processes."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana")
    clock.now = datetime(2026, 11, 25, 12, tzinfo=AMSTERDAM)
    await weekly.start()
    other = Cared(cared.journal, clock, timers)
    assert other.care.weekly is not None
    await other.care.weekly.start()
    async with cared.journal.database.engine.connect() as connection:
        rows = list(await connection.execute(select(care_weeks)))
    assert [(row.agent, row.week, row.counts["calls"]) for row in rows] == [
        ("Ana", "2026-11-16", 1)
    ]


async def test_switched_off_nothing_is_computed(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """No row, no timer, and not one look at the events of calls for it."""
    calm = HandTimers()
    off = Cared(cared.journal, clock, calm, weekly=False)
    await off.takes("c1", "Ana", "threat")
    assert off.care.weekly is None
    assert "care_week" not in calm._handlers
    clock.now = datetime(2026, 11, 25, 12, tzinfo=AMSTERDAM)
    await off.care.breaks.keep_up()
    await off.care.protocol.keep_all()
    await calm.ring(clock.now)
    async with cared.journal.database.engine.connect() as connection:
        rows = (await connection.execute(select(func.count()).select_from(care_weeks))).scalar_one()
    assert rows == 0
    assert not [kind for kind, _ in calm.set if kind == "care_week"]


def test_it_is_switched_off_by_one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """KALM_WEEKLY_SIGNALS=false."""
    assert Settings().weekly_signals is True
    monkeypatch.setenv("KALM_WEEKLY_SIGNALS", "false")
    assert Settings().weekly_signals is False


async def test_the_week_reads_no_event_but_those_of_the_list(
    cared: Cared, weekly: Weekly, clock: HandClock
) -> None:
    """What was said is not even fetched: the database is asked for a fixed list of kinds."""
    await cared.takes("c1", "Ana")
    found = await weekly._events(clock.now - timedelta(days=1), clock.now + timedelta(days=1))
    kinds = {told.body.kind for told in found["c1"]}
    assert kinds == {"OfferAccepted", "Bridged", "CallEnded", "WrappedUp"}
    stored = {told.body.kind for told in await cared.journal.read("c1")}
    assert {"CallStarted", "CallerSpoke", "HandoffRequested"} <= stored - kinds
