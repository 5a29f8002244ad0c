"""However a caller is handed on, somebody has them at every moment, and it is on record."""

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations

import pytest

from bot.events import (
    CallEnded,
    CallStarted,
    Event,
    HandoffRequested,
    OfferDeclined,
    OfferExpired,
)
from bot.journal import JournalFull
from handoff.conference import Role
from handoff.presence import Presences
from handoff.store.journal import Decide, DurableJournal
from handoff.talking import NotTalking
from tests.handoff.conftest import HandClock
from tests.handoff.test_talking import ANSWER, OFFER, FakeLine, World


class HandWorld(World):
    """A caller who talks with Ana, and Sem who may take over."""

    def __init__(self, journal: DurableJournal, clock: HandClock) -> None:
        super().__init__(journal, clock)
        self._presences = Presences(journal, clock)
        self.time_passes = asyncio.Event()
        self.time_passes.set()

    async def _sleep(self, seconds: float) -> None:
        await super()._sleep(seconds)
        await self.time_passes.wait()

    async def until(self, line: FakeLine, state: str) -> None:
        async with asyncio.timeout(60):
            while state not in line.told:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def presence(self, agent: str) -> str:
        return (await self._presences.of(agent)).state

    async def handed_on(self) -> str | None:
        """Return what the card says of a hand-on."""
        card = await self.cards.card("c1", "nl")
        assert card is not None
        return card.handed_on.text if card.handed_on else None

    async def sem_comes(self) -> FakeLine:
        assert await self.talking.join("c1", "Sem", OFFER) == ANSWER
        return self.lines[-1]


@pytest.fixture
async def world(journal: DurableJournal, clock: HandClock) -> AsyncIterator[HandWorld]:
    await journal.open("c1", CallStarted(line="browser", language="nl"))
    await journal.append("c1", HandoffRequested(reason="key_0"))
    world = HandWorld(journal, clock)
    with world.relays.begin("c1", caller_rate=16000, line_rate=24000):
        yield world
    await world.talking.close()


async def test_warm_the_first_stays_until_the_second_is_there(world: HandWorld) -> None:
    """Caller and first agent talk on; then all three hear each other; then the first leaves."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem", note="Wil een regeling.")
    assert await world.state() == "waiting"
    assert world.relay.open
    assert world.relay.conference.hears("caller", "agent")
    assert await world.presence("Ana") == "busy"
    sem = await world.sem_comes()
    assert await world.presence("Sem") == "busy"
    assert not world.relay.conference.hears("colleague", "caller")
    sem.sound.set()
    await world.until(ana, "with")
    assert world.relay.joined is not None
    assert world.relay.joined.agent == "Sem"
    three: tuple[Role, ...] = ("caller", "agent", "colleague")
    for one, other in permutations(three, 2):
        assert world.relay.conference.hears(one, other)
    with pytest.raises(NotTalking):
        await world.talking.hang_up("c1", "Ana")
    await world.talking.leave("c1", "Ana")
    assert await world.presence("Ana") != "busy"
    assert world.relay.open
    assert not world.relay.conference.hears("caller", "colleague")
    await world.talking.hang_up("c1", "Sem")
    assert await world.kinds() == [
        "OfferAccepted", "Bridged", "HandedOn", "OfferAccepted", "Bridged", "LeftTalk", "CallEnded",
    ]  # fmt: skip
    await world.free()


@pytest.mark.parametrize("answer", [OfferDeclined(agent="Sem"), OfferExpired(agent="Sem")])
async def test_a_colleague_who_does_not_take_it_leaves_the_caller_to_the_first(
    world: HandWorld, answer: OfferDeclined | OfferExpired
) -> None:
    """The first is told, and has the card as before; the talk was never broken."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    await world.journal.append("c1", answer)
    await world.until(ana, answer.kind)
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.agent) == ("accepted", "Ana")
    assert world.relay.open
    await world.talking.give_back("c1", "Ana")
    assert await world.state() == "bot"


async def test_who_is_lost_and_comes_again_at_once_has_the_talk(world: HandWorld) -> None:
    """What is left of the first talk takes nothing of the second: it can be ended by its page."""
    ana = await world.talk("Ana")
    first = world.talking.part_of("c1", "Ana")
    assert first is not None
    assert first.task is not None
    world.time_passes.clear()
    ana.gone.set()
    await world.free()
    await world.talk("Ana")
    world.time_passes.set()
    await first.task
    await world.talking.hang_up("c1", "Ana")
    assert (await world.kinds())[-1] == "CallEnded"


