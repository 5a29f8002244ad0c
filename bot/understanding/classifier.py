"""The embedded NLU: a sentence encoder, the intent model and rules for entities.

Trained at start from the project's utterances; with a cache, so that a start
without changes takes no training and a small edit about a second.
"""

import asyncio
import hashlib
import inspect
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot import encoder as encoder_module
from bot.clock import Clock
from bot.encoder import LONGEST, Encoder, SentenceEncoder, plain
from bot.events import Candidate, Entity, Language
from bot.understanding import english as english_module
from bot.understanding import intent_model as model_module
from bot.understanding import shared_words as words_module
from bot.understanding.cache import Cache
from bot.understanding.english import EnglishEncoder
from bot.understanding.entities import find_entities
from bot.understanding.intent_model import IntentModel
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from bot.understanding.shared_words import SharedWords
from bot.understanding.trained_entities import TrainedEntities, merged
from bot.understanding.training_data import TrainingData, TrainingDataError

INFORM = "inform"
"""The intent of a bare answer, in projects that have it."""
MARGIN = 0.15
"""How much more an utterance must resemble an intent than what is out of scope."""
CLOSE = 0.1
"""How much it must resemble one in a project that does not tell what is out of scope: there
only confidence, which is low for strangers, can tell them apart."""
SURE = 0.8
"""From this strength on, an utterance that is nothing but a value keeps its intent: "one
second" asks for patience."""
EASY, FEW = 0.85, 20
"""The share understood, each utterance left out, from which no second encoder is tried: it
costs something at each turn, and there is little to gain. Of fewer utterances that went wrong
nothing could be told."""
STANDARD_ERRORS = 2.0
"""By which a second encoder must win to be kept."""
BESIDE = "sentences-english"
"""The name of its vectors in the cache."""
RANKED = 5

_FILLERS = re.compile(
    r"\b(?:eh+m?|u+h+|u+h?m+|h?m+|nou|ja|dus|dan|denk|ik|graag|liever|liefst|het|de|die|dat|is|op"
    r"|om|van|in|voor|doe|maar|alstublieft|alsjeblieft|aub|a?t|the|on|of|for|it's|its|please"
    r"|yes|well|so|i|think|preferably|make|it|number|nummer|one)\b"
)
"""Words that say nothing beside a value."""


