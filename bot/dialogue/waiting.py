"""Waiting: a caller stays on the line for a person, and hears how it stands.

Between words there is music. Whatever the caller says meanwhile is answered,
and the place is kept; the wait ends only by a person, a call back, a message,
or the caller's own word. All of it needs somebody who knows the queue: where
nobody does, callers are called back.
"""

import re
from collections.abc import AsyncIterator
from typing import Literal

from bot.dialogue.conditions import SlotValue
from bot.dialogue.effects import Effect
from bot.dialogue.filling import Ask, Fill, fill, fill_keys
from bot.dialogue.flows import Collect
from bot.dialogue.machine import Machine
from bot.dialogue.messages import message_of, says_done
from bot.dialogue.placing import note_place, say_place
from bot.dialogue.slots import Slot
from bot.dialogue.state import Frame
from bot.dialogue.talk import Talk
from bot.events import CallerSilent, FlowChanged, MessageLeft, PromiseMade, SlotFilled, WaitEnded
from bot.understanding.meaning import Meaning

FLOW = "handoff"
HOW = ("wait_how", "reach_how")
"""Slots of the choice how to wait: while somebody is there, and while nobody is."""
LOOK_EVERY_S = 15.0
"""Seconds after which a silent wait looks whether the place has changed."""
WORD_EVERY_S = 45.0
"""Seconds of music after which the caller hears how it stands, changed or not."""
_AGAIN = ("repeat", "slower")
_LONG = 10
"""Words; who says more than this has something else to say."""

_SOLVED = re.compile(
    r"\b(?:opgelost|gelukt|gevonden|al geregeld|niet meer nodig|solved|sorted|resolved|"
    r"figured it out|worked it out|found it)\b",
    re.IGNORECASE,
)
_GIVES_UP = re.compile(
    r"\b(?:laat maar|hoeft niet meer|hoef niet meer|niet meer nodig|is (?:al )?opgelost|"
    r"is (?:al )?gelukt|al geregeld|never ?mind|no longer need(?:ed)?|forget it|"
    r"(?:it'?s|is|been|got it) (?:already )?(?:solved|sorted|resolved)|"
    r"don'?t need (?:a person|anyone|somebody|it) any ?more)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:niet|not|isn'?t|geen)\b.*\b(?:opgelost|gelukt|geregeld|solved|sorted|resolved)\b",
    re.IGNORECASE,
)
_HOW_LONG = re.compile(
    r"\b(?:hoe ?lang|hoeveelste|hoeveel (?:wachtenden|mensen)|welke plek|mijn plek|wachtrij|"
    r"aan de beurt|wachttijd|how (?:much )?long|what (?:place|position|number)|my place|"
    r"in the queue|my turn|how many (?:people|before))\b",
    re.IGNORECASE,
)

Turn = AsyncIterator[Effect]


