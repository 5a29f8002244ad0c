"""Impression: what one utterance tells of the caller's mood, by words or by voice."""

from dataclasses import dataclass
from typing import Protocol

from bot.events import Evidence, Language, Prosody, Sign

ABUSE: frozenset[Sign] = frozenset(
    {"insult_person", "discrimination", "sexual_harassment", "blackmail", "threat"}
)
"""Signs that a person should not have to hear."""


@dataclass(frozen=True)
class WordImpression:
    """What the words of one utterance tell."""

    text: str
    language: Language
    classes: dict[str, float]
    """A score of 0 to 1 for `calm` and for each Sign."""
    anger: float
    """0 to 1; anger is not abuse, and abuse is not always angry."""
    signs: tuple[Sign, ...] = ()
    """Those whose score is high enough to act upon."""
    unsure: tuple[Sign, ...] = ()
    """Those that would be, but rest on words that recognition may have made up."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def abuse(self) -> bool:
        """Whether a person should not have to hear this."""
        return bool(ABUSE & set(self.signs))

    @property
    def threat(self) -> bool:
        """Whether a person or a building is threatened."""
        return "threat" in self.signs

    @property
    def crisis(self) -> bool:
        """Whether a life may be in danger: for certain enough to act, or to ask."""
        return "crisis" in self.signs or "crisis" in self.unsure


@dataclass(frozen=True)
class VoiceImpression:
    """What the sound of one utterance tells, against a baseline."""

    anger: float
    """0 to 1."""
    angry: bool
    features: dict[str, float]
    """Differences from the baseline, in units a person understands: louder_db, higher_st."""
    evidence: tuple[Evidence, ...] = ()


class Words(Protocol):
    """Whatever judges words; `bot.mood.words.WordJudge` does."""

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        """Return what the words tell; never raises on odd input, takes some milliseconds.

        Args:
            text: What was said, as recognised or typed.
            language: Of the utterance, as far as known; the other may be mixed in.
            confidence: Recognition's mean probability of a token.
            bot_words: What the bot said in its turn: a caller who repeats it says nothing.
        """
        ...


class Voice(Protocol):
    """Whatever compares sound with a baseline; `bot.mood.voice.Baseline` does.

    Immutable: the baseline after a turn is a new one, so that it can be folded from events.
    """

    def with_turn(self, prosody: Prosody, *, calm: bool) -> "Voice":
        """Return the baseline after one more turn; `calm` when its words were calm."""
        ...

    def judge(self, prosody: Prosody) -> VoiceImpression | None:
        """Return what the sound tells against this baseline; None when too little was heard."""
        ...
