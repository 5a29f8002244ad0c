"""Remembered: words are judged once, though they are asked about twice.

What a caller may have said is judged while they pause, for the answer that is foreseen, and
again when the turn is over: the same words, some milliseconds later.
"""

from collections import OrderedDict
from threading import Lock

from bot.events import Language
from bot.mood.impression import WordImpression, Words

KEPT = 4
"""Utterances of which it is kept how they were judged; a turn has few pauses."""


class Remembered:
    """Judges the words of one call; safe in any thread."""

    def __init__(self, words: Words) -> None:
        """Take who judges them for all calls."""
        self._words = words
        self._judged: OrderedDict[tuple[str, Language, float, str], WordImpression] = OrderedDict()
        self._one_at_a_time = Lock()

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        """Return what the words tell, as `Words` does; who asks meanwhile waits for the same."""
        key = text, language, confidence, bot_words
        with self._one_at_a_time:
            found = self._judged.get(key)
            if found is None:
                found = self._judged[key] = self._words.judge(
                    text, language, confidence=confidence, bot_words=bot_words
                )
                if len(self._judged) > KEPT:
                    self._judged.popitem(last=False)
            return found
