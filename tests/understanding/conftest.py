"""What tests of understanding share: Kalm's own content, trained once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.encoder import SentenceEncoder
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import TrainingData, load

INTENTS = Path(__file__).resolve().parents[2] / "intents"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # a Sunday
ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="session")
def content() -> TrainingData:
    return load(INTENTS)


@pytest.fixture(scope="session")
def trained(
    content: TrainingData, encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedUnderstanding]:
    cache = tmp_path_factory.mktemp("understanding")
    understanding = EmbeddedUnderstanding.train(content, cache, lambda: NOW, ZONE, encoder)
    yield understanding
    understanding.close()
