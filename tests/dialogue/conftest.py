"""What the tests of the dialogue share: content, trained understanding, judge of words, a stage."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.content import Content
from bot.encoder import SentenceEncoder
from bot.events import Language
from bot.mood.state import MoodSense
from bot.mood.words import WordJudge
from bot.rehearsal.queue import GivenQueue
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import load
from tests.dialogue.stage import INTENTS, ZONE, Stage, clock, demo_company

MakeStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def content() -> Content:
    return Content.load(INTENTS)


@pytest.fixture(scope="session")
def understanding(
    tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder
) -> EmbeddedUnderstanding:
    cache = tmp_path_factory.mktemp("understanding")
    return EmbeddedUnderstanding.train(load(INTENTS), cache, clock, ZONE, encoder)


@pytest.fixture(scope="session")
def judge(encoder: SentenceEncoder) -> WordJudge:
    return WordJudge.load(encoder)


@pytest.fixture
def make_stage(
    content: Content, understanding: EmbeddedUnderstanding, judge: WordJudge, tmp_path: Path
) -> MakeStage:
    """Return a maker of stages on which everything is real but the company and the clock."""

    def make(
        language: Language = "nl", number: str | None = None, queue: GivenQueue | None = None
    ) -> Stage:
        company = demo_company(tmp_path)
        mood = MoodSense(judge)
        return Stage(
            content,
            understanding,
            company,
            language=language,
            number=number,
            mood=mood,
            queue=queue,
        )

    return make
