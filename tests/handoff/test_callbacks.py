"""A promised call back rings until somebody was reached, and is nobody's to forget."""

import asyncio
from datetime import timedelta

import pytest

from bot.events import CallbackPlanned, CallbackTried, CallStarted, HandoffRequested, OfferAccepted
from handoff.callbacks import Callback, Callbacks, NoNumber, NotThere, PastMoment
from handoff.notes import notes
from handoff.store import DurableJournal
from tests.handoff.centre import HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock

NUMBER = "+31612345678"


@pytest.fixture
def timers() -> HandTimers:
    return HandTimers()


@pytest.fixture
async def callbacks(journal: DurableJournal, clock: HandClock, timers: HandTimers) -> Callbacks:
    started = CallStarted(line="twilio", language="nl", caller_number=NUMBER)
    await journal.open("c1", started, HandoffRequested(reason="caller_asked"))
    await journal.append("c1", OfferAccepted(agent="Sem"))
    return Callbacks(journal, clock, AMSTERDAM, timers)


async def only(callbacks: Callbacks, agent: str | None = None) -> Callback:
    [one] = await callbacks.due(agent, supervises=True)
    return one


async def test_it_is_on_the_desk_of_who_promised_and_then_on_everyones(
    callbacks: Callbacks, clock: HandClock
) -> None:
    """Who promised it may be ill: a few minutes after the moment everyone is asked."""
    await callbacks.plan("c1", "Sem", clock() + timedelta(hours=1), "06 12345678", "de meter")
    mine = await only(callbacks, "Sem")
    assert (mine.number, mine.about, mine.rings, mine.late) == (NUMBER, "de meter", False, False)
    assert await callbacks.due("Ana") == []
    clock.forward(hours=1)
    assert (await only(callbacks, "Sem")).rings
    assert await callbacks.due("Ana") == []
    clock.forward(minutes=5)
    assert (await only(callbacks, "Ana")).late


async def test_what_nobody_promised_is_everyones_at_once(
    callbacks: Callbacks, clock: HandClock
) -> None:
    """A call back that the bot promised is for whoever is free."""
    await callbacks.plan("c1", None, clock() + timedelta(hours=1), NUMBER)
    for agent in ("Sem", "Ana"):
        assert (await only(callbacks, agent)).agent is None


async def test_who_is_not_reached_is_planned_twice_more_and_then_a_supervisors(
    callbacks: Callbacks, journal: DurableJournal, clock: HandClock
) -> None:
    """Three tries in all; what is left then is seen by supervisors and by no agent."""
    await callbacks.plan("c1", "Sem", clock() + timedelta(hours=1), NUMBER, "de meter")
    for tries in (0, 1, 2):
        one = await only(callbacks)
        assert (one.tries, one.unreached, one.about) == (tries, False, "de meter")
        assert notes(await journal.read("c1")).after.tries(one.of) == tries
        clock.forward(hours=3)
        await callbacks.tried("c1", one.of, "Sem", "not_reached")
    left = await only(callbacks)
    assert left.unreached
    assert await callbacks.due("Sem") == []
    # A supervisor who names a moment has it tried once more; who does not, ends it.
    await callbacks.tried("c1", left.of, "Kim", "not_reached", clock() + timedelta(days=1))
    await callbacks.tried("c1", (await only(callbacks)).of, "Kim", "no_longer_needed")
    assert await callbacks.due(supervises=True) == []


async def test_of_two_who_call_the_same_caller_one_is_told(
    callbacks: Callbacks, journal: DurableJournal, clock: HandClock
) -> None:
    """One answer is on record, the other agent hears that somebody was faster."""
    await callbacks.plan("c1", None, clock() + timedelta(hours=1), NUMBER)
    of = (await only(callbacks)).of
    told = await asyncio.gather(
        callbacks.tried("c1", of, "Sem", "reached"),
        callbacks.tried("c1", of, "Ana", "not_reached"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in told) == ["NoneType", "NotThere"]
    tries = [e for e in await journal.read("c1") if isinstance(e.body, CallbackTried)]
    assert len(tries) == 1


async def test_a_moment_that_came_rings_once_though_it_was_set_before_a_restart(
    callbacks: Callbacks, journal: DurableJournal, clock: HandClock, timers: HandTimers
) -> None:
    """Whatever was planned, by whomever, gets its timer when Kalm starts; the desks are woken."""
    due = clock() + timedelta(hours=1)
    await journal.append("c1", CallbackPlanned(agent=None, due=due, number=NUMBER))
    await callbacks.keep_all()
    await callbacks.keep_all()
    assert await callbacks.next_moment() == due
    clock.forward(hours=1)
    woken = journal.next_change()
    await timers.ring(clock())
    assert woken.is_set()
    assert await callbacks.next_moment() == due + timedelta(minutes=5)


async def test_what_can_not_be_called_is_not_planned(
    callbacks: Callbacks, clock: HandClock
) -> None:
    """A number that is none, a moment that is over, a call back that is not there."""
    with pytest.raises(NoNumber):
        await callbacks.plan("c1", None, clock() + timedelta(hours=1), "anoniem")
    with pytest.raises(PastMoment):
        await callbacks.plan("c1", None, clock(), NUMBER)
    with pytest.raises(NotThere):
        await callbacks.tried("c1", 1, "Sem", "reached")
    assert await callbacks.due() == []
