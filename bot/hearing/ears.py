"""Ears: the pipecat processor that turns the sound of a turn into the caller's words.

Turns are recognised one after the other, in a task of the ears' own: pipecat
cancels what a processor is doing when the caller barges in, and the words that
came before must not be lost by it.

Recognition begins at the first short pause and is thrown away when the caller goes
on. So the words are often there before the turn is over, and help to tell that it is;
nothing else comes of them until then.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np
import soxr
from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    StartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.events import CallerSpoke, Language, Prosody
from bot.hearing.expectation import Expectation
from bot.hearing.guess import Guess, Meant, Prepare, Tone
from bot.hearing.heard import RATE, Audio, Heard, Recognition
from bot.hearing.languages import LanguageTrack
from bot.hearing.parts import LONGEST_S, cut
from bot.hearing.patience import Overheard
from bot.line.frames import NothingHeardFrame, UtteranceFrame
from bot.stages import Stopwatch

Measure = Callable[[Audio, int], Prosody | None]
"""Tells how sound of so many samples a second is spoken; `bot.mood.voice.measure` does."""

PRE_ROLL_S = 0.8
"""Sound kept from before a turn was noticed: that takes 0.2 s, and words begin softly."""
PATIENCE_S = 0.1
"""How long words wait for their tone of voice, which was begun before them and takes far less."""


@dataclass
class _Part:
    """A piece of a turn on its way to recognition."""

    audio: Audio
    start_ms: int
    end_ms: int
    speech_ended: float
    watch: Stopwatch
    last: bool
    """Whether the turn ends here."""
    guess: Guess | None = None
    """What recognition was begun with at the pause."""


@dataclass
class _Turn:
    """The words of a turn whose parts come in one by one."""

    start_ms: int
    heard: list[Heard] = field(default_factory=list)
    failed: bool = False
    prosody: Prosody | None = None
    """Of the part in which most was said."""


class Ears(FrameProcessor):
    """Hears one call: sound and turns in, UtteranceFrames out, in the order they were spoken.

    The sound ends here: nobody behind the ears has a use for it, and it would cost in each.

    A turn in which nothing was said gives a NothingHeardFrame. When recognition fails,
    the frame has no words and confidence 0, so that the caller is asked again
    and not met with silence.
    """

    def __init__(
        self,
        recogniser: Recognition,
        expectation: Callable[[], Expectation],
        language: Language,
        prosody: Measure | None = None,
        meant: Meant | None = None,
        prepare: Prepare | None = None,
    ):
        """Take the shared recogniser, what is expected now, and the greeting's language.

        Without `prosody` nothing of the tone of voice is computed; without `meant` nobody
        asks what words mean before the turn is over, and without `prepare` nobody gets ready
        to answer them.
        """
        super().__init__()
        self._meant = meant
        self._prepare = prepare
        self._measure = prosody
        self._recogniser = recogniser
        self._expectation = expectation
        self._languages = LanguageTrack(language)
        self._rate = RATE
        self._sound = bytearray()
        self._heard_bytes = 0
        """All sound since the call began, of which `_sound` is the end."""
        self._in_turn = False
        self._speech_end_bytes: int | None = None
        self._speech_ended = 0.0
        self._watch = Stopwatch(0.0)
        self._parts: asyncio.Queue[_Part] = asyncio.Queue()
        self._listening: asyncio.Task[None] | None = None
        self._recognising = False
        self._guess: Guess | None = None

    def overheard(self) -> Overheard | None:
        """Return the words up to the present pause; None when there are none yet."""
        return self._guess.overheard() if self._guess else None

    def lull(self, begins: bool) -> None:
        """Take that a voice has paused for a moment, or that it goes on after all."""
        if not begins:
            self._drop_guess()
        elif self._recogniser.idle:
            self._begin_guess()

    def follow(self, language: Language) -> None:
        """Listen for this language from now on, because the caller asked for it in words."""
        self._languages = self._languages.told(language)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take sound and turns; pass every frame on but sound."""
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                self._listening = self.create_task(self._listen(), "listen")
            case InputAudioRawFrame():
                self._take(frame)
            case UserStartedSpeakingFrame():
                self._in_turn = True
                self._goes_on()
            case VADUserStartedSpeakingFrame():
                self._goes_on()
            case VADUserStoppedSpeakingFrame():
                self._speech_end_bytes = self._heard_bytes
                self._speech_ended = time.monotonic() - frame.stop_secs
                self._watch = Stopwatch(self._speech_ended)
                self._watch.note("pause")
                if self._guess is None:
                    self._begin_guess()
                elif self._guess.heard.done():
                    self._watch.note("words")
            case UserStoppedSpeakingFrame() if self._in_turn:
                self._end_turn()
            case EndFrame() | CancelFrame():
                await self._stop()
        if not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Leave no task behind, however the call ended."""
        await self._stop()
        cleanup: Callable[[], Awaitable[None]] = super().cleanup  # pipecat leaves its type out
        await cleanup()

    async def _stop(self) -> None:
        self._drop_guess()
        if self._listening:
            listening, self._listening = self._listening, None
            await self.cancel_task(listening)

    def _take(self, frame: InputAudioRawFrame) -> None:
        if not frame.audio or len(frame.audio) % 2:
            return
        if frame.sample_rate != self._rate:
            self._rate = frame.sample_rate
            self._sound.clear()
            self._heard_bytes = 0
        self._sound += frame.audio
        self._heard_bytes += len(frame.audio)
        if not self._in_turn:
            del self._sound[: -self._bytes(PRE_ROLL_S)]
        elif len(self._sound) > self._bytes(LONGEST_S + 1):
            self._cut_part()

    def _cut_part(self) -> None:
        """Send off the beginning of a turn that goes on and on."""
        audio = _floats(self._sound)
        longest = LONGEST_S * self._rate / RATE  # `cut` counts samples at 16 kHz
        end = 2 * cut(audio, longest)
        self._hand_over(bytes(self._sound[:end]), self._heard_bytes - len(self._sound), last=False)
        del self._sound[:end]

    def _end_turn(self) -> None:
        self._in_turn = False
        if self._speech_end_bytes is None:
            self._speech_ended = time.monotonic()
            self._watch = Stopwatch(self._speech_ended)
        self._watch.note("turn_end")
        guess, self._guess = self._guess, None
        begin = self._heard_bytes - len(self._sound)
        self._hand_over(self._turn_so_far(), begin, last=True, guess=guess)
        del self._sound[: -self._bytes(PRE_ROLL_S)]

    def _turn_so_far(self) -> bytes:
        """Return the turn's sound up to where voice activity noticed its end.

        That takes 0.2 s of silence, enough for the last consonant.
        """
        begin = self._heard_bytes - len(self._sound)
        end = self._heard_bytes if self._speech_end_bytes is None else self._speech_end_bytes
        return bytes(self._sound[: max(end - begin, 0)])

    def _hand_over(
        self, sound: bytes, begin: int, *, last: bool, guess: Guess | None = None
    ) -> None:
        audio = self._at_own_rate(sound)
        start_ms, end_ms = self._ms(begin), self._ms(begin + len(sound))
        part = _Part(audio, start_ms, end_ms, self._speech_ended, self._watch, last, guess)
        self._parts.put_nowait(part)

    def _at_own_rate(self, sound: bytes) -> Audio:
        audio = _floats(sound)
        if self._rate != RATE:
            audio = soxr.resample(audio, self._rate, RATE).astype(np.float32)
        return audio

    def _begin_guess(self) -> None:
        """Recognise what was said up to this pause, unless earlier words are still waited for."""
        self._drop_guess()
        if not self._in_turn or self._recognising or not self._parts.empty():
            return
        told = self._languages, self._expectation()
        audio = self._at_own_rate(self._turn_so_far())
        # Not a task of pipecat's, which keep their errors to themselves.
        heard = asyncio.create_task(self._recogniser.transcribe(audio, *told), name="guess")
        heard.add_done_callback(self._note_words)
        self._guess = Guess(heard, told, self._begin_measuring(audio), self._meant, self._prepare)

    def _note_words(self, heard: "asyncio.Task[Heard | None]") -> None:
        """Stop the time of words that came while the caller paused."""
        in_pause = self._speech_end_bytes is not None
        if in_pause and self._guess is not None and self._guess.heard is heard:
            self._watch.note("words")

    def _goes_on(self) -> None:
        self._speech_end_bytes = None
        self._drop_guess()

    def _drop_guess(self) -> None:
        guess, self._guess = self._guess, None
        if guess is not None:
            guess.drop()

    def _bytes(self, seconds: float) -> int:
        return 2 * int(seconds * self._rate)

    def _ms(self, count: int) -> int:
        return count * 500 // self._rate

    async def _listen(self) -> None:
        turn: _Turn | None = None
        while True:
            part = await self._parts.get()
            self._recognising = True
            turn = turn or _Turn(part.start_ms)
            await self._recognise(part, turn)
            if part.last:
                await self._say_what_was_heard(part, turn)
                turn = None
            self._recognising = False

    async def _recognise(self, part: _Part, turn: _Turn) -> None:
        tone = part.guess.tone if part.guess else self._begin_measuring(part.audio)
        try:
            heard = await self._words(part)
        except Exception:
            logger.exception("a turn could not be recognised")
            turn.failed = True
            return
        if heard:
            self._languages = heard.languages
            turn.heard.append(heard)
            prosody = await self._measured(tone)
            if prosody and (not turn.prosody or prosody.speech_s >= turn.prosody.speech_s):
                turn.prosody = prosody

    async def _words(self, part: _Part) -> Heard | None:
        """Return what was said: what was guessed, if it was listened for as it is now."""
        told = self._languages, self._expectation()
        if part.guess is not None:
            if part.guess.told == told:
                return await part.guess.heard
            part.guess.drop()
            part.watch.forget("words")
        return await self._recogniser.transcribe(part.audio, *told)

    def _begin_measuring(self, audio: Audio) -> Tone | None:
        if self._measure is None:
            return None
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(None, _unfailing, self._measure, audio)

    async def _measured(self, tone: Tone | None) -> Prosody | None:
        """Return the tone of voice, or None rather than to let the words wait."""
        if tone is None:
            return None
        done, _ = await asyncio.wait({tone}, timeout=PATIENCE_S)
        return tone.result() if done else None

    async def _say_what_was_heard(self, part: _Part, turn: _Turn) -> None:
        if not turn.heard and not turn.failed:
            await self.push_frame(NothingHeardFrame())
            return
        confidence = min((heard.confidence for heard in turn.heard), default=0.0)
        utterance = CallerSpoke(
            words=" ".join(heard.words for heard in turn.heard),
            confidence=confidence,
            language=self._languages.language,
            start_ms=turn.start_ms,
            end_ms=part.end_ms,
            prosody=turn.prosody,
        )
        part.watch.note("words")
        await self.push_frame(UtteranceFrame(utterance, part.speech_ended, part.watch))


def _unfailing(measure: Measure, audio: Audio) -> Prosody | None:
    try:
        return measure(audio, RATE)
    except Exception:
        logger.exception("the tone of a turn could not be measured")
        return None


def _floats(sound: bytes | bytearray) -> Audio:
    return np.frombuffer(bytes(sound), np.int16).astype(np.float32) / np.float32(32768)
