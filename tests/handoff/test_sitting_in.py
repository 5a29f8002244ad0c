"""Who sits in on a talk is announced, on record, and heard by whom they may be heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import numpy as np
import pytest

from bot.events import CallStarted, HandoffRequested
from handoff.conference import Role
from handoff.presence import Presences
from handoff.relay import Ear, Occupied
from handoff.sitting_in import How, NotAsked, NotReached, SittingIn
from handoff.store.journal import DurableJournal
from handoff.talking import Elsewhere, NotHere, NotTalking
from tests.handoff.conftest import HandClock
from tests.handoff.test_talking import ANSWER, OFFER, FakeLine, World

MUSIC = 77


class Sitting(World):
    """Ana talks with a caller; Sem may be asked, Kim supervises."""

    def __init__(self, journal: DurableJournal, clock: HandClock) -> None:
        super().__init__(journal, clock)
        self.presences = Presences(journal, clock)
        self.sitting = SittingIn(
            self.talking, hold=lambda rate: np.full(rate, MUSIC, "<i2").tobytes()
        )

    async def until(self, line: FakeLine, state: str) -> None:
        async with asyncio.timeout(60):
            while state not in line.told:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def sit(self, who: str, how: How) -> FakeLine:
        assert await self.sitting.sit_in("c1", who, how, OFFER) == ANSWER
        line = self.lines[-1]
        line.sound.set()
        await self.until(line, how)
        return line

    async def consult(self) -> tuple[FakeLine, FakeLine]:
        ana = await self.talk("Ana")
        await self.sitting.ask("c1", "Ana", "Sem")
        return ana, await self.sit("Sem", "consult")

    def hears(self) -> set[tuple[str, str]]:
        roles: tuple[Role, ...] = ("caller", "agent", "colleague", "supervisor")
        stand = self.relay.conference
        return {(a, b) for a in roles for b in roles if stand.hears(a, b)}


@pytest.fixture
async def world(journal: DurableJournal, clock: HandClock) -> AsyncIterator[Sitting]:
    await journal.open("c1", CallStarted(line="browser", language="nl"))
    await journal.append("c1", HandoffRequested(reason="key_0"))
    world = Sitting(journal, clock)
    with world.relays.begin("c1", caller_rate=16000, line_rate=24000):
        yield world
    await world.talking.close()


TALK = {("caller", "agent"), ("agent", "caller")}


async def drained(ear: Ear) -> set[int]:
    """Which samples one hears now."""
    heard: set[int] = set()
    with suppress(TimeoutError):
        for _ in range(3):
            async with asyncio.timeout(1):
                heard |= set(np.unique(np.frombuffer(await ear.frame(), "<i2")).tolist())
    return heard


async def test_nobody_is_in_a_talk_twice(world: Sitting) -> None:
    """A supervisor who is asked to come does not listen too: one has one part, and can leave it."""
    await world.consult()
    with pytest.raises(Occupied) as told:
        await world.sitting.sit_in("c1", "Sem", "listen", OFFER)
    assert told.value.agent == "Sem"
    assert world.relay.at("supervisor") is None
    await world.talking.leave("c1", "Sem")
    assert world.relay.at("colleague") is None


async def test_a_consult_is_between_two_and_the_caller_hears_music(world: Sitting) -> None:
    """The caller talks on until the colleague is there; then music, and neither voice."""
    ana = await world.talk("Ana")
    await world.sitting.ask("c1", "Ana", "Sem")
    assert world.sitting.asked("Sem") == [("c1", "Ana")]
    assert world.hears() == TALK
    await world.sit("Sem", "consult")
    assert world.sitting.asked("Sem") == []
    assert world.hears() == {("agent", "colleague"), ("colleague", "agent")}
    assert "consult" in ana.told
    for _ in range(4):
        world.relay.said(world.relay.joined, b"\x05\x00" * 480, 24000)
        world.relay.said(world.relay.at("colleague"), b"\x06\x00" * 480, 24000)
    assert await drained(world.relay.to_caller) == {MUSIC}
    assert (await world.presences.of("Sem")).state == "busy"
    await world.sitting.all_three("c1", "Ana")
    assert len(world.hears()) == 6
    await world.sitting.back("c1", "Ana")
    await world.stored("LeftTalk")
    assert world.hears() == TALK
    assert (await world.presences.of("Sem")).state != "busy"


async def test_a_colleague_who_is_lost_gives_the_caller_back_to_the_agent(world: Sitting) -> None:
    """Caller and agent hear each other again, whatever became of the colleague."""
    ana, sem = await world.consult()
    sem.gone.set()
    await world.stored("LeftTalk")
    await world.until(ana, "alone")
    assert world.hears() == TALK
    assert await world.state() == "accepted"


async def test_the_consulted_colleague_gets_the_caller(world: Sitting) -> None:
    """Three hear each other, then the first leaves; the card is the colleague's at once."""
    await world.consult()
    await world.sitting.give("c1", "Ana", "Graag een regeling.")
    assert len(world.hears()) == 6
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert summary.agent == "Sem"
    await world.talking.leave("c1", "Ana")
    assert world.hears() == TALK
    await world.talking.hang_up("c1", "Sem")
    assert (await world.kinds())[-1] == "CallEnded"
    assert (await world.presences.of("Ana")).state not in ("busy", "wrap_up")


