"""Conversation: one call's dialogue; what the caller does goes in, what the bot does comes out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.company.api import Company
from bot.dialogue.actions import ACTIONS
from bot.dialogue.agreed import Agreed
from bot.dialogue.bridging import Bridging
from bot.dialogue.content import Content
from bot.dialogue.effects import Effect
from bot.dialogue.expecting import expected, patience
from bot.dialogue.flow_checks import ROOT
from bot.dialogue.identity import FIND_CONTACTS
from bot.dialogue.keypad import KEYS, Keypad
from bot.dialogue.listening import Listening
from bot.dialogue.machine import PATIENCE_S, Machine
from bot.dialogue.outcome import outcome
from bot.dialogue.protecting import Protecting
from bot.dialogue.record import Record
from bot.dialogue.state import State
from bot.dialogue.taking_in import TakingIn
from bot.dialogue.talk import Sleep, Talk
from bot.events import (
    BargedIn,
    BotSpoke,
    CallEnded,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    HandoffRequested,
    Language,
    SlotFilled,
    TurnTimed,
)
from bot.hearing.expectation import Expectation
from bot.journal import Journal, JournalFull
from bot.measures import Measures
from bot.mood.state import MoodSense
from bot.queue import Queue
from bot.say import Say
from bot.understanding.meaning import Understanding

_log = logging.getLogger(__name__)


class Conversation:
    """The dialogue of one call.

    Every event is stored before its effect is yielded. Turns are taken one
    after the other: a turn that comes while another is at work waits for it.
    JournalFull is passed on: what can't be stored may not be said.

    Args:
        call_id: Of the call.
        line: How the call came in.
        caller_number: E.164, when the line tells it.
        content: Flows, slots and answers.
        understanding: The NLU engine.
        company: The company's systems.
        journal: Where the events go.
        clock: Tells the time.
        zone: Where "tomorrow" is meant.
        language: Of the greeting.
        company_name: As the bot says it.
        mood: Judges how the caller comes across; None: nobody does, and no ladder stands.
        measures: Tells what was decided earlier about a caller; None: nothing ever was.
        queue: Knows who waits for a person; None: nobody does, and callers are called back.
        tone_is_heard: The caller is told that the tone of voice is looked at, because it is.
        content_version: Of the published version that content and understanding are of.
        sleep: Waits for so many seconds; a test gives one that does not.
    """

    def __init__(
        self,
        *,
        call_id: str,
        line: str,
        caller_number: str | None,
        content: Content,
        understanding: Understanding,
        company: Company,
        journal: Journal,
        clock: Clock,
        zone: ZoneInfo,
        language: Language,
        company_name: str,
        mood: MoodSense | None = None,
        measures: Measures | None = None,
        queue: Queue | None = None,
        tone_is_heard: bool = False,
        content_version: int | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._started = CallStarted(
            line=line,
            language=language,
            caller_number=caller_number,
            content_version=content_version,
        )
        self._record = Record(journal, call_id, clock)
        self._talk = Talk(content, self._record, company, clock, zone, company_name, sleep, queue)
        self._machine = Machine(self._talk, lambda: self._agreed.before_asking())
        self._listening = Listening(self._talk, self._machine, understanding)
        reflexes = self._listening.reflexes
        self._agreed = Agreed(self._talk, measures, lambda: reflexes.person("measure"))
        self._taking_in = TakingIn(self._talk, mood)
        self._protecting = Protecting(self._talk, self._listening)
        self._staying = self._protecting.staying
        self._keypad = Keypad(self._talk, self._listening, self._staying)
        self._tone_is_heard = tone_is_heard
        self._waiting = self._listening.waiting
        self._bridging = Bridging(self._talk, self._machine, reflexes, self._staying)
        self._understanding = understanding
        self._turn = asyncio.Lock()
        self._looked_back = False

    @property
    def call_id(self) -> str:
        """Of the call."""
        return self._record.call_id

    @property
    def state(self) -> State:
        """What the dialogue knows now."""
        return self._record.state

    @property
    def busy(self) -> bool:
        """Whether a turn is being taken."""
        return self._turn.locked()

    @property
    def expectation(self) -> Expectation:
        """What the caller's next turn is likely to hold."""
        return expected(self._talk)

    @property
    def language(self) -> Language:
        """The language that is spoken now."""
        return self.state.language if self.state.seq else self._started.language

    @property
    def silence_after(self) -> float:
        """Seconds without a word after which `silent` is due."""
        return patience(self._talk)

    @property
    def plays_music(self) -> bool:
        """Whether the caller waits for a person, and hears music while nobody speaks."""
        return self._waiting.plays_music

    async def start(self) -> AsyncIterator[Effect]:
        """Open the call and greet; raises CallExists."""
        await self._record.open(self._started)
        async for effect in self._safely(self._greet):
            yield effect

    async def heard(self, utterance: CallerSpoke) -> AsyncIterator[Effect]:
        """Take what the caller said."""
        if self.state.bridge.agent is not None:
            async with self._turn:
                await self._bridging.aside(utterance, self._taking_in)
                await self._record.settle()
            return
        async for effect in self._safely(lambda: self._hear(utterance)):
            yield effect

    def imagine(self, utterance: CallerSpoke, state: State) -> AsyncIterator[Effect]:
        """Take what a caller may have said, in place of the call's start; see `foresight`.

        Raises whatever goes wrong.

        Args:
            utterance: What was said, if the turn is over.
            state: Of the real conversation; a copy that is this one's own.
        """
        self._record.imagine(state)
        return self._hear(utterance)

    async def nodded(self, utterance: CallerSpoke) -> AsyncIterator[Effect]:
        """Take that the caller only showed to listen: it is put on record, and that is all."""
        async with self._turn:
            await self._record.append(utterance)
        return
        yield

    async def key(self, key: str) -> AsyncIterator[Effect]:
        """Take a key of the telephone; other signs than its keys are nothing."""
        if key in KEYS and self.state.bridge.agent is None:
            async for effect in self._safely(lambda: self._keypad.press(key)):
                yield effect

    async def silent(self, seconds: float) -> AsyncIterator[Effect]:
        """Take that the caller said nothing for so long."""
        if self.state.bridge.agent is None:
            async for effect in self._safely(lambda: self._wait(seconds)):
                yield effect

    async def accepted(self, agent: str) -> AsyncIterator[Effect]:
        """Take that an agent took the card."""
        async for effect in self._safely(lambda: self._accept(agent)):
            yield effect

    async def joining(self, agent: str) -> AsyncIterator[Effect]:
        """Take that an agent comes on the line to talk."""
        async for effect in self._safely(lambda: self._bridging.joining(agent)):
            yield effect

    async def bridged(self, agent: str) -> AsyncIterator[Effect]:
        """Take that caller and agent hear each other: nothing is said until `returned`."""
        async with self._turn:
            await self._record.catch_up()
        return
        yield

    async def returned(
        self, agent: str, why: Literal["given_back", "lost"], task: str | None
    ) -> AsyncIterator[Effect]:
        """Take that the agent gave the call back, with a flow to take up, or was lost."""
        lost = why == "lost"
        turn = self._bridging.lost if lost else lambda: self._bridging.returned(task)
        if self.state.ladder.crisis:
            turn = self._staying.left_alone  # whatever the agent thought: we are there
        async for effect in self._safely(turn):
            yield effect

    async def handed_on(self) -> AsyncIterator[Effect]:
        """Take that the agent handed the caller on, who waits at the same place."""
        calm = not self.state.ladder.crisis
        turn = self._bridging.handed_on if calm else self._staying.left_alone
        async for effect in self._safely(turn):
            yield effect

    def apology(self) -> Say:
        """Return what to say when nothing can be stored any more; it is not stored either."""
        return self._talk.apology(self.language)

    async def barged_in(self, say: Say, heard: str, *, alone: bool = False) -> None:
        """Take that the caller interrupted; it is stored with what follows, or now if `alone`."""
        if self.state.outcome is None and say.seq:
            await self._record.append(BargedIn(of=say.seq, heard=heard))
            if alone:
                await self._record.settle()

    async def again(self, lost: Sequence[Say]) -> AsyncIterator[Effect]:
        """Say once more what noise cut off; it is put on record as said anew."""
        if self.state.bridge.agent is None:
            async for effect in self._safely(lambda: self._repeat(lost)):
                yield effect

    async def timed(self, turn: TurnTimed) -> AsyncIterator[Effect]:
        """Store how long a turn took."""
        await self._record.append(turn)
        return
        yield

    async def ended(self, by: Literal["caller", "bot", "system"]) -> None:
        """Store that the call is over; what is on its way to the company is finished first."""
        self._agreed.close()
        if self._machine.running:
            await asyncio.wait(self._machine.running)
        if self.state.seq:
            await self._record.catch_up()  # an agent may have hung up
        if self.state.outcome is None and self.state.seq:
            await self._record.append(CallEnded(outcome=outcome(self.state, by), by=by))

    async def _safely(self, turn: Callable[[], AsyncIterator[Effect]]) -> AsyncIterator[Effect]:
        """Take a turn alone; a mistake of ours costs the caller a person, not the call."""
        async with self._turn:
            if self.state.outcome is not None or not self.state.seq:
                return
            try:
                async for effect in turn():
                    yield effect
                await self._record.settle()
                self._look_back()
                return
            except JournalFull:
                raise
            except Exception:
                _log.exception("call %s: the dialogue failed", self._record.call_id)
            rescue = self._stay() if self.state.ladder.crisis else self._rescue()
            async for effect in rescue:
                yield effect

    def _look_back(self) -> None:
        """Once it is proven who calls, gather earlier contacts for the card, beside the talk."""
        if self.state.verified and not self._looked_back and self.state.outcome is None:
            self._looked_back = True
            self._machine.begin(FIND_CONTACTS, beside=True)

    async def _rescue(self) -> AsyncIterator[Effect]:
        """After a mistake of ours: say so, and fetch a person; the second time, end the call."""
        again = self.state.times_said.get("our_mistake", 0) > 0
        if self.state.handoff is None:
            await self._record.append(HandoffRequested(reason="failure"))
        yield await self._talk.say("our_mistake")
        if again:
            yield await self._talk.say("goodbye")
            yield await self._machine.end_call(failed=True)
            return
        await self._talk.unwind()
        await self._talk.start("handoff", fresh=True)
        async for effect in self._machine.run():
            yield effect

    async def _stay(self) -> AsyncIterator[Effect]:
        """After a mistake of ours with a caller in danger: stay, whatever else fails."""
        turn = self.state.ladder.now
        try:
            async for effect in self._staying.hear(None, turn.of if turn else self.state.seq):
                yield effect
        except JournalFull:
            raise
        except Exception:
            _log.exception("call %s: no words for a caller in danger", self._record.call_id)

    async def _greet(self) -> AsyncIterator[Effect]:
        self._agreed.begin()
        await self._talk.start(ROOT, fresh=False)
        greeted = False
        async for effect in self._machine.run():
            yield effect
            if self._tone_is_heard and not greeted:
                yield await self._talk.say("tone_is_heard")
            greeted = True
        if self.state.caller_number:
            # The card is better with it; the caller need neither wait for it nor hear it fail.
            looking_up = self._machine.begin(ACTIONS["identify_by_line"], beside=True)
            await self._machine.finished(looking_up, PATIENCE_S[0])

    async def _hear(self, utterance: CallerSpoke) -> AsyncIterator[Effect]:
        [spoke] = await self._record.append(utterance)
        await self._talk.follow_language(utterance)
        meaning = await self._taking_in.take(spoke, utterance, self._understanding)
        decision = self._taking_in.decide(spoke.seq)
        async for effect in self._protecting.take(decision, meaning, spoke.seq):
            yield effect

    async def _repeat(self, lost: Sequence[Say]) -> AsyncIterator[Effect]:
        for say in lost:
            [spoke] = await self._record.append(BotSpoke(words=say.words, language=say.language))
            yield replace(say, seq=spoke.seq)

    async def _wait(self, seconds: float) -> AsyncIterator[Effect]:
        typed, holding = self.state.keys, self.state.holding
        asked_safe = self._protecting.asked_safe and not typed
        danger = self.state.ladder.crisis or asked_safe
        waiting = None if danger or typed else self._waiting.silent(seconds)
        if waiting is not None:
            async for effect in waiting:
                yield effect
            return
        await self._record.append(CallerSilent(seconds=seconds))
        if self.state.ladder.crisis:
            yield await self._staying.stay()
            return
        question = self._talk.question
        if asked_safe:
            async for effect in self._protecting.no_answer():
                yield effect
            return
        if question is None:
            return
        if typed:
            turn = self._keypad.type_in(typed)
        elif holding:
            turn = self._listening.reflexes.ask_again()
        else:
            turn = self._listening.reflexes.silent(question[0], question[1])
        async for effect in turn:
            yield effect

    async def _accept(self, agent: str) -> AsyncIterator[Effect]:
        await self._record.catch_up()
        await self._record.append(SlotFilled(slot="colleague", value=agent, by="flow"))
        if self.state.ladder.crisis:
            async for effect in self._staying.accepted():
                yield effect
            return
        frame = self._talk.frame
        question = self._talk.question
        if frame is None or frame.flow != "handoff":
            await self._talk.unwind()
            await self._talk.start("handoff", fresh=False)
        elif question and question[1].slot != "colleague":
            yield await self._talk.say("colleague_ready")
            async for effect in self._listening.reflexes.ask_again():
                yield effect
            return
        async for effect in self._machine.run():
            yield effect
