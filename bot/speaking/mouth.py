"""Mouth: the pipecat processor that says what the mind wants said, and knows what was heard.

Each `SayFrame` is cut into sentences; the first is on its way to the caller
while the next is made. One Say is played at a time, in order, and each gets
exactly one `SaidFrame` upstream, also when the caller barges in before it
began. A `HangUpFrame` ends the pipeline once all before it has been played.
A `MusicFrame` lets music play until words are to be said or the caller speaks;
nobody counts it, and no transcript has it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    EndWorkerFrame,
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import (
    FrameCallback,
    FrameDirection,
    FrameProcessor,
)

from bot import stages
from bot.line.frames import (
    MUSIC_MARK,
    HangUpFrame,
    MarkFrame,
    MusicFrame,
    SaidFrame,
    SayFrame,
)
from bot.speaking.heard import heard_words
from bot.speaking.hold import Hold
from bot.speaking.music import Music
from bot.speaking.saying import Saying, Sent, letters_of
from bot.speaking.sentences import sentences
from bot.speaking.voices import Voices

_FRAME_SECONDS = 0.1
_GRACE = 2.0
"""Seconds that a transport may be late in telling that it has played everything."""


class Mouth(FrameProcessor):
    """Turns SayFrames into sound; see the module."""

    def __init__(
        self,
        voices: Voices,
        *,
        music: Music | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the voices of the house.

        Args:
            voices: Shared by all calls.
            music: Shared by all calls; Kalm's own when None.
            now: Seconds that never go back; tests pass their own.
        """
        super().__init__()
        self._voices = voices
        self._now = now
        self._epoch = 0
        """Interruptions that have arrived."""
        self._passed_on = 0
        """Interruptions that have gone on to the line."""
        self._gone_on = asyncio.Event()
        self._sending = asyncio.Lock()
        """Held while something goes to the line whose place among the rest matters."""
        self._waiting: deque[Saying | HangUpFrame] = deque()
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._one_at_a_time = asyncio.Lock()
        self._reports: asyncio.Queue[SaidFrame] = asyncio.Queue()
        self._player: asyncio.Task[None] | None = None
        self._reporter: asyncio.Task[None] | None = None
        self._line_tells = False
        self._line_speaks = False
        """Whether the line says that the bot does; at times it does so for a dropped scrap."""
        self._hold = Hold(music or Music(), now)
        self._holding: asyncio.Task[None] | None = None
        self._held = 0
        """How often music began."""

    @property
    def _sample_rate(self) -> int:
        """At which the line plays."""
        return self.processor_setup.audio_out_sample_rate

    async def cleanup(self) -> None:
        """Leave no task behind, however the pipeline ended."""
        await self._stop()
        cleanup: Callable[[], Awaitable[None]] = super().cleanup  # pipecat leaves its type out
        await cleanup()

    async def queue_frame(
        self,
        frame: Frame,
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        callback: FrameCallback | None = None,
    ) -> None:
        """Take a frame from a neighbour.

        What is to be said goes to our own row at once: pipecat's queue would
        lose it in an interruption, and it must be known whether it came before
        that interruption or after.
        """
        if self._cancelling:
            return
        if isinstance(frame, SayFrame) and direction is FrameDirection.DOWNSTREAM:
            self._add(Saying(frame.say, self._epoch, frame.skip))
        elif isinstance(frame, HangUpFrame) and direction is FrameDirection.DOWNSTREAM:
            self._add(frame)
        elif isinstance(frame, MusicFrame):
            self._follow_music(frame.play)
        else:
            if isinstance(frame, InterruptionFrame):
                self._epoch += 1
                await self._break_music_off()
            await super().queue_frame(frame, direction, callback)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """React to the course of the call; every frame is passed on."""
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                await self.push_frame(frame, direction)
                self._start()
            case InterruptionFrame():
                async with self._sending:
                    await self.push_frame(frame, direction)
                self._passed_on += 1
                self._gone_on.set()
                await self._barge_in()
            case EndFrame():
                await self._let_music_end()
                await self._idle.wait()
                await self._reports.join()
                await self.push_frame(frame, direction)
            case CancelFrame():
                await self._stop()
                await self.push_frame(frame, direction)
            case BotStartedSpeakingFrame():
                self._line_started()
                await self.push_frame(frame, direction)
            case BotStoppedSpeakingFrame():
                self._line_stopped()
                await self.push_frame(frame, direction)
            case _:
                await self.push_frame(frame, direction)

    def _add(self, item: Saying | HangUpFrame) -> None:
        self._waiting.append(item)
        self._hold.end()
        self._idle.clear()
        self._arrived.set()
        if self._reporter and isinstance(item, Saying):
            item.making = self.create_task(self._make(item), "make")

    def _start(self) -> None:
        self._reporter = self.create_task(self._report(), "report")
        self._player = self.create_task(self._play(), "play")
        for item in self._waiting:
            if isinstance(item, Saying):
                item.making = self.create_task(self._make(item), "make")

    def _follow_music(self, play: bool) -> None:
        """Begin or end the music; where words wait to be said there is none."""
        if not play:
            self._hold.end()
        elif not self._waiting and self._player and (not self._holding or self._holding.done()):
            self._held += 1
            self._holding = self.create_task(self._play_music(f"{MUSIC_MARK}/{self._held}"))

    async def _play_music(self, mark: str) -> None:
        async def send(pcm: bytes) -> None:
            # Not as speech: to the line, the bot is silent meanwhile.
            await self.push_frame(OutputAudioRawFrame(pcm, self._sample_rate, 1))

        try:
            await self.push_frame(MarkFrame(mark))
            await self._hold.play(send, self._sample_rate)
            await self.push_frame(MarkFrame(f"{mark}/over"))
        except Exception:
            logger.exception("no music")

    async def _let_music_end(self) -> None:
        self._hold.end()
        if self._holding:
            await asyncio.wait({self._holding})

    async def _break_music_off(self) -> None:
        holding, self._holding = self._holding, None
        if holding and not holding.done():
            await self.cancel_task(holding)

    async def _stop(self) -> None:
        self.cut_short()
        await self._break_music_off()
        player, reporter = self._player, self._reporter
        self._player = self._reporter = None
        for task in (player, reporter):
            if task:
                await self.cancel_task(task)

    async def _make(self, item: Saying) -> None:
        """Make the sounds of one Say, sentence by sentence, after those of the Says before it."""
        say = item.say
        try:
            async with self._one_at_a_time:
                to_skip = item.skip
                for sentence in sentences(item.spoken, say.language):
                    count = letters_of(sentence)
                    how = sentence, say.language, say.slow, self._sample_rate
                    if not to_skip:
                        async for piece in self._voices.pieces(*how):
                            item.sounds.put_nowait((count * piece.share, piece.sound))
                            stages.note("sound")
                    elif to_skip < count:
                        rest = (await self._voices.sound(*how)).after(to_skip / count)
                        item.sounds.put_nowait((count - to_skip, rest))
                        stages.note("sound")
                    to_skip = max(0.0, to_skip - count)
        except Exception:
            logger.exception(f"could not say {say.words!r}")
        finally:
            item.sounds.put_nowait(None)

    async def _play(self) -> None:
        while True:
            if not self._waiting:
                self._idle.set()
                self._arrived.clear()
                await self._arrived.wait()
            item = self._waiting[0]
            await self._let_music_end()
            try:
                if isinstance(item, HangUpFrame):
                    await self._hang_up(item)
                else:
                    await self._until_passed_on(item.epoch)
                    await self._speak(item)
            except Exception:
                # Whatever it was, the call must come to its end.
                logger.exception("the mouth failed")
            self._done(item)

    async def _hang_up(self, frame: HangUpFrame) -> None:
        await self._reports.join()
        await self.push_frame(frame)
        # The worker answers with an EndFrame from the pipeline's very beginning.
        await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)

    def _done(self, item: Saying | HangUpFrame) -> None:
        """Strike an item off and report it, in one step that no task switch divides."""
        if not self._waiting or self._waiting[0] is not item:
            return
        self._waiting.popleft()
        if isinstance(item, Saying):
            self._reports.put_nowait(
                SaidFrame(say=item.say, heard=item.say.words, interrupted=False)
            )

    async def _until_passed_on(self, interruptions: int) -> None:
        """Wait until these have gone on to the line, where they drop all that came before."""
        while self._passed_on < interruptions:
            self._gone_on.clear()
            await self._gone_on.wait()

    async def _speak(self, item: Saying) -> None:
        context = f"say-{item.say.seq}"
        # For captions: these words begin to sound now.
        await self._send(SayFrame(say=item.say, skip=item.skip), item)
        await self._send(TTSStartedFrame(context_id=context), item)
        while made := await item.sounds.get():
            letters, sound = made
            item.sent.append(Sent(self._now(), sound.seconds, letters))
            if self._line_speaks and item.started is None:
                item.started = self._now()  # it will not be told again
            size = 2 * int(sound.sample_rate * _FRAME_SECONDS)
            for at in range(0, len(sound.pcm), size):
                await self._send(
                    TTSAudioRawFrame(
                        audio=sound.pcm[at : at + size],
                        sample_rate=sound.sample_rate,
                        num_channels=1,
                        context_id=context,
                    ),
                    item,
                )
        # First this: a quick line may have played it all before the push returns.
        item.complete = True
        await self._send(TTSStoppedFrame(context_id=context), item)
        await self._until_played(item)

    async def _send(self, frame: Frame, item: Saying) -> None:
        """Pass a piece of a Say on, but none behind an interruption that cuts it off.

        The line would play that piece, take the bot for speaking, and never tell when
        the next words begin.
        """
        async with self._sending:
            if item.epoch == self._epoch:
                await self.push_frame(frame)
                return
        await asyncio.Event().wait()  # until this task is cancelled, which the cut does

    async def _until_played(self, item: Saying) -> None:
        """Wait for the line to tell that it has played all; by the clock where no line tells."""
        if not any(sentence.seconds for sentence in item.sent):
            return
        for grace in (0.0, _GRACE):
            try:
                async with asyncio.timeout(max(0.0, item.ends() + grace - self._now())):
                    await item.stopped.wait()
                    return
            except TimeoutError:
                if not self._line_tells:
                    return
        logger.warning("the line never told that it had played everything")

    def _line_started(self) -> None:
        self._line_tells = self._line_speaks = True
        item = self._waiting[0] if self._waiting else None
        if isinstance(item, Saying) and item.sent and item.started is None:
            item.started = self._now()

    def _line_stopped(self) -> None:
        self._line_speaks = False
        item = self._waiting[0] if self._waiting else None
        # Before all was sent, it is only a pause of the line.
        if isinstance(item, Saying) and item.complete and item.started is not None:
            item.stopped.set()

    async def _barge_in(self) -> None:
        """Fall silent: drop what was to be said before the interruption, and report it."""
        playing = self._waiting[0] if self._waiting else None
        cut = self._cut(self._epoch)
        for _, said in cut:
            self._reports.put_nowait(said)
        if playing in [item for item, _ in cut] and self._player:
            await self.cancel_task(self._player)
            self._player = self.create_task(self._play(), "play")

    def cut_short(self) -> list[SaidFrame]:
        """Drop all that is not yet said, and tell how much of it was heard.

        For a caller who hangs up: no SaidFrame can reach the mind any more then.
        """
        return [said for _, said in self._cut(self._epoch + 1)]

    def _cut(self, epoch: int) -> list[tuple[Saying, SaidFrame]]:
        """Drop the Says that came before an interruption; hanging up is not dropped."""
        now = self._now()
        cut: list[tuple[Saying, SaidFrame]] = []
        kept: deque[Saying | HangUpFrame] = deque()
        for item in self._waiting:
            if isinstance(item, Saying) and item.epoch < epoch:
                # Where the line tells what it plays, nothing was heard before it told so.
                silent = item.started is None and self._line_tells
                letters = item.skip if silent else item.letters(now)
                heard = heard_words(item.say.words, item.spoken, letters)
                missed = not item.complete or heard != item.say.words
                said = SaidFrame(say=item.say, heard=heard, interrupted=missed, letters=letters)
                cut.append((item, said))
                if item.making:
                    item.making.cancel()
            else:
                kept.append(item)
        self._waiting = kept
        return cut

    async def _report(self) -> None:
        """Push SaidFrames from a task that no interruption cancels, so that none is lost."""
        while True:
            frame = await self._reports.get()
            await self.push_frame(frame, FrameDirection.UPSTREAM)
            self._reports.task_done()
