"""What the next process makes of whatever a killed one left: nobody is lost, nobody has two."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from bot.events import CallbackPlanned, Event, IncidentReported, OfferAccepted
from handoff.callbacks import KIND as CALLBACK
from handoff.care.breaks import KIND as BREAK
from handoff.care.rules import own_rules
from handoff.care.tables import care_breaks, care_steps
from handoff.offer_state import OfferState, offer_state
from handoff.store.tables import callbacks, calls, events, incidents
from handoff.wrapup import WrapUp
from tests.handoff.conftest import HandClock
from tests.handoff.house import AGENTS, House
from tests.handoff.invariants import no_call_is_taken_by_two, nobody_has_two_offers

Told = dict[str, list[Event]]


async def goes_on(url: str, acknowledged: int) -> None:
    """Start on what a killed process left, let time pass, and see every caller through.

    Args:
        url: Of the database.
        acknowledged: Position of the last event that the killed process was told is stored.
    """
    clock = HandClock()
    house = House(url, clock)
    async with house.journal.database.engine.connect() as connection:
        last = (await connection.execute(select(events.c.at).order_by(events.c.position))).all()
    clock.now = max([clock.now, *(row.at for row in last)])
    left = await _told(house)
    assert len(last) >= acknowledged, "what was acknowledged is gone"
    await house.start()
    for call_id, before in left.items():
        assert (await house.journal.read(call_id))[: len(before)] == before
    await _all_is_well(house)
    waiting = {call_id for call_id, s in (await _states(house)).items() if s.to_be_offered}

    clock.forward(hours=2)  # all timers are due, and breaks that nobody answered lapse
    for agent in AGENTS:
        await house.presences.seen(agent)
    await house.ring()
    assert max(house.jobs.rang.values(), default=1) == 1, house.jobs.rang
    assert await house.offered() == {}, "an offer that no timer ends"
    await house.keep_up()
    await _all_is_well(house)
    await _what_was_due_is_done(house)
    await _everybody_is_helped(house)
    for call_id in waiting:
        by = [e.body for e in await house.journal.read(call_id)]
        assert any(isinstance(body, OfferAccepted) for body in by), f"{call_id} was lost"
    await _all_is_well(house)
    await house.close()


async def _told(house: House) -> Told:
    async with house.journal.database.engine.connect() as connection:
        ids = list((await connection.execute(select(calls.c.id))).scalars())
    return {call_id: await house.journal.read(call_id) for call_id in ids}


async def _states(house: House) -> dict[str, OfferState]:
    return {call_id: offer_state(told) for call_id, told in (await _told(house)).items()}


async def _all_is_well(house: House) -> None:
    """Rows and record tell the same; one offer an agent and a call; who has a call is busy."""
    told, offered = await _told(house), await house.offered()
    states = {call_id: offer_state(each) for call_id, each in told.items()}
    assert {c: s.offered_to for c, s in states.items() if s.offered_to} == offered
    nobody_has_two_offers(offered)
    for call_id, each in told.items():
        assert [e.seq for e in each] == list(range(1, len(each) + 1))
        no_call_is_taken_by_two(each)
        row = await house.journal.summary(call_id)
        assert row is not None
        assert (row.state, row.agent) == (states[call_id].state, states[call_id].agent), call_id
    there = {p.agent: p for p in await house.presences.all()}
    for agent, presence in there.items():
        having = [s for s in states.values() if s.state == "accepted" and s.agent == agent]
        assert (presence.state in ("busy", "wrap_up")) == bool(having), (agent, presence.state)
    for agent in offered.values():
        assert there[agent].state == "available"
    async with house.journal.database.engine.connect() as connection:
        rows = await connection.execute(
            select(care_breaks).where(care_breaks.c.state == "taken", care_breaks.c.ended.is_(None))
        )
        resting = Counter(row.agent for row in rows)
    # None of them chose a break of their own: who is in one took the one that was offered.
    assert resting == {a: 1 for a, p in there.items() if p.choice == "break"}


async def _what_was_due_is_done(house: House) -> None:
    """Breaks have ended, call backs rang, and each step after a threat is there and called."""
    told = await _told(house)
    planned = {(e.call_id, e.seq) for each in told.values() for e in each
               if isinstance(e.body, CallbackPlanned)}  # fmt: skip
    async with house.journal.database.engine.connect() as connection:
        rang = await connection.execute(select(callbacks).where(callbacks.c.rang.is_not(None)))
        assert planned == {(row.call_id, row.of) for row in rang}
        breaks = list(await connection.execute(select(care_breaks)))
        steps = list(await connection.execute(select(care_steps)))
        opened = {row.call_id: row.id for row in await connection.execute(select(incidents))}
    assert all(row.ended for row in breaks if row.state == "taken")
    for kind in (CALLBACK, BREAK):
        assert all(n == 1 for of, n in house.jobs.rang.items() if of.startswith(f"{kind} "))
    found = {(row.incident_id, row.agent, row.item) for row in steps}
    assert len(found) == len(steps)
    rules = own_rules().protocol
    for call_id, each in told.items():
        bodies = [e.body for e in each]
        if not any(isinstance(body, IncidentReported) for body in bodies):
            continue
        had = {body.agent for body in bodies if isinstance(body, OfferAccepted)}
        for item in rules.items_for("threat"):
            for agent in had if item.of == "agent" else {""}:
                assert (opened[call_id], agent, item.name) in found, (call_id, agent, item.name)
    now = house.clock.now
    for row in steps:
        called = row.done is not None or row.due > now or row.rung >= 1
        assert called, f"nobody was called to {row.item}, due {row.due}"


async def _everybody_is_helped(house: House) -> None:
    """Agents accept what they are offered and close their cards, until nobody waits."""
    for _ in range(60):
        for call_id, state in (await _states(house)).items():
            if state.state == "accepted" and state.agent is not None:
                await house.cards.close(call_id, state.agent, WrapUp("solved"), any_card=False)
        for agent in AGENTS:
            found = await house.care.breaks.open(agent)
            if found is not None and found.state == "offered":
                await house.care.breaks.answer(agent, found.id, "decline")
            await house.presences.choose(agent, "available")
        await house.keep_up()
        offered = await house.offered()
        for call_id, agent in offered.items():
            await house.cards.accept(call_id, agent)
        if not offered and not await house.dispatcher.in_order():
            return
        house.clock.now += timedelta(seconds=61)  # who just said no may be asked again
    raise AssertionError(f"these wait for ever: {await house.dispatcher.in_order()}")
