"""Entities that product owners annotate: their words, synonyms, lookups and patterns.

Words are found when they are said as annotated, or in another spelling that a synonym
or a lookup lists. Values that rules can read (numbers, dates) are not for this module.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import regex
from loguru import logger

from bot.events import Entity
from bot.understanding.training_data import TrainingData, same_words

PATIENCE_S = 0.05
"""How long a pattern may look at a text: one that repeats within a repetition, as (a|aa)+ does,
would look at it for years, and hold the call."""

_Named = tuple[str, str | None]
"""An entity's name, and its value; None when the words are the value."""


class TrainedEntities:
    """Finds the annotated entities of a project."""

    def __init__(self, data: TrainingData) -> None:
        self._said: dict[str, Counter[_Named]] = defaultdict(Counter)
        self._said_in: dict[tuple[str, str], Counter[_Named]] = defaultdict(Counter)
        self._synonyms = data.synonyms
        values: dict[str, set[str]] = defaultdict(set)
        for example in data.examples:
            for found in example.annotations:
                words = same_words(example.text[found.start : found.end])
                value = found.value or data.synonyms.get(words)
                values[found.entity].add(value or words)
                self._said[words][found.entity, value] += 1
                self._said_in[words, example.intent][found.entity, value] += 1
        for words, value in data.synonyms.items():
            for entity in sorted(values):
                if value in values[entity]:
                    self._said[words][entity, value] += 1
        for entity in sorted(set(values) & set(data.lookups)):
            for listed in data.lookups[entity]:
                words = same_words(listed)
                self._said[words][entity, data.synonyms.get(words)] += 1
        self._patterns = [
            (entity, regex.compile(pattern, regex.IGNORECASE))
            for entity in sorted(set(values) & set(data.regexes))
            for pattern in data.regexes[entity]
        ]
        longest_first = sorted(self._said, key=lambda words: (-len(words), words))
        either = "|".join(re.escape(words).replace(r"\ ", r"\s+") for words in longest_first)
        self._words = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE) if either else None

    def find(self, text: str, intent: str) -> tuple[Entity, ...]:
        """Return what is found; where words name several things, what they name in the intent."""
        found = []
        for match in self._words.finditer(text) if self._words else ():
            words = same_words(match[0])
            choices = self._said_in.get((words, intent)) or self._said.get(words)
            if choices:
                [((name, value), _)] = choices.most_common(1)
                found.append(_entity(name, value or match[0], match))
        for name, pattern in self._patterns:
            for match in _in_time(pattern, text):
                if match[0] and not any(_same(name, match, other) for other in found):
                    value = self._synonyms.get(same_words(match[0]), match[0])
                    found.append(_entity(name, value, match))
        return tuple(sorted(found, key=lambda one: (one.start, one.end)))


def _in_time(pattern: Any, text: str) -> Iterator[re.Match[str]]:
    try:
        yield from pattern.finditer(text, timeout=PATIENCE_S)
    except TimeoutError:
        logger.warning("The pattern {!r} takes too long and finds nothing", pattern.pattern)


def merged(rules: tuple[Entity, ...], trained: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """Return both; where both see one entity in the same words, what the rules read."""
    own = [
        one
        for one in trained
        if not any(
            one.name == other.name and one.start < other.end and other.start < one.end
            for other in rules
        )
    ]
    return tuple(sorted([*rules, *own], key=lambda one: (one.start, one.end)))


def _entity(name: str, value: str, match: re.Match[str]) -> Entity:
    return Entity(name=name, value=value, text=match[0], start=match.start(), end=match.end())


def _same(name: str, match: re.Match[str], other: Entity) -> bool:
    return name == other.name and match.start() < other.end and other.start < match.end()
