"""Mind: the pipecat processor between ears and mouth, which lets a conversation run.

It turns what arrives (an utterance, a key, a silence, a colleague who takes
over) into one orderly row of stimuli, gives them to the `Conversation` one at
a time, and passes on what the conversation wants said. It holds no dialogue
logic of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot import stages
from bot.dialogue.conversation import Conversation
from bot.dialogue.effects import Effect, EndCall
from bot.events import (
    Bridged,
    CallEnded,
    CallerSpoke,
    HandedOn,
    Language,
    OfferAccepted,
    Outcome,
    Returned,
    TurnTimed,
)
from bot.hearing.nods import is_nod
from bot.journal import Journal, JournalFull
from bot.line.frames import (
    HangUpFrame,
    MusicFrame,
    NothingHeardFrame,
    SaidFrame,
    SayFrame,
    UtteranceFrame,
)
from bot.noise import CutOff
from bot.stages import Stopwatch
from handoff.relay import Relay

NOD_S = 2.5
"""Seconds from the first sound in which a nod is over and understood."""
REWIND = 6.0
"""Letters said again when the bot goes on: about a third of a second, to be in the sentence."""
_ANSWERED_BY_NODS = ("yes_no", "choice")
"""Kinds of question of which a "yes" is the answer, and no mere nod."""

Stimulus = Callable[[], AsyncIterator[Effect]]
Sleep = Callable[[float], Awaitable[None]]


class Mind(FrameProcessor):
    """Runs one conversation inside a pipeline."""

    def __init__(
        self,
        conversation: Conversation,
        journal: Journal,
        *,
        call_id: str,
        relay: Relay | None = None,
        language_changed: Callable[[Language], None] = lambda language: None,
        turn_timed: Callable[[Stopwatch], None] = lambda watch: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Take the conversation to run.

        Args:
            conversation: Not yet started.
            journal: Where the human side's decisions about this call appear.
            call_id: Of the call.
            relay: By which an agent may talk with the caller.
            language_changed: Told when the dialogue goes on in another language.
            turn_timed: Told when the first sound of an answer is on the line.
            sleep: Waits for so many seconds; tests pass virtual time.
        """
        super().__init__()
        self._conversation = conversation
        self._journal = journal
        self._call_id = call_id
        self._relay = relay or Relay(call_id, caller_rate=16000, line_rate=16000)
        self._language = conversation.language
        self._language_changed = language_changed
        self._turn_timed = turn_timed
        self._sleep = sleep
        self._stimuli: asyncio.Queue[Stimulus] = asyncio.Queue()
        self._unsaid = 0
        self._caller_speaking = False
        self._thinking = False
        self._cut = False
        self._cut_off: list[SaidFrame] = []
        """What was interrupted by sound of which it is not known yet what it means."""
        self._verdict: asyncio.Future[None] | None = None
        """Pending from an interruption until it is known whether it was one."""
        self._judging = asyncio.Lock()
        self._noise = CutOff()
        self._ending = False
        self._announcing = False
        self._music = False
        self._tasks: list[asyncio.Task[None]] = []
        self._silence: asyncio.Task[None] | None = None
        self._stopwatch: Stopwatch | None = None

    def begin(self) -> None:
        """Start the conversation; called once, when the line carries sound."""
        self._stimuli.put_nowait(self._conversation.start)
        self._tasks.append(self.create_task(self._think(), "think"))
        self._tasks.append(self.create_task(self._follow_decisions(), "decisions"))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take what concerns the conversation, and pass every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        match frame:
            case UtteranceFrame():
                await self._heard(frame)
            case NothingHeardFrame():
                await self._judge(go_on=True)
                if not self._caller_speaking:  # else the turn that has begun may have words
                    self._noise.turn_was_noise()
            case InputDTMFFrame(button=button):
                await self._press(str(button.value))
            case SaidFrame() if direction is FrameDirection.UPSTREAM:
                await self._said(frame)
            case BotStartedSpeakingFrame() if direction is FrameDirection.UPSTREAM:
                self._note_latency()
            case InterruptionFrame():
                self._interrupted()
                self._music = False  # it has ended the music
                self._noise.turn_begins()
            case UserStartedSpeakingFrame():
                self._caller_speaking = True
            case UserStoppedSpeakingFrame():
                self._caller_speaking = False
            case EndFrame() | CancelFrame():
                await self._stop()
                return
        await self._watch()

    async def cleanup(self) -> None:
        """Leave no task behind, however the pipeline ended."""
        await self._stop()
        cleanup: Callable[[], Awaitable[None]] = super().cleanup  # pipecat leaves its type out
        await cleanup()

    async def _press(self, key: str) -> None:
        """Fall silent for a key, which is an answer; a caller in danger hears all there is."""
        await self._judge(go_on=False)  # whatever was doubted, a key is no nod
        self._noise.forget()
        said_over = self._unsaid and not self._ending and not self._conversation.state.ladder.crisis
        if said_over:
            self._cut = self._thinking
            await self._fall_silent()
        self._stimuli.put_nowait(partial(self._conversation.key, key))

    async def _fall_silent(self) -> None:
        """Interrupt the bot, for a key or a colleague as for a caller who speaks."""
        interrupt: Callable[[], Awaitable[None]] = self.broadcast_interruption  # untyped there
        await interrupt()

    def _interrupted(self) -> None:
        """Fall silent for a caller who speaks; what was being said may go on after a nod."""
        busy = self._unsaid or self._thinking
        if busy and not self._ending and self._verdict is None:
            self._verdict = asyncio.get_running_loop().create_future()
            self._tasks.append(self.create_task(self._doubt(self._verdict), "doubt"))

    async def _doubt(self, verdict: asyncio.Future[None]) -> None:
        """Take what goes on for longer than a nod for an interruption.

        On a noisy line a turn may never end; the bot must not be silent for as long.
        """
        await self._sleep(NOD_S)
        await self._judge(go_on=False, of=verdict, lost=True)

    def _say_what_was_lost(self) -> None:
        """Say once more what long noise cut off, when it is over and nothing was said since."""
        lost = self._noise.take() if self._theirs else []
        if lost and not self._relay.open:
            self._stimuli.put_nowait(partial(self._conversation.again, lost))

    async def _heard(self, frame: UtteranceFrame) -> None:
        utterance = frame.utterance
        asked = self._conversation.expectation.kind
        nod = asked not in _ANSWERED_BY_NODS and is_nod(utterance.words, utterance.language)
        if self._verdict is not None and nod:
            self._stimuli.put_nowait(partial(self._conversation.nodded, utterance))
            await self._judge(go_on=True)
            return
        await self._judge(go_on=False)
        self._noise.forget()
        self._stopwatch = frame.watch
        self._stimuli.put_nowait(partial(self._answer, utterance, frame.watch))

    async def _answer(
        self, utterance: CallerSpoke, watch: Stopwatch | None
    ) -> AsyncIterator[Effect]:
        with stages.timed(watch):
            async for effect in self._conversation.heard(utterance):
                stages.note("decided")
                yield effect

    async def _judge(
        self, *, go_on: bool, of: asyncio.Future[None] | None = None, lost: bool = False
    ) -> None:
        """Go on where the bot was cut off, or put on record that it was.

        Args:
            go_on: Which of the two.
            of: The interruption that is meant; the present one when None.
            lost: Whether it was for sound alone: no words follow to be stored with it.
        """
        async with self._judging:  # words may come while patience ends, and storing takes time
            if self._verdict is not None and of in (None, self._verdict):
                if lost:
                    self._noise.begin([said.say for said in self._cut_off])
                await self._conclude(self._verdict, go_on=go_on, alone=go_on or lost)

    async def _conclude(self, verdict: asyncio.Future[None], *, go_on: bool, alone: bool) -> None:
        cut_off, self._cut_off = self._cut_off, []
        for said in cut_off:
            if go_on and not self._relay.open:
                skip = max(0.0, said.letters - REWIND)
                await self.push_frame(SayFrame(say=said.say, skip=skip))
            else:
                await self._barged_in(said, alone=alone)
        self._cut = self._thinking and not go_on
        self._verdict = None
        verdict.set_result(None)

    async def _barged_in(self, said: SaidFrame, *, alone: bool) -> None:
        self._unsaid = max(0, self._unsaid - 1)
        try:
            await self._conversation.barged_in(said.say, said.heard, alone=alone)
        except JournalFull as error:
            logger.error(f"could not store a barge-in: {error}")

    async def _think(self) -> None:
        while True:
            stimulus = await self._stimuli.get()
            self._thinking, self._cut = True, False
            try:
                async for effect in stimulus():
                    await self._do(effect)
            except JournalFull as error:
                # Nothing can be put on record, so nothing more may happen in this call.
                logger.error(f"the journal takes no more events: {error}")
                await self._give_up()
            except Exception:
                logger.exception("the conversation failed")
                await self._give_up()
            finally:
                self._thinking = False
            self._follow_language()
            await self._watch()

    async def _do(self, effect: Effect) -> None:
        if self._verdict is not None:
            await asyncio.shield(self._verdict)
        if isinstance(effect, EndCall):
            self._ending = True
            await self.push_frame(HangUpFrame(outcome=effect.outcome))
        elif self._cut or self._relay.open:
            # The caller spoke over the beginning of this answer, or an agent came on the line.
            if self._cut:
                self._noise.add(effect)
            await self._conversation.barged_in(effect, "")
        else:
            self._noise.forget()
            self._unsaid += 1
            await self.push_frame(SayFrame(say=effect))

    async def _give_up(self) -> None:
        """Apologise and hang up; nothing of it is stored, for nothing can be."""
        self._cut = False
        await self._do(self._conversation.apology())
        await self._do(EndCall("failed"))

    async def _said(self, frame: SaidFrame) -> None:
        if not frame.interrupted:
            self._unsaid = max(0, self._unsaid - 1)
        elif self._verdict is not None:
            self._cut_off.append(frame)
        else:
            await self._barged_in(frame, alone=True)

    async def _follow_decisions(self) -> None:
        async for event in self._journal.follow(self._call_id):
            match event.body:
                case OfferAccepted(agent=agent, talk=False):
                    self._stimuli.put_nowait(partial(self._conversation.accepted, agent))
                case OfferAccepted() if self._relay.open:
                    continue  # who is with the caller already says who comes
                case OfferAccepted(agent=agent):
                    self._stimuli.put_nowait(partial(self._announce, agent))
                case Bridged(agent=agent):
                    self._stimuli.put_nowait(partial(self._conversation.bridged, agent))
                case Returned() as body:
                    self._stimuli.put_nowait(partial(self._take_back, body))
                case HandedOn(warm=False):
                    self._stimuli.put_nowait(self._wait_on)
                case CallEnded(by="agent", outcome=outcome):
                    self._stimuli.put_nowait(partial(self._end, outcome))
                case _:
                    continue
            await self._watch()

    async def _announce(self, agent: str) -> AsyncIterator[Effect]:
        """Tell the caller who comes; the relay waits until that has been heard."""
        await self._fall_silent()  # whatever the bot was saying matters less now
        async for effect in self._conversation.joining(agent):
            yield effect
        self._announcing = True

    async def _take_back(self, body: Returned) -> AsyncIterator[Effect]:
        await self._relay.bot_may_speak()
        async for effect in self._conversation.returned(body.agent, body.why, body.task):
            yield effect

    async def _wait_on(self) -> AsyncIterator[Effect]:
        await self._relay.bot_may_speak()
        async for effect in self._conversation.handed_on():
            yield effect

    async def _end(self, outcome: Outcome) -> AsyncIterator[Effect]:
        await self._relay.bot_may_speak()
        yield EndCall(outcome)

    def _follow_language(self) -> None:
        if self._conversation.language != self._language:
            self._language = self._conversation.language
            self._language_changed(self._language)

    async def _watch(self) -> None:
        """Let there be music when it is the caller's turn to wait, and watch the silence."""
        self._say_what_was_lost()
        self._watch_silence()
        plays = self._theirs and self._conversation.plays_music
        if plays != self._music and self._tasks:
            self._music = plays
            await self.push_frame(MusicFrame(play=plays))

    @property
    def _theirs(self) -> bool:
        """Whether it is the caller's turn, and the bot has nothing to say."""
        return not (
            self._unsaid
            or self._caller_speaking
            or self._thinking
            or self._ending
            or not self._stimuli.empty()
        )

    def _watch_silence(self) -> None:
        """Start the silence timer when it is the caller's turn, stop it when it is not."""
        if self._announcing and not self._unsaid and not self._thinking:
            self._announcing = False
            self._relay.bot_is_quiet()
        if self._theirs and self._silence is None and self._tasks:
            self._silence = self.create_task(self._wait_in_silence(), "silence")
        elif not self._theirs and self._silence is not None:
            self._silence.cancel()
            self._silence = None

    async def _wait_in_silence(self) -> None:
        seconds = self._conversation.silence_after
        await self._sleep(seconds)
        self._silence = None
        self._stimuli.put_nowait(partial(self._conversation.silent, seconds))

    def _note_latency(self) -> None:
        watch = self._stopwatch
        if watch is not None and watch.began_to_sound():
            self._stopwatch = None
            logger.info(f"answered after {watch.stages['first_sound']:.2f} s")
            self._turn_timed(watch)
            if watch.of is not None:
                timed = TurnTimed(of=watch.of, stages=watch.stages)
                self._stimuli.put_nowait(partial(self._conversation.timed, timed))

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        if self._silence is not None:
            tasks.insert(0, self._silence)  # it ends at once; the others may take a while
            self._silence = None
        for task in tasks:
            await self.cancel_task(task)
