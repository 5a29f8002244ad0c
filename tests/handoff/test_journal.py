"""What was acknowledged is on record, in order, whoever else writes and whatever breaks."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, event
from sqlalchemy.exc import IntegrityError

from bot.events import (
    BotSpoke,
    CallEnded,
    CallerIdentified,
    CallerSpoke,
    CallStarted,
    Event,
    HandoffRequested,
    OfferAccepted,
)
from bot.journal import CallExists, Journal, JournalFull
from handoff.store.database import Database
from handoff.store.journal import CallUnknown, DurableJournal
from handoff.store.tables import events
from tests.handoff.conftest import HandClock, only_sqlite

STARTED = CallStarted(line="chat", language="nl")


def said(words: str) -> BotSpoke:
    return BotSpoke(words=words, language="nl")


async def take(events: AsyncIterator[Event], count: int) -> list[Event]:
    return [await asyncio.wait_for(anext(events), 5) for _ in range(count)]


async def test_it_is_a_journal(journal: DurableJournal) -> None:
    """The bot's Protocol is met; mypy reads this line too."""
    as_the_bot_sees_it: Journal = journal
    assert await as_the_bot_sees_it.read("nobody") == []


async def test_reads_back_what_was_written(journal: DurableJournal, clock: HandClock) -> None:
    """Events come back equal, numbered from 1, stamped by the clock."""
    opened = await journal.open("c1", STARTED)
    clock.forward(seconds=3)
    spoke = CallerSpoke(words="één ‘moment’ 🙂\x00", confidence=0.25, language="nl")
    appended = await journal.append("c1", spoke, said("ja"))

    assert await journal.read("c1") == opened + appended
    assert [e.seq for e in opened + appended] == [1, 2, 3]
    assert appended[0].at == clock.now
    assert await journal.read("c1", after=2) == appended[1:]


async def test_the_same_id_twice_is_refused(journal: DurableJournal) -> None:
    """A second call with an id leaves the first as it was."""
    first = await journal.open("c1", STARTED)
    with pytest.raises(CallExists):
        await journal.open("c1", CallStarted(line="twilio", language="en"))
    assert await journal.read("c1") == first
    assert [e.seq for e in await journal.append("c1", said("nog hier"))] == [2]