class Waiting:
    """Goes with a caller who waits for a person."""

    def __init__(self, talk: Talk, machine: Machine) -> None:
        self._talk = talk
        self._machine = machine
        self._quiet_s = 0.0

    @property
    def on_hold(self) -> bool:
        """Whether the caller chose to wait on the line, and does nothing else meanwhile."""
        return waits_on_line(self._talk)

    @property
    def plays_music(self) -> bool:
        """Whether there is music when nobody speaks: never in danger, never beside an agent."""
        state = self._talk.state
        calm = not state.ladder.crisis and state.bridge.agent is None and state.outcome is None
        return calm and self.on_hold

    def hear(self, meaning: Meaning) -> Turn | None:
        """Take what is said in the flow of waiting; None when it is nothing about the wait."""
        if self._asked is None:
            return None
        frame, step, slot = self._asked
        words = meaning.text
        if slot.type == "message":
            return self._finish_message(frame, step) if says_done(words) else _nothing()
        chosen = self._chosen(meaning) if len(words.split()) <= _LONG else None
        if _gives_up(meaning, chosen) and (slot.type != "phone" or not meaning.entities):
            return self._end("resolved" if _SOLVED.search(words) else "no_longer_wanted")
        if step.slot in HOW and meaning.intent not in _AGAIN:
            return self._choose(meaning, frame, step, slot)
        if meaning.intent in _AGAIN and (step.slot in HOW or self.on_hold):
            return self._say_again(meaning, step)  # as it is now, which may be otherwise
        if slot.type != "colleague":
            return None
        short = len(words.split()) <= _LONG
        if chosen is not None:
            return self._change(chosen)
        if meaning.intent == "ask_person" or (short and _HOW_LONG.search(words)):
            return self.tell()
        return None

    def press(self, key: str) -> Turn | None:
        """Take a key in the flow of waiting; None when it is nothing about the wait."""
        if self._asked is None:
            return None
        frame, step, slot = self._asked
        if slot.type == "message" and key == "0":
            return self._change(None)
        if slot.type == "message":
            return self._finish_message(frame, step) if key == "#" else _nothing()
        if key == "0" and slot.type != "phone":
            return self._once_more(step)
        if slot.type == "colleague":
            found = fill_keys(self._talk.content.slots["wait_how"], key, self._talk.state)
            return self._change(found.value) if found else None
        return None

    def silent(self, seconds: float) -> Turn | None:
        """Take that the caller said nothing; None when that means what it always means.

        Silence on hold is what was asked for, and not put on record.
        """
        if self._asked is None:
            return None
        frame, step, slot = self._asked
        if self.on_hold:
            return self._look(seconds)
        if step.slot == "wait_how":
            return self._take(frame, step, Fill("stay"), seconds)
        if slot.type == "message" and message_of(self._talk.state.wait.spoken):
            return self._finish_message(frame, step)
        return None

    async def _say_again(self, meaning: Meaning, step: Collect) -> Turn:
        if meaning.intent == "slower":
            await self._talk.record.append(SlotFilled(slot="slow", value=True, by="caller"))
        async for effect in self._once_more(step):
            yield effect

    async def tell(self) -> Turn:
        """Say how it stands now."""
        place = await self._talk.place()
        if self.on_hold and place is not None and place.people == 0:
            async for effect in self._change(None):
                yield effect
            return
        await note_place(self._talk, place)
        self._quiet_s = 0.0
        yield await say_place(self._talk)

    @property
    def _asked(self) -> tuple[Frame, Collect, Slot] | None:
        """What the flow of waiting asks now; None elsewhere, and where nobody knows the queue."""
        return _asked(self._talk)

    async def _look(self, seconds: float) -> Turn:
        """Look how it stands; say so when it is better, when it is time, or nobody is left."""
        talk = self._talk
        self._quiet_s += seconds
        told = talk.state.slots.get("queue_position")
        place = await talk.place()
        await talk.record.catch_up()
        if talk.state.bridge.agent is not None or talk.state.agent is not None:
            return  # somebody took the call just now, of which the caller hears next
        if place is not None and place.people == 0:
            await self._begin_anew(None)
            async for effect in self._machine.run():
                yield effect
            return
        better = place is not None and isinstance(told, int) and place.position < told
        offers = place is not None and place.overflows
        offers = offers and not talk.state.times_said.get("ask_callback_instead")
        if not (better or offers or self._quiet_s >= WORD_EVERY_S):
            return
        self._quiet_s = 0.0
        if place is None:
            yield await talk.say("place_kept")
            return
        await note_place(talk, place)
        yield await say_place(talk)
        if offers:
            yield await talk.say("ask_callback_instead")

    def _choose(self, meaning: Meaning, frame: Frame, step: Collect, slot: Slot) -> Turn | None:
        """Take how the caller wants to wait; a mere yes takes what is named first."""
        found = fill(self._ask(slot, meaning))
        if found is None and meaning.intent == "ask_person" and step.slot != "wait_how":
            return self._once_more(step)
        stays = step.slot == "wait_how" and meaning.intent in ("ask_person", "hold_on")
        if found is None and (stays or meaning.intent == "affirm"):
            found = Fill(next(iter(slot.options)))
        return self._take(frame, step, found) if found else None

    async def _take(
        self, frame: Frame, step: Collect, found: Fill, silent_s: float | None = None
    ) -> Turn:
        if silent_s is not None:
            await self._talk.record.append(CallerSilent(seconds=silent_s))
        by: Literal["caller", "flow"] = "caller" if silent_s is None else "flow"
        await self._talk.record.append(SlotFilled(slot=step.slot, value=found.value, by=by))
        async for effect in self._machine.go_on(frame, step):
            yield effect
        async for effect in self._machine.run():
            yield effect

    def _chosen(self, meaning: Meaning) -> SlotValue:
        """Return how the caller wants to wait from now on; None when the words don't tell."""
        if self._talk.state.last_turn[-1:] == ("ask_callback_instead",):
            answers: dict[str, SlotValue] = {"affirm": "callback", "deny": "stay"}
            if meaning.intent in answers:
                return answers[meaning.intent]
        found = fill(self._ask(self._talk.content.slots["wait_how"], meaning))
        return found.value if found else None

    async def _change(self, how: SlotValue) -> Turn:
        """Go on with another way to wait; who stays as before hears that the place is kept."""
        if self.on_hold and how == "stay":
            yield await self._talk.say("place_kept")
            return
        await self._begin_anew(how)
        async for effect in self._machine.run():
            yield effect

    async def _begin_anew(self, how: SlotValue) -> None:
        """Start the flow of waiting over; the card waits on at its place."""
        talk = self._talk
        changed = [
            SlotFilled(slot=slot, value=value, by="flow")
            for slot, value in (("wait_how", how), ("reach_how", None))
            if talk.state.slots.get(slot) != value
        ]
        await talk.record.append(*changed, FlowChanged(flow=FLOW, change="cancelled"))
        await talk.start(FLOW, fresh=False)

    async def _once_more(self, step: Collect) -> Turn:
        """Say how it stands now, and put the question that fits it when there is one."""
        async for effect in self._change(None) if step.slot in HOW else self.tell():
            yield effect

    async def _finish_message(self, frame: Frame, step: Collect) -> Turn:
        """Put what was dictated on the card, and promise that it is read."""
        of = message_of(self._talk.state.wait.spoken)
        if not of:
            yield await self._talk.say(step.ask)
            return
        await self._talk.record.append(
            MessageLeft(of=of),
            PromiseMade(what="message_read"),
            SlotFilled(slot=step.slot, value=True, by="caller"),
        )
        async for effect in self._machine.go_on(frame, step):
            yield effect
        async for effect in self._machine.run():
            yield effect

    async def _end(self, why: Literal["resolved", "no_longer_wanted"]) -> Turn:
        """The caller wants no person any more: nobody is to come or call.

        Who was fetched for a reason of ours, or has the card already, keeps it.
        """
        talk = self._talk
        reasons = talk.state.ladder.fetched & {"crisis", "threat", "measure", "vulnerable"}
        needed = bool(reasons) or talk.state.agent is not None
        if not needed:
            await talk.record.append(WaitEnded(why=why))
        await talk.unwind()
        name = "wait_solved" if why == "resolved" else "wait_given_up"
        yield await talk.say("person_stays" if needed else name)
        async for effect in self._machine.come_back():
            yield effect
        async for effect in self._machine.run():
            yield effect

    def _ask(self, slot: Slot, meaning: Meaning) -> Ask:
        return Ask(slot, meaning, self._talk.state, self._talk.now)


def waits_on_line(talk: Talk) -> bool:
    """Whether the caller chose to wait on the line, and does nothing else meanwhile."""
    asked = _asked(talk)
    stays = talk.state.slots.get("wait_how") == "stay"
    return stays and asked is not None and asked[2].type == "colleague"


def _asked(talk: Talk) -> tuple[Frame, Collect, Slot] | None:
    question = talk.question
    if talk.queue is None or question is None or question[0].flow != FLOW:
        return None
    return question


def _gives_up(meaning: Meaning, chosen: SlotValue) -> bool:
    """Whether words say that no person is wanted any more, and not how one is."""
    if _NOT_YET.search(meaning.text):
        return False
    return (meaning.intent == "stop" and not chosen) or bool(_GIVES_UP.search(meaning.text))


async def _nothing() -> Turn:
    """Say nothing: the caller dictates."""
    return
    yield
