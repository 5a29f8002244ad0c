"""The ears hand over every turn once, in order, whatever becomes of its recognition."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from pipecat.frames.frames import (
    InputAudioRawFrame,
    InterruptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.events import Language, Prosody
from bot.hearing.ears import Ears, Measure
from bot.hearing.expectation import Expectation
from bot.hearing.heard import RATE, Audio, Heard
from bot.hearing.languages import LanguageTrack
from bot.hearing.patience import Overheard
from bot.line.frames import UtteranceFrame
from tests.hearing.conftest import Listener, listening
from tests.voices import Samples, silence

DIGITS = Expectation("digits")
CONFIDENCE = 0.8


class Scribe:
    """A recogniser that writes down how long each turn was, and what it was told."""

    idle = True
    perhaps_part = False

    def __init__(self, answers: list[str | Exception | None] | None = None):
        self.answers = answers
        self.turns: list[Audio] = []
        self.told: list[tuple[LanguageTrack, Expectation]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def transcribe(
        self, audio: Audio, languages: LanguageTrack, expectation: Expectation
    ) -> Heard | None:
        self.turns.append(audio)
        self.told.append((languages, expectation))
        await self.go_on.wait()
        answer = self.answers[len(self.turns) - 1] if self.answers else f"turn {len(self.turns)}"
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return None
        return Heard(
            answer,
            CONFIDENCE,
            languages.language,
            0.9,
            0.1,
            1.0,
            languages,
            perhaps_part=self.perhaps_part,
        )


def speech(seconds: float, rate: int = 16000, loud: int = 3000) -> Samples:
    noise: Samples = np.random.default_rng(1).normal(0, loud, int(seconds * rate)).astype(np.int16)
    return noise


async def speak(listener: Listener, *sounds: Samples, pause: Samples) -> None:
    """Play a turn as the processors before the ears would announce it."""
    await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
    await listener.send(UserStartedSpeakingFrame())
    await listener.play(*sounds)
    await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
    await listener.play(pause)
    await listener.send(UserStoppedSpeakingFrame())


@asynccontextmanager
async def ears(
    scribe: Scribe, rate: int = 16000, language: Language = "nl", prosody: Measure | None = None
) -> AsyncIterator[Listener]:
    async with listening([Ears(scribe, lambda: DIGITS, language, prosody)], rate) as listener:
        yield listener


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_a_turn_is_heard_with_what_came_just_before(rate: int) -> None:
    """A turn reaches recognition at 16 kHz with pre-roll, without the silence after it."""
    scribe = Scribe()
    async with ears(scribe, rate) as listener:
        await listener.play(silence(5, rate))
        await speak(listener, speech(2, rate), pause=silence(1.4, rate))
        frame = await listener.utterance()
    assert len(scribe.turns[0]) / RATE == pytest.approx(0.8 + 2, abs=0.05)
    assert scribe.told[0] == (LanguageTrack("nl"), DIGITS)
    assert frame.utterance.words == "turn 1"
    assert frame.utterance.confidence == CONFIDENCE
    assert frame.utterance.language == "nl"
    assert frame.utterance.start_ms == pytest.approx(4200, abs=50)
    assert frame.utterance.end_ms == pytest.approx(7000, abs=50)


async def test_turns_come_out_in_the_order_they_were_spoken() -> None:
    """A second turn waits for the first one's words, and barging in drops neither."""
    scribe = Scribe()
    scribe.go_on.clear()
    async with ears(scribe) as listener:
        for _ in range(3):
            await speak(listener, speech(0.5), pause=silence(0.5))
            await listener.send(InterruptionFrame())
        assert len(scribe.turns) == 1
        scribe.go_on.set()
        words = [(await listener.utterance()).utterance.words for _ in range(3)]
    assert words == ["turn 1", "turn 2", "turn 3"]


async def test_noise_gives_no_frame_and_failure_an_empty_one() -> None:
    """Nothing said is silence; what could not be recognised is an utterance without words."""
    scribe = Scribe([None, RuntimeError("no room"), "ja"])
    async with ears(scribe) as listener:
        for _ in range(3):
            await speak(listener, speech(0.5), pause=silence(0.5))
        failed = (await listener.utterance()).utterance
        heard = (await listener.utterance()).utterance
    assert (failed.words, failed.confidence) == ("", 0.0)
    assert heard.words == "ja"


