"""A stage for conversations: the demo company on a fixed day, a caller who types, virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx

from bot.clock import Clock
from bot.company.api import Company, CompanyInvalid, CompanyTimeout, CompanyUnavailable
from bot.company.client import HttpCompany
from bot.company.demo import create_demo
from bot.dialogue.content import Content
from bot.dialogue.conversation import Conversation
from bot.dialogue.effects import Effect, EndCall
from bot.dialogue.memory_journal import MemoryJournal
from bot.dialogue.state import State, fold
from bot.events import Body, BotSpoke, CallerSpoke, Event, Language, OfferAccepted
from bot.measures import Measures
from bot.mood.state import MoodSense
from bot.say import Say
from bot.understanding.meaning import Understanding

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 16, 10, tzinfo=ZONE).astimezone(UTC)
"""A Monday morning."""
INTENTS = Path(__file__).parents[2] / "intents"


def clock() -> datetime:
    return NOW


class Moody:
    """The demo company, which can be made to fail: `mood` is well, down, timeout, invalid, slow."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.mood = "well"
        self.keys: list[str] = []
        self.waited = asyncio.Event()
        """Set when the caller was told to wait; a slow company answers after that."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any) -> Any:
            if name in ("send_payment_link", "request_plan", "book", "move", "cancel"):
                self.keys.append(args[-1])
            errors = {
                "down": CompanyUnavailable,
                "timeout": CompanyTimeout,
                "invalid": CompanyInvalid,
            }
            if self.mood in errors:
                raise errors[self.mood]("as the test wants it")
            if self.mood == "slow":
                await self.waited.wait()
            return await getattr(self._company, name)(*args)

        return call


def demo_company(folder: Path) -> Moody:
    transport = httpx.ASGITransport(create_demo(folder, clock, ZONE))
    return Moody(HttpCompany("http://demo.company", transport=transport))


@dataclass
class Turn:
    """What the bot did on one stimulus."""

    says: list[Say] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    end: EndCall | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join(say.words for say in self.says)


class Stage:
    """One call."""

    def __init__(
        self,
        content: Content,
        understanding: Understanding,
        company: Moody,
        *,
        language: Language = "nl",
        number: str | None = None,
        mood: MoodSense | None = None,
        measures: Measures | None = None,
        tone_is_heard: bool = False,
        clock: Clock = clock,
    ) -> None:
        self.journal = MemoryJournal(clock)
        self.company = company
        self.slept: list[float] = []
        self.conversation = Conversation(
            call_id="call",
            line="chat",
            caller_number=number,
            content=content,
            understanding=understanding,
            company=cast(Company, company),
            journal=self.journal,
            clock=clock,
            zone=ZONE,
            language=language,
            company_name="Kalm Energie",
            mood=mood,
            measures=measures,
            tone_is_heard=tone_is_heard,
            sleep=self._sleep,
        )
        self.turns: list[Turn] = []

    async def _sleep(self, seconds: float) -> None:
        """Virtual time: passes at once when the company is slow, never when it is quick."""
        self.slept.append(seconds)
        if self.company.mood != "slow":
            await asyncio.Event().wait()
        if len(self.slept) > 2:
            self.company.waited.set()
            await asyncio.Event().wait()

    @property
    def state(self) -> State:
        return self.conversation.state

    @property
    def over(self) -> bool:
        return self.state.outcome is not None

    async def start(self) -> Turn:
        return await self.take(self.conversation.start())

    async def say(self, words: str, language: Language | None = None) -> Turn:
        return await self.hear(
            CallerSpoke(words=words, language=language or self.conversation.language)
        )

    async def hear(self, utterance: CallerSpoke) -> Turn:
        return await self.take(self.conversation.heard(utterance))

    async def keys(self, keys: str) -> Turn:
        whole = Turn()
        for key in keys:
            turn = await self.take(self.conversation.key(key))
            whole.says += turn.says
            whole.answers += turn.answers
            whole.events += turn.events
            whole.end = whole.end or turn.end
        return whole

    async def silence(self) -> Turn:
        return await self.take(self.conversation.silent(self.conversation.silence_after))

    async def accept(self, agent: str) -> Turn:
        await self.journal.append("call", OfferAccepted(agent=agent))
        return await self.take(self.conversation.accepted(agent))

    async def hang_up(self) -> None:
        await self.conversation.ended("caller")

    async def settled(self) -> None:
        """Wait for what is on its way to the company, whose folder may be gone after this."""
        running = self.conversation._machine.running
        if running:
            await asyncio.wait(running)

    async def events(self) -> list[Event]:
        return await self.journal.read("call")

    async def bodies(self) -> list[Body]:
        return [event.body for event in await self.events()]

    async def take(self, effects: AsyncIterator[Effect]) -> Turn:
        before = len(await self.events())
        turn = Turn()
        async for effect in effects:
            if isinstance(effect, EndCall):
                turn.end = effect
            else:
                turn.says.append(effect)
        turn.events = (await self.events())[before:]
        for event in turn.events:
            if isinstance(event.body, BotSpoke) and event.body.answer:
                turn.answers.append(event.body.answer.partition("/")[0])
        self.turns.append(turn)
        return turn

    async def check(self) -> None:
        """Assert what holds for every call, whatever was said."""
        events = await self.events()
        assert fold(events) == self.state
        spoken = [event.body for event in events if isinstance(event.body, BotSpoke)]
        for one, two in pairwise(spoken):
            assert one.words != two.words, f"said twice in a row: {one.words}"
        for turn in self.turns:
            for said in turn.says:
                assert said.words.strip()
                assert said.spoken.strip()
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
