"""Which language the caller speaks: a fold over the turns, slow to change its mind.

A greeting is in the house's language. The first turns decide fast, because a
caller who is answered in the wrong language hangs up; later one "ok" or "yes"
in the other language must not turn the call around: it takes one long and
clear turn, or two in a row that agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.events import Language

OTHER: Mapping[Language, Language] = {"nl": "en", "en": "nl"}

CLEAR = 0.85
"""A turn this likely in the other language, and long, changes it at once."""
LIKELY = 0.6
"""Two turns in a row this likely change it."""
LONG_S = 1.2
"""Seconds of speech from which the sound of a turn tells its language."""
SHORT_S = 0.5
"""Seconds of speech below which a turn ("ja", "ok") says nothing about it."""
STRANGE = 0.5
"""How much a third language counts for Dutch."""
PRIOR = 0.65
"""How likely the caller goes on in the call's language, before a sound is heard."""


@dataclass(frozen=True)
class LanguageTrack:
    """What is known of the caller's language so far."""

    language: Language
    """The language of the call now."""
    turns: int = 0
    """Turns that told something about the language."""
    doubts: int = 0
    """How many of the latest turns in a row sounded like the other language."""

    def probability(self, likelihood: Mapping[str, float]) -> float:
        """Return how likely a turn is in the other language, given what Whisper heard.

        `likelihood` holds Whisper's probability by language code. English is
        nearly always heard as English, on the worst of lines too; Dutch is
        often taken for German, Malay or Latin. So what is neither counts half
        for Dutch.
        """
        english = likelihood.get("en", 0.0)
        dutch = likelihood.get("nl", 0.0)
        dutch += STRANGE * max(0.0, 1.0 - english - dutch)
        heard = {"nl": dutch, "en": english}
        mine = heard[self.language] * PRIOR
        other = heard[OTHER[self.language]] * (1 - PRIOR)
        return other / (mine + other) if mine + other > 0 else 0.0

    def after(self, likelihood: Mapping[str, float], speech_s: float) -> "LanguageTrack":
        """Return the track after one more turn with `speech_s` seconds of speech."""
        if speech_s < SHORT_S:
            return self
        other = self.probability(likelihood)
        first = self.turns == 0
        if other < LIKELY:
            return replace(self, turns=self.turns + 1, doubts=0)
        doubts = self.doubts + 1
        clear = other >= CLEAR and (first or speech_s >= LONG_S)
        if clear or doubts >= 2:
            return LanguageTrack(OTHER[self.language], self.turns + 1)
        return replace(self, turns=self.turns + 1, doubts=doubts)

    def doubted(self) -> "LanguageTrack":
        """Return the track after a turn that sounded like a change, but reads worse for it."""
        return replace(self, turns=self.turns + 1, doubts=1)

    def told(self, language: Language) -> "LanguageTrack":
        """Return the track after the caller asked for a language in words."""
        return LanguageTrack(language, self.turns + 1)
