"""However an agent's talk with a caller goes, it is on record, and the caller is with somebody."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.events import CallEnded, CallStarted, Event, HandoffRequested, WrappedUp
from bot.journal import JournalFull
from handoff import mount
from handoff.accounts import Accounts
from handoff.cards import Cards, NotPossible, Taken
from handoff.one_talk import InAnotherTalk
from handoff.relay import Joined, NotAnOffer, Occupied, Relay, Relays
from handoff.store.journal import Decide, DurableJournal
from handoff.talking import NotHere, NotTalking, Talking
from handoff.wrapup import WrapUp
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_desk import PASSWORD, hidden, log_in

OFFER, ANSWER = "an offer", "an answer"


class FakeLine:
    """An agent's connection, of which the test says when sound comes and when it is gone."""

    def __init__(self) -> None:
        self.sound, self.gone, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.told: list[Any] = []
        self.closed = False

    async def run(self) -> None:
        await self.over.wait()

    async def stop(self) -> None:
        self.over.set()

    async def close(self) -> None:
        self.closed = True

    async def speaks(self) -> None:
        await self.sound.wait()

    async def lost(self) -> None:
        await self.gone.wait()

    async def tell(self, message: dict[str, Any]) -> None:
        self.told.append(message["state"])


class World:
    """A caller who waits for a person, and agents who may talk with them."""

    def __init__(self, journal: DurableJournal, clock: HandClock) -> None:
        self.journal = journal
        self.relays = Relays()
        self.lines: list[FakeLine] = []
        self.sleeps: asyncio.Queue[float] = asyncio.Queue()
        self.talking = Talking(
            self.relays, journal, clock, AMSTERDAM, connect=self._connect, sleep=self._sleep
        )
        self.cards = Cards(journal, clock, AMSTERDAM)

    async def _connect(self, sdp: str, _relay: Relay, _joined: Joined) -> tuple[FakeLine, str]:
        if sdp != OFFER:
            raise NotAnOffer(sdp)
        self.lines.append(FakeLine())
        return self.lines[-1], ANSWER

    async def _sleep(self, seconds: float) -> None:
        self.sleeps.put_nowait(seconds)
        await asyncio.sleep(0)

    @property
    def relay(self) -> Relay:
        relay = self.relays.find("c1")
        assert relay is not None
        return relay

    async def stored(self, kind: str, nth: int = 1) -> Event:
        async with asyncio.timeout(60):
            async for event in self.journal.follow("c1"):
                nth -= event.body.kind == kind
                if not nth:
                    return event
        raise AssertionError(kind)

    async def kinds(self) -> list[str]:
        return [str(event.body.kind) for event in await self.journal.read("c1")][2:]

    async def state(self) -> str:
        summary = await self.journal.summary("c1")
        assert summary is not None
        return summary.state

    async def talk(self, agent: str = "Ana") -> FakeLine:
        """Let an agent join and be heard, up to where caller and agent talk."""
        before = len([kind for kind in await self.kinds() if kind == "Bridged"])
        assert await self.talking.join("c1", agent, OFFER) == ANSWER
        self.lines[-1].sound.set()
        self.relay.bot_is_quiet()
        await self.stored("Bridged", before + 1)
        async with asyncio.timeout(60):
            while not self.relay.open:  # noqa: ASYNC110
                await asyncio.sleep(0)
        return self.lines[-1]

    async def free(self) -> None:
        async with asyncio.timeout(60):
            await self.relay.bot_may_speak()


@pytest.fixture
async def world(journal: DurableJournal, clock: HandClock) -> AsyncIterator[World]:
    await journal.open("c1", CallStarted(line="browser", language="nl"))
    await journal.append("c1", HandoffRequested(reason="key_0"))
    world = World(journal, clock)
    with world.relays.begin("c1", caller_rate=16000, line_rate=24000):
        yield world
    await world.talking.close()


async def test_it_is_stored_who_talks_before_anybody_is_heard(world: World) -> None:
    """The relay opens once the agent is heard, the bot is done and Bridged is on disk."""
    await world.talking.join("c1", "Ana", OFFER)
    accepted = (await world.stored("OfferAccepted")).body
    assert accepted.model_dump() == {"kind": "OfferAccepted", "agent": "Ana", "talk": True}
    line = world.lines[0]
    assert not world.relay.open
    line.sound.set()
    await asyncio.sleep(0)
    assert not world.relay.open
    world.relay.bot_is_quiet()
    assert (await world.stored("Bridged")).body.model_dump()["agent"] == "Ana"
    assert await world.state() == "accepted"


async def test_given_back(world: World) -> None:
    """The bot gets the caller with the task, once that is on record; the page is told."""
    line = await world.talk()
    await world.talking.give_back("c1", "Ana", "payment_link")
    returned = (await world.stored("Returned")).body.model_dump()
    assert (returned["why"], returned["task"]) == ("given_back", "payment_link")
    assert await world.state() == "bot"
    assert not world.relay.open
    await world.free()
    assert line.told == ["talking", "given_back"]
    assert line.over.is_set()


