"""What the tests of the dialogue share: the content, the trained understanding, a stage."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.content import Content
from bot.events import Language
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import load
from tests.dialogue.stage import INTENTS, ZONE, Stage, clock, demo_company

MakeStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def content() -> Content:
    return Content.load(INTENTS)


@pytest.fixture(scope="session")
def understanding(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedUnderstanding:
    cache = tmp_path_factory.mktemp("understanding")
    return EmbeddedUnderstanding.train(load(INTENTS), cache, clock, ZONE)


@pytest.fixture
def make_stage(content: Content, understanding: EmbeddedUnderstanding, tmp_path: Path) -> MakeStage:
    def make(language: Language = "nl", number: str | None = None) -> Stage:
        company = demo_company(tmp_path)
        return Stage(content, understanding, company, language=language, number=number)

    return make
