"""Edition: what one version of the intents makes of the bot, ready for calls.

A call takes the edition that is in force when it begins, and ends on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from bot.clock import Clock
from bot.dialogue.content import Content, ContentError
from bot.encoder import Encoder
from bot.mood.impression import Voice
from bot.mood.lexicon import LexiconError
from bot.mood.model import Model
from bot.mood.state import MoodSense
from bot.mood.vocabulary import FOLDER as OWN_LEXICONS
from bot.mood.vocabulary import Vocabulary
from bot.mood.words import WordJudge
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import Understanding
from bot.understanding.training_data import TrainingData, TrainingDataError, too_many
from bot.understanding.training_data import load as load_training_data

BROKEN = (ContentError, TrainingDataError, LexiconError)
"""What a slip of the keyboard makes of a folder."""


@dataclass(frozen=True)
class Intents:
    """An intents folder, read: flows, answers, utterances and words of mood that fit together."""

    content: Content
    training_data: TrainingData
    vocabulary: Vocabulary
    """Words that tell a mood: of the folder, or Kalm's own where it has none."""

    @classmethod
    def read(cls, folder: Path) -> "Intents":
        """Read a folder; raises one of BROKEN at the first mistake."""
        lexicons = folder / "mood"
        content = Content.load(folder)
        data = load_training_data(folder)
        if (mistake := too_many(data)) is not None:
            raise mistake
        return cls(
            content,
            data,
            Vocabulary.load(lexicons if lexicons.is_dir() else OWN_LEXICONS),
        )


@dataclass(frozen=True)
class Edition:
    """All of the bot that product owners decide."""

    version: int | None
    """As published; None for a folder that was not."""
    content: Content
    understanding: Understanding
    mood: MoodSense


@dataclass(frozen=True)
class Press:
    """Makes editions: what they share, loaded once a process."""

    encoder: Encoder
    moods: Model
    cache: Path
    """Folder in which training is remembered."""
    clock: Clock
    zone: tzinfo
    voice: Voice | None = None
    """Judges the tone of voice; None when nobody listens to it."""
    engine: Callable[[EmbeddedUnderstanding], Understanding] = lambda embedded: embedded
    """Puts another engine before the embedded one, which answers when that does not."""

    def make(self, intents: Intents, version: int | None) -> Edition:
        """Train an edition; blocks for a second or more where much is new.

        Raises:
            TrainingDataError: No utterance holds a word.
        """
        understanding = EmbeddedUnderstanding.train(
            intents.training_data, self.cache, self.clock, self.zone, self.encoder
        )
        words = WordJudge(self.encoder, intents.vocabulary, self.moods)
        return Edition(
            version, intents.content, self.engine(understanding), MoodSense(words, self.voice)
        )