async def test_five_minutes_are_heard_in_parts_and_told_as_one() -> None:
    """A monologue is recognised in parts of at most 25 s that lose no sample, and is one turn."""
    scribe = Scribe()
    async with ears(scribe) as listener:
        await speak(listener, speech(300), pause=silence(0.5))
        frame = await listener.utterance()
    assert max(len(part) for part in scribe.turns) <= 25 * RATE
    assert sum(len(part) for part in scribe.turns) / RATE == pytest.approx(300, abs=0.05)
    assert frame.utterance.words == " ".join(f"turn {n + 1}" for n in range(len(scribe.turns)))
    assert frame.utterance.end_ms - frame.utterance.start_ms == pytest.approx(300_000, abs=50)


async def test_a_part_that_fails_does_not_take_the_others_along() -> None:
    """The words around a part that could not be recognised are kept."""
    scribe = Scribe(["begin", RuntimeError("no room"), "end"])
    async with ears(scribe) as listener:
        await speak(listener, speech(60), pause=silence(0.5))
        frame = await listener.utterance()
    assert frame.utterance.words == "begin end"


async def test_malformed_sound_is_no_sound() -> None:
    """Empty sound and half samples change nothing in the turn around them."""
    scribe = Scribe()
    async with ears(scribe) as listener:
        await listener.send(InputAudioRawFrame(b"", 16000, 1))
        await listener.send(InputAudioRawFrame(b"\0\0\0", 16000, 1))
        await speak(listener, speech(1), pause=silence(0.5))
        await listener.utterance()
    assert len(scribe.turns[0]) / RATE == pytest.approx(1, abs=0.03)


async def test_a_stop_without_a_start_is_no_turn() -> None:
    """Only what began can end."""
    scribe = Scribe()
    async with ears(scribe) as listener:
        await listener.play(speech(1))
        await listener.send(UserStoppedSpeakingFrame())
        await speak(listener, speech(1), pause=silence(0.5))
        await listener.utterance()
    assert len(scribe.turns) == 1


async def test_a_call_that_ends_does_not_wait_for_its_last_words() -> None:
    """The end of a call drops a turn that is still being recognised."""
    scribe = Scribe()
    scribe.go_on.clear()
    async with ears(scribe) as listener:
        await speak(listener, speech(1), pause=silence(0.5))
    assert len(scribe.turns) <= 1


async def test_the_caller_can_ask_for_a_language() -> None:
    """After `follow`, turns are heard in the language that the caller asked for."""
    scribe = Scribe()
    processor = Ears(scribe, lambda: DIGITS, "nl")
    async with listening([processor]) as listener:
        processor.follow("en")
        await speak(listener, speech(1), pause=silence(0.5))
        frame = await listener.utterance()
    assert frame.utterance.language == "en"
    assert scribe.told[0][0].language == "en"


async def test_words_come_with_the_tone_they_were_said_in() -> None:
    """The turn that is recognised is measured too, and its prosody goes with its words."""
    scribe = Scribe()
    measured: list[tuple[Audio, int]] = []

    def measure(audio: Audio, rate: int) -> Prosody | None:
        measured.append((audio, rate))
        return Prosody(speech_s=1.0, features={"pitch_st": float(len(measured))})

    async with ears(scribe, 8000, prosody=measure) as listener:
        for _ in range(2):
            await speak(listener, speech(1, 8000), pause=silence(0.5, 8000))
        tones = [(await listener.utterance()).utterance.prosody for _ in range(2)]
    assert [tone.features["pitch_st"] for tone in tones if tone] == [1.0, 2.0]
    assert [rate for _, rate in measured] == [RATE, RATE]
    assert all(
        np.array_equal(one, two) for (one, _), two in zip(measured, scribe.turns, strict=True)
    )


