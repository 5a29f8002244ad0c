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
    if fill(Ask(slot, meaning, state, now)) is not None:
        return "whole"
    said = any(each.name == "digits" for each in entities)
    return "part" if slot.type in DICTATED and said else "no"
