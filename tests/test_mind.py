"""The mind gives a conversation one stimulus at a time, and knows silence from the bot's turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.company.client import HttpCompany
from bot.company.open import open_company
from bot.dialogue.content import Content
from bot.dialogue.conversation import Conversation
from bot.events import (
    BargedIn,
    Body,
    Bridged,
    CallerSpoke,
    Event,
    Language,
    OfferAccepted,
    Returned,
)
from bot.journal import JournalFull
from bot.line.frames import (
    HangUpFrame,
    MusicFrame,
    NothingHeardFrame,
    SaidFrame,
    SayFrame,
    UtteranceFrame,
)
from bot.mind import NOD_S, REWIND, Mind
from bot.queue import Place, Queue
from bot.settings import Settings
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from handoff.store.journal import DurableJournal
from tests.workers import begun

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = "call-1"


class Keywords:
    """Understands one word a wish; the mind does not care how."""

    WORDS: ClassVar = {"person": "ask_person", "hours": "opening_hours", "bye": "goodbye"}

    async def parse(self, text: str, language: Language) -> Meaning:
        intent = next((i for w, i in self.WORDS.items() if w in text), OUT_OF_SCOPE)
        return Meaning(text, language, intent, 0.99)


class FullJournal(DurableJournal):
    """A journal whose disk fills up when the test says so."""

    full = False

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        if self.full:
            raise JournalFull("no space left on device")
        return await super().append(call_id, *bodies)


class Ear(FrameProcessor):
    """Where the caller's frames come from."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


class Lips(FrameProcessor):
    """Keeps what is to be said until the test lets it have been played."""

    def __init__(self) -> None:
        super().__init__()
        self.says: asyncio.Queue[SayFrame | HangUpFrame] = asyncio.Queue()
        self.music: asyncio.Queue[bool] = asyncio.Queue()
        self.interrupted = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, SayFrame | HangUpFrame):
            self.says.put_nowait(frame)
        elif isinstance(frame, MusicFrame):
            self.music.put_nowait(frame.play)
        elif isinstance(frame, InterruptionFrame):
            self.interrupted.set()
        await self.push_frame(frame, direction)

    async def said(self, frame: SayFrame, heard: str | None = None) -> None:
        words = frame.say.words if heard is None else heard
        played = 0.0 if heard is None else float(len("".join(heard.split())))
        report = SaidFrame(
            say=frame.say, heard=words, interrupted=heard is not None, letters=played
        )
        await self.push_frame(report, FrameDirection.UPSTREAM)


class Running:
    """A conversation that runs in a pipeline of ear, mind and lips."""

    def __init__(
        self, journal: FullJournal, company: HttpCompany, queue: Queue | None = None
    ) -> None:
        self.journal = journal
        self.silences: asyncio.Queue[tuple[float, asyncio.Event]] = asyncio.Queue()
        self.doubts: asyncio.Queue[tuple[float, asyncio.Event]] = asyncio.Queue()
        conversation = Conversation(
            call_id=CALL,
            line="test",
            caller_number="+31612345601",
            content=Content.load(Settings().intents),
            understanding=Keywords(),
            company=company,
            journal=journal,
            clock=lambda: NOW,
            zone=ZoneInfo("Europe/Amsterdam"),
            language="en",
            company_name="Kalm Energie",
            queue=queue,
        )
        self.ear, self.lips = Ear(), Lips()
        self.mind = Mind(conversation, journal, call_id=CALL, sleep=self._sleep)
        self.worker = PipelineWorker(
            Pipeline([self.ear, self.mind, self.lips]), enable_rtvi=False, idle_timeout_secs=None
        )

    async def _sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        (self.doubts if seconds == NOD_S else self.silences).put_nowait((seconds, over))
        await over.wait()

    async def caller_says(self, words: str) -> None:
        await self.ear.push_frame(UserStartedSpeakingFrame())
        await self.ear.push_frame(UserStoppedSpeakingFrame())
        spoke = CallerSpoke(words=words, language="en")
        await self.ear.push_frame(UtteranceFrame(utterance=spoke))

    async def next_say(self) -> SayFrame:
        frame = await self.lips.says.get()
        assert isinstance(frame, SayFrame)
        return frame

    async def hear_out(self) -> list[str]:
        """Play everything until the bot waits for the caller; return the words."""
        words: list[str] = []
        while True:
            say = asyncio.ensure_future(self.lips.says.get())
            quiet = asyncio.ensure_future(self.silences.get())
            await asyncio.wait({say, quiet}, return_when=asyncio.FIRST_COMPLETED)
            if say.done():
                quiet.cancel()
                frame = say.result()
                if isinstance(frame, HangUpFrame):
                    return words
                words.append(frame.say.words)
                await self.lips.said(frame)
            else:
                say.cancel()
                self.silences.put_nowait(quiet.result())
                return words

    async def kinds(self) -> list[str]:
        return [event.body.kind for event in await self.journal.read(CALL)]

    async def eventually(self, kind: str, of: int | None = None) -> Event:
        async for event in self.journal.follow(CALL):
            if event.body.kind == kind and of in (None, getattr(event.body, "of", None)):
                return event
        raise AssertionError(kind)