async def test_the_tone_is_measured_while_the_words_are_recognised() -> None:
    """Measuring does not wait for recognition, and so adds nothing to it."""
    scribe = Scribe()
    scribe.go_on.clear()
    loop = asyncio.get_running_loop()
    began = asyncio.Event()

    def measure(audio: Audio, rate: int) -> Prosody | None:
        loop.call_soon_threadsafe(began.set)
        return None

    async with ears(scribe, prosody=measure) as listener:
        await speak(listener, speech(1), pause=silence(0.5))
        async with asyncio.timeout(30):
            await began.wait()
        scribe.go_on.set()
        assert (await listener.utterance()).utterance.words == "turn 1"


async def test_without_a_measure_nothing_is_known_of_the_tone() -> None:
    """A company that does not look at the tone of voice has none in its events."""
    async with ears(Scribe()) as listener:
        await speak(listener, speech(1), pause=silence(0.5))
        assert (await listener.utterance()).utterance.prosody is None


async def test_a_measure_that_fails_or_hangs_costs_no_words() -> None:
    """The words go on without their tone when it cannot be had in time."""
    release = threading.Event()
    calls: list[int] = []

    def measure(audio: Audio, rate: int) -> Prosody | None:
        calls.append(rate)
        if len(calls) == 1:
            raise RuntimeError("no such voice")
        release.wait(60)
        return Prosody(speech_s=1.0)

    async with ears(Scribe(), prosody=measure) as listener:
        try:
            for words in ("turn 1", "turn 2"):
                await speak(listener, speech(1), pause=silence(0.5))
                said = (await listener.utterance()).utterance
                assert (said.words, said.prosody) == (words, None)
        finally:
            release.set()
    assert len(calls) == 2


async def test_of_a_turn_in_parts_the_part_that_says_most_gives_the_tone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A monologue has one tone: that of its part with most speech, the later of equals."""
    monkeypatch.setattr("bot.hearing.ears.PATIENCE_S", 60)  # on a busy machine too
    spoken = iter([2.0, 8.0, 8.0, 1.0])

    def measure(audio: Audio, rate: int) -> Prosody | None:
        seconds = next(spoken, None)
        return None if seconds is None else Prosody(speech_s=seconds, features={"end": len(audio)})

    scribe = Scribe()
    async with ears(scribe, prosody=measure) as listener:
        await speak(listener, speech(90), pause=silence(0.5))
        tone = (await listener.utterance()).utterance.prosody
    assert tone == Prosody(speech_s=8.0, features={"end": len(scribe.turns[2])})


async def test_recognition_begins_at_the_pause() -> None:
    """Words are overheard while it is still open whether the turn is over, and are used if so."""
    scribe = Scribe()
    processor = Ears(scribe, lambda: DIGITS, "nl")
    async with listening([processor]) as listener:
        await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
        await listener.send(UserStartedSpeakingFrame())
        await listener.play(speech(1))
        assert processor.overheard() is None
        await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        await listener.play(silence(0.2, 16000))
        assert processor.overheard() == Overheard(
            "turn 1", "nl", confidence=CONFIDENCE, speech_s=1.0
        )
        assert not any(isinstance(frame, UtteranceFrame) for frame in listener.taken())
        await listener.send(UserStoppedSpeakingFrame())
        assert (await listener.utterance()).utterance.words == "turn 1"
    assert len(scribe.turns) == 1


async def test_a_pause_tells_whether_a_number_may_go_on() -> None:
    """What recognition doubts of a number is known to what waits for the end of the turn."""
    scribe = Scribe()
    scribe.perhaps_part = True
    processor = Ears(scribe, lambda: DIGITS, "nl")
    async with listening([processor]) as listener:
        await speak_on(listener)
        await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        await listener.play(silence(0.1, 16000))
        overheard = processor.overheard()
        assert overheard is not None
        assert overheard.perhaps_part


async def test_a_lull_begins_what_the_pause_needs() -> None:
    """Recognition begun at a lull is the pause's own; one that the caller ends is let go."""
    scribe = Scribe()
    processor = Ears(scribe, lambda: DIGITS, "nl")
    async with listening([processor]) as listener:
        await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
        await listener.send(UserStartedSpeakingFrame())
        await listener.play(speech(1))
        processor.lull(True)
        await listener.play(silence(0.02, 16000))
        processor.lull(False)
        assert processor.overheard() is None
        await listener.play(speech(1))
        processor.lull(True)
        await listener.play(silence(0.1, 16000))
        await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        await listener.play(silence(0.2, 16000))
        assert processor.overheard() == Overheard(
            "turn 2", "nl", confidence=CONFIDENCE, speech_s=1.0
        )
        await listener.send(UserStoppedSpeakingFrame())
        assert (await listener.utterance()).utterance.words == "turn 2"
    assert len(scribe.turns) == 2


