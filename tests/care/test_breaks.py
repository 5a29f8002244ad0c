"""After a heavy call a break comes first, as the agent wants it."""

import pytest

from bot.events import Body, Bridged, CallEnded, IncidentReported, OfferAccepted, WrappedUp
from handoff.care.breaks import NotOpen
from tests.care.centre import Cared
from tests.handoff.centre import HandTimers
from tests.handoff.conftest import HandClock


async def test_a_light_call_brings_no_break(cared: Cared) -> None:
    """Who had nothing heavy is asked nothing."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana")
    assert await cared.care.breaks.open("Ana") is None
    assert await cared.care.breaks.resting() == frozenset()


async def test_the_break_comes_before_the_next_call(cared: Cared, clock: HandClock) -> None:
    """A caller waits while the agent is asked, and is offered as soon as the agent says no."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    await cared.centre.calls("c2")
    assert await cared.centre.offered() == {}
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    assert (found.state, found.minutes, found.because) == ("offered", 10, ("threat",))
    await cared.care.breaks.answer("Ana", found.id, "decline")
    await cared.centre.settle()
    assert await cared.centre.offered() == {"c2": "Ana"}


async def test_who_does_not_answer_is_offered_calls_again(cared: Cared, clock: HandClock) -> None:
    """The question holds up calls for a few minutes; the break can be taken for an hour."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    await cared.centre.calls("c2")
    await cared.centre.later(clock, 170, "Ana")
    assert await cared.centre.offered() == {}
    await cared.centre.later(clock, 20, "Ana")
    assert await cared.centre.offered() == {"c2": "Ana"}
    assert await cared.care.breaks.open("Ana") is not None
    await cared.passes(minutes=60)
    assert await cared.care.breaks.open("Ana") is None


async def test_a_break_is_held_and_ends_by_itself(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """While it lasts no call comes; then the agent is again what they chose to be before."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "take")
    there = await cared.centre.presences.of("Ana")
    assert there.state == "break"
    assert there.until is not None
    assert (there.until - clock.now).total_seconds() == 600
    await cared.centre.calls("c2")
    await cared.centre.later(clock, 590, "Ana")
    assert await cared.centre.offered() == {}
    await cared.centre.later(clock, 20, "Ana")
    assert await cared.centre.offered() == {"c2": "Ana"}
    assert await cared.care.breaks.open("Ana") is None
    assert [b.state for b in await cared.care.breaks.since(found.offered)] == ["taken"]


async def test_a_break_chosen_in_the_wrap_up_begins_whole_after_it(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """It is offered when the caller has hung up, and no minute of it goes into writing notes."""
    await cared.works("Ana")
    await cared.talks("c1", "Ana", "crisis")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "take")
    assert (await cared.centre.presences.of("Ana")).state == "wrap_up"
    over = await cared.wraps_up("c1", "Ana", 300)
    await cared.centre.settle()
    there = await cared.centre.presences.of("Ana")
    assert there.state == "break"
    assert there.until is not None
    assert (there.until - over).total_seconds() == 600
    assert [when for (kind, _), (when, _) in timers.set.items() if kind == "care_break"] == [
        there.until
    ]


