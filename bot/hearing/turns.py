"""Turns: when the caller begins to speak, and when the caller is done.

Silero says whether there is a voice, smart-turn whether a pause sounds like
an end; how long the silence must last is `bot.hearing.patience`.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr
from loguru import logger
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.turn.smart_turn.base_smart_turn import BaseSmartTurn, SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams, VADState
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
)
from pipecat.metrics.metrics import MetricsData
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import TurnAnalyzerUserTurnStopStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from bot.hearing.background import OwnVoice
from bot.hearing.expectation import Expectation
from bot.hearing.halving import Halver
from bot.hearing.patience import DOUBT_S, Overheard, patience
from bot.hearing.voice import LINE_RATE, WINDOW

RATE = 16_000
"""Samples a second that smart-turn listens at."""

VOICE = VADParams(confidence=0.7, start_secs=0.2, stop_secs=0.2, min_volume=0.5)
"""What counts as a voice. The volume lets callers through who are 20 dB softer than usual."""

BEGUN_S = 0.16
"""Seconds for which the beginning of a voice counts: many a word begins with a window of sound and
one that is no voice. Without it, "No thank you, goodbye." ended at its comma 10 times of 16, with
it never."""
WORDLESS_S = 0.15
"""Seconds of a pause for which words are waited for before smart-turn is asked."""
ASKING_S = 0.05
"""Seconds that smart-turn takes, alone on a core."""
SOONER_S = 0.03
"""Seconds by which a turn must end sooner for smart-turn's word, for it to be asked."""
PIECE_S = WINDOW / LINE_RATE
"""Sound is handed on in pieces of so many seconds, or of twice or more as many."""
LULL_FRAMES = 2
"""Windows of 32 ms without a voice after which the ears are told: a third of a pause.

As long as a "p" or a "t" is silent; what is recognised for one of them is thrown away."""


def turn_processors(
    expectation: Callable[[], Expectation],
    overheard: Callable[[], Overheard | None] = lambda: None,
    lull: Callable[[bool], None] = lambda begins: None,
) -> list[FrameProcessor]:
    """Return the processors of one call that tell when the caller starts and stops.

    They belong before the ears. Both `expectation` and what the ears have `overheard`
    of the turn are asked at every pause; they hear of each `lull`, which may become one.
    """
    voice = LineVoice(lull)
    # Weights are the same for all calls; only the state is a call's own.
    voice._model.session = _silero()
    stop = TurnAnalyzerUserTurnStopStrategy(
        turn_analyzer=PauseAnalyzer(expectation, overheard, lambda: voice.begins),
        wait_for_transcript=False,
    )
    strategies = UserTurnStrategies(start=[VADUserTurnStartStrategy()], stop=[stop])
    return [
        SoundCheck(),
        VoiceBesideBot(voice),
        UserTurnProcessor(user_turn_strategies=strategies),
    ]


class SoundCheck(FrameProcessor):
    """Keeps malformed sound out, and hands the rest on in the windows of voice activity.

    Half a sample would turn all that follows into noise. And each piece costs the same in
    every processor that it comes by, however short it is: a telephone's 20 ms cost twice as
    much as 40. Of those a window that ends in the middle would wait for the end.
    """

    def __init__(self) -> None:
        """Stand in the way of the sound without a queue of its own."""
        super().__init__(enable_direct_mode=True)
        self._held = bytearray()
        self._rate = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass on everything but sound that is empty, or no whole number of samples."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)
        elif frame.audio and len(frame.audio) % 2 == 0:
            await self._take(frame)

    async def _take(self, frame: InputAudioRawFrame) -> None:
        if frame.sample_rate != self._rate:
            self._held.clear()
            self._rate = frame.sample_rate
        self._held += frame.audio
        window = 2 * int(PIECE_S * self._rate)
        if whole := len(self._held) // window * window:
            audio = bytes(self._held[:whole])
            del self._held[:whole]
            await self.push_frame(InputAudioRawFrame(audio, self._rate, frame.num_channels))