async def test_while_others_wait_a_lull_begins_nothing() -> None:
    """What may be in vain is not begun when somebody else's turn needs the model."""
    scribe = Scribe()
    scribe.idle = False
    processor = Ears(scribe, lambda: DIGITS, "nl")
    async with listening([processor]) as listener:
        await speak_on(listener)
        processor.lull(True)
        await listener.play(silence(0.1, 16000))
        assert not scribe.turns


async def test_a_pause_tells_whether_the_words_are_a_wish() -> None:
    """Words that can be acted upon are known as such before the turn is over."""

    async def meant(words: str, language: Language) -> float:
        return 0.9 if words == "turn 2" and language == "nl" else 0.0

    processor = Ears(Scribe(), lambda: DIGITS, "nl", meant=meant)
    async with listening([processor]) as listener:
        for expected in (
            Overheard("turn 1", "nl", confidence=CONFIDENCE, speech_s=1.0),
            Overheard("turn 2", "nl", meant=0.9, confidence=CONFIDENCE, speech_s=1.0),
        ):
            await speak_on(listener)
            await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
            await listener.play(silence(0.1, 16000))
            assert processor.overheard() == expected


async def test_a_pause_lets_others_get_ready_until_the_caller_goes_on() -> None:
    """The words of each pause are handed on once; getting ready stops when they are no longer all.

    The turn itself is handed over just the same.
    """
    prepared: list[str] = []
    dropped: list[str] = []

    async def prepare(heard: Heard) -> None:
        prepared.append(heard.words)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            dropped.append(heard.words)
            raise

    processor = Ears(Scribe(), lambda: DIGITS, "nl", prepare=prepare)
    async with listening([processor]) as listener:
        await speak_on(listener)
        await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        await listener.play(silence(0.1, 16000))
        assert (prepared, dropped) == (["turn 1"], [])
        await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
        await listener.play(speech(1))
        assert dropped == ["turn 1"]
        await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        await listener.play(silence(0.1, 16000))
        await listener.send(UserStoppedSpeakingFrame())
        assert (await listener.utterance()).utterance.words == "turn 2"
    assert (prepared, dropped) == (["turn 1", "turn 2"], ["turn 1"])


async def speak_on(listener: Listener) -> None:
    await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
    await listener.send(UserStartedSpeakingFrame())
    await listener.play(speech(1))


async def test_what_was_overheard_is_forgotten_when_the_caller_goes_on() -> None:
    """A turn with pauses comes out once, recognised as a whole, whatever was overheard before."""
    scribe = Scribe()
    processor = Ears(scribe, lambda: DIGITS, "nl")
    async with listening([processor]) as listener:
        await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
        await listener.send(UserStartedSpeakingFrame())
        for _ in range(3):
            await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
            await listener.play(speech(1))
            assert processor.overheard() is None
            await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
            await listener.play(silence(0.2, 16000))
            assert processor.overheard() is not None
        await listener.send(UserStoppedSpeakingFrame())
        said = (await listener.utterance()).utterance
    assert said.words == "turn 3"
    assert len(scribe.turns[2]) / RATE == pytest.approx(3.4, abs=0.05)


async def test_what_was_overheard_under_another_question_is_heard_again() -> None:
    """Words that were listened for as a yes are not taken for a number."""
    scribe = Scribe()
    asked = Expectation("yes_no")
    processor = Ears(scribe, lambda: asked, "nl")
    async with listening([processor]) as listener:
        await listener.send(VADUserStartedSpeakingFrame(start_secs=0.2))
        await listener.send(UserStartedSpeakingFrame())
        await listener.play(speech(1))
        await listener.send(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        await listener.play(silence(0.2, 16000))
        asked = DIGITS
        await listener.send(UserStoppedSpeakingFrame())
        assert (await listener.utterance()).utterance.words == "turn 2"
    assert [expectation for _, expectation in scribe.told] == [Expectation("yes_no"), DIGITS]
