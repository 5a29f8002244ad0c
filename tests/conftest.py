"""What tests of several rooms share."""

import pytest
from hypothesis import settings

from bot.encoder import SentenceEncoder

# Hypothesis's own profile for a machine that is slow and shared: no deadlines, and the same
# examples each time. To search for new ones: pytest --hypothesis-profile=default.
settings.load_profile("ci")


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """Return the sentence encoder, loaded once."""
    return SentenceEncoder()