async def test_an_agent_who_is_lost_leaves_the_card_waiting_at_its_place(
    world: World, clock: HandClock
) -> None:
    """The caller is the bot's again, and whoever is free can take the card: nobody is lost."""
    before = await world.journal.summary("c1")
    clock.forward(seconds=90)
    line = await world.talk()
    line.gone.set()
    await world.stored("Returned")
    await world.free()
    after = await world.journal.summary("c1")
    assert before is not None
    assert after is not None
    assert (after.state, after.agent) == ("waiting", None)
    assert after.waiting_since == before.waiting_since
    card = await world.cards.card("c1", "nl")
    assert card is not None
    assert card.agent is None
    await world.talk("Sem")
    assert await world.state() == "accepted"


async def test_a_microphone_that_never_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the card waits again, and it was never said that they talked."""
    monkeypatch.setattr("handoff.talking.SOUND_WITHIN_S", 0.0)
    await world.talking.join("c1", "Ana", OFFER)
    await world.free()
    assert await world.kinds() == ["OfferAccepted", "Returned"]
    assert await world.state() == "waiting"


async def test_a_bot_that_never_reports_does_not_keep_the_agent_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the bot says matters less than that a person comes."""
    monkeypatch.setattr("handoff.talking.BOT_WITHIN_S", 0.0)
    await world.talking.join("c1", "Ana", OFFER)
    world.lines[0].sound.set()
    await world.stored("Bridged")


async def test_the_agent_hangs_up(world: World) -> None:
    """The call ends as handed over, and the card is the agent's to close."""
    await world.talk()
    await world.talking.hang_up("c1", "Ana")
    ended = (await world.stored("CallEnded")).body
    assert ended == CallEnded(outcome="handed_off", by="agent")
    assert await world.state() == "accepted"
    await world.cards.close("c1", "Ana", WrapUp("solved"), any_card=False)


async def test_the_caller_hangs_up(world: World) -> None:
    """The page is told; nothing is returned to a bot that has nobody on the line."""
    line = await world.talk()
    world.relay.end()
    await world.free()
    assert await world.kinds() == ["OfferAccepted", "Bridged"]
    async with asyncio.timeout(60):
        await line.over.wait()
    assert line.told == ["talking", "caller_gone"]
    with pytest.raises(NotHere):
        await world.talking.join("c1", "Sem", OFFER)


async def test_of_two_agents_who_click_at_once_one_talks(world: World) -> None:
    """The other is told who does; a second tab of the same agent is told as well."""
    clicked = ("Ana", "Sem", "Ana")
    results = await asyncio.gather(
        *(world.talking.join("c1", agent, OFFER) for agent in clicked), return_exceptions=True
    )
    assert results.count(ANSWER) == 1
    talks = clicked[results.index(ANSWER)]  # whose click came first is the database's to tell
    refused = [result for result in results if isinstance(result, Occupied | Taken)]
    assert len(refused) == 2
    assert {refusal.agent for refusal in refused} == {talks}
    assert await world.kinds() == ["OfferAccepted"]


async def test_nobody_has_two_callers_in_their_ear(world: World) -> None:
    """Who talks, or is about to, does not come to another caller; afterwards they may."""
    await world.journal.open("c2", CallStarted(line="browser", language="nl"))
    await world.journal.append("c2", HandoffRequested(reason="key_0"))
    with world.relays.begin("c2", caller_rate=16000, line_rate=24000):
        done = await asyncio.gather(
            *(world.talking.join(call_id, "Ana", OFFER) for call_id in ("c1", "c2")),
            return_exceptions=True,
        )
        assert [type(each) for each in done] == [str, InAnotherTalk]
        with pytest.raises(InAnotherTalk):
            await world.talking.join("c2", "Ana", OFFER)
        world.lines[0].gone.set()
        world.lines[0].sound.set()
        world.relay.bot_is_quiet()
        await world.free()
        assert await world.talking.join("c2", "Ana", OFFER) == ANSWER
        await asyncio.sleep(0)
        await world.talking.close()


async def test_a_card_that_a_colleague_has_is_not_talked_to(world: World) -> None:
    """Who was faster keeps the caller, and the connection that came too late is let go."""
    await world.cards.accept("c1", "Sem")
    with pytest.raises(Taken):
        await world.talking.join("c1", "Ana", OFFER)
    assert world.lines[0].closed
    assert world.relay.joined is None
    # Sem meant to call back, and may talk all the same.
    await world.talk("Sem")


async def test_nonsense_accepts_nothing(world: World) -> None:
    """An offer that can't be answered leaves the card waiting for somebody else."""
    with pytest.raises(NotAnOffer):
        await world.talking.join("c1", "Ana", "v=0 nonsense")
    assert await world.state() == "waiting"
    await world.talk("Sem")


async def test_a_closed_card_or_a_caller_elsewhere(world: World) -> None:
    """What can't be talked to says so, and stays as it is."""
    with pytest.raises(NotHere):
        await world.talking.join("c2", "Ana", OFFER)
    await world.journal.append("c1", WrappedUp(agent="Sem", disposition="solved"))
    with pytest.raises(NotPossible):
        await world.talking.join("c1", "Ana", OFFER)
    assert world.relay.joined is None