async def test_a_break_outlives_a_restart(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """What was taken ends though the process that began it is gone."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "take")
    later = Cared(cared.journal, clock, timers)
    await later.care.breaks.keep_up()
    assert len(await later.care.breaks.since(found.offered)) == 1
    await later.centre.later(clock, 620, "Ana")
    assert (await later.centre.presences.of("Ana")).state == "available"


async def test_the_agent_ends_it_early(cared: Cared) -> None:
    """By the page of care, or by choosing to be there again; the timer then changes nothing."""
    await cared.works("Ana", "Bo")
    for agent in ("Ana", "Bo"):
        await cared.takes(f"of {agent}", agent, "threat")
        found = await cared.care.breaks.open(agent)
        assert found is not None
        await cared.care.breaks.answer(agent, found.id, "take")
    await cared.care.breaks.end("Ana")
    await cared.centre.presences.choose("Bo", "available")
    for agent in ("Ana", "Bo"):
        assert (await cared.centre.presences.of(agent)).state == "available"
        assert await cared.care.breaks.open(agent) is None
    await cared.centre.presences.choose("Bo", "break")
    await cared.passes(seconds=620)
    assert (await cared.centre.presences.of("Bo")).state == "break"


async def test_a_break_is_put_off_once(cared: Cared) -> None:
    """It is asked again after the next call, light as it may be, and then it is yes or no."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "postpone")
    assert await cared.care.breaks.open("Ana") is None
    await cared.takes("c2", "Ana")
    again = await cared.care.breaks.open("Ana")
    assert again is not None
    assert (again.id, again.minutes, again.may_wait) == (found.id, 10, False)
    with pytest.raises(NotOpen):
        await cared.care.breaks.answer("Ana", found.id, "postpone")
    await cared.care.breaks.answer("Ana", found.id, "take")


async def test_two_heavy_calls_make_one_longer_break(cared: Cared) -> None:
    """What was put off is added to what comes, within reason."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "postpone")
    await cared.takes("c2", "Ana", "crisis", "threat", "blackmail")
    both = await cared.care.breaks.open("Ana")
    assert both is not None
    assert both.minutes == 30
    kept = await cared.care.breaks.since(found.offered)
    assert [each.state for each in kept] == ["joined", "offered"]


async def test_nobody_answers_for_somebody_else(cared: Cared) -> None:
    """A break is the agent's own."""
    await cared.works("Ana", "Bo")
    await cared.takes("c1", "Ana", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    for answer in ("take", "postpone", "decline"):
        with pytest.raises(NotOpen):
            await cared.care.breaks.answer("Bo", found.id, answer)
    assert (await cared.centre.presences.of("Bo")).state == "available"


async def test_a_declined_break_is_held_against_nobody(cared: Cared, clock: HandClock) -> None:
    """Neither the load nor the week counts it; what was never answered is missed."""
    await cared.works("Ana", "Bo")
    await cared.takes("c1", "Ana", "threat")
    await cared.takes("c2", "Bo", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "decline")
    await cared.passes(hours=2)
    told = {each.agent: each for each in [await cared.care.load.of(n) for n in ("Ana", "Bo")]}
    assert (told["Ana"].offered, told["Ana"].taken, told["Ana"].missed) == (1, 0, 0)
    assert (told["Bo"].offered, told["Bo"].taken, told["Bo"].missed) == (1, 0, 1)


async def test_timers_that_are_out_of_order_keep_nobody_in_a_break(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """Calls go on, the break is had, and it ends when the timers are back or at the next look."""
    await cared.works("Ana", "Bo")
    for agent in ("Ana", "Bo"):
        await cared.takes(f"of {agent}", agent, "threat")
        found = await cared.care.breaks.open(agent)
        assert found is not None
        timers.broken = agent == "Ana"
        await cared.care.breaks.answer(agent, found.id, "take")
        assert (await cared.centre.presences.of(agent)).state == "break"
        await cared.centre.settle()
        timers.broken = False
        if agent == "Ana":
            assert timers.set == {}
    held = await cared.care.breaks.open("Ana")
    assert held is not None
    assert held.until is not None
    timers.set.clear()
    await cared.passes(minutes=11)
    for agent in ("Ana", "Bo"):
        assert await cared.care.breaks.open(agent) is None
        assert (await cared.centre.presences.of(agent)).state == "available"


async def test_a_break_and_its_agent_are_never_half_in_it(
    cared: Cared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The break and how its agent is there are written at once, or neither is."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    found = await cared.care.breaks.open("Ana")
    assert found is not None

    def killed(*_: object, **__: object) -> None:
        raise ConnectionResetError("killed")

    async def stands() -> tuple[str, str]:
        (row,) = await cared.care.breaks.since(found.offered)
        assert row.ended is None
        return row.state, (await cared.centre.presences.of("Ana")).state

    with monkeypatch.context() as broken:
        broken.setattr("handoff.care.breaks.choose_presence", killed)
        with pytest.raises(ConnectionResetError):
            await cared.care.breaks.answer("Ana", found.id, "take")
    assert await stands() == ("offered", "available")
    await cared.care.breaks.answer("Ana", found.id, "take")
    assert await stands() == ("taken", "break")
    with monkeypatch.context() as broken:
        broken.setattr("handoff.care.breaks.choose_presence", killed)
        with pytest.raises(ConnectionResetError):
            await cared.care.breaks.end("Ana")
    assert await stands() == ("taken", "break")
    await cared.passes(minutes=11)
    assert await cared.care.breaks.open("Ana") is None
    assert (await cared.centre.presences.of("Ana")).state == "available"


@pytest.mark.parametrize("put_off", [False, True])
async def test_a_report_makes_a_break_longer_that_was_offered_for_less(
    cared: Cared, put_off: bool
) -> None:
    """The length is by what the call weighs in the end, also of a break that was put off."""
    await cared.works("Ana")
    await cared.talks("c1", "Ana", "insult_person")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    assert found.minutes == 5
    if put_off:
        await cared.care.breaks.answer("Ana", found.id, "postpone")
    told = IncidentReported(of=2, sign="threat", urgent=True, by="Ana")
    await cared.journal.append("c1", told)
    await cared.wraps_up("c1", "Ana")
    if put_off:
        await cared.takes("c2", "Ana")
    longer = await cared.care.breaks.open("Ana")
    assert longer is not None
    assert (longer.id, longer.minutes) == (found.id, 10)
    assert longer.because == ("threat", "insult_person")


async def test_a_report_takes_nothing_from_a_break_that_was_answered(cared: Cared) -> None:
    """Who said no, or has it, is not asked once more."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "insult_person")
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    await cared.care.breaks.answer("Ana", found.id, "decline")
    told = IncidentReported(of=2, sign="threat", urgent=True, by="Ana")
    await cared.journal.append("c1", told)
    assert await cared.care.breaks.open("Ana") is None
    (kept,) = await cared.care.breaks.since(found.offered)
    assert (kept.state, kept.minutes) == ("declined", 5)


@pytest.mark.parametrize("when", ["during", "before the wrap-up", "after the wrap-up"])
async def test_a_report_by_hand_brings_a_break(cared: Cared, when: str) -> None:
    """Whenever the agent comes to report it, in the talk or when the card is closed."""
    await cared.works("Ana")
    await cared.centre.calls("c1")
    told = IncidentReported(of=2, sign="threat", urgent=True, by="Ana")
    talk = (OfferAccepted(agent="Ana", talk=True), Bridged(agent="Ana"))
    over = CallEnded(outcome="handed_off", by="caller")
    closed = WrappedUp(agent="Ana", disposition="solved")
    orders: dict[str, tuple[Body, ...]] = {
        "during": (*talk, told, over, closed),
        "before the wrap-up": (*talk, over, told, closed),
        "after the wrap-up": (*talk, over, closed, told),
    }
    for body in orders[when]:
        await cared.journal.append("c1", body)
    found = await cared.care.breaks.open("Ana")
    assert found is not None
    assert (found.state, found.because) == ("offered", ("threat",))
