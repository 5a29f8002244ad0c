"""Remembered: words are judged once, though they are asked about twice.

What a caller may have said is judged while they pause, for the answer that is foreseen, and
again when the turn is over: the same words, some milliseconds later.
"""

from functools import lru_cache
from threading import Lock

from bot.events import Language
from bot.mood.impression import WordImpression, Words

KEPT = 4
"""Utterances of which it is kept how they were judged; a turn has few pauses."""


class Remembered:
    """Judges the words of one call; safe in any thread."""

    def __init__(self, words: Words) -> None:
        """Take who judges them for all calls."""
        self._judge = lru_cache(KEPT)(words.judge)
        self._one_at_a_time = Lock()

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        """Return what the words tell, as `Words` does; who asks meanwhile waits for the same."""
        with self._one_at_a_time:
            return self._judge(text, language, confidence=confidence, bot_words=bot_words)