async def test_two_calls_opened_at_once_with_one_id(journal: DurableJournal) -> None:
    """Exactly one of them is opened."""
    results = await asyncio.gather(
        *(journal.open("c1", STARTED) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(r, list) for r in results) == 1
    assert sum(isinstance(r, CallExists) for r in results) == 4


async def test_nothing_is_written_to_a_call_that_was_never_opened(
    journal: DurableJournal,
) -> None:
    """An append to an unknown call raises and leaves no trace."""
    with pytest.raises(CallUnknown):
        await journal.append("ghost", said("hallo"))
    assert await journal.read("ghost") == []
    assert await journal.last_position() == 0


async def test_numbers_have_no_gaps_with_writers_in_two_processes(
    journal: DurableJournal, url: str, clock: HandClock
) -> None:
    """Two journals on one database number a call's events 1, 2, 3, ... together."""
    await journal.open("c1", STARTED)
    async with DurableJournal(url, clock) as other:

        async def write(to: DurableJournal, name: str) -> None:
            for n in range(15):
                await to.append("c1", said(f"{name}{n}a"), said(f"{name}{n}b"))

        await asyncio.gather(write(journal, "x"), write(journal, "y"), write(other, "z"))

    events = await journal.read("c1")
    assert [e.seq for e in events] == list(range(1, 92))
    words = [e.body.words for e in events if isinstance(e.body, BotSpoke)]
    assert all(a[:-1] == b[:-1] for a, b in zip(words[::2], words[1::2], strict=True))


@only_sqlite
async def test_all_or_none(journal: DurableJournal) -> None:
    """If one event of a batch can't be stored, none is, and the next gets its number."""
    await journal.open("c1", STARTED)
    async with journal.database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON events WHEN NEW.kind = 'CallEnded' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(JournalFull):
        await journal.append(
            "c1", said("dag"), CallEnded(outcome="resolved", by="bot"), said("niet")
        )
    assert len(await journal.read("c1")) == 1
    assert [e.seq for e in await journal.append("c1", said("hallo"))] == [2]


@only_sqlite
async def test_a_full_disk_is_told_and_harms_nothing(url: str, clock: HandClock) -> None:
    """When the disk is full append raises JournalFull; what was stored stays readable."""
    journal = DurableJournal(url, clock)

    def small_disk(connection: sqlite3.Connection, _record: object) -> None:
        connection.cursor().execute("PRAGMA max_page_count = 300")

    for engine in journal.database.engines:
        event.listen(engine, "connect", small_disk)
    async with journal:
        await journal.open("c1", STARTED)
        stored = 1
        with pytest.raises(JournalFull, match="full"):
            for _ in range(2000):
                await journal.append("c1", said("x" * 2000))
                stored += 1
        assert 1 < stored < 2000
        assert [e.seq for e in await journal.read("c1")] == list(range(1, stored + 1))
        summary = await journal.summary("c1")
        assert summary is not None
        assert summary.changed == await journal.last_position() == stored


async def test_a_database_that_is_gone_is_told(url: str, clock: HandClock) -> None:
    """A lost table is JournalFull as well: nothing may be said on account of the event."""
    async with DurableJournal(url, clock) as journal:
        await journal.open("c1", STARTED)
        async with journal.database.writing.begin() as connection:
            await connection.exec_driver_sql("DROP TABLE events")
        with pytest.raises(JournalFull):
            await journal.append("c1", said("hallo"))


async def test_follow_gives_the_past_then_the_present(journal: DurableJournal) -> None:
    """A follower gets every event once, in order, starting after the given number."""
    await journal.open("c1", STARTED, said("een"))
    follower = journal.follow("c1", after=1)
    assert [e.seq for e in await take(follower, 1)] == [2]
    waiting = asyncio.ensure_future(take(follower, 3))
    await journal.append("c1", said("twee"), said("drie"))
    await journal.open("c2", STARTED)
    await journal.append("c1", said("vier"))
    assert [e.seq for e in await waiting] == [3, 4, 5]


async def test_follow_does_not_poll_within_a_process(url: str, clock: HandClock) -> None:
    """A follower is woken by the write itself: it is no slower when the watcher sleeps."""
    async with DurableJournal(url, clock, poll=3600) as journal:
        await journal.open("c1", STARTED)
        follower = journal.follow("c1", after=1)
        waiting = asyncio.ensure_future(take(follower, 1))
        await asyncio.sleep(0)
        await journal.append("c1", OfferAccepted(agent="Sem"))
        assert (await waiting)[0].body == OfferAccepted(agent="Sem")


async def test_follow_hears_another_process(url: str, clock: HandClock) -> None:
    """Events written through another journal arrive, also just before one of our own."""
    async with (
        DurableJournal(url, clock, poll=0.01) as bot,
        DurableJournal(url, clock, poll=3600) as desk,
    ):
        await bot.open("c1", STARTED)
        waiting = asyncio.ensure_future(take(bot.follow("c1", after=1), 1))
        await desk.append("c1", OfferAccepted(agent="Sem"))
        assert (await waiting)[0].body == OfferAccepted(agent="Sem")

        on_the_desk = asyncio.ensure_future(take(desk.follow("c1", after=2), 1))
        await asyncio.sleep(0)
        await bot.append("c1", said("Ik verbind u door."))
        await desk.open("c2", STARTED)  # Its own write tells the desk that it missed one.
        assert [e.seq for e in await on_the_desk] == [3]


async def test_the_feed_has_every_call_in_order(journal: DurableJournal) -> None:
    """Positions grow by one over all calls, so a page can resume after any of them."""
    feed = journal.feed(after=0)
    await journal.open("c1", STARTED)
    await journal.open("c2", STARTED)
    await journal.append("c1", said("een"), said("twee"))
    placed = [await asyncio.wait_for(anext(feed), 5) for _ in range(4)]
    assert [p.position for p in placed] == [1, 2, 3, 4]
    assert [p.event.call_id for p in placed] == ["c1", "c2", "c1", "c1"]


async def test_of_many_agents_one_wins(journal: DurableJournal) -> None:
    """`append_if` lets exactly one of many accept, and the record says who."""
    await journal.open("c1", STARTED, HandoffRequested(reason="caller_asked"))
    names = ["Sem", "Ana", "Bo", "Kim"]
    results = await asyncio.gather(
        *(journal.append_if("waiting", "c1", OfferAccepted(agent=name)) for name in names)
    )
    winners = [name for name, stored in zip(names, results, strict=True) if stored]
    assert len(winners) == 1
    summary = await journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.agent) == ("accepted", winners[0])
    assert len(await journal.read("c1")) == 3
    assert await journal.last_position() == 3


async def test_a_cancelled_call_leaves_the_journal_usable(journal: DurableJournal) -> None:
    """Cancelling an append at any point leaves a record without gaps and no lock behind."""
    await journal.open("c1", STARTED)
    for turns in range(30):
        task = asyncio.ensure_future(journal.append("c1", said(str(turns))))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(journal.append("c1", said("laatste")), 5)
    events = await journal.read("c1")
    assert all(b.seq == a.seq + 1 for a, b in pairwise(events))