class LineVoice(SileroVADAnalyzer):
    """Voice activity at telephone rate, also where the pipeline runs at twice that.

    At 16 kHz Silero misses half of the words that came over a telephone line
    (see `bot.hearing.voice`). A voice in the background is none while the bot speaks.
    """

    def __init__(self, lull: Callable[[bool], None] = lambda begins: None) -> None:
        """Take who is told, before it is a pause, that a voice stopped, or goes on after all."""
        super().__init__(params=VOICE)
        self._tell_lull = lull
        self._in_lull = False
        self._own = OwnVoice(WINDOW / LINE_RATE)
        self.bot_speaks = False
        """Whether the bot does; told from outside."""
        self._begun_s = 0.0
        """Seconds for which the last beginning of a voice still counts."""

    @property
    def begins(self) -> bool:
        """Whether there is, or was just now, the beginning of what may be a voice."""
        return self._begun_s > 0

    def voice_confidence(self, buffer: bytes) -> float:
        """Return how sure it is that the caller, and nobody behind them, speaks."""
        confidence = float(np.max(super().voice_confidence(buffer)))
        voice = confidence >= self.params.confidence
        aside = self._own.is_background(buffer, voice=voice, bot_speaks=self.bot_speaks)
        return 0.0 if aside or self._own.faded else confidence

    def _get_smoothed_volume(self, audio: bytes) -> float:
        # pipecat's own takes 0.1 s to rise, for which the bot would speak on over a caller.
        # Its scale: from -110 dB to -10 dB.
        return min(1.0, max(0.0, (self._own.level_db + 110) / 100))

    def set_sample_rate(self, sample_rate: int) -> None:
        """Take sound at this rate from now on: of a telephone, or twice as high.

        Raises:
            ValueError: It is another.
        """
        if sample_rate not in (LINE_RATE, 2 * LINE_RATE):
            raise ValueError(f"no voice activity at {sample_rate} Hz")
        self._halver = Halver() if sample_rate != LINE_RATE else None
        super().set_sample_rate(LINE_RATE)

    async def analyze_audio(self, buffer: bytes) -> VADState:
        """Say whether there is a voice, after this much more sound."""
        if self._halver is not None:
            buffer = self._halver.halved(np.frombuffer(buffer, np.int16)).tobytes()
        state = await super().analyze_audio(buffer)
        began = state is VADState.STARTING
        self._begun_s = BEGUN_S if began else self._begun_s - len(buffer) / 2 / LINE_RATE
        in_lull = state is VADState.STOPPING and self._vad_stopping_count >= LULL_FRAMES
        if in_lull != self._in_lull:
            self._in_lull = in_lull
            if state is not VADState.QUIET:  # that is a pause, of which a frame tells
                self._tell_lull(in_lull)
        return state


