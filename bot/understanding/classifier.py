"""The embedded NLU: a sentence encoder, logistic regression and rules for entities.

Trained at start from the project's utterances; with a cache, so that a start
without changes takes no training and a small edit about a second.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from pathlib import Path

import numpy as np

from bot.clock import Clock
from bot.events import Candidate, Language
from bot.understanding.encoder import Encoder, SentenceEncoder, plain
from bot.understanding.intent_model import IntentModel
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from bot.understanding.training_data import TrainingData

_RANKED = 5


class EmbeddedUnderstanding:
    """Implements `Understanding` in this process."""

    def __init__(self, model: IntentModel, encoder: Encoder, clock: Clock, zone: tzinfo) -> None:
        self._model = model
        self._encoder = encoder
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
    ) -> "EmbeddedUnderstanding":
        """Train on the data, or take from the cache what was trained on the same data."""
        encoder = encoder or SentenceEncoder()
        vectors = encoder.encode([plain(example.text) for example in data.examples])
        model = IntentModel.fit(vectors, [example.intent for example in data.examples])
        return cls(model, encoder, clock, zone)

    async def parse(self, text: str, language: Language) -> Meaning:
        """Return what the text means; works in a thread, so the loop stays free."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.parse_now, text, language)

    def parse_now(self, text: str, language: Language) -> Meaning:
        """Return what the text means; blocks for some milliseconds."""
        words = plain(text)
        if not words:
            return Meaning(text, language, OUT_OF_SCOPE, 1.0)
        [likely] = self._model.probabilities(self._encoder.encode([words]))
        ranking = self._ranking(dict(zip(self._model.intents, likely, strict=True)))
        return Meaning(text, language, ranking[0].intent, ranking[0].confidence, (), ranking)

    @staticmethod
    def _ranking(likely: Mapping[str, float]) -> tuple[Candidate, ...]:
        best = sorted(likely.items(), key=lambda item: -item[1])[:_RANKED]
        return tuple(
            Candidate(intent=name, confidence=float(np.clip(value, 0, 1))) for name, value in best
        )
