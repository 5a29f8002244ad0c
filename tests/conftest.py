"""What tests of several rooms share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from loguru import logger

from bot.encoder import SentenceEncoder

# Hypothesis's own profile for a machine that is slow and shared: no deadlines, and the same
# examples each time. To search for new ones: pytest --hypothesis-profile=default.
settings.load_profile("ci")


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """Return the sentence encoder, loaded once."""
    return SentenceEncoder()


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """Return what is logged from here on that an operator should see."""
    lines: list[str] = []
    sink = logger.add(lines.append, level="WARNING", format="{message}")
    yield lines
    logger.remove(sink)