class VoiceBesideBot(VADProcessor):
    """Voice activity of a line that knows when the bot speaks."""

    def __init__(self, voice: LineVoice):
        """Take the voice activity of the call."""
        super().__init__(vad_analyzer=voice)
        self._voice = voice

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note what the line plays; all else is as pipecat does it."""
        match frame:
            case BotStartedSpeakingFrame():
                self._voice.bot_speaks = True
            case BotStoppedSpeakingFrame():
                self._voice.bot_speaks = False
        await super().process_frame(frame, direction)


class PauseAnalyzer(BaseSmartTurn):
    """Smart-turn for one call, with the words and what the dialogue waits for weighed in.

    A pause never ends a turn by itself: all three only set how long the
    silence must last. Smart-turn is asked last, and only if its word would make the
    turn end sooner: it would take a part of the processor from recognition.
    """

    def __init__(
        self,
        expectation: Callable[[], Expectation],
        overheard: Callable[[], Overheard | None] = lambda: None,
        voice_begins: Callable[[], bool] = lambda: False,
    ):
        """Take what says, at each pause, what the dialogue waits for and what was said.

        And what says whether there is the beginning of a voice: no turn ends in it. Else who goes
        on after a second is cut off while it takes 0.2 s to be sure that it is a voice.
        """
        super().__init__(params=SmartTurnParams(stop_secs=DOUBT_S))
        self._expectation = expectation
        self._overheard = overheard
        self._voice_begins = voice_begins
        self._pause: _Pause | None = None
        """The silence since the caller's last sound; None while the caller speaks."""

    def append_audio(self, buffer: bytes, is_speech: bool) -> EndOfTurnState:
        """Take the next sound, and say whether the silence has been long enough."""
        if is_speech:
            self._pause = None
        elif self.speech_triggered:
            # Silence comes in pieces: to the nearest one, and not to the one after.
            patience_s = self._patience_s() - PIECE_S / 2
            self._stop_ms = math.inf if self._voice_begins() else 1000 * patience_s
        return super().append_audio(buffer, is_speech)

    async def analyze_end_of_turn(self) -> tuple[EndOfTurnState, None]:
        """Note that a pause has begun, or that a turn is over; that is not known by the sound."""
        self._pause = _Pause(list(self._audio_buffer)) if self.speech_triggered else None
        return EndOfTurnState.INCOMPLETE, None

    def _patience_s(self) -> float:
        """Return how long this silence must last, as far as is known; may ask smart-turn."""
        expectation, overheard = self._expectation(), self._overheard()
        if self._pause is None:
            return patience(expectation, False, overheard)
        pause, so_far_s = self._pause, self._silence_ms / 1000
        if pause.told != (overheard,):
            pause.told = (overheard,)
            pause.done_s, pause.undone_s = (
                patience(expectation, sounds_done, overheard) for sounds_done in (True, False)
            )
        sooner_s = pause.undone_s - max(pause.done_s, so_far_s + ASKING_S)
        worth_it = sooner_s > SOONER_S and (overheard is not None or so_far_s >= WORDLESS_S)
        if worth_it and not pause.asked:
            self._ask(pause)
        return pause.done_s if pause.sounds_done else pause.undone_s

    def _ask(self, pause: "_Pause") -> None:
        """Ask smart-turn whether a pause sounds like the end of the turn."""
        pause.asked = True

        def note(answer: "asyncio.Future[tuple[EndOfTurnState, MetricsData | None]]") -> None:
            if answer.cancelled():
                return
            if error := answer.exception():
                logger.warning(f"nobody can tell how a pause sounds: {error!r}")
            else:
                pause.sounds_done = answer.result()[0] is EndOfTurnState.COMPLETE

        work = partial(self._process_speech_segment, pause.before)
        loop = asyncio.get_running_loop()
        loop.run_in_executor(self._model_executor, work).add_done_callback(note)

    def _predict_endpoint(self, audio_array: npt.NDArray[np.float32]) -> dict[str, Any]:
        if self.sample_rate != RATE:
            audio_array = soxr.resample(audio_array, self.sample_rate, RATE)
        return _smart_turn()._predict_endpoint(audio_array)


@dataclass
class _Pause:
    """A silence that may be the end of a turn."""

    before: list[Any]
    """The sound up to where voice activity noticed it, as pipecat keeps it."""
    asked: bool = False
    """Whether smart-turn was asked how it sounds."""
    sounds_done: bool = False
    """Whether it sounds like the end of the turn, as far as is known."""
    told: tuple[Overheard | None] | None = None
    """The words by which the two below were set; None before."""
    done_s: float = 0.0
    """How long it must last if it sounds like the end of the turn,"""
    undone_s: float = 0.0
    """and if it does not."""


@lru_cache(maxsize=1)
def _smart_turn() -> LocalSmartTurnAnalyzerV3:
    return LocalSmartTurnAnalyzerV3(sample_rate=RATE)


@lru_cache(maxsize=1)
def _silero() -> Any:
    return SileroVADAnalyzer()._model.session
