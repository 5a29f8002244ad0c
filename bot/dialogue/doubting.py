"""Doubting: asks which of two wishes was meant, when understanding is halfway sure."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Literal

from bot.dialogue.doubt_state import BOTH, FIRST, NEITHER, OTHER, SECOND, TOPIC
from bot.dialogue.effects import Effect
from bot.dialogue.machine import Machine
from bot.dialogue.talk import Talk
from bot.dialogue.topics import Topics, mentioned
from bot.events import FlowChanged, Language, SlotFilled, StepReached, Understood
from bot.hearing.expectation import Answers
from bot.understanding.bands import ACT, ASK
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning

ASIDE = frozenset(
    {"repeat", "slower", "hold_on", "greet", "thanks", "are_you_human", "change_language"}
)
"""Intents after which the question still stands, and is put again."""
_LEAVES = frozenset({"ask_person", "goodbye", "thanks", "stop"})
"""Intents that choose nothing, whatever else the words resemble."""

_NEITHER = re.compile(
    r"\bgeen (?:van|beide)|\b(?:iets|wat) anders\b|\bniet allebei\b|\bover anders\b|"
    r"\bneither\b|\bnone of\b|\bnot either\b|\b(?:something|anything) else\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\b(?:allebei|alle ?twee|beiden?|both|the two of them)\b", re.IGNORECASE)
_NO = re.compile(r"^\W*(?:nee|neen|no|nope)\b", re.IGNORECASE)
_YES = re.compile(r"^\W*(?:ja|jawel|jazeker|inderdaad|klopt|yes|yeah|yep|right)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:niet|geen|not)\b", re.IGNORECASE)
_PLACES = (
    re.compile(
        r"\beerste?\b|\beerstgenoemde\b|\bfirst\b|\bformer\b|"
        r"^\W*(?:nummer |number )?(?:1|een|één|one)\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"\btweede\b|\blaatste?\b|\blaatstgenoemde\b|\bsecond\b|\blast\b|\blatter\b|"
        r"^\W*(?:nummer |number )?(?:2|twee|two)\W*$",
        re.IGNORECASE,
    ),
)
_SHORT, _BARE = 6, 3
"""Words of an answer, and of one that can't be anything else."""

Choice = Literal["first", "second", "both", "neither"]
Turn = AsyncIterator[Effect]


def chosen(
    meaning: Meaning, pair: tuple[str, str], topics: Topics, *, clear: bool
) -> Choice | None:
    """Return what an utterance chooses of two topics; None when it does not tell.

    Args:
        meaning: Of the utterance.
        pair: The intents that were named to the caller.
        topics: Their names.
        clear: Whether the utterance is a wish that would be followed by itself.
    """
    text = meaning.text
    words = len(re.findall(r"[\w']+", text))
    named = _names(text, pair, topics)
    if _NEITHER.search(text) and not (clear and words > _BARE):
        return "neither"
    if _BOTH.search(text) and words <= _SHORT:
        return "both"
    if meaning.intent in _LEAVES and not named:
        return None
    if len(named) == 1 and words <= (_BARE if clear and meaning.intent not in pair else _SHORT):
        place = named[0]
        if _NOT.search(text):
            place = 1 - place
        return "second" if place else "first"
    if clear:
        return None
    if _NO.search(text) or meaning.intent == "deny":
        return "neither"
    if (_YES.search(text) or meaning.intent == "affirm") and words <= _BARE:
        return "first"  # the likelier one; its flow tells what it does before it does it
    best = meaning.ranking[0] if meaning.ranking else None
    if best is not None and best.intent in pair and best.confidence >= ASK:
        return "second" if pair.index(best.intent) else "first"
    return None


def two_near(meaning: Meaning, flow: Callable[[str], str | None]) -> tuple[str, str] | None:
    """Return the two nearest wishes of an utterance that is not clear; None when it has not two.

    Both must be possible: where nothing else comes near, the best one is mostly right.

    Args:
        meaning: Of the utterance.
        flow: Returns the flow that an intent starts, None where callers can't be told its name.
    """
    clear = meaning.intent != OUT_OF_SCOPE and meaning.confidence >= ACT
    near = [one.intent for one in meaning.ranking if one.confidence >= ASK]
    if clear or not near or meaning.intent not in (OUT_OF_SCOPE, near[0]):
        return None
    best = flow(near[0])
    for other in near[1:]:
        if best is not None and flow(other) not in (None, best):
            return near[0], other
    return None