async def test_who_was_not_asked_does_not_come(world: Sitting) -> None:
    """Nor who said no; nobody else may sit in the colleague's place."""
    ana = await world.talk("Ana")
    with pytest.raises(NotAsked):
        await world.sitting.sit_in("c1", "Sem", "consult", OFFER)
    await world.sitting.ask("c1", "Ana", "Sem")
    await world.sitting.refuse("c1", "Sem")
    assert "not_coming" in ana.told
    with pytest.raises(NotAsked):
        await world.sitting.sit_in("c1", "Sem", "consult", OFFER)
    assert world.hears() == TALK


async def test_a_supervisor_is_announced_before_anything_is_heard(world: Sitting) -> None:
    """The agent's page is told first; the caller never hears the supervisor."""
    ana = await world.talk("Ana")
    assert await world.sitting.sit_in("c1", "Kim", "listen", OFFER) == ANSWER
    kim = world.lines[-1]
    assert world.hears() == TALK
    with pytest.raises(NotTalking):
        await world.sitting.speak("c1", "Kim", "whisper")
    kim.sound.set()
    await world.until(kim, "listen")
    assert ana.told.index("listened_to") >= 0
    assert world.hears() == TALK | {("supervisor", "caller"), ("supervisor", "agent")}
    await world.sitting.speak("c1", "Kim", "whisper")
    assert "whispered_to" in ana.told
    assert world.hears() >= {("agent", "supervisor")}
    assert ("caller", "supervisor") not in world.hears()
    with pytest.raises(Occupied):
        await world.sitting.sit_in("c1", "Bo", "listen", OFFER)
    assert (await world.kinds())[-2:] == ["TookPart", "TookPart"]


async def test_a_supervisor_takes_over(world: Sitting) -> None:
    """The agent is told and leaves; the talk, the card and its end are the supervisor's."""
    ana = await world.talk("Ana")
    await world.sit("Kim", "listen")
    await world.sitting.take_over("c1", "Kim")
    await world.until(ana, "taken_over")
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert summary.agent == "Kim"
    assert world.hears() == TALK
    await world.talking.give_back("c1", "Kim")
    assert (await world.kinds())[-1] == "Returned"
    assert (await world.presences.of("Ana")).state != "busy"


async def test_an_agent_who_is_lost_leaves_the_caller_to_whom_the_caller_hears(
    world: Sitting,
) -> None:
    """A colleague who talks with both has the caller then; the supervisor hears on."""
    ana, sem = await world.consult()
    await world.sit("Kim", "listen")
    await world.sitting.all_three("c1", "Ana")
    ana.gone.set()
    await world.until(sem, "alone")
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.agent) == ("accepted", "Sem")
    assert world.hears() == TALK | {("supervisor", "caller"), ("supervisor", "agent")}
    assert (await world.presences.of("Ana")).state != "busy"
    await world.talking.hang_up("c1", "Sem")
    assert (await world.kinds())[-1] == "CallEnded"


async def test_a_talk_of_another_worker_is_told_apart_from_one_that_changed(
    world: Sitting,
) -> None:
    """Who can't be reached here is not asked in vain, and the page reads why."""
    await world.talk("Ana")
    world.sitting.reaches = {"Bo"}.__contains__
    with pytest.raises(NotReached, match="Sem"):
        await world.sitting.ask("c1", "Ana", "Sem")
    assert world.sitting.asked("Sem") == []
    await world.sitting.ask("c1", "Ana", "Bo")
    for request in (
        world.sitting.sit_in("c9", "Kim", "listen", OFFER),
        world.sitting.speak("c9", "Kim", "whisper"),
        world.sitting.ask("c9", "Ana", "Bo"),
        world.talking.hand_on("c9", "Ana"),
    ):
        with pytest.raises(Elsewhere):
            await request


async def test_nobody_sits_in_where_nobody_talks(world: Sitting) -> None:
    """Who waits, or talks with the bot, is not listened to."""
    with pytest.raises(NotHere):
        await world.sitting.sit_in("c1", "Kim", "listen", OFFER)
    await world.talk("Ana")
    with pytest.raises(NotHere):
        await world.sitting.sit_in("c1", "Ana", "listen", OFFER)


@pytest.mark.parametrize("who", ["caller", "Ana"])
async def test_when_the_talk_ends_all_leave(world: Sitting, who: str) -> None:
    """Whoever sat in is told, nobody stays busy, and the bot has the line again."""
    ana, sem = await world.consult()
    kim = await world.sit("Kim", "listen")
    if who == "caller":
        world.relay.end()
    else:
        ana.gone.set()
    await world.free()
    assert world.relay.at("colleague") is None
    assert sem.told[-1] in ("over", "caller_gone")
    assert kim.told[-1] in ("over", "caller_gone")
    assert world.hears() == set()
