"""Answered: whether words answer the question that was asked, while the caller still pauses."""

from datetime import datetime

from bot.dialogue.filling import Ask, fill
from bot.dialogue.slots import Slot
from bot.dialogue.state import State
from bot.events import Language
from bot.hearing.expectation import Answers
from bot.understanding.entities import find_entities
from bot.understanding.meaning import Meaning

DICTATED = ("digits", "postcode", "phone")
OF_A_PHONE = 10
"""Digits of a Dutch telephone number; nine of them are a whole Belgian one, and mostly a part."""


def answered(slot: Slot, state: State, now: datetime, words: str, language: Language) -> Answers:
    """Tell whether words fill a slot, by rules alone: there is no time to ask for an intent.

    Args:
        slot: What was asked for.
        state: Of the dialogue.
        now: On the caller's own clock.
        words: What was overheard.
        language: Of the words.
    """
    if slot.type in ("wish", "colleague"):
        return "no"
    entities = find_entities(words, language, now)
    meaning = Meaning(words, language, intent="inform", confidence=1.0, entities=entities)
    digits = [each.value for each in entities if each.name == "digits"]
    dictated = slot.type in DICTATED and bool(digits)
    if fill(Ask(slot, meaning, state, now)) is None:
        return "part" if dictated else "no"
    if slot.type == "phone" and 0 < len("".join(digits)) < OF_A_PHONE:
        return "part"
    return "whole"