async def test_a_hand_on_that_can_not_be_stored_is_none(
    world: HandWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent is told, has the caller as before, and can hand on when there is room again."""
    await world.talk("Ana")

    async def full(call_id: str, decide: Decide) -> list[Event]:
        raise JournalFull("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(world.journal, "append_when", full)
        with pytest.raises(JournalFull):
            await world.talking.hand_on("c1", "Ana", to="Sem")
    assert world.relay.joined is not None
    assert not world.relay.joined.handing_on
    await world.talking.hand_on("c1", "Ana", to="Sem")
    assert await world.state() == "waiting"


async def test_the_first_keeps_the_caller_after_all(world: HandWorld) -> None:
    """Who changes their mind has the card again, and a late colleague is told so."""
    await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", skill="billing")
    await world.talking.take_back("c1", "Ana")
    assert (await world.kinds())[2:] == ["HandedOn", "OfferAccepted", "Bridged"]
    assert await world.handed_on() is None
    with pytest.raises(Exception, match="Ana"):
        await world.sem_comes()


async def test_cold_the_caller_waits_at_the_same_place(world: HandWorld, clock: HandClock) -> None:
    """The first is gone at once; the bot has the line, and the next reads what was told."""
    before = await world.journal.summary("c1")
    clock.forward(seconds=60)
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem", note="Meterstand", warm=False)
    await world.free()
    after = await world.journal.summary("c1")
    assert before is not None
    assert after is not None
    assert (after.state, after.agent) == ("waiting", None)
    assert after.waiting_since == before.waiting_since
    assert ana.told[-1] == "handed_on"
    assert await world.presence("Ana") != "busy"
    assert await world.handed_on() == "Ana: “Meterstand”"
    # Nobody took it but Ana herself: then nobody handed her anything on.
    await world.talk("Ana")
    assert await world.handed_on() is None


async def test_a_colleague_whose_sound_never_comes(
    world: HandWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has the caller still, on record too."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    monkeypatch.setattr("handoff.talking.SOUND_WITHIN_S", 0.0)
    await world.sem_comes()
    await world.until(ana, "alone")
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.agent) == ("accepted", "Ana")
    assert await world.presence("Sem") != "busy"
    assert world.relay.open
    await world.talking.hang_up("c1", "Ana")
    assert (await world.kinds())[-1] == "CallEnded"
    assert await world.handed_on() is None


async def test_what_was_told_before_stands_when_a_later_hand_on_comes_to_nothing(
    world: HandWorld,
) -> None:
    """Sem reads what Ana told, also after handing on in vain; and Ana what Sem told since."""
    await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", note="Wil een regeling.", warm=False)
    await world.free()
    await world.talk("Sem")
    await world.talking.hand_on("c1", "Sem", note="Toch niet.")
    await world.talking.take_back("c1", "Sem")
    assert await world.handed_on() == "Ana: “Wil een regeling.”"
    await world.talking.hand_on("c1", "Sem", note="Nu wel.", warm=False)
    await world.free()
    await world.talk("Ana")
    assert await world.handed_on() == "Sem: “Nu wel.”"


async def test_the_first_is_lost_while_nobody_came_yet(world: HandWorld) -> None:
    """The caller is the bot's, at the same place, and the card waits on."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    ana.gone.set()
    await world.free()
    assert await world.state() == "waiting"
    assert (await world.kinds())[-1] == "Returned"
    assert await world.presence("Ana") != "busy"


async def test_the_first_is_lost_while_the_second_comes(world: HandWorld) -> None:
    """Who accepted takes the place: the caller is not sent back to the queue."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    sem = await world.sem_comes()
    ana.gone.set()
    await world.stored("LeftTalk")
    assert not world.relay.open
    sem.sound.set()
    await world.until(sem, "talking")
    assert world.relay.joined is not None
    assert world.relay.joined.agent == "Sem"
    assert world.relay.conference.hears("caller", "agent")


async def test_the_second_is_lost_while_the_first_is_there_still(world: HandWorld) -> None:
    """The first has the caller again, without a break: nobody goes back to the queue for it."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    sem = await world.sem_comes()
    sem.sound.set()
    await world.until(ana, "with")
    sem.gone.set()
    await world.until(ana, "alone")
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.agent) == ("accepted", "Ana")
    assert world.relay.joined is not None
    assert world.relay.joined.agent == "Ana"
    assert world.relay.at("colleague") is None
    assert world.relay.conference.hears("caller", "agent")
    assert await world.presence("Ana") == "busy"
    assert await world.presence("Sem") != "busy"
    assert "Returned" not in await world.kinds()
    await world.talking.hand_on("c1", "Ana", to="Bo", warm=False)
    assert await world.state() == "waiting"
    await world.free()


@pytest.mark.parametrize("when", ["handing_on", "coming", "three"])
async def test_the_caller_hangs_up_at_any_moment(world: HandWorld, when: str) -> None:
    """Everybody is told, nobody stays busy with a caller who is gone, and somebody closes it."""
    ana = await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    if when != "handing_on":
        sem = await world.sem_comes()
        if when == "three":
            sem.sound.set()
            await world.until(ana, "with")
    world.relay.end()
    await world.free()
    assert ana.told[-1] == "caller_gone"
    await world.journal.append("c1", CallEnded(outcome="handed_off", by="caller"))
    summary = await world.journal.summary("c1")
    assert summary is not None
    assert (summary.state, summary.agent) == (
        ("accepted", "Ana") if when == "handing_on" else ("accepted", "Sem")
    )
    states = {await world.presence("Ana"), await world.presence("Sem")}
    assert "busy" not in states
    assert "wrap_up" in states


async def test_the_first_hangs_up_while_nobody_came_yet(world: HandWorld) -> None:
    """It is as if it was never handed on: the call ends, and the card is theirs to close."""
    await world.talk("Ana")
    await world.talking.hand_on("c1", "Ana", to="Sem")
    await world.talking.hang_up("c1", "Ana")
    assert (await world.kinds())[-2:] == ["OfferAccepted", "CallEnded"]
    assert await world.presence("Ana") == "wrap_up"
