"""Protecting: does what the ladder decides, and deals with what the turn says all the same.

An angry caller who also gives the customer number gets on: one short sentence
first, then the answer. Only an end leaves the words unanswered.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

from bot.dialogue.effects import Effect
from bot.dialogue.ladder import Decision
from bot.dialogue.ladder_rules import Says
from bot.dialogue.listening import Listening
from bot.dialogue.staying import Staying
from bot.dialogue.talk import Talk
from bot.events import (
    BoundarySet,
    Evidence,
    HandoffRequested,
    IncidentReported,
    Sign,
    SlotFilled,
    WarningGiven,
)
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning

_LEAVES = re.compile(
    r"^\W*(?:nee|no)\b|\b(?:doei|doeg|tot ziens|laat maar|dat was (?:het|alles)|bye|goodbye|"
    r"never mind|that'?s (?:it|all)|(?:ik )?hang (?:ik )?op|ophangen|hang(?:ing)? up)\b|"
    r"^\W*dag\b|(?<!hele )(?<!elke )(?<!iedere )(?<!\bde )(?<!een )(?<!per )(?<!deze )\bdag\W*$",
    re.IGNORECASE,
)
"""What a caller in anger must say for the call to be over; "get lost" alone is no goodbye."""

_PLAIN: dict[str, re.Pattern[str]] = {
    "affirm": re.compile(
        r"\b(?:ja|jawel|jazeker|graag|prima|goed|akkoord|zeker|klopt|doe maar|oké|oke|yes|yeah|yep|"
        r"sure|ok|okay|fine|please|right|correct|go ahead|do that)\b",
        re.IGNORECASE,
    ),
    "deny": re.compile(r"\b(?:nee|neen|niet|geen|no|nope|not|don't)\b", re.IGNORECASE),
    "stop": re.compile(r"\b(?:stop|laat maar|hoeft niet|never mind|forget it)\b", re.IGNORECASE),
    "dont_know": re.compile(
        r"\bweet\b.*\bniet\b|geen idee|bij de hand|kwijt|heb ik niet|don't (?:know|have)|no idea|"
        r"haven't|not sure|lost it|can't find",
        re.IGNORECASE,
    ),
    "goodbye": _LEAVES,
    "thanks": re.compile(r"\b(?:dank|bedankt|merci|thanks?|cheers)\b", re.IGNORECASE),
}
"""Words without which anger is none of these, whatever it resembles."""

_LOOKED_INTO = (
    "reminder", "reminder_paid", "amount", "visit_missed", "visit_late", "waiting",
    "any",
)  # fmt: skip
"""Grievances that the flow of complaints does something about: it looks into them, or asks."""

_MAY_DOUBT = frozenset({"none", "acknowledge", "soothe"})
"""Steps at which the caller may be asked which of two wishes was meant."""

Turn = AsyncIterator[Effect]


class Protecting:
    """Acts on decisions of the ladder."""

    def __init__(self, talk: Talk, listening: Listening) -> None:
        self.talk = talk
        self.listening = listening
        self.staying = Staying(talk)

    async def take(self, decision: Decision, meaning: Meaning, of: int) -> Turn:
        """Meet a turn as was decided.

        Args:
            decision: Of the ladder, about this utterance.
            meaning: What the utterance was taken to mean; stored.
            of: `seq` of its CallerSpoke.
        """
        calm = self.talk.state.mood.level == "calm"
        by_itself = decision.step == "none" and (calm or meaning.intent != "goodbye")
        if not by_itself and decision.step != "crisis":
            meaning = _plainly(meaning)
        if decision.step not in _MAY_DOUBT:
            meaning = replace(meaning, ranking=())  # nobody in anger is asked which of two it is
        if decision.step == "thanks" and meaning.intent == "repeat":
            meaning = replace(meaning, intent=OUT_OF_SCOPE)  # "sorry" did not ask anything
        async for effect in self._turn(decision, meaning, of):
            yield effect

    @property
    def asked_safe(self) -> bool:
        """Whether the last thing that was said asks whether the caller is safe."""
        return self._says.ask_safe in self.talk.state.last_turn

    async def no_answer(self) -> Turn:
        """Asked whether they are safe, the caller is silent: ask once more, then act upon it."""
        told = self.talk.state.ladder.now
        if self.talk.state.silences > 1 and told is not None:
            async for effect in self.staying.hear(None, told.of):
                yield effect
        else:
            yield await self.talk.say(self._says.ask_safe)

    def _turn(self, decision: Decision, meaning: Meaning, of: int) -> Turn:
        sign = decision.sign or "insult_person"
        match decision.step:
            case "none":
                return self.listening.take(meaning, of)
            case "crisis":
                return self.staying.hear(meaning, of)
            case "ask_again" | "ask_safe":
                return self._ask_again(decision, meaning, of)
            case "acknowledge" | "soothe":
                return self._acknowledge(decision, meaning, of)
            case "offer":
                return self._offer(decision, meaning, of)
            case "pressure" | "light" | "thanks":
                return self._say_and_go_on(decision.step, meaning, of)
            case "boundary" | "warning":
                return self._limit(decision.step, sign, meaning, of)
            case "threat" | "threat_warning":
                return self._threat(decision.step, meaning, of)
            case "vulnerable":
                return self._vulnerable(meaning, of)
            case "end" if meaning.intent != "ask_person":
                return self._end(sign, of)
            case "end" | "hand_over":
                return self._hand_over(sign, of)

    @property
    def _says(self) -> Says:
        return self.talk.content.ladder.says

    async def _go_on(self, meaning: Meaning, of: int, *, asks: bool = True) -> Turn:
        """Deal with what the turn says; when that is nothing, put the question again."""
        if self._says_something(meaning):
            turn = self.listening.take(meaning, of)
        elif asks:
            turn = self.listening.reflexes.ask_again()
        else:
            return
        async for effect in turn:
            yield effect

    def _says_something(self, meaning: Meaning) -> bool:
        if self.listening.would_leave(meaning):
            return bool(_LEAVES.search(meaning.text))
        return self.listening.says_something(meaning)

    async def _say_and_go_on(
        self, step: Literal["pressure", "light", "thanks"], meaning: Meaning, of: int
    ) -> Turn:
        yield await self.talk.say(getattr(self._says, step))
        async for effect in self._go_on(meaning, of):
            yield effect

    async def _ask_again(self, decision: Decision, meaning: Meaning, of: int) -> Turn:
        """Words that may have been made up by recognition: what is plain in them still counts."""
        if decision.step == "ask_again" and self._says_something(meaning):
            async for effect in self.listening.take(meaning, of):
                yield effect
            return
        step = self._says.ask_safe if decision.step == "ask_safe" else self._says.ask_again
        yield await self.talk.say(step)

    async def _acknowledge(self, decision: Decision, meaning: Meaning, of: int) -> Turn:
        complains = self.listening.starts(meaning) == "complain"
        said = self.talk.state.times_said
        before = any(said.get(each) for each in self.talk.content.ladder.acknowledge.values())
        if complains and (before or decision.step == "soothe" or decision.topic in _LOOKED_INTO):
            async for effect in self.listening.take(meaning, of):
                yield effect  # that flow begins with understanding
            return
        goes_on = self._says_something(meaning) and not complains
        if decision.step == "acknowledge" and decision.topic is not None:
            yield await self.talk.say(self.talk.content.ladder.acknowledge[decision.topic])
        elif not goes_on:
            vulnerable = decision.sign == "vulnerable"
            yield await self.talk.say(self._says.vulnerable if vulnerable else self._says.soothe)
        turn = self.listening.reflexes.ask_again() if complains else self._go_on(meaning, of)
        async for effect in turn:
            yield effect

    async def _offer(self, decision: Decision, meaning: Meaning, of: int) -> Turn:
        """Apologise once, and offer a person before anything else is asked."""
        frame = self.talk.frame
        if meaning.intent == "ask_person" or self.listening.starts(meaning) == "complain":
            async for effect in self.listening.take(meaning, of):
                yield effect
            return
        fetched = self.talk.state.handoff is not None
        if self._says_something(meaning) or fetched or frame is None:
            answer = self._says.apology if fetched else self._says.apology_short
            yield await self.talk.say(answer)
            async for effect in self._go_on(meaning, of):
                yield effect
            return
        yield await self.talk.say(self._says.apology)
        if frame.flow == "offer_person":
            turn = self.listening.reflexes.person("upset")  # angry at being asked at all
        else:
            await self.talk.start("offer_person", fresh=True)
            turn = self.listening.machine.run()
        async for effect in turn:
            yield effect

    async def _limit(
        self, step: Literal["boundary", "warning"], sign: Sign, meaning: Meaning, of: int
    ) -> Turn:
        body = BoundarySet if step == "boundary" else WarningGiven
        await self.talk.record.append(body(of=of, sign=sign))
        name = getattr(self._says, step)
        if step == "boundary":
            name = getattr(self._says, f"boundary_{sign}", name)
        yield await self.talk.say(name)
        # It was said kindly that talking calmly helps: the caller speaks next, or is answered.
        async for effect in self._go_on(meaning, of, asks=False):
            yield effect

    async def _threat(
        self, step: Literal["threat", "threat_warning"], meaning: Meaning, of: int
    ) -> Turn:
        """Report it and fetch a colleague, at once; then go on with what was going on."""
        await self._report("threat", of, urgent=True)
        await self._fetch("threat")
        if step == "threat_warning":
            await self.talk.record.append(WarningGiven(of=of, sign="threat"))
        yield await self.talk.say(getattr(self._says, step))
        async for effect in self._go_on(meaning, of, asks=False):
            yield effect

    async def _vulnerable(self, meaning: Meaning, of: int) -> Turn:
        """Fetch a person softly; go slow."""
        fetched = self.talk.state.handoff is not None
        await self._fetch("vulnerable")
        await self.talk.record.append(SlotFilled(slot="slow", value=True, by="flow"))
        yield await self.talk.say(self._says.vulnerable)
        # "I don't know any more" asks for a person here, not for help with the question.
        wants = self.listening.says_something(meaning, asking=False)
        if wants and self.listening.starts(meaning) != "complain":
            turn = self._go_on(meaning, of)
        elif fetched:
            turn = self.listening.reflexes.ask_again()
        else:
            turn = self.listening.reflexes.person("vulnerable")
        async for effect in turn:
            yield effect

    async def _end(self, sign: Sign, of: int) -> Turn:
        await self._report(sign, of, urgent=sign == "threat")
        yield await self.talk.say(self._says.end)
        yield await self.listening.machine.end_call(for_abuse=True)

    async def _hand_over(self, sign: Sign, of: int) -> Turn:
        """As an end, but a trained colleague goes on; also for who asks for a person just then."""
        await self._report(sign, of, urgent=sign == "threat")
        yield await self.talk.say(self._says.hand_over)
        frame = self.talk.frame
        if frame is not None and frame.flow == "handoff":
            return
        async for effect in self.listening.reflexes.person("upset"):
            yield effect

    async def _fetch(self, reason: Literal["threat", "vulnerable"]) -> None:
        """Ask for a person for a reason, once a call."""
        if reason not in self.talk.state.ladder.fetched:
            await self.talk.record.append(HandoffRequested(reason=reason))

    async def _report(self, sign: Sign, of: int, *, urgent: bool) -> None:
        evidence = evidence_of(self.talk, sign)
        report = IncidentReported(of=of, sign=sign, urgent=urgent, evidence=evidence)
        await self.talk.record.append(report)


def _plainly(meaning: Meaning) -> Meaning:
    """Return what words of anger mean besides: an insult is no "yes", and "get lost" no goodbye."""
    needed = _PLAIN.get(meaning.intent)
    if needed is None or needed.search(meaning.text):
        return meaning
    return replace(meaning, intent=OUT_OF_SCOPE)


def evidence_of(talk: Talk, sign: Sign) -> tuple[Evidence, ...]:
    """Return why a sign was seen in the last utterance."""
    heard = talk.state.mood.heard
    return tuple(each for each in heard.evidence if each.name == sign) if heard else ()
