"""Which language the caller speaks: a fold over the turns, slow to change its mind.

A greeting is in the house's language. The first turns decide fast, because a
caller who is answered in the wrong language hangs up; later one "ok" or "yes"
in the other language must not turn the call around: it takes one long and
clear turn, words that read much better, or two turns that agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.events import Language

OTHER: Mapping[Language, Language] = {"nl": "en", "en": "nl"}

CLEAR = 0.85
"""A turn this likely in the other language, and long, changes it at once."""
CLEAR_AT_FIRST = 0.72
"""The same for the first turn: nothing yet speaks for the language of the greeting."""
LIKELY = 0.6
"""Two turns in a row this likely change it."""
READS_BETTER = 0.25
"""Words this much likelier in the other language change it, if the turn sounds like it too."""
READS_WORSE = -0.05
"""Words this much less likely in the other language do not change it, however it sounds."""
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
    prior: float = PRIOR
    """How likely the language of the call is, before a sound is heard."""
    fixed: bool = False
    """Whether the language is known and stays what it is."""

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
        mine = heard[self.language] * self.prior
        other = heard[OTHER[self.language]] * (1 - self.prior)
        return other / (mine + other) if mine + other > 0 else 0.0

    def leans(self, likelihood: Mapping[str, float], speech_s: float) -> bool:
        """Say whether a turn sounds so much like the other language that it is worth a look."""
        if self.fixed or speech_s < SHORT_S:
            return False
        return self.probability(likelihood) >= LIKELY

    def after(
        self, likelihood: Mapping[str, float], speech_s: float, gain: float = 0.0
    ) -> "LanguageTrack":
        """Return the track after one more turn with `speech_s` seconds of speech.

        `gain` is how much likelier the words of the turn are when written
        down in the other language: the difference in mean log probability.
        """
        if self.fixed or speech_s < SHORT_S:
            return self
        if not self.leans(likelihood, speech_s):
            return replace(self, turns=self.turns + 1, doubts=0)
        if gain < READS_WORSE:
            return replace(self, turns=self.turns + 1)
        other = self.probability(likelihood)
        first = self.turns == 0
        clear = other >= CLEAR_AT_FIRST if first else other >= CLEAR and speech_s >= LONG_S
        if clear or gain > READS_BETTER or self.doubts:
            return self.told(OTHER[self.language])
        return replace(self, turns=self.turns + 1, doubts=1)

    def told(self, language: Language) -> "LanguageTrack":
        """Return the track after the caller changed to a language, or asked for it in words."""
        return replace(self, language=language, turns=self.turns + 1, doubts=0)
