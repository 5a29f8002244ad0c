"""The first line of the card reaches the agent's ear before the caller does, and no other ear."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import numpy as np
import pytest

from bot.events import CallStarted, HandoffRequested, Language
from handoff.agents import Agents, Profile
from handoff.relay import Ear
from handoff.store.journal import DurableJournal
from handoff.talking import Talking
from handoff.whisper import Whisper
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_talking import OFFER, World

WORDS, RATE = 55, 22050


class Whispered(World):
    """A world in which cards are spoken."""

    def __init__(self, journal: DurableJournal, clock: HandClock) -> None:
        super().__init__(journal, clock)
        self.said: list[tuple[str, Language]] = []
        self.speaks: Callable[[], Awaitable[tuple[bytes, int]]] = self._sound
        self.talking = Talking(
            self.relays,
            journal,
            clock,
            AMSTERDAM,
            connect=self._connect,
            sleep=self._sleep,
            whisper=Whisper(journal, clock, AMSTERDAM, self._speak),
        )

    async def _speak(self, text: str, language: Language) -> tuple[bytes, int]:
        self.said.append((text, language))
        return await self.speaks()

    async def _sound(self) -> tuple[bytes, int]:
        return np.full(RATE // 10, WORDS, "<i2").tobytes(), RATE


@pytest.fixture
async def world(journal: DurableJournal, clock: HandClock) -> AsyncIterator[Whispered]:
    await journal.open("c1", CallStarted(line="browser", language="nl"))
    await journal.append("c1", HandoffRequested(reason="key_0"))
    world = Whispered(journal, clock)
    with world.relays.begin("c1", caller_rate=16000, line_rate=24000):
        yield world
    await world.talking.close()


async def hears(ear: Ear) -> bool:
    """Whether the words are heard within a while."""
    async with asyncio.timeout(60):
        while True:
            frame = np.frombuffer(await ear.frame(), "<i2")
            if np.abs(frame - WORDS).min() <= 1:
                return True


async def empty(ear: Ear) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await ear.frame()
            return False
    return True


async def with_reason(world: Whispered) -> None:
    await world.journal.append("c1", HandoffRequested(reason="threat"))


async def test_only_the_agent_hears_it_and_before_the_caller(world: Whispered) -> None:
    """It sounds while the bot still tells who comes; of the caller nothing is heard yet."""
    await with_reason(world)
    await world.talking.join("c1", "Ana", OFFER, language="nl")
    world.lines[0].sound.set()
    assert await hears(world.relay.to_agent)
    assert not world.relay.open
    assert await empty(world.relay.to_caller)
    world.relay.bot_is_quiet()
    await world.stored("Bridged")
    assert len(world.said) == 1
    assert world.said[0][1] == "nl"


async def test_who_does_not_want_it_hears_nothing(
    world: Whispered, journal: DurableJournal
) -> None:
    """It is each agent's own to switch off."""
    await with_reason(world)
    await Agents(journal.database).set(Profile(name="Ana", whisper=False))
    await world.talk("Ana")
    assert world.said == []


async def test_a_voice_that_hangs_or_fails_does_not_keep_the_caller_waiting(
    world: Whispered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The talk begins in any case, after the time that a whisper may take at most."""
    await with_reason(world)
    monkeypatch.setattr("handoff.whisper.MOST_S", 0.05)

    async def hangs() -> tuple[bytes, int]:
        await asyncio.Event().wait()
        raise AssertionError

    async def fails() -> tuple[bytes, int]:
        raise RuntimeError("no voice")

    for speaks in (hangs, fails):
        world.speaks = speaks
        await world.talk("Ana")
        await world.talking.give_back("c1", "Ana")
        await world.journal.append("c1", HandoffRequested(reason="threat"))
    assert len(world.said) == 2
