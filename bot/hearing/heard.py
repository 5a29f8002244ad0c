"""Heard: what recognition made of one turn."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.events import Language
from bot.hearing.expectation import Expectation
from bot.hearing.languages import LanguageTrack

Audio = npt.NDArray[np.float32]
"""Mono, 16 kHz, -1 to 1."""

RATE = 16_000
"""Samples a second of an Audio."""


@dataclass(frozen=True)
class Heard:
    """The words of a turn, and how sure recognition is of them."""

    words: str
    confidence: float
    """Mean probability of a token, 0 to 1."""
    language: Language
    """The language the words are in."""
    language_probability: float
    """How likely that language is by the sound of this turn alone, Dutch and English set apart."""
    no_speech: float
    """Whisper's own probability that nobody spoke."""
    speech_s: float
    """Seconds of speech in the turn, by voice activity."""
    languages: LanguageTrack
    """The call's languages, this turn included."""
    perhaps_part: bool = False
    """Whether a dictated number may go on, though it reads as a whole one."""


class Recognition(Protocol):
    """Whatever recognises turns; `bot.hearing.pool.Recogniser` does."""

    @property
    def idle(self) -> bool:
        """Whether nothing is being recognised, so that what may be in vain can be begun."""
        ...

    async def transcribe(
        self, audio: Audio, languages: LanguageTrack, expectation: Expectation
    ) -> Heard | None:
        """Recognise a turn of at most 30 s at 16 kHz; None when nothing was said."""
        ...
