"""A day in which every transition of a call happens, on its way to a person and after it.

Requested, offered, declined, expired, withdrawn, accepted, bridged, handed on (warm, cold, taken
back), consulted, taken over, lost, given back, a message, a call back; a threat with its protocol,
breaks that are taken, put off and declined; and timers that ring.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.events import (
    CallbackPlanned,
    CallbackPromised,
    CallEnded,
    HandoffRequested,
    IncidentReported,
    MessageLeft,
    MoodHeard,
    WaitEnded,
)
from handoff.care.breaks import Answer
from handoff.wrapup import WrapUp
from tests.handoff.house import AGENTS, House
from tests.handoff.test_talking import OFFER

Done = Callable[[str], Awaitable[None]]
"""Told of each step that was acknowledged."""
THREAT = (
    MoodHeard(of=2, signs=("threat",), anger=0.9, by_words=0.9),
    IncidentReported(sign="threat", of=2, urgent=True),
)


async def whole_life(house: House, done: Done) -> None:
    """Live that day."""
    for agent in AGENTS:
        await house.presences.choose(agent, "available")
    await done("there")
    await _to_a_person(house, done)
    await _from_hand_to_hand(house, done)
    await _no_longer(house, done)
    await _later(house, done)
    await _heavy(house, done)
    await house.ring()
    await done("rung")


async def _to_a_person(house: House, done: Done) -> None:
    asked = await house.calls("talk")
    await done("offered")
    await house.offers.decline("talk", asked, "busy")
    await done("declined")
    asked = await house.asked("talk")
    house.clock.forward(seconds=20)
    offered = await house.offers.current(asked)
    assert offered is not None
    assert await house.offers.expire("talk", asked, offered.until)
    await done("expired")
    asked = await house.asked("talk")
    with house.relays.begin("talk", caller_rate=16000, line_rate=24000):
        line = await house.talks("talk", asked)
        await done("bridged")
        line.gone.set()
        await house.stored("talk", "Returned")
        await done("lost")
        await house.told(line, "lost")
        asked = await house.asked("talk")
        await house.talks("talk", asked)
        await house.talking.hang_up("talk", asked)
    await done("wrap_up")
    await house.cards.close("talk", asked, WrapUp("solved"), any_card=False)
    await done("done")


async def _from_hand_to_hand(house: House, done: Done) -> None:
    first = await house.calls("hands")
    with house.relays.begin("hands", caller_rate=16000, line_rate=24000):
        await house.talks("hands", first)
        second, third, boss = [a for a in AGENTS if a != first][:3]
        await house.talking.hand_on("hands", first, to=second, note="Wil een regeling.")
        await done("warm")
        assert await house.asked("hands") == second
        await house.talking.join("hands", second, OFFER)
        line = house.lines[-1]
        line.sound.set()
        await house.told(line, "talking")
        await done("three")
        await house.talking.leave("hands", first)
        await done("left")
        await house.talking.hand_on("hands", second, to=third)
        await house.talking.take_back("hands", second)
        await done("taken back")
        await house.sitting.ask("hands", second, third)
        await house.sitting.sit_in("hands", third, "consult", OFFER)
        line = house.lines[-1]
        line.sound.set()
        await house.told(line, "consult")
        await done("consult")
        await house.sitting.back("hands", second)
        await house.stored("hands", "LeftTalk", 2)
        await done("consulted")
        await house.sitting.sit_in("hands", boss, "listen", OFFER)
        line = house.lines[-1]
        line.sound.set()
        await house.told(line, "listen")
        await house.sitting.take_over("hands", boss)
        await house.stored("hands", "LeftTalk", 3)
        await done("taken over")
        await house.talking.hand_on("hands", boss, to=third, warm=False)
        await done("cold")
        assert await house.asked("hands") == third
        await house.talks("hands", third)
        await house.talking.give_back("hands", third, "payment_link")
        await done("given back")
        await house.journal.append("hands", HandoffRequested(reason="caller_asked"))
        await house.asked("hands")
        await done("asked again")


async def _no_longer(house: House, done: Done) -> None:
    await house.calls("solved")
    await house.journal.append("solved", WaitEnded(why="resolved"))
    await done("resolved")
    await house.calls("hangs up")
    await house.journal.append("hangs up", CallEnded(outcome="abandoned", by="caller"))
    await done("withdrawn")
    await house.keep_up()


async def _later(house: House, done: Done) -> None:
    asked = await house.calls("message", MessageLeft(of=(2,)), CallbackPromised(number="+31201"))
    await house.journal.append("message", CallEnded(outcome="callback", by="bot"))
    await done("message")
    if await house.asked("message") != asked:
        raise AssertionError("the caller hung up, and nobody else was asked")
    await house.cards.accept("message", asked)
    await done("accepted")
    number, about = "+31201234567", "de rekening"
    due = house.clock.now + timedelta(minutes=30)
    plan = CallbackPlanned(agent=asked, due=due, number=number, about=about)
    wrapped = WrapUp("passed_on", callback=plan)
    await house.cards.close("message", asked, wrapped, any_card=False)
    await done("planned")
    await house.callbacks.keep_all()
    await done("timed")


async def _heavy(house: House, done: Done) -> None:
    answers: tuple[tuple[str, Answer], ...] = (
        ("takes", "take"),
        ("later", "postpone"),
        ("declines", "decline"),
    )
    for call_id, answer in answers:
        asked = await house.calls(call_id, *THREAT)
        with house.relays.begin(call_id, caller_rate=16000, line_rate=24000) as relay:
            line = await house.talks(call_id, asked)
            await done("a threat is taken")
            await house.care.protocol.keep(call_id)
            await done("protocol")
            relay.end()
            await house.told(line, "caller_gone")
        await house.journal.append(call_id, CallEnded(outcome="handed_off", by="caller"))
        await house.care.breaks.keep_up()
        await done("break offered")
        if answer == "take":
            await house.care.protocol.tick(1, asked, "speak", by="Kim")
            await done("ticked")
        await house.cards.close(call_id, asked, WrapUp("solved"), any_card=False)
        found = await house.care.breaks.open(asked)
        assert found is not None
        await house.care.breaks.answer(asked, found.id, answer)
        await done(answer)
    await house.keep_up()