async def test_only_who_talks_can_end_the_talk(world: World) -> None:
    """A colleague, or who does not talk yet, changes nothing."""
    with pytest.raises(NotTalking):
        await world.talking.hang_up("c1", "Ana")
    await world.talk()
    with pytest.raises(NotTalking):
        await world.talking.give_back("c1", "Sem")
    assert world.relay.open


async def test_an_end_that_can_not_be_stored_is_stored_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot does not speak before it is on record that the agent is gone."""
    line = await world.talk()
    append_when = world.journal.append_when
    tries = iter([True, True, False])

    async def full(call_id: str, decide: Decide) -> list[Event]:
        if next(tries, False):
            assert not world.relay.open
            raise JournalFull("no space left on device")
        return await append_when(call_id, decide)

    monkeypatch.setattr(world.journal, "append_when", full)
    line.gone.set()
    await world.free()
    assert await world.kinds() == ["OfferAccepted", "Bridged", "Returned"]
    assert next(tries, None) is None


async def test_nothing_of_a_talk_is_stored_but_that_it_was(world: World) -> None:
    """Sound passes, and the record knows who and when, not a sample of it."""
    await world.talk()
    for _ in range(50):
        world.relay.to_agent.put(b"\x01\x02" * 320, 16000)
        world.relay.to_caller.put(b"\x03\x04" * 480, 24000)
    await world.talking.give_back("c1", "Ana")
    events = await world.journal.read("c1")
    assert [event.body.kind for event in events][2:] == ["OfferAccepted", "Bridged", "Returned"]
    assert all(len(event.model_dump_json()) < 300 for event in events)


@pytest.fixture
async def desk(
    world: World, accounts: Accounts, clock: HandClock, quick_hashes: None
) -> AsyncIterator[Iterator[httpx.AsyncClient]]:
    """The desk's pages, with browsers that are not logged in."""
    for name in ("Ana", "Sem"):
        await accounts.add_user(name, PASSWORD)
    app = FastAPI()
    mount(app, world.journal, accounts, clock, AMSTERDAM, talking=world.talking)
    opened: list[httpx.AsyncClient] = []

    def browsers() -> Iterator[httpx.AsyncClient]:
        while True:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://kalm.test",
                headers={"Accept-Language": "nl"},
            )
            opened.append(client)
            yield client

    yield browsers()
    for client in opened:
        await client.aclose()


async def press(client: httpx.AsyncClient, what: str = "", **body: Any) -> httpx.Response:
    """Ask as the page does, with the CSRF token that is in it."""
    page = await client.get("/desk/calls/c1")
    headers = {"X-CSRF-Token": hidden(page) if page.status_code == 200 else ""}
    return await client.post(f"/desk/calls/c1/talk{what}", json=body, headers=headers)


async def test_the_page_talks_for_its_own_agent_only(
    world: World, desk: Iterator[httpx.AsyncClient]
) -> None:
    """Who is logged in and has the card: nobody else connects, gives back or hangs up."""
    stranger, ana, sem = next(desk), next(desk), next(desk)
    assert (await press(stranger, sdp=OFFER)).status_code == 401
    await log_in(ana, "Ana")
    await log_in(sem, "Sem")
    foreign = await ana.post("/desk/calls/c1/talk", json={"sdp": OFFER})
    assert foreign.status_code == 403
    assert await world.state() == "waiting"
    answer = await press(ana, sdp=OFFER)
    assert (answer.status_code, answer.json()) == (200, {"type": "answer", "sdp": ANSWER})
    second_tab = await press(ana, sdp=OFFER)
    assert second_tab.status_code == 409
    assert "ander tabblad" in second_tab.json()["problem"]
    late = await press(sem, sdp=OFFER)
    assert (late.status_code, late.json()["problem"][:11]) == (409, "Ana was u v")
    for what in ("/return", "/end"):
        assert (await press(sem, what)).status_code == 409
        assert (await stranger.post(f"/desk/calls/c1/talk{what}", json={})).status_code == 401
    assert (await press(ana, "/return", task="payment_link")).status_code == 204
    assert (await world.stored("Returned")).body.model_dump()["task"] == "payment_link"


async def test_what_the_page_offers(world: World, desk: Iterator[httpx.AsyncClient]) -> None:
    """The button is there while the caller can be talked with, and says so when not."""
    ana = next(desk)
    await log_in(ana, "Ana")
    page = (await ana.get("/desk/calls/c1")).text
    assert 'data-possible="yes"' in page
    assert "Neem aan en praat" in page
    bad = await press(ana, sdp="nonsense")
    assert bad.status_code == 400
    world.relay.end()
    assert 'data-possible="no"' in (await ana.get("/desk/calls/c1")).text
    gone = await press(ana, sdp=OFFER)
    assert gone.status_code == 409
    assert "niet meer aan de lijn" in gone.json()["problem"]
