"""Talk: what every part of a conversation needs: content, record, company, and a way to speak."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.company.api import Company
from bot.dialogue.conditions import SlotValue
from bot.dialogue.content import Content
from bot.dialogue.doubt_state import FIRST, SECOND
from bot.dialogue.flow_checks import ROOT
from bot.dialogue.flows import Collect, Flow, Step
from bot.dialogue.record import Record
from bot.dialogue.slots import Slot
from bot.dialogue.state import Frame, State
from bot.events import BotSpoke, CallerSpoke, FlowChanged, Language, SlotFilled
from bot.queue import Place, Queue
from bot.say import Say

Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Talk:
    """The pieces of one conversation."""

    content: Content
    record: Record
    company: Company
    clock: Clock
    zone: ZoneInfo
    company_name: str
    sleep: Sleep = field(default=asyncio.sleep)
    queue: Queue | None = None
    """Knows who waits for a person; None where nobody does, and callers are called back."""

    @property
    def state(self) -> State:
        """What is known now."""
        return self.record.state

    @property
    def now(self) -> datetime:
        """The present moment where the caller is."""
        return self.clock().astimezone(self.zone)

    async def place(self) -> Place | None:
        """Return the caller's place among those who wait; None when nobody can tell."""
        return await self.queue.place(self.record.call_id) if self.queue else None

    @property
    def frame(self) -> Frame | None:
        """The flow that talks."""
        return self.state.top

    def flow(self, frame: Frame) -> Flow:
        """Return the flow of a frame."""
        return self.content.flows[frame.flow]

    def step(self, frame: Frame) -> Step | None:
        """Return where a frame is; None before its first step."""
        return self.flow(frame).steps[frame.step] if frame.step else None

    @property
    def question(self) -> tuple[Frame, Collect, Slot] | None:
        """What the dialogue waits for: the flow, its step, the slot."""
        if self.frame is None:
            return None
        step = self.step(self.frame)
        if not isinstance(step, Collect):
            return None
        return self.frame, step, self.content.slots[step.slot]

    @property
    def typing(self) -> tuple[Frame, Collect, Slot] | None:
        """What keys answer now: the question, or the one that stands in for it on the keypad."""
        question = self.question
        if question is None or not question[1].typed:
            return question
        step = self.flow(question[0]).steps[question[1].typed]
        assert isinstance(step, Collect)  # noqa: S101 - the loader has seen to it
        return question[0], step, self.content.slots[step.slot]

    def values(self, language: Language) -> dict[str, Any]:
        """Return what answers can tell, in the language's own words."""
        values: dict[str, Any] = dict(self.state.slots)
        values["company_name"] = self.company_name
        values |= self.content.ladder.numbers
        values["office_hours"] = self.state.found.get("office", {}).get("hours")
        for name, slot in self.content.slots.items():
            if slot.type == "choice" and values.get(name) in slot.options:
                values[name] = slot.options[values[name]][language][0]
        for name in (FIRST, SECOND):
            if topic := self.content.topics.get(str(values.get(name)), {}).get(language):
                values[name] = topic[0]
        return values

    def can_say(self, name: str) -> bool:
        """Whether an answer exists."""
        return name in self.content.answers

    async def say(self, name: str) -> Say:
        """Store an answer as spoken, then return it; raises Unsayable."""
        state = self.state
        line = self.content.answers.line(
            name,
            state.language,
            self.values(state.language),
            today=self.now.date(),
            verified=state.verified,
            said_before=state.times_said.get(name, 0),
            last_words=state.last_words,
        )
        spoke = BotSpoke(words=line.words, language=line.language, answer=line.answer)
        events = await self.record.append(spoke)
        slow = bool(state.slots.get("slow"))
        return Say(events[-1].seq, line.words, line.spoken, line.language, slow)

    def apology(self, language: Language) -> Say:
        """Return what to say when nothing can be stored any more; it is not stored either."""
        line = self.content.answers.line(
            "nothing_works", language, {}, verified=False, said_before=0, last_words=""
        )
        return Say(0, line.words, line.spoken, line.language)

    async def ask(self, step: Collect) -> Say:
        """Put the present question in other words; raises Unsayable."""
        return await self.say("ask_which" if self.state.doubt.open else step.ask)

    async def start(self, flow: str, *, fresh: bool) -> None:
        """Start a flow on top of what is under way.

        Args:
            flow: Its name.
            fresh: Forget what it asked for the last time.
        """
        forget: list[SlotFilled] = []
        if fresh:
            kept = self.content.flows[flow].keeps
            forget = [
                SlotFilled(slot=slot, value=None, by="flow")
                for slot in sorted(self.content.flows[flow].fills)
                if slot not in kept and self.state.slots.get(slot) is not None
            ]
        await self.record.append(*forget, FlowChanged(flow=flow, change="started"))

    async def unwind(self) -> None:
        """Leave every flow but the first."""
        left = [frame.flow for frame in reversed(self.state.stack) if frame.flow != ROOT]
        if left:
            await self.record.append(*(FlowChanged(flow=f, change="cancelled") for f in left))

    async def follow_language(self, utterance: CallerSpoke) -> None:
        """Speak the caller's language once that is a real sentence, not on a mere "ok"."""
        language = utterance.language
        if len(utterance.words.split()) >= 3 and language != self.state.language:
            await self.record.append(SlotFilled(slot="language", value=language, by="caller"))

    def preview(self, slot: str, value: SlotValue) -> dict[str, SlotValue]:
        """Return the slots as they would be."""
        return {**self.state.slots, slot: value}
