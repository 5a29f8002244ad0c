"""Stage: one call in text, with the demo company on a fixed day and virtual time.

For the conversations that product owners write down, and for tests.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
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
from bot.dialogue.state import State
from bot.events import Body, BotSpoke, CallerSpoke, Event, Language, OfferAccepted
from bot.measures import Measures
from bot.mood.state import MoodSense
from bot.rehearsal.queue import GivenQueue
from bot.say import Say
from bot.understanding.meaning import Understanding

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 16, 10, tzinfo=ZONE).astimezone(UTC)
"""A Monday morning."""


def clock() -> datetime:
    """Return the moment that it always is on a stage."""
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
                raise errors[self.mood]("as the script wants it")
            if self.mood == "slow":
                await self.waited.wait()
            return await getattr(self._company, name)(*args)

        return call


def demo_company(folder: Path) -> Moody:
    """Return a demo company that keeps what it must in a folder."""
    return Moody(HttpCompany("http://demo.company", transport=_WhenAsked(folder)))


class _WhenAsked(httpx.AsyncBaseTransport):
    """Founds the demo company at the first question: it takes longer than many a conversation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._company: httpx.ASGITransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._company is None:
            self._company = httpx.ASGITransport(create_demo(self._folder, clock, ZONE))
        return await self._company.handle_async_request(request)


@dataclass
class Turn:
    """What the bot did on one stimulus."""

    says: list[Say] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    end: EndCall | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def words(self) -> str:
        """All that was said, as written."""
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
        queue: GivenQueue | None = None,
        tone_is_heard: bool = False,
        clock: Clock = clock,
    ) -> None:
        self.journal = MemoryJournal(clock)
        self.company = company
        self.queue = queue
        self.slept: list[float] = []
        self.converse = partial(
            Conversation,
            call_id="call",
            line="chat",
            caller_number=number,
            content=content,
            understanding=understanding,
            clock=clock,
            zone=ZONE,
            language=language,
            company_name="Kalm Energie",
            mood=mood,
            queue=queue,
            tone_is_heard=tone_is_heard,
            sleep=self._sleep,
        )
        self.conversation = self.converse(
            company=cast(Company, company), journal=self.journal, measures=measures
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
        """What the dialogue knows."""
        return self.conversation.state

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.state.outcome is not None

    async def start(self) -> Turn:
        """Open the call."""
        return await self.take(self.conversation.start())

    async def say(self, words: str, language: Language | None = None) -> Turn:
        """Say words, in the language of the call unless told."""
        return await self.hear(
            CallerSpoke(words=words, language=language or self.conversation.language)
        )

    async def hear(self, utterance: CallerSpoke) -> Turn:
        """Say something that was recognised in a certain way."""
        return await self.take(self.conversation.heard(utterance))

    async def keys(self, keys: str) -> Turn:
        """Press keys, one after the other."""
        whole = Turn()
        for key in keys:
            turn = await self.take(self.conversation.key(key))
            whole.says += turn.says
            whole.answers += turn.answers
            whole.events += turn.events
            whole.end = whole.end or turn.end
        return whole

    async def silence(self) -> Turn:
        """Say nothing for as long as the bot waits."""
        return await self.take(self.conversation.silent(self.conversation.silence_after))

    async def accept(self, agent: str) -> Turn:
        """Let an agent take the card."""
        await self.journal.append("call", OfferAccepted(agent=agent))
        return await self.take(self.conversation.accepted(agent))

    async def hang_up(self) -> None:
        """End the call from the caller's side."""
        await self.conversation.ended("caller")

    async def settled(self) -> None:
        """Wait for what is on its way to the company, whose folder may be gone after this."""
        running = self.conversation._machine.running
        if running:
            await asyncio.wait(running)

    async def events(self) -> list[Event]:
        """Return what is on record."""
        return await self.journal.read("call")

    async def bodies(self) -> list[Body]:
        """Return what is on record, without numbers and times."""
        return [event.body for event in await self.events()]

    async def take(self, effects: AsyncIterator[Effect]) -> Turn:
        """Gather what the bot does."""
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
