"""Workbench: text calls with an edition and the demo company, and recordings to be understood."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np

from bot.clock import Clock
from bot.company.client import HttpCompany
from bot.company.demo import create_demo
from bot.dialogue.conversation import Conversation
from bot.dialogue.effects import Effect, EndCall
from bot.dialogue.memory_journal import MemoryJournal
from bot.dialogue.written_language import guess_language
from bot.edition import BROKEN, Edition, Press
from bot.editions import patient, read_texts
from bot.encoder import Encoder, Vectors, plain
from bot.events import CallerSpoke, Event, Language, MoodHeard, Understood
from bot.hearing.expectation import Expectation
from bot.hearing.files import UnreadableSound, read_recording, utterances
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import PoolBusy, Recogniser
from bot.studio.draft_checks import problem_of
from bot.understanding.cache import Cache
from bot.understanding.training_data import Example, TrainingData
from handoff.studio.changes import Broken
from handoff.studio.folder import Texts, sha256
from handoff.studio.tryout import (
    LONGEST_SOUND_S,
    Near,
    NotReady,
    Reply,
    TextCall,
    Transcript,
    UnusableSound,
)

NEAR = 3
"""Examples that are told to be nearest."""
KEPT = 2
"""States of the files that are kept ready: the draft, and what is live."""


@dataclass(frozen=True)
class Parts:
    """What of a running Kalm a workbench needs."""

    edition: Edition
    """In force now."""
    press: Press
    recogniser: Recogniser
    company_name: str


@dataclass(frozen=True)
class _Examples:
    """The utterances of a state of the files, with their vectors."""

    rows: Sequence[Example]
    vectors: Vectors

    def near(self, encoder: Encoder, words: str) -> tuple[Near, ...]:
        text = plain(words)
        if not text or not self.rows:
            return ()
        cosines = np.einsum("ij,j->i", self.vectors, encoder.encode([text])[0])
        best = np.argsort(-cosines)[:NEAR].tolist()
        return tuple(
            Near(self.rows[n].text, self.rows[n].intent, self.rows[n].language, float(cosines[n]))
            for n in best
        )


class DemoWorkbench:
    """Implements `handoff.studio.tryout.Workbench` with the demo company.

    Whatever an owner tries books no visit and stops no reminder.

    Args:
        parts: Returns what is loaded; None for as long as it is being loaded.
        clock: Tells the time.
        zone: Where "tomorrow" is meant.
    """

    def __init__(self, parts: Callable[[], Parts | None], clock: Clock, zone: ZoneInfo) -> None:
        self._parts = parts
        self._clock = clock
        self._zone = zone
        self._thread = ThreadPoolExecutor(1, "workbench", initializer=patient)
        self._drafts: dict[str, Edition] = {}
        self._examples: dict[str, _Examples] = {}

    async def call(self, texts: Texts, *, live: bool, language: Language) -> TextCall:
        """Return a call that has not begun; raises Broken, NotReady."""
        parts = self._ready()
        digest = sha256(texts)
        loop = asyncio.get_running_loop()
        run = loop.run_in_executor
        edition = parts.edition
        if not live:
            edition = await run(self._thread, self._draft, parts.press, texts, digest)
        examples = await run(self._thread, self._near, parts.press, texts, digest)
        return DemoCall(edition, examples, parts, self._clock, self._zone, language)

    async def hear(self, sound: bytes, language: Language) -> Transcript | None:
        """Return what is said; raises UnusableSound, NotReady. Nothing is kept."""
        parts = self._ready()
        try:
            audio = await asyncio.to_thread(read_recording, sound, LONGEST_SOUND_S)
        except UnreadableSound as error:
            raise UnusableSound(str(error)) from error
        track = LanguageTrack(language, prior=0.5)  # nobody was greeted in it
        words: list[str] = []
        sure: list[float] = []
        for part in await asyncio.to_thread(utterances, audio):
            try:
                found = await parts.recogniser.transcribe(part, track, Expectation())
            except PoolBusy as error:
                raise NotReady(str(error)) from error
            if found is not None:
                words.append(found.words)
                sure.append(found.confidence)
                track = found.languages
        if not words:
            return None
        return Transcript(" ".join(words), track.language, float(np.mean(sure)))

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _ready(self) -> Parts:
        parts = self._parts()
        if parts is None:
            raise NotReady("The models are still being loaded.")
        return parts

    def _draft(self, press: Press, texts: Texts, digest: str) -> Edition:
        edition = self._drafts.get(digest)
        if edition is None:
            try:
                edition = press.make(read_texts(texts, "draft"), None)
            except BROKEN as error:
                raise Broken(problem_of(error, Path("draft"))) from error
        self._drafts = {digest: edition}  # the one before is of no use: the draft moved on
        return edition

    def _near(self, press: Press, texts: Texts, digest: str) -> _Examples:
        found = self._examples.pop(digest, None)
        if found is None:
            try:
                rows = _once(read_texts(texts, "files").training_data)
            except BROKEN:
                rows = []  # what is live may be of an older Kalm; it is tried without a why
            said = [plain(row.text) for row in rows]
            nothing = np.empty((0, 0), dtype=np.float32)
            vectors = Cache(press.cache).vectors(press.encoder, said) if said else nothing
            found = _Examples(rows, vectors)
        self._examples[digest] = found
        while len(self._examples) > KEPT:
            del self._examples[next(iter(self._examples))]
        return found


class DemoCall:
    """Implements `handoff.studio.tryout.TextCall`: one call, in memory, with the demo company."""

    def __init__(
        self,
        edition: Edition,
        examples: _Examples,
        parts: Parts,
        clock: Clock,
        zone: ZoneInfo,
        language: Language,
    ) -> None:
        self._examples = examples
        self._encoder = parts.press.encoder
        self._place = tempfile.TemporaryDirectory(prefix="kalm-try-", ignore_cleanup_errors=True)
        self._journal = MemoryJournal(clock)
        transport = httpx.ASGITransport(create_demo(Path(self._place.name), clock, zone))
        self._company = HttpCompany("http://demo.company", transport=transport)
        self._conversation = Conversation(
            call_id="try",
            line="chat",
            caller_number=None,
            content=edition.content,
            understanding=edition.understanding,
            company=self._company,
            journal=self._journal,
            clock=clock,
            zone=zone,
            language=language,
            company_name=parts.company_name,
            mood=edition.mood,
            content_version=edition.version,
        )

    async def begin(self) -> Reply:
        """Open the call; returns the greeting."""
        return await self._reply("", self._conversation.language, self._conversation.start())

    async def say(self, words: str) -> Reply:
        """Say something, as the caller."""
        language = guess_language(words) or self._conversation.language
        spoke = CallerSpoke(words=words, language=language)
        near = await asyncio.to_thread(self._examples.near, self._encoder, words)
        reply = await self._reply(words, language, self._conversation.heard(spoke))
        return replace(reply, near=near)

    async def close(self) -> None:
        """Hang up, and leave nothing behind."""
        await self._conversation.ended("caller")
        await self._company.aclose()
        self._place.cleanup()

    async def _reply(self, words: str, language: Language, effects: AsyncIterator[Effect]) -> Reply:
        before = len(await self._journal.read("try"))
        says: list[str] = []
        ended = False
        async for effect in effects:
            if isinstance(effect, EndCall):
                ended = True
            else:
                says.append(effect.words)
        reply = Reply(words, language, says=tuple(says), ended=ended)
        for event in (await self._journal.read("try"))[before:]:
            reply = _with(reply, event)
        return reply


def _with(reply: Reply, event: Event) -> Reply:
    match event.body:
        case Understood() as known if not reply.intent:
            return replace(
                reply,
                intent=known.intent,
                confidence=known.confidence,
                ranking=known.ranking,
                entities=known.entities,
            )
        case MoodHeard() as mood:
            return replace(reply, signs=mood.signs, unsure=mood.unsure)
    return reply


def _once(data: TrainingData) -> list[Example]:
    """Return one example of the same words."""
    found: dict[str, Example] = {}
    for example in data.examples:
        if words := plain(example.text):
            found.setdefault(words, example)
    return list(found.values())