async def test_calls_that_were_cut_off_are_closed_as_interrupted(
    url: str, clock: HandClock
) -> None:
    """After a restart every call of this owner has an end; ended ones keep theirs."""
    async with DurableJournal(url, clock) as before:
        await before.open("open", STARTED, HandoffRequested(reason="key_0"))
        await before.open("done", STARTED, CallEnded(outcome="resolved", by="caller"))
    async with DurableJournal(url, clock, owner="elsewhere") as other:
        await other.open("theirs", STARTED)
    async with DurableJournal(url, clock) as after:
        assert await after.close_interrupted() == ["open"]
        assert await after.close_interrupted() == []
        assert (await after.read("open"))[-1].body == CallEnded(outcome="interrupted", by="system")
        assert len(await after.read("done")) == 2
        assert len(await after.read("theirs")) == 1
        waiting = await after.summaries("waiting")
        assert [(s.call_id, s.outcome) for s in waiting] == [("open", "interrupted")]


async def test_the_summary_follows_the_events(journal: DurableJournal, clock: HandClock) -> None:
    """The quick list says what the events say."""
    await journal.open("c1", STARTED)
    clock.forward(seconds=20)
    await journal.append(
        "c1",
        CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="number_on_line"),
        HandoffRequested(reason="caller_asked"),
    )
    (row,) = await journal.summaries("waiting")
    assert (row.customer, row.customer_name) == ("471109", "Mw. J. de Vries")
    assert row.waiting_since == clock.now
    assert row.ended is None
    assert await journal.summaries("accepted", "closed") == []


@only_sqlite
async def test_sqlite_is_set_for_power_cuts(journal: DurableJournal) -> None:
    """Commits reach the disk before they are acknowledged; foreign keys hold."""
    async with journal.database.engine.connect() as connection:
        for pragma, value in [
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 5000),
        ]:
            result = await connection.exec_driver_sql(f"PRAGMA {pragma}")
            assert result.scalar_one() == value
    with pytest.raises(IntegrityError):
        async with journal.database.writing.begin() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO events VALUES (9, 'nobody', 1, '2026-11-20', 'X', '{}')"
            )


async def test_starting_again_keeps_everything(url: str, clock: HandClock, tmp_path: Path) -> None:
    """A second start migrates nothing away, and the folder is made when it is missing."""
    deeper = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'folder' / 'kalm.db'}"
    for _ in range(2):
        async with DurableJournal(deeper, clock) as journal:
            if not await journal.read("c1"):
                await journal.open("c1", STARTED)
    async with DurableJournal(deeper, clock) as journal:
        assert len(await journal.read("c1")) == 1


async def test_work_that_fails_half_way_leaves_nothing(url: str, clock: HandClock) -> None:
    """What a transaction wrote before it failed is gone, and the next one is not hindered."""
    async with DurableJournal(url, clock) as journal:
        await journal.open("c1", STARTED)

        def half(connection: Connection) -> None:
            connection.execute(delete(events))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await journal.database.write(half)
        assert [e.seq for e in await journal.append("c1", said("hallo"))] == [2]
        assert [e.seq for e in await journal.read("c1")] == [1, 2]


async def test_a_write_goes_on_though_nobody_waits_for_it(url: str, clock: HandClock) -> None:
    """Who hangs up while an event is stored breaks nothing off: it is there, and whole."""
    async with DurableJournal(url, clock) as journal:
        await journal.open("c1", STARTED)
        caller = asyncio.create_task(journal.append("c1", said("een"), said("twee")))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    async with DurableJournal(url, clock) as journal:
        assert [e.seq for e in await journal.read("c1")] == [1, 2, 3]


@only_sqlite
async def test_who_closes_waits_for_what_is_written(url: str, clock: HandClock) -> None:
    """A write under way ends before the database is let go."""
    database = Database(url)
    await database.start()
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work(_connection: Connection) -> str:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(5)
        return "stored"

    writing = asyncio.create_task(database.write(work))
    await begun.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert await writing == "stored"


@only_sqlite
async def test_what_comes_after_the_end_is_refused(url: str, clock: HandClock) -> None:
    """A call that outlives the journal is told that nothing is stored any more."""
    async with DurableJournal(url, clock) as journal:
        await journal.open("c1", STARTED)
    await journal.database.close()  # once more does no harm
    with pytest.raises(JournalFull, match="closed"):
        await journal.append("c1", said("hallo"))


async def test_a_database_in_memory_is_one_for_all_who_use_it(clock: HandClock) -> None:
    """Where there is no file, what is written is read from the same database."""
    async with DurableJournal("sqlite+aiosqlite:///:memory:", clock) as journal:
        await journal.open("c1", STARTED)
        assert [e.seq for e in await journal.append("c1", said("hallo"))] == [2]
        assert [e.seq for e in await journal.read("c1")] == [1, 2]