class EmbeddedUnderstanding:
    """Implements `Understanding` in this process; made by `train`."""

    def __init__(
        self,
        intents: tuple[str, ...],
        model: IntentModel,
        languages: tuple[Language | None, ...],
        entities: TrainedEntities,
        encoder: Encoder,
        beside: Encoder,
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._intents = intents
        self.model = model
        """What was trained."""
        self._languages = languages
        self._entities = entities
        self._encoder = encoder
        self._beside = beside if model.fitted.beside else None
        self._clock = clock
        self._zone = zone
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="understanding")

    @classmethod
    def train(
        cls,
        data: TrainingData,
        cache: Path,
        clock: Clock,
        zone: tzinfo,
        encoder: Encoder | None = None,
        beside: Encoder | None = None,
    ) -> "EmbeddedUnderstanding":
        """Train on the data, or take from the cache what was found on the same data.

        Args:
            data: The utterances.
            cache: A folder that may be lost; made when it does not exist.
            clock: For "tomorrow".
            zone: Where the caller is.
            encoder: Another than the one that was measured best.
            beside: Another than the one that is asked as well where that tells close
                intents apart.
        """
        encoder, beside = encoder or SentenceEncoder(), beside or EnglishEncoder()
        rows: dict[str, list[str]] = {}
        languages: dict[str, Language | None] = {}
        for example in data.examples:
            if not (words := plain(example.text)):
                continue  # an emoji, which nobody says
            rows.setdefault(words, []).append(example.intent)
            languages.setdefault(words, example.language)
        if not rows:
            first = data.examples[0]
            cure = "add an utterance with words"
            raise TrainingDataError(first.file, first.line, "no example holds words", cure)
        texts = list(rows)
        intents = tuple(sorted({intent for said in rows.values() for intent in said}))
        targets = np.array([[said.count(i) / len(said) for i in intents] for said in rows.values()])
        kept = Cache(cache)
        key = _key(encoder, beside, rows)
        known = kept.fitted(key, (len(texts), len(intents)))
        nothing = intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else None
        shared, vectors = SharedWords(texts), kept.vectors(encoder, texts)
        second = None
        if known is not None and known.beside:
            second = kept.vectors(beside, texts, BESIDE)
        model = IntentModel(shared, targets, vectors, nothing, known, second)
        if model.right is not None and _hard(model.right):
            second = kept.vectors(beside, texts, BESIDE)
            other = IntentModel(shared, targets, vectors, nothing, None, second)
            model = other if _better(other, model) else model
        if known is None:
            kept.keep(key, model.fitted)
        spoken = tuple(languages.values())
        return cls(intents, model, spoken, TrainedEntities(data), encoder, beside, clock, zone)

    @property
    def intents(self) -> tuple[str, ...]:
        """The names that it was taught, sorted."""
        return self._intents

    async def parse(self, text: str, language: Language) -> Meaning:
        """Return what the text means; works in a thread, so the loop stays free."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.parse_now, text, language)

    def parse_now(self, text: str, language: Language) -> Meaning:
        """Return what the text means; blocks for some milliseconds."""
        words = plain(text)
        if not words:
            return Meaning(text, language, OUT_OF_SCOPE, 1.0)
        second = self._beside.encode([words])[0] if self._beside else None
        judged = self.model.judge(words, self._encoder.encode([words])[0], second)
        chance = dict(zip(self._intents, judged.confidences.tolist(), strict=True))
        strength = dict(zip(self._intents, judged.strengths.tolist(), strict=True))
        needed = MARGIN if OUT_OF_SCOPE in strength else CLOSE
        against = max(strength.pop(OUT_OF_SCOPE, 0.0), 0.0)
        if not strength:
            return Meaning(text, language, OUT_OF_SCOPE, 1.0)
        chance = {name: chance[name] for name in strength}
        rules = self._rules(text, language, self._languages[judged.nearest])
        if INFORM in strength and max(strength.values()) < SURE and _only_values(text, rules):
            chance = {INFORM: SURE}
            strength[INFORM] = SURE + against
        ranking = _ranking(chance)
        best = ranking[0]
        entities = merged(rules, self._entities.find(text[:LONGEST], best.intent))
        if strength[best.intent] - against < needed:
            nothing = 1.0 - best.confidence
            return Meaning(text, language, OUT_OF_SCOPE, nothing, entities, ranking)
        return Meaning(text, language, best.intent, best.confidence, entities, ranking)

    def close(self) -> None:
        """Let the threads go; what is being parsed is finished first."""
        self._threads.shutdown()

    def _rules(self, text: str, language: Language, sounds: Language | None) -> tuple[Entity, ...]:
        """Find values; when there are none, in the language that it sounds like."""
        text, now = text[:LONGEST], self._clock().astimezone(self._zone)
        if found := find_entities(text, language, now):
            return found
        return () if sounds in (None, language) else find_entities(text, sounds, now)


def learned_by(encoder: Encoder) -> str:
    """Return what changes when training on the same data would find something else."""
    return _key(encoder, EnglishEncoder(), {})


def _only_values(text: str, entities: tuple[Entity, ...]) -> bool:
    """Tell whether a text says values and nothing else."""
    if not entities:
        return False
    rest = list(text)
    for entity in entities:
        rest[entity.start : entity.end] = " " * (entity.end - entity.start)
    return not _FILLERS.sub(" ", plain("".join(rest))).strip()


def _ranking(chance: dict[str, float]) -> tuple[Candidate, ...]:
    """Return the likeliest intents; what the best one leaves is the most another can have."""
    best = sorted(chance.items(), key=lambda item: -item[1])[:RANKED]
    left = 1.0 - best[0][1]
    return tuple(
        Candidate(intent=name, confidence=value if place == 0 else min(value, left))
        for place, (name, value) in enumerate(best)
    )


def _hard(right: NDArray[np.bool_]) -> bool:
    """Tell whether another encoder may be of use where this was understood."""
    return bool(right.mean() < EASY) and int((~right).sum()) >= FEW


def _better(one: IntentModel, other: IntentModel) -> bool:
    """Tell whether one understood more than the other, and by more than chance (McNemar, 1947).

    Both tell it of the same utterances, each as if it had been left out.
    """
    if one.right is None or other.right is None:
        return False
    won = int((one.right & ~other.right).sum())
    lost = int((other.right & ~one.right).sum())
    return won - lost > STANDARD_ERRORS * math.sqrt(won + lost)


def _key(encoder: Encoder, beside: Encoder, rows: dict[str, list[str]]) -> str:
    """Return what changes when training would find something else."""
    content = hashlib.sha256(json.dumps([encoder.version, beside.version, rows]).encode())
    for module in (encoder_module, english_module, model_module, words_module):
        content.update(inspect.getsource(module).encode())
    content.update(json.dumps([EASY, FEW, STANDARD_ERRORS]).encode())
    return content.hexdigest()
