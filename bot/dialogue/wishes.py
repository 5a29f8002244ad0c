"""Wishes: an utterance that asks for two things is taken apart at its conjunctions."""

import re
from dataclasses import replace

from bot.events import Entity, Language
from bot.understanding.bands import CLAUSE
from bot.understanding.meaning import Meaning

_JOINTS: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(
        r"[.?!;]\s+|,?\s+(?:en|maar|plus)\s+(?:(?:dan|ook|verder|daarnaast|nog|wil ik)\s+)*|"
        r",\s+(?:ook|verder|daarnaast)\s+",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"[.?!;]\s+|,?\s+(?:and|but|plus)\s+(?:(?:then|also|besides)\s+)*|,\s+(?:also|besides)\s+",
        re.IGNORECASE,
    ),
}
_NO_WISH = frozenset({"complain", "goodbye"})
"""Intents that colour a wish, or close the call, and are no wish beside another."""
_SHORTEST = 3
"""Words that a clause needs to be a wish of its own."""


def clauses(text: str, language: Language) -> list[tuple[int, str]]:
    """Return the clauses of an utterance with where each begins; the whole when it has one."""
    found: list[tuple[int, str]] = []
    start = 0
    for joint in _JOINTS[language].finditer(text):
        found.append((start, text[start : joint.start()]))
        start = joint.end()
    found.append((start, text[start:]))
    return [(at, clause) for at, clause in found if len(clause.split()) >= _SHORTEST]


def plain_wish(clause: Meaning) -> bool:
    """Whether a clause is clearly a wish beside another."""
    return clause.intent not in _NO_WISH and clause.confidence >= CLAUSE


def within(meaning: Meaning, start: int, clause: str, said: Meaning) -> Meaning:
    """Return a clause's meaning with the entities that the whole utterance has there."""
    end = start + len(clause)
    entities: tuple[Entity, ...] = tuple(
        entity for entity in said.entities if start <= entity.start and entity.end <= end
    )
    return replace(meaning, text=said.text, entities=entities)
