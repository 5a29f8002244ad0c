"""Reflexes: what is understood at any moment of a call: repeat, slower, a moment, a person."""

import re
from collections.abc import AsyncIterator, Callable

from bot.dialogue.answers import Unsayable
from bot.dialogue.effects import Effect
from bot.dialogue.flows import Collect
from bot.dialogue.machine import Machine
from bot.dialogue.state import Frame
from bot.dialogue.talk import Talk
from bot.events import HandoffRequested, Language, SlotFilled, StepReached
from bot.understanding.meaning import Meaning

HELP_AT = 2
"""The try at which the caller is helped; at the next a person is fetched."""

_BRIDGES = frozenset(
    {
        "back_to_question", "sorry", "next_wish", "one_moment", "still_busy", "take_your_time",
        "slower", "language_changed", "not_heard", "corrected", "you_are_welcome", "greet_back",
    }
)  # fmt: skip
"""Answers that lead over to what matters; not said again when the caller asks to repeat."""

_NAMES: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(r"\b(?:nederlands|dutch|hollands|vlaams|flemish)\b", re.IGNORECASE),
    "en": re.compile(r"\b(?:engels|english)\b", re.IGNORECASE),
}
_NOT = re.compile(r"\b(?:geen|niet|slecht|no|not|don't|dont|can't|cannot)\b", re.IGNORECASE)

_FAREWELL = re.compile(r"\b(dag|doei|doeg|tot ziens|bye|goodbye)\b", re.IGNORECASE)
"""In thanks, it tells that the caller is about to hang up."""

Turn = AsyncIterator[Effect]