def chosen_by_words(
    pair: tuple[str, str], topics: Topics, words: str, language: Language
) -> Answers:
    """Tell whether words choose, by rules alone, while the caller still pauses."""
    meaning = Meaning(words, language, intent="inform", confidence=1.0)
    return "whole" if chosen(meaning, pair, topics, clear=False) else "no"


def _names(text: str, pair: tuple[str, str], topics: Topics) -> list[int]:
    """Return which are named, 0 for the first: by their place, else by their name."""
    places = [place for place, words in enumerate(_PLACES) if words.search(text)]
    return places or [pair.index(intent) for intent in mentioned(text, pair, topics)]


class Doubting:
    """Asks, and takes the answer."""

    def __init__(self, talk: Talk, machine: Machine) -> None:
        self.talk = talk
        self.machine = machine

    @property
    def open(self) -> bool:
        """Whether the caller is to choose now."""
        return self.talk.state.doubt.open is not None

    def between(self, meaning: Meaning) -> tuple[str, str] | None:
        """Return the two wishes to ask about; None when there is nothing to ask.

        That is while something else is asked, when it was asked just before, in danger, and
        where `two_near` finds none.
        """
        question, state = self.talk.question, self.talk.state
        if question is None or question[2].type != "wish":
            return None
        if state.doubt.pair is not None or state.ladder.crisis:
            return None
        return two_near(meaning, self._flow)

    def _flow(self, intent: str) -> str | None:
        """Return the flow that an intent with a name starts."""
        named = self.talk.content.topics.get(intent, {})
        flow = self.talk.content.triggers.get(intent)
        under_way = [frame.flow for frame in self.talk.state.stack]
        return flow if self.talk.state.language in named and flow not in under_way else None

    async def ask(self, pair: tuple[str, str]) -> Turn:
        """Ask which of two was meant; what was asked is on record."""
        await self.talk.record.append(
            SlotFilled(slot=TOPIC, value=None, by="flow"),
            SlotFilled(slot=FIRST, value=pair[0], by="flow"),
            SlotFilled(slot=SECOND, value=pair[1], by="flow"),
        )
        yield await self.talk.say("ask_which")

    def chosen(self, meaning: Meaning) -> Choice | None:
        """Return what an utterance chooses of what was asked."""
        pair = self.talk.state.doubt.open
        if pair is None:
            return None
        flow = self.talk.content.triggers.get(meaning.intent)
        clear = flow is not None and meaning.confidence >= ACT
        return chosen(meaning, pair, self.talk.content.topics, clear=clear)

    def hear(self, meaning: Meaning) -> Turn | None:
        """Return the turn that takes an answer; None when the words are none."""
        choice = self.chosen(meaning)
        return self._take(choice) if choice else None

    def press(self, key: str) -> Turn | None:
        """Return the turn that takes a key; None when it means nothing here."""
        if not self.open or key not in "12":
            return None
        return self._take("first" if key == "1" else "second")

    async def drop(self, meaning: Meaning) -> None:
        """Note that something else was said instead, unless that leaves the question standing."""
        if self.open and meaning.intent not in ASIDE:
            await self._note(OTHER)

    async def _note(self, topic: str) -> None:
        await self.talk.record.append(SlotFilled(slot=TOPIC, value=topic, by="caller"))

    async def _take(self, choice: Choice) -> Turn:
        pair = self.talk.state.doubt.open
        assert pair is not None  # noqa: S101 - it was just chosen from
        if choice == "neither":
            await self._neither()
            yield await self.talk.say("not_these")
            return
        first = pair[1] if choice == "second" else pair[0]
        await self._note(BOTH if choice == "both" else first)
        if choice == "both":
            await self._understood(pair[1])
            later = self.talk.content.triggers[pair[1]]
            await self.talk.record.append(FlowChanged(flow=later, change="queued"))
        await self._understood(first)
        await self.talk.start(self.talk.content.triggers[first], fresh=True)
        async for effect in self.machine.run():
            yield effect

    async def _neither(self) -> None:
        await self._note(NEITHER)
        question = self.talk.question
        if question is not None:
            frame, step, _ = question
            await self.talk.record.append(
                StepReached(flow=frame.flow, step=step.id, tries=frame.tries + 1)
            )

    async def _understood(self, intent: str) -> None:
        """Store what the words meant about which was asked: the caller has told."""
        of = self.talk.state.doubt.of
        if of is not None:
            await self.talk.record.append(
                Understood(of=of.of, intent=intent, confidence=1.0, entities=of.entities, by=of.by)
            )