async def settled() -> None:
    """Let frames that are on their way arrive."""
    for _ in range(100):
        await asyncio.sleep(0)


@asynccontextmanager
async def running(folder: Path, queue: Queue | None = None) -> AsyncIterator[Running]:
    journal = FullJournal(f"sqlite+aiosqlite:///{folder / 'kalm.db'}", lambda: NOW)
    company = open_company(Settings(data=folder), lambda: NOW)
    async with journal, company:
        call = Running(journal, company, queue)
        over = await begun(call.worker)
        call.mind.begin()
        yield call
        await call.worker.queue_frame(EndFrame())
        await over


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as call:
        yield call


async def test_silence_is_counted_only_when_all_has_been_played(call: Running) -> None:
    """The idle timer never runs while the bot has something to say, or is saying it."""
    first = await call.next_say()
    await call.eventually("CallerIdentified")
    assert call.silences.empty()
    await call.lips.said(first)
    await call.hear_out()
    seconds, _over = await call.silences.get()
    assert seconds == 8


async def test_silence_leads_to_a_question(call: Running) -> None:
    """A caller who says nothing is helped, not left alone."""
    await call.hear_out()
    _seconds, over = await call.silences.get()
    over.set()
    assert await call.hear_out()
    assert "CallerSilent" in await call.kinds()


async def test_speaking_stops_the_silence(call: Running) -> None:
    """Who speaks is not silent, however long it takes."""
    await call.hear_out()
    await call.silences.get()
    await call.ear.push_frame(UserStartedSpeakingFrame())
    await call.ear.push_frame(UserStoppedSpeakingFrame())
    await call.silences.get()  # a new count from here
    assert "CallerSilent" not in await call.kinds()


async def test_what_was_heard_of_an_interrupted_answer_is_on_record(call: Running) -> None:
    """After a barge-in the journal tells how much of the words the caller heard."""
    say = await call.next_say()
    heard = say.say.words.split()[0]
    await call.ear.push_frame(InterruptionFrame())
    await call.lips.said(say, heard)
    await call.caller_says("what are your hours?")
    barged = await call.eventually("BargedIn", say.say.seq)
    assert barged.body.model_dump() == {"kind": "BargedIn", "of": say.say.seq, "heard": heard}


