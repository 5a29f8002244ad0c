"""A turn ends after a silence that fits what the dialogue waits for."""

from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.vad.vad_analyzer import VADState
from pipecat.frames.frames import InputAudioRawFrame

from bot.hearing.expectation import Expectation, Kind
from bot.hearing.patience import Overheard
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
