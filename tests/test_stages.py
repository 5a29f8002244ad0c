"""The times of a turn are noted where they happen, stored once it is answered, and harm nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker

from bot import stages
from bot.company.open import open_company
from bot.dialogue.content import Content
from bot.dialogue.conversation import Conversation
from bot.dialogue.memory_journal import MemoryJournal
from bot.dialogue.state import fold
from bot.events import Body, CallerSpoke, Event, TurnTimed
from bot.line.frames import UtteranceFrame
from bot.mind import Mind
from bot.settings import Settings
from bot.speaking.mouth import Mouth
from bot.stages import STAGES, Stopwatch
from handoff.card import card
from handoff.transcript import transcript
from handoff.wording import wording
from tests.handoff.calls import START
from tests.handoff.strategies import calls
from tests.speaking.lines import RATE, Head, Line, voices
from tests.test_mind import Ear, Keywords
from tests.workers import begun

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Watch(Stopwatch):
    """A stopwatch of which a test turns the hands."""

    def __init__(self) -> None:
        self.time = 100.0
        super().__init__(100.0, lambda: self.time)

    def after(self, seconds: float) -> "Watch":
        self.time += seconds
        return self


def test_a_stage_counts_when_it_is_reached_first() -> None:
    """Seconds are counted from the caller's last sound; the second sentence is not the first."""
    watch = Watch()
    with stages.timed(watch):
        watch.after(0.2).note("pause")
        watch.after(0.3)
        stages.note("meaning", of=7)
        watch.after(1.0)
        stages.note("meaning")
    stages.note("decided")  # of no turn
    assert watch.of == 7
    assert watch.stages == {"pause": 0.2, "meaning": 0.5}


def test_the_company_s_time_is_counted_once_and_until_something_is_decided() -> None:
    """Two questions at once take the time of one; what is asked beside the talk costs nobody."""
    watch = Watch()
    with stages.timed(watch):
        watch.after(0.1)
        with stages.asking_company():
            watch.after(0.2)
            with stages.asking_company():
                watch.after(0.3)
        with stages.asking_company():
            watch.after(0.4)
            stages.note("decided")
            watch.after(5)
        with stages.asking_company():
            watch.after(5)
    assert watch.stages["company"] == pytest.approx(0.9)
    assert watch.company_from == pytest.approx(0.1)


def test_only_an_answer_that_is_made_can_be_the_first_sound() -> None:
    """What the bot was saying before is not this turn's answer; and there is one first sound."""
    watch = Watch()
    assert not watch.began_to_sound()
    watch.note("sound")
    assert watch.after(0.5).began_to_sound()
    assert not watch.began_to_sound()
    assert watch.stages["first_sound"] == 0.5


def test_what_was_reached_in_vain_is_forgotten() -> None:
    """Words that were thrown away are not when the words were there."""
    watch = Watch()
    watch.after(0.2).note("words")
    watch.forget("words")
    watch.after(0.2).note("words")
    assert watch.stages == {"words": 0.4}


async def test_an_answered_turn_is_on_record_with_its_stages() -> None:
    """The rooms of a call note what they reach in the turn's own stopwatch, none needing it.

    TurnTimed belongs to the CallerSpoke, and tells the stages in the order of the turn.
    """
    journal = MemoryJournal(lambda: NOW)
    company = open_company(Settings(), lambda: NOW)
    conversation = Conversation(
        call_id="c1",
        line="test",
        caller_number=None,
        content=Content.load(Settings().intents),
        understanding=Keywords(),
        company=company,
        journal=journal,
        clock=lambda: NOW,
        zone=ZoneInfo("Europe/Amsterdam"),
        language="en",
        company_name="Kalm Energie",
    )
    told: list[Stopwatch] = []
    line, ear = Line(), Ear()
    mind = Mind(conversation, journal, call_id="c1", turn_timed=told.append)
    head = Head(line)
    worker = PipelineWorker(
        Pipeline([ear, head, mind, Mouth(voices(), now=line.now), line]),
        params=PipelineParams(audio_out_sample_rate=RATE),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )
    over = await begun(worker)
    try:
        async with asyncio.timeout(20), company:
            mind.begin()
            await head.said.get()  # the greeting
            watch = Stopwatch(0.0, iter(range(1, 1000)).__next__)  # a second at each look
            watch.note("words")
            spoke = CallerSpoke(words="what are your hours", language="en")
            await ear.push_frame(UtteranceFrame(spoke, watch=watch))
            stored = await _first(journal, TurnTimed)
    finally:
        await worker.cancel()
        await over
    assert told == [watch]
    timed = stored.body
    assert isinstance(timed, TurnTimed)
    events = await journal.read("c1")
    assert events[timed.of - 1].body == spoke
    passed = ["words", "meaning", "decided", "sound", "first_sound"]
    assert [stage for stage in timed.stages if stage != "company"] == passed
    assert [timed.stages[stage] for stage in passed] == sorted(
        timed.stages[stage] for stage in passed
    )
    assert timed.stages["company"] > 0  # the office's hours were asked for


@settings(deadline=None, max_examples=50)
@given(call=calls, at=st.integers(0, 25))
def test_no_fold_sees_the_times(call: list[Body], at: int) -> None:
    """Transcript, card and dialogue are the same with and without them, wherever they stand."""
    timed = TurnTimed(of=1, stages=dict.fromkeys(STAGES, 0.5))
    without = [
        Event(call_id="c1", seq=2 * n, at=START + timedelta(seconds=n), body=body)
        for n, body in enumerate(call, 1)
    ]
    place = min(at, len(call) - 1) + 1  # a call begins with its beginning
    between = Event(
        call_id="c1", seq=2 * place + 1, at=START + timedelta(seconds=place), body=timed
    )
    last = Event(call_id="c1", seq=99, at=without[-1].at, body=timed)
    with_it = [*without[:place], between, *without[place:], last]
    words = wording("nl")
    assert transcript(with_it, words) == transcript(without, words)
    now = START + timedelta(hours=1)
    one, other = card(with_it, "nl", now), card(without, "nl", now)
    assert one.model_copy(update={"last_seq": 0}) == other.model_copy(update={"last_seq": 0})
    state, before = fold(with_it), fold(without)
    state.seq = before.seq = 0
    assert state == before


async def _first(journal: MemoryJournal, kind: type[Body]) -> Event:
    async for event in journal.follow("c1"):
        if isinstance(event.body, kind):
            return event
    raise AssertionError(kind)


def test_a_stopwatch_is_dropped_with_its_turn() -> None:
    """A turn that breaks off half-way leaves nothing running behind."""
    watch = Watch()
    with pytest.raises(RuntimeError), stages.timed(watch):
        raise RuntimeError
    stages.note("sound")
    assert watch.stages == {}