async def test_an_interruption_and_its_words_are_one_write(
    call: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is interrupted answers no later for it: the record is written once, not twice."""
    writes: list[list[str]] = []
    append = call.journal.append

    async def written(call_id: str, *bodies: Body) -> list[Event]:
        writes.append([body.kind for body in bodies])
        return list(await append(call_id, *bodies))

    say = await call.next_say()
    await call.eventually("CallerIdentified")
    monkeypatch.setattr(call.journal, "append", written)
    await call.ear.push_frame(InterruptionFrame())
    await call.lips.said(say, "")
    await call.caller_says("what are your hours?")
    await call.eventually("Understood")
    assert ["BargedIn", "CallerSpoke"] in writes


async def greeting_cut_off(call: Running, words: int) -> list[SayFrame]:
    """Let sound cut off the greeting after so many words; return all that it cut off."""
    cut_off = [await call.next_say()]
    await call.ear.push_frame(InterruptionFrame())
    await call.lips.interrupted.wait()
    while not call.lips.says.empty():  # more of the greeting may have been on its way
        cut_off.append(await call.next_say())
    await call.lips.said(cut_off[0], " ".join(cut_off[0].say.words.split()[:words]))
    for say in cut_off[1:]:
        await call.lips.said(say, "")
    return cut_off


async def test_a_nod_lets_the_bot_go_on_where_it_was(call: Running) -> None:
    """Who says "yeah" in the middle of an explanation hears the rest, and interrupted nothing."""
    cut_off = await greeting_cut_off(call, 4)
    heard = cut_off[0].say.words.split()[:4]
    await call.caller_says("Yeah, okay.")
    rest = [await call.next_say() for _ in cut_off]
    assert [each.say for each in rest] == [each.say for each in cut_off]
    assert rest[0].skip == len("".join(heard)) - REWIND
    for each in rest:
        await call.lips.said(each)
    await call.hear_out()
    kinds = await call.kinds()
    assert "BargedIn" not in kinds
    assert "CallerSpoke" in kinds
    assert "Understood" not in kinds


async def test_words_that_come_as_patience_ends_are_answered(
    call: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption is judged once, and nothing is lost, when its words come in that moment."""
    storing, may_store, append = asyncio.Event(), asyncio.Event(), call.journal.append

    async def slowly(call_id: str, *bodies: Body) -> list[Event]:
        if any(isinstance(body, BargedIn) for body in bodies):
            storing.set()
            await may_store.wait()
        return list(await append(call_id, *bodies))

    monkeypatch.setattr(call.journal, "append", slowly)
    say = await call.next_say()
    await call.eventually("CallerIdentified")
    await call.ear.push_frame(InterruptionFrame())
    await call.lips.said(say, "")
    _seconds, patience_over = await call.doubts.get()
    await settled()  # it is known what was cut off
    spoken = asyncio.create_task(call.caller_says("what are your hours?"))
    await storing.wait()
    patience_over.set()
    await settled()  # while the barge-in is still being stored
    may_store.set()
    await spoken
    await call.eventually("Understood")
    assert (await call.kinds()).count("BargedIn") == 1


async def test_a_cough_lets_the_bot_go_on(call: Running) -> None:
    """Sound in which nothing was said takes no turn, and leaves nothing on record."""
    cut_off = await greeting_cut_off(call, 0)
    await call.ear.push_frame(NothingHeardFrame())
    for say in cut_off:
        rest = await call.next_say()
        assert (rest.say, rest.skip) == (say.say, 0.0)
        await call.lips.said(rest)
    await call.hear_out()
    assert not {"BargedIn", "CallerSpoke"} & set(await call.kinds())


async def cut_off_by_noise(call: Running) -> list[SayFrame]:
    """Let sound that goes on for longer than a nod cut off an answer; return what it cut off."""
    await call.hear_out()
    await call.silences.get()
    await call.caller_says("what are your hours?")
    await call.ear.push_frame(UserStartedSpeakingFrame())
    says = [await call.next_say() for _ in range(2)]
    await settled()
    await call.ear.push_frame(InterruptionFrame())
    for say in says:
        await call.lips.said(say, "")
    _seconds, patience_over = await call.doubts.get()
    await settled()  # it is known what was cut off
    patience_over.set()
    while (await call.kinds()).count("BargedIn") < len(says):
        await settled()
    await settled()
    return says


async def hears_again(call: Running, says: list[SayFrame]) -> None:
    """Play what is said next, which must be these once more."""
    for say in says:
        again = await call.next_say()
        assert again.say.words == say.say.words
        await call.lips.said(again)


async def test_what_long_noise_cut_off_is_said_once_more(call: Running) -> None:
    """A lorry that passes costs the caller nothing, and is no reason to say it a third time."""
    says = await cut_off_by_noise(call)
    await call.ear.push_frame(UserStoppedSpeakingFrame())
    await call.ear.push_frame(NothingHeardFrame())
    await hears_again(call, says)
    await call.ear.push_frame(NothingHeardFrame())
    await settled()
    assert call.lips.says.empty()


async def test_what_noise_cut_off_is_said_when_the_noise_is_over(call: Running) -> None:
    """Noise of which the next has begun before it is known to be noise loses nothing either."""
    says = await cut_off_by_noise(call)
    await call.ear.push_frame(UserStoppedSpeakingFrame())
    await call.ear.push_frame(UserStartedSpeakingFrame())
    await call.ear.push_frame(NothingHeardFrame())  # of the first
    await settled()
    assert call.lips.says.empty()  # not yet: there may be words in the second
    await call.ear.push_frame(UserStoppedSpeakingFrame())
    await call.ear.push_frame(NothingHeardFrame())
    await hears_again(call, says)


async def test_no_silence_is_counted_while_a_nod_may_yet_be_one(call: Running) -> None:
    """Between an interruption and its meaning it is nobody's turn."""
    say = await call.next_say()
    await call.eventually("CallerIdentified")
    await call.ear.push_frame(InterruptionFrame())
    await call.lips.said(say, "")
    await call.ear.push_frame(NothingHeardFrame())
    await call.lips.said(await call.next_say(), "")
    assert call.silences.empty()


async def test_key_0_brings_a_person_at_any_moment(call: Running) -> None:
    """Key 0 works while the greeting still plays, which ends there: nobody waits it out."""
    say = await call.next_say()
    await call.ear.push_frame(InputDTMFFrame(button=KeypadEntry.ZERO))
    await call.lips.interrupted.wait()
    await call.lips.said(say, "")
    asked = await call.eventually("HandoffRequested")
    assert asked.body.model_dump()["reason"] == "key_0"
    await call.eventually("BargedIn", say.say.seq)


async def test_the_caller_hears_who_takes_over(call: Running) -> None:
    """An agent's decision reaches a caller who waits, without the caller doing anything."""
    await call.hear_out()
    await call.caller_says("a person please")
    await call.hear_out()
    await call.journal.append(CALL, OfferAccepted(agent="Sem"))
    for _ in range(3):
        say = await call.next_say()
        if "Sem" in say.say.words:
            break
        await call.lips.said(say)
    assert "Sem" in say.say.words


async def test_a_full_disk_ends_the_call_with_an_apology(call: Running) -> None:
    """What cannot be stored is neither said nor done: the caller is told and the call ends."""
    await call.hear_out()
    before = await call.kinds()
    call.journal.full = True
    await call.caller_says("hours")
    apology = await call.next_say()
    assert apology.say.seq == 0
    hang_up = await call.lips.says.get()
    assert isinstance(hang_up, HangUpFrame)
    assert hang_up.outcome == "failed"
    assert await call.kinds() == before


class InLine:
    """Somebody who is second in line, with people at work."""

    async def place(self, call_id: str) -> Place | None:
        return Place(2, 200.0, 3)


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path, InLine()) as call:
        yield call


