"""Listening: what the caller's turn does: an answer, a correction, a wish, a word aside."""

from collections.abc import AsyncIterator

from bot.dialogue.corrections import corrected_digits
from bot.dialogue.doubting import Doubting
from bot.dialogue.effects import Effect
from bot.dialogue.filling import NONE, Ask, Fill, fill
from bot.dialogue.flow_checks import ROOT
from bot.dialogue.flows import Collect
from bot.dialogue.machine import Machine
from bot.dialogue.reflexes import Reflexes
from bot.dialogue.slots import Slot
from bot.dialogue.state import Frame
from bot.dialogue.talk import Talk
from bot.dialogue.waiting import Waiting
from bot.dialogue.wishes import clauses, plain_wish, within
from bot.events import FlowChanged, SlotFilled, StepReached, Understood
from bot.understanding.bands import ACT, ASK, MIDST
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning, Understanding

_ASKING = frozenset({"repeat", "slower", "hold_on", "help", "dont_know", "stop", "change_language"})
"""Intents that want something of the bot at any moment of a call."""

_NAMING = 3
"""Words of an answer that does no more than name one of several things, and asks nothing."""

_STRONG = ("digits", "postcode", "phone")
"""Slots whose values can be mistaken for nothing else."""


class Listening:
    """Takes the caller's turns."""

    def __init__(self, talk: Talk, machine: Machine, understanding: Understanding) -> None:
        self.talk = talk
        self.machine = machine
        self.understanding = understanding
        self.reflexes = Reflexes(talk, machine)
        self.waiting = Waiting(talk, machine)
        self.doubting = Doubting(talk, machine)

    async def take(self, meaning: Meaning, of: int) -> AsyncIterator[Effect]:
        """Take an utterance that was understood.

        Args:
            meaning: What it was taken to mean; its Understood event is stored.
            of: `seq` of its CallerSpoke.
        """
        question = self.talk.question
        if question is None:
            # A turn was broken off between two questions: nothing of it is done twice.
            await self.talk.unwind()
            async for effect in self.machine.run():
                yield effect
            return
        waiting = self.waiting.hear(meaning)
        if waiting is not None:
            async for effect in waiting:
                yield effect
            return
        chosen = self.doubting.hear(meaning)
        if chosen is not None:
            async for effect in chosen:
                yield effect
            return
        await self.doubting.drop(meaning)
        frame, step, slot = question
        found = fill(Ask(slot, meaning, self.talk.state, self.talk.now))
        async for effect in self._choose(meaning, of, frame, step, slot, found):
            yield effect

    async def _choose(
        self,
        meaning: Meaning,
        of: int,
        frame: Frame,
        step: Collect,
        slot: Slot,
        found: Fill | None,
    ) -> AsyncIterator[Effect]:
        """Decide what the turn is; the first that fits."""
        strong = found is not None and slot.type in _STRONG
        if meaning.intent == "ask_person" and not strong:
            turn = self.reflexes.person("caller_asked")
        elif fixed := self._correction(meaning, frame, step, found):
            turn = self._correct(*fixed)
        elif found is not None and (
            strong or _names_it(slot, meaning) or not self._other_wish(meaning, step)
        ):
            turn = self.accept(frame, step, found)
        elif self.reflexes.knows(meaning.intent):
            turn = self.reflexes.react(meaning, frame, step)
        elif await self._wishes(meaning, of) or await self._follow_up(meaning, step):
            turn = self.machine.run()
        elif pair := self.doubting.between(meaning):
            turn = self.doubting.ask(pair)
        elif meaning.intent == "complain":
            turn = self.reflexes.upset(frame)
        else:
            turn = self.reflexes.not_understood(frame, step)
        async for effect in turn:
            yield effect

    async def accept(self, frame: Frame, step: Collect, found: Fill) -> AsyncIterator[Effect]:
        """Take a value for the slot that was asked for, and go on."""
        why_not = await self.machine.put(step, found)
        if why_not is not None:
            yield await self.talk.say(why_not)
            async for effect in self.reflexes.not_understood(frame, step, said=True):
                yield effect
            return
        async for effect in self.machine.go_on(frame, step):
            yield effect
        async for effect in self.machine.run():
            yield effect

    def says_something(self, meaning: Meaning, *, asking: bool = True) -> bool:
        """Whether words answer or wish something, besides how they are said.

        Args:
            meaning: Of the words.
            asking: Whether "what?", "I don't know" and the like count too.
        """
        question = self.talk.question
        if question is None:
            return True
        frame, step, slot = question
        found = fill(Ask(slot, meaning, self.talk.state, self.talk.now))
        wish = self._triggered(meaning)
        return (
            found is not None
            or meaning.intent == "ask_person"
            or (asking and meaning.intent in _ASKING)
            or wish is not None
            or self.doubting.chosen(meaning) is not None
            or self.doubting.between(meaning) is not None
            or self._correction(meaning, frame, step, found) is not None
        )

    def would_leave(self, meaning: Meaning) -> bool:
        """Whether taking these words could bring the call to its end."""
        question = self.talk.question
        if self.doubting.chosen(meaning) is not None:
            return False
        if meaning.intent in ("goodbye", "thanks"):
            return True
        if question is None or question[2].type != "wish":
            return False
        return fill(Ask(question[2], meaning, self.talk.state, self.talk.now)) == Fill(NONE)

    def starts(self, meaning: Meaning) -> str | None:
        """Return the flow that words start which are taken now."""
        return self._triggered(meaning)

    def _other_wish(self, meaning: Meaning, step: Collect) -> bool:
        """Whether words that would fill the slot are a wish of their own."""
        flow = self._triggered(meaning)
        return flow is not None and step.slot not in self.talk.content.flows[flow].fills

    async def _wishes(self, meaning: Meaning, of: int) -> bool:
        """Start what the caller wishes, keep a second wish for later; False when there is none."""
        wishes = await self._clause_wishes(meaning)
        whole = self._triggered(meaning)
        if whole and whole not in [flow for flow, _ in wishes]:
            wishes = [(whole, meaning)]
        if not wishes:
            return False
        await self._note(wishes, of)
        question = self.talk.question
        if question and question[2].lapses:
            await self.talk.unwind()
        top = self.talk.frame
        if top and top.flow != ROOT:
            await self.talk.record.append(FlowChanged(flow=top.flow, change="interrupted"))
        await self.talk.start(wishes[0][0], fresh=True)
        return True

    async def _follow_up(self, meaning: Meaning, step: Collect) -> bool:
        """Take "en die van oktober?" as the last wish once more."""
        if step.slot != "wish":
            return False
        done = [
            flow for flow in self.talk.state.completed if self.talk.content.flows[flow].triggers
        ]
        flow = self.talk.content.flows[done[-1]] if done else None
        if flow is None or not {each.name for each in meaning.entities} & set(flow.follow_up):
            return False
        doubt = self.doubting.between(meaning)
        if doubt and not set(doubt) & set(flow.triggers):
            return False
        await self.talk.start(flow.name, fresh=True)
        return True

    async def _note(self, wishes: list[tuple[str, Meaning]], of: int) -> None:
        """Store which words go with which wish, the first last so that it is started with them."""
        if len(wishes) < 2:
            return
        for flow, meaning in reversed(wishes):
            await self.talk.record.append(
                Understood(
                    of=of,
                    intent=meaning.intent,
                    confidence=meaning.confidence,
                    entities=meaning.entities,
                    by=meaning.by,
                )
            )
            if flow != wishes[0][0]:
                await self.talk.record.append(FlowChanged(flow=flow, change="queued"))

    async def _clause_wishes(self, meaning: Meaning) -> list[tuple[str, Meaning]]:
        """Return the different wishes of the clauses, at most two, in the order they were said."""
        parts = clauses(meaning.text, meaning.language)
        if len(parts) < 2:
            return []
        wishes: dict[str, Meaning] = {}
        for start, clause in parts:
            understood = await self.understanding.parse(clause, meaning.language)
            flow = self._triggered(understood)
            if flow and flow not in wishes and plain_wish(understood):
                wishes[flow] = within(understood, start, clause, meaning)
        return list(wishes.items())[:2]

    def _triggered(self, meaning: Meaning) -> str | None:
        """Return the flow that the words start, when it is not under way already."""
        question = self.talk.question
        sure = MIDST if question and question[1].slot != "wish" else ASK
        if self.doubting.between(meaning):
            sure = ACT
        if meaning.intent == OUT_OF_SCOPE or meaning.confidence < sure:
            return None
        flow = self.talk.content.triggers.get(meaning.intent)
        under_way = [frame.flow for frame in self.talk.state.stack]
        return flow if flow not in under_way else None

    def _correction(
        self, meaning: Meaning, frame: Frame, step: Collect, found: Fill | None
    ) -> tuple[Frame, Collect, Fill] | None:
        """Return the earlier question of this flow that the words answer anew."""
        asked = self._asked_before(frame, step)
        for earlier in asked:
            value = self.talk.state.slots.get(earlier.slot)
            if self._type(earlier) in ("digits", "phone") and isinstance(value, str):
                mended = corrected_digits(value, meaning.text, meaning.language)
                if mended:
                    return frame, earlier, Fill(mended)
        if not (meaning.intent == "correct" or _denies(meaning)):
            return None
        if found is not None and self._type(step) != "yes_no":
            return None  # it answers the question that was asked
        for earlier in asked:
            slot = self.talk.content.slots[earlier.slot]
            anew = fill(Ask(slot, meaning, self.talk.state, self.talk.now))
            known = self.talk.state.slots.get(earlier.slot)
            if anew and slot.type != "yes_no" and anew.value not in (NONE, known):
                return frame, earlier, anew
        return None

    def _asked_before(self, frame: Frame, step: Collect) -> list[Collect]:
        """Return the questions of this flow that the caller answered, the last first."""
        steps = self.talk.flow(frame).steps
        return [
            earlier
            for earlier in reversed(list(steps.values()))
            if isinstance(earlier, Collect)
            and earlier.id in frame.visited
            and earlier.id != step.id
            and self.talk.state.slots.get(earlier.slot) is not None
        ]

    def _type(self, step: Collect) -> str:
        return self.talk.content.slots[step.slot].type

    async def _correct(self, frame: Frame, earlier: Collect, anew: Fill) -> AsyncIterator[Effect]:
        """Go back to an earlier question with its new answer; later agreements are void."""
        ids = list(self.talk.flow(frame).steps)
        later = [
            step.slot
            for step in self.talk.flow(frame).steps.values()
            if isinstance(step, Collect)
            and self._type(step) == "yes_no"
            and ids.index(step.id) > ids.index(earlier.id)
        ]
        await self.talk.record.append(
            StepReached(flow=frame.flow, step=earlier.id),
            *(
                SlotFilled(slot=slot, value=None, by="flow")
                for slot in later
                if self.talk.state.slots.get(slot) is not None
            ),
        )
        yield await self.talk.say("corrected")
        here = self.talk.frame
        if here is None:
            return
        async for effect in self.accept(here, earlier, anew):
            yield effect


def _names_it(slot: Slot, meaning: Meaning) -> bool:
    """Tell whether words only name a choice, whatever else they may sound like: "for the meter"."""
    words = meaning.text.split()
    return slot.type == "choice" and len(words) <= _NAMING and not meaning.text.endswith("?")


def _denies(meaning: Meaning) -> bool:
    first = meaning.text.lower().replace(",", " ").split()[:1]
    return meaning.intent == "deny" or first in (["nee"], ["no"])
