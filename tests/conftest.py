"""What tests of several rooms share."""

import pytest

from bot.encoder import SentenceEncoder


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """Return the sentence encoder, loaded once."""
    return SentenceEncoder()