async def hear(call: Running) -> None:
    """Hear the bot out from its next sentence on, whatever silences were counted before."""
    first = await call.next_say()
    while not call.silences.empty():
        call.silences.get_nowait()
    await call.lips.said(first)
    await call.hear_out()


async def hold(call: Running) -> None:
    """Ask for a person, and choose to wait on the line."""
    async with asyncio.timeout(20):
        await hear(call)
        await call.caller_says("a person please")
        await hear(call)
        await call.ear.push_frame(InputDTMFFrame(button=KeypadEntry.ONE))
        await hear(call)


async def test_music_plays_when_all_was_said_and_nobody_speaks(waiting: Running) -> None:
    """It begins once, after the words; the caller's voice ends it, and it comes back."""
    await hold(waiting)
    assert await waiting.lips.music.get() is True
    await waiting.ear.push_frame(UserStartedSpeakingFrame())
    assert await waiting.lips.music.get() is False
    await waiting.ear.push_frame(UserStoppedSpeakingFrame())
    assert await waiting.lips.music.get() is True
    assert waiting.lips.music.empty()


async def test_an_interruption_that_came_to_nothing_brings_the_music_back(
    waiting: Running,
) -> None:
    """The mouth has dropped it then, so it is told anew."""
    await hold(waiting)
    assert await waiting.lips.music.get() is True
    await waiting.ear.push_frame(InterruptionFrame())
    assert await waiting.lips.music.get() is True


async def test_no_music_beside_an_agent(waiting: Running) -> None:
    """From the announcement on there is none, until the call is returned."""
    await hold(waiting)
    assert await waiting.lips.music.get() is True
    await waiting.journal.append(CALL, OfferAccepted(agent="Sem", talk=True))
    say = await waiting.next_say()
    assert "Sem" in say.say.words
    await waiting.lips.said(say)
    await waiting.journal.append(CALL, Bridged(agent="Sem"))
    await waiting.ear.push_frame(UserStartedSpeakingFrame())
    await waiting.ear.push_frame(UserStoppedSpeakingFrame())
    while not waiting.lips.music.empty():
        assert await waiting.lips.music.get() is False
    await waiting.journal.append(CALL, Returned(agent="Sem", why="lost"))
    await hear(waiting)
    while not await waiting.lips.music.get():
        continue


async def test_without_a_queue_there_is_no_music(call: Running) -> None:
    """Who is to be called back hears none."""
    await hear(call)
    await call.caller_says("a person please")
    await hear(call)
    assert call.lips.music.empty()
