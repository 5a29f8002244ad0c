"""A turn ends after a silence that fits what the dialogue waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.vad.vad_analyzer import VADState
from pipecat.frames.frames import InputAudioRawFrame

from bot.hearing.expectation import Expectation, Kind
from bot.hearing.patience import DOUBT_S, MEANT_S, SURE_S, Overheard
from bot.hearing.turns import PIECE_S, LineVoice, PauseAnalyzer, SoundCheck
from bot.line.doubling import Doubler
from bot.line.robot_ears import last_sound
from tests.hearing.conftest import listening
from tests.voices import Samples, caller_speech, silence

FRAME_S = 0.02
ANSWERED = Expectation("yes_no", answers=lambda words, language: "whole")
"""What waits a tenth of a second only."""
SAID = Overheard("No thank you", "en")


def frame(seconds: float = FRAME_S, rate: int = 16000) -> bytes:
    sound: Samples = np.random.default_rng(1).normal(0, 300, int(rate * seconds)).astype(np.int16)
    return sound.tobytes()


async def put_away(analyzer: PauseAnalyzer) -> None:
    cleanup: Callable[[], Awaitable[None]] = analyzer.cleanup  # pipecat leaves its type out
    await cleanup()


async def silence_until_done(analyzer: PauseAnalyzer, speech_s: float, rate: int) -> float:
    """Speak, pause, and return how long the pause was when the turn ended."""
    for _ in range(round(speech_s / FRAME_S)):
        assert analyzer.append_audio(frame(rate=rate), True) == EndOfTurnState.INCOMPLETE
    state, _ = await analyzer.analyze_end_of_turn()
    assert state == EndOfTurnState.INCOMPLETE
    for count in range(1, 500):
        if analyzer.append_audio(frame(rate=rate), False) == EndOfTurnState.COMPLETE:
            return count * FRAME_S
    raise AssertionError("the turn never ended")


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize(
    ("kind", "shortest", "longest"),
    [
        ("digits", 1.18, 1.22),
        ("phone", 1.38, 1.42),
        ("postcode", 1.18, 1.22),
        ("yes_no", 0.0, 0.62),
        ("anything", 0.28, 1.42),
    ],
)
async def test_dictation_is_waited_for(
    kind: Kind, shortest: float, longest: float, rate: int
) -> None:
    """Digits get more than a second, a yes little, whatever smart-turn makes of the sound."""
    analyzer = PauseAnalyzer(lambda: Expectation(kind))
    analyzer.set_sample_rate(rate)
    pause = await silence_until_done(analyzer, 1.0, rate)
    assert shortest <= pause <= longest
    await put_away(analyzer)


async def test_speech_that_goes_on_starts_the_wait_anew() -> None:
    """A pause between two groups of digits does not count towards the end."""
    analyzer = PauseAnalyzer(lambda: Expectation("digits"))
    analyzer.set_sample_rate(16000)
    for _ in range(3):
        for _ in range(25):
            analyzer.append_audio(frame(), True)
        await analyzer.analyze_end_of_turn()
        for _ in range(50):  # one second
            assert analyzer.append_audio(frame(), False) == EndOfTurnState.INCOMPLETE
    await put_away(analyzer)


async def test_no_turn_ends_while_a_voice_begins() -> None:
    """Who goes on at the last moment is heard; a click at that moment only delays the end."""
    begins = [False]
    analyzer = PauseAnalyzer(lambda: Expectation("digits"), voice_begins=lambda: begins[-1])
    analyzer.set_sample_rate(16000)
    for _ in range(25):
        analyzer.append_audio(frame(), True)
    await analyzer.analyze_end_of_turn()
    for _ in range(55):  # 1.1 s of the 1.2 s
        assert analyzer.append_audio(frame(), False) == EndOfTurnState.INCOMPLETE
    begins.append(True)
    for _ in range(20):
        assert analyzer.append_audio(frame(), False) == EndOfTurnState.INCOMPLETE
    begins.append(False)
    assert analyzer.append_audio(frame(), False) == EndOfTurnState.COMPLETE
    await put_away(analyzer)


@pytest.mark.parametrize("shift", range(0, 320, 40))
async def test_nobody_is_cut_off_at_a_comma(shift: int) -> None:
    """However sound is cut in pieces, and though it is an answer so far, the rest counts."""
    voice = LineVoice()
    voice.set_sample_rate(8000)
    analyzer = PauseAnalyzer(lambda: ANSWERED, lambda: SAID, lambda: voice.begins)
    analyzer.set_sample_rate(8000)
    said = caller_speech("No thank you, goodbye.", "en", 8000)
    sound = np.concatenate([silence(0.5, 8000)[shift:], said, silence(1.0, 8000)]).tobytes()
    ends = 0.5 - shift / 8000 + (last_sound(said.tobytes()) or 0) / 8000
    speaks = False
    for at in range(0, len(sound) - 640, 640):
        piece = sound[at : at + 640]
        state = await voice.analyze_audio(piece)
        speaks = state in (VADState.SPEAKING, VADState.STOPPING)
        if analyzer.append_audio(piece, speaks) == EndOfTurnState.COMPLETE:
            assert (at + 640) / 16000 > ends
            break
    else:
        raise AssertionError("the turn never ended")
    await put_away(analyzer)


async def voice_begins_s(sound: Samples, rate: int) -> float:
    """Return the seconds of sound, in the pieces of a line, after which it is a voice."""
    voice = LineVoice()
    voice.set_sample_rate(rate)
    piece = int(PIECE_S * rate)
    for end in range(piece, len(sound), piece):
        if await voice.analyze_audio(sound[end - piece : end].tobytes()) is VADState.SPEAKING:
            return end / rate
    raise AssertionError("it was no voice")


async def test_a_voice_begins_as_early_at_twice_the_rate() -> None:
    """What brings a line's sound to voice activity's own rate lets nobody wait, 10 ms at most.

    It is told at the end of a piece, so that is so on the whole, wherever in a piece one begins.
    """
    said = caller_speech("No wait, I want to ask something else.", "en", 8000)
    later: list[float] = []
    for shift in range(0, 640, 80):
        sound = np.concatenate([silence(0.5, 8000)[shift:], said, silence(1.0, 8000)])
        wide = await Doubler().resample(sound.tobytes(), 8000, 16000)
        begins_s = await voice_begins_s(np.frombuffer(wide, "<i2"), 16000)
        later.append(begins_s - await voice_begins_s(sound, 8000))
    assert np.mean(later) <= 0.01


async def test_other_rates_are_refused() -> None:
    """Voice activity takes its own rate or twice that; it does not guess."""
    with pytest.raises(ValueError, match="11025"):
        LineVoice().set_sample_rate(11025)


async def test_words_that_come_in_a_pause_end_it_sooner() -> None:
    """Silence that began without words is measured anew by the words, once they are there."""
    said: list[Overheard] = []

    def overheard() -> Overheard | None:
        return said[-1] if said else None

    expectation = Expectation("digits", answers=lambda words, language: "whole")
    analyzer = PauseAnalyzer(lambda: expectation, overheard)
    analyzer.set_sample_rate(16000)
    for _ in range(50):
        analyzer.append_audio(frame(), True)
    await analyzer.analyze_end_of_turn()
    for _ in range(30):
        assert analyzer.append_audio(frame(), False) == EndOfTurnState.INCOMPLETE
    said.append(Overheard("471109", "nl"))
    assert analyzer.append_audio(frame(), False) == EndOfTurnState.COMPLETE
    await put_away(analyzer)


class Judge(PauseAnalyzer):
    """Smart-turn with a verdict that is known beforehand, to see when it is asked."""

    def __init__(self, overheard: list[Overheard | None], verdict: int | None = 1) -> None:
        super().__init__(lambda: ANYTHING, lambda: overheard[-1])
        self.set_sample_rate(16000)
        self.asked = 0
        self._verdict = verdict

    def _predict_endpoint(self, audio_array: npt.NDArray[np.float32]) -> dict[str, Any]:
        self.asked += 1
        if self._verdict is None:
            raise RuntimeError("out of memory")
        return {"prediction": self._verdict, "probability": float(self._verdict)}

    async def speak(self) -> None:
        for _ in range(50):
            self.append_audio(frame(), True)
        await self.analyze_end_of_turn()

    async def wait(self, pause_s: float, piece_s: float = FRAME_S) -> bool:
        """Let silence pass, each verdict come at once; returns whether the turn is over."""
        for _ in range(round(pause_s / piece_s)):
            if self.append_audio(frame(piece_s), False) == EndOfTurnState.COMPLETE:
                return True
            await asyncio.get_running_loop().run_in_executor(self._model_executor, int)
            await asyncio.sleep(0)
        return False


ANYTHING = Expectation(answers=lambda words, language: "no")
FINISHED = Overheard("The lamp of my neighbour is green.", "en")


async def test_how_a_pause_sounds_is_asked_once_and_only_where_it_matters() -> None:
    """Words come first: nobody is asked about a wish, or about a sentence that must go on."""
    wish = replace(FINISHED, meant=0.9)
    unfinished = Overheard("I am calling because", "en")
    for said, asked, over in ((wish, 0, True), (unfinished, 0, False), (FINISHED, 1, True)):
        overheard: list[Overheard | None] = [None]
        judge = Judge(overheard)
        await judge.speak()
        assert not await judge.wait(0.14)
        assert judge.asked == 0
        overheard.append(said)
        assert await judge.wait(0.12) is over
        assert judge.asked == asked
        await put_away(judge)


async def test_a_wish_that_is_known_early_need_not_wait_for_its_sound_in_vain() -> None:
    """Words that are there at once leave time to ask how they sounded, and the turn ends sooner."""
    for verdict, over in ((1, True), (0, False)):
        judge = Judge([replace(FINISHED, meant=0.9)], verdict)
        await judge.speak()
        assert await judge.wait(0.16) is over
        assert judge.asked == 1
        assert over or await judge.wait(0.06)
        await put_away(judge)


async def test_a_pause_without_words_is_judged_by_its_sound() -> None:
    """When recognition is late, or heard nothing, what sounds done ends before what does not."""
    for verdict, over in ((1, True), (0, False)):
        judge = Judge([None], verdict)
        await judge.speak()
        assert await judge.wait(0.34) is over
        assert judge.asked == 1
        await put_away(judge)


async def test_a_pause_ends_at_the_nearest_piece_of_sound() -> None:
    """Sound comes in pieces; of two a pause ends at the one that is nearer to its length."""
    for wanted, pieces in ((MEANT_S, 6), (SURE_S, 9), (DOUBT_S, 44)):
        assert abs(pieces * PIECE_S - wanted) <= PIECE_S / 2
        said = {MEANT_S: replace(FINISHED, meant=0.9), SURE_S: None, DOUBT_S: None}[wanted]
        judge = Judge([said], int(wanted == SURE_S))
        await judge.speak()
        assert not await judge.wait((pieces - 1) * PIECE_S, PIECE_S)
        assert await judge.wait(PIECE_S, PIECE_S)
        await put_away(judge)


async def test_how_one_pause_sounded_says_nothing_of_the_next() -> None:
    """Who goes on after a pause that sounded done is judged anew."""
    judge = Judge([None])
    await judge.speak()
    assert not await judge.wait(0.22)
    await judge.speak()
    assert not await judge.wait(0.12)
    assert judge.asked == 1
    assert await judge.wait(0.22)
    assert judge.asked == 2
    await put_away(judge)


async def test_a_pause_that_nobody_can_judge_ends_all_the_same() -> None:
    """When smart-turn fails, the turn ends as if it did not sound done."""
    judge = Judge([FINISHED], None)
    await judge.speak()
    assert not await judge.wait(0.5)
    assert await judge.wait(0.3)
    assert judge.asked == 1
    await put_away(judge)


async def test_malformed_sound_goes_no_further() -> None:
    """Sound that is empty, or half a sample too long, is dropped; the rest goes on whole."""
    piece = bytes(range(160)) * 4  # 20 ms at 16 kHz
    async with listening([SoundCheck()]) as listener:
        for data in (b"", piece, b"\1", b"\1\2\3", piece):
            await listener.send(InputAudioRawFrame(data, 16000, 1))
        passed = await listener.next(InputAudioRawFrame)
    assert isinstance(passed, InputAudioRawFrame)
    assert passed.audio == (2 * piece)[: int(2 * PIECE_S * 16000)]


async def test_a_window_of_sound_waits_for_no_other() -> None:
    """Voice activity gets each as soon as a line fills it, and all of the sound in order."""
    said = np.arange(16 * 320, dtype=np.int16).tobytes()  # 16 pieces of 20 ms are 10 of 32
    window = int(2 * PIECE_S * 16000)
    async with listening([SoundCheck()]) as listener:
        for count in range(1, 17):
            await listener.send(InputAudioRawFrame(said[640 * (count - 1) : 640 * count], 16000, 1))
            for whole in range(640 * (count - 1) // window, 640 * count // window):
                passed = await listener.next(InputAudioRawFrame)
                assert isinstance(passed, InputAudioRawFrame)
                assert passed.audio == said[window * whole : window * (whole + 1)]