class Reflexes:
    """Reactions that need no flow."""

    def __init__(self, talk: Talk, machine: Machine) -> None:
        self.talk = talk
        self.machine = machine
        self._reactions: dict[str, Callable[[Meaning, Frame, Collect], Turn]] = {
            "repeat": self._repeat,
            "slower": self._slower,
            "hold_on": self._hold_on,
            "help": self._help,
            "dont_know": self._dont_know,
            "stop": self._stop,
            "change_language": self._change_language,
            "greet": self._aside("greet_back"),
            "thanks": self._thanks,
            "are_you_human": self._aside("i_am_digital"),
            "affirm": self._affirm,
        }

    def knows(self, intent: str) -> bool:
        """Whether there is a reaction to an intent."""
        return intent in self._reactions

    def react(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        """React to an intent that `knows` knows."""
        return self._reactions[meaning.intent](meaning, frame, step)

    async def person(self, reason: str) -> Turn:
        """Ask for a person, at any moment: the card waits from here on."""
        frame = self.talk.frame
        if frame is not None and frame.flow == "handoff":
            # Where the queue is known, the place in it is kept, and said when it is asked for.
            kept = self.talk.queue is not None
            yield await self.talk.say("place_kept" if kept else "person_is_coming")
            async for effect in self.ask_again():
                yield effect
            return
        if self.talk.state.handoff is None:
            await self.talk.record.append(HandoffRequested(reason=reason))
        await self.talk.unwind()
        await self.talk.start("handoff", fresh=True)
        async for effect in self.machine.run():
            yield effect

    async def not_understood(self, frame: Frame, step: Collect, *, said: bool = False) -> Turn:
        """Ask once more, then help, then fetch a person; or go where the flow leads otherwise.

        Args:
            frame: The flow that asks.
            step: Its question.
            said: The caller has just heard why; only the question is to follow.
        """
        if step.otherwise:
            await self.talk.record.append(StepReached(flow=frame.flow, step=step.otherwise))
            async for effect in self.machine.run():
                yield effect
            return
        tries = frame.tries + 1
        await self._again(frame, step, tries)
        if step.slot == "colleague":
            yield await self.talk.ask(step)
            return
        if tries > HELP_AT and frame.flow == "handoff":
            async for effect in self._give_up(frame, step, "no_number"):
                yield effect
            return
        if tries > HELP_AT:
            async for effect in self.person("not_understood"):
                yield effect
            return
        if step.slot == "wish":
            async for effect in self._beyond_us(tries):
                yield effect
            return
        if tries == HELP_AT:
            async for effect in self._helped(step):
                yield effect
            return
        if not said:
            yield await self.talk.say("sorry")
        yield await self.talk.ask(step)

    async def upset(self, frame: Frame) -> Turn:
        """The caller complains again while a complaint or an offer of a person is under way."""
        yield await self.talk.say("upset")
        if frame.flow == "offer_person":
            async for effect in self.person("caller_asked"):
                yield effect
            return
        await self.talk.unwind()
        await self.talk.start("offer_person", fresh=True)
        async for effect in self.machine.run():
            yield effect

    async def silent(self, frame: Frame, step: Collect) -> Turn:
        """The caller said nothing: help, then a person."""
        state = self.talk.state
        if step.slot == "colleague":
            async for effect in self._still_waiting(frame, step):
                yield effect
        elif state.silences == 1:
            yield await self.talk.say("not_heard")
            async for effect in self._helped(step):
                yield effect
        elif frame.flow == "handoff":
            async for effect in self._give_up(frame, step, "nobody_there"):
                yield effect
        else:
            async for effect in self.person("silence"):
                yield effect

    async def ask_again(self) -> Turn:
        """Put the present question in other words."""
        question = self.talk.question
        if question is not None:
            yield await self.talk.ask(question[1])

    async def _again(self, frame: Frame, step: Collect, tries: int) -> None:
        await self.talk.record.append(StepReached(flow=frame.flow, step=step.id, tries=tries))

    async def _beyond_us(self, tries: int) -> Turn:
        """A wish that Kalm has no answer for: say what it can do, then offer a person."""
        yield await self.talk.say("beyond_us")
        if tries < HELP_AT:
            return
        await self.talk.start("offer_person", fresh=True)
        async for effect in self.machine.run():
            yield effect

    async def _helped(self, step: Collect) -> Turn:
        """Help with the question at hand, and put it again."""
        name = f"help_{step.slot}"
        yield await self.talk.say(name if self.talk.can_say(name) else "help_any")
        yield await self.talk.ask(step)

    async def _still_waiting(self, frame: Frame, step: Collect) -> Turn:
        """Nobody has taken the card yet."""
        rounds = frame.tries + 1
        if rounds < 3:
            await self._again(frame, step, rounds)
            yield await self.talk.say("still_waiting")
            return
        await self.talk.record.append(SlotFilled(slot=step.slot, value="none", by="flow"))
        async for effect in self.machine.run():
            yield effect

    async def _give_up(self, frame: Frame, step: Collect, why: str) -> Turn:
        """Take what is likeliest: to wait, to be called on the line's number; else say so, end."""
        slot = self.talk.content.slots[step.slot]
        likeliest = next(iter(slot.options), None) if slot.type == "choice" else None
        if step.slot == "callback_on_line" or likeliest:
            value = likeliest or True
            await self.talk.record.append(SlotFilled(slot=step.slot, value=value, by="flow"))
            async for effect in self.machine.go_on(frame, step):
                yield effect
            async for effect in self.machine.run():
                yield effect
            return
        yield await self.talk.say(why)
        yield await self.machine.end_call()

    async def _repeat(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        async for effect in self._over_again(self.talk.state.last_turn, step):
            yield effect

    async def _slower(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        last = self.talk.state.last_turn
        await self.talk.record.append(SlotFilled(slot="slow", value=True, by="caller"))
        yield await self.talk.say("slower")
        async for effect in self._over_again(last, step):
            yield effect

    async def _over_again(self, answers: tuple[str, ...], step: Collect) -> Turn:
        """Say the last turn in other words, the question last."""
        for name in answers:
            if name not in _BRIDGES and name not in (step.ask, "ask_which"):
                try:
                    yield await self.talk.say(name)
                except Unsayable:
                    continue  # what it told is no longer known
        yield await self.talk.ask(step)

    async def _hold_on(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        yield await self.talk.say("take_your_time")

    async def _help(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        if step.slot == "wish":
            yield await self.talk.say("what_i_can")
            return
        async for effect in self._helped(step):
            yield effect

    async def _dont_know(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        """Who does not know the answer is helped at once, and fetched a person after that."""
        tries = max(frame.tries + 1, HELP_AT)
        if frame.tries >= HELP_AT:
            async for effect in self.person("not_understood"):
                yield effect
            return
        await self._again(frame, step, tries)
        async for effect in self._helped(step):
            yield effect

    async def _stop(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        handed_over = frame.flow == "handoff"
        await self.talk.unwind()
        yield await self.talk.say("person_stays" if handed_over else "stopped")
        async for effect in self.machine.come_back():
            yield effect
        async for effect in self.machine.run():
            yield effect

    async def _change_language(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        named = [lang for lang, name in _NAMES.items() if name.search(meaning.text)]
        if len(named) != 1:  # "a real Dutchman" names no language, and asks for none
            yield await self.talk.say("ask_language")
            return
        [to] = named
        if _NOT.search(meaning.text):  # "I don't speak Dutch"
            to = "en" if to == "nl" else "nl"
        await self.talk.record.append(SlotFilled(slot="language", value=to, by="caller"))
        yield await self.talk.say("language_changed")
        yield await self.talk.ask(step)

    async def _affirm(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        if step.slot == "wish":
            yield await self.talk.say("go_ahead")
            return
        async for effect in self.not_understood(frame, step):
            yield effect

    async def _thanks(self, meaning: Meaning, frame: Frame, step: Collect) -> Turn:
        if _FAREWELL.search(meaning.text):
            yield await self.talk.say("goodbye")
            yield await self.machine.end_call()
            return
        async for effect in self._aside("you_are_welcome")(meaning, frame, step):
            yield effect

    def _aside(self, answer: str) -> Callable[[Meaning, Frame, Collect], Turn]:
        async def aside(meaning: Meaning, frame: Frame, step: Collect) -> Turn:
            yield await self.talk.say(answer)
            yield await self.talk.ask(step)

        return aside
