"""After a threat nothing that is to be done for the agent is forgotten."""

from datetime import timedelta

import pytest

from bot.events import HandedOn, OfferAccepted
from handoff.care.protocol import NotThere, Step, WhyMissing
from handoff.deciding import Deciding, Refused
from handoff.desk.incident_live import waiting
from handoff.incidents import Incidents
from tests.care.centre import Cared
from tests.handoff.centre import HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock

AGENTS = ["speak", "relieve", "police", "after_a_day", "after_a_week"]


async def threatened(cared: Cared) -> list[Step]:
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    await cared.care.protocol.keep("c1")
    return await cared.care.protocol.of(1)


async def test_a_threat_begins_it_and_nothing_else_does(cared: Cared) -> None:
    """Each step once, about who had the call; swearing and sorrow begin nothing."""
    steps = await threatened(cared)
    assert [(s.item, s.agent) for s in steps] == [
        *((name, "Ana") for name in AGENTS),
        ("decided", ""),
    ]
    await cared.takes("c2", "Ana", "insult_person", "vulnerable")
    await cared.care.protocol.keep("c2")
    await cared.care.protocol.keep("c1")
    assert len(await cared.care.protocol.open()) == len(steps)


async def test_after_a_crisis_nobody_is_reported_to_the_police(cared: Cared) -> None:
    """The rest of the steps is the same."""
    await cared.takes("c1", "Ana", "crisis")
    await cared.care.protocol.keep("c1")
    items = [step.item for step in await cared.care.protocol.of(1)]
    assert items == [*(name for name in AGENTS if name != "police"), "decided"]


async def test_it_rings_until_it_is_ticked(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """What is due calls supervisors, and again after an hour; after a day it asks again."""
    await threatened(cared)
    await timers.ring(clock.now)
    told = [(s.item, s.rung) for s in await cared.care.protocol.open(due=True)]
    assert told == [("speak", 1)]
    await cared.passes(minutes=61)
    told = [(s.item, s.rung) for s in await cared.care.protocol.open(due=True)]
    assert told == [("speak", 2), ("relieve", 1), ("police", 1)]
    for item in ("speak", "relieve", "police"):
        await cared.care.protocol.tick(1, "Ana", item, by="Kim")
    assert await cared.care.protocol.open(due=True) == []
    await cared.passes(hours=24)
    due = [s.item for s in await cared.care.protocol.open(due=True)]
    assert due == ["decided", "after_a_day"]
    (done,) = [s for s in await cared.care.protocol.of(1) if s.item == "speak"]
    assert (done.by, done.why, done.rung) == ("Kim", "", 2)


async def test_every_page_of_a_supervisor_announces_it_anew_when_it_rings(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """With another name each time, so that a page that said it says it again."""
    await threatened(cared)
    said = set()
    for _ in range(3):
        await timers.ring(clock.now)
        told = waiting([], "nl", await cared.care.protocol.open(due=True))["steps"]
        (step,) = [each for each in told if "Spreek nu met Ana" in each["text"]]
        assert "dreiging" in step["text"]
        said.add(step["id"])
        await cared.passes(minutes=61)
    assert len(said) == 3


async def test_a_restart_forgets_nothing(
    cared: Cared, clock: HandClock, timers: HandTimers
) -> None:
    """A threat that nobody had taken in, and timers that were lost, are taken up at the start."""
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    later = Cared(cared.journal, clock, timers)
    await later.care.protocol.keep_all()
    assert len(await later.care.protocol.of(1)) == 6
    timers.set.clear()
    again = Cared(cared.journal, clock, timers)
    await again.care.protocol.keep_all()
    assert len([kind for kind, _ in timers.set if kind == "care_step"]) == 6


async def test_who_takes_the_call_later_is_spoken_to_as_well(cared: Cared) -> None:
    """A threat concerns everybody who talked with the caller, also after it was handed on."""
    await cared.works("Ana", "Bo")
    await cared.talks("c1", "Ana", "threat")
    await cared.care.protocol.keep("c1")
    clicked = HandedOn(agent="Ana", to="Bo"), OfferAccepted(agent="Bo")
    await cared.journal.append("c1", *clicked)
    cared.clock.forward(minutes=10)
    await cared.care.protocol.keep("c1")
    due = {s.agent: s.due for s in await cared.care.protocol.of(1) if s.item == "speak"}
    assert due["Bo"] - due["Ana"] == timedelta(minutes=10)


async def test_a_step_is_left_out_with_a_reason_only(cared: Cared) -> None:
    """And ticked once: of two supervisors one is told that it was done."""
    await threatened(cared)
    with pytest.raises(WhyMissing):
        await cared.care.protocol.tick(1, "Ana", "police", by="Kim", why="  ")
    await cared.care.protocol.tick(1, "Ana", "police", by="Kim", why="Ana wil het niet")
    with pytest.raises(NotThere):
        await cared.care.protocol.tick(1, "Ana", "police", by="Lou")
    (police,) = [s for s in await cared.care.protocol.of(1) if s.item == "police"]
    assert (police.by, police.why) == ("Kim", "Ana wil het niet")


async def test_an_incident_is_not_closed_in_silence_while_steps_are_open(cared: Cared) -> None:
    """`nothing` needs no reason, unless something is still to be done for the agent."""
    await threatened(cared)
    deciding = Deciding(cared.journal, cared.clock, AMSTERDAM)
    (incident,) = await Incidents(cared.journal, cared.clock, AMSTERDAM).listed("open")
    with pytest.raises(Refused) as refused:
        await deciding.decide(1, ["nothing"], by="Kim", version=incident.version)
    assert refused.value.reason == "care_open"
    for item in ("speak", "relieve", "police"):
        await cared.care.protocol.tick(1, "Ana", item, by="Kim")
    cared.clock.forward(minutes=1)
    await deciding.decide(1, ["nothing"], by="Kim", version=incident.version)
    (decided,) = [s for s in await cared.care.protocol.of(1) if s.item == "decided"]
    assert (decided.by, decided.done) == ("Kim", cared.clock.now)
    still = [s.item for s in await cared.care.protocol.open()]
    assert still == ["after_a_day", "after_a_week"]
    assert decided.due - incident.opened == timedelta(hours=4)
