"""From sound on a line to the caller's words: real voice activity, real turns, real Whisper."""

import numpy as np
import pytest
import soxr

from bot.events import Language
from bot.hearing.ears import Ears
from bot.hearing.expectation import Expectation
from bot.hearing.pool import Recogniser
from bot.hearing.turns import turn_processors
from tests.hearing.conftest import listening
from tests.voices import caller_speech, silence

pytestmark = pytest.mark.models

ANYTHING = Expectation()


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("nl", "Goedemorgen, ik wil graag weten of mijn betaling binnen is.", ["betaling"]),
        ("en", "I got a reminder, but I have already paid.", ["reminder", "paid"]),
    ],
)
async def test_a_sentence_arrives_as_its_words(
    recogniser: Recogniser, rate: int, language: Language, text: str, words: list[str]
) -> None:
    """What a caller says comes out once, in words, with its language and its times."""
    ears = Ears(recogniser, lambda: ANYTHING, language)
    async with listening([*turn_processors(lambda: ANYTHING), ears], rate) as listener:
        speech = caller_speech(text, language, rate)
        await listener.play(silence(1, rate), speech, silence(2.5, rate))
        frame = await listener.utterance()
    said = frame.utterance
    assert all(word in said.words.lower() for word in words), said.words
    assert said.language == language
    spoken_from, spoken_to = 1000, 1000 + 1000 * len(speech) / rate
    assert spoken_from - 700 <= said.start_ms <= spoken_from + 100
    assert spoken_to - 300 <= said.end_ms <= spoken_to + 600
    assert said.confidence > 0.4
    assert frame.speech_ended > 0


@pytest.mark.parametrize("text", ["Talk to a person, please.", "No.", "Yes, that's right."])
async def test_a_telephone_is_heard_through_a_wide_pipeline(
    recogniser: Recogniser, text: str
) -> None:
    """Sound that came at 8 kHz and runs at 16 kHz is noticed as a voice, short words too."""
    ears = Ears(recogniser, lambda: ANYTHING, "en")
    narrow = caller_speech(text, "en", 8000).astype(np.float32)
    wide = soxr.resample(narrow, 8000, 16000).clip(-32768, 32767).astype(np.int16)
    async with listening([*turn_processors(lambda: ANYTHING), ears], 16000) as listener:
        await listener.play(silence(1, 16000), wide, silence(2.5, 16000))
        frame = await listener.utterance()
    assert frame.utterance.words


async def test_nothing_is_understood_from_noise(recogniser: Recogniser) -> None:
    """Hum and hiss before a sentence give no utterance; the sentence after them does."""
    random = np.random.default_rng(1)
    hiss = (random.normal(0, 0.03, 8000 * 4) * 32767).astype(np.int16)
    time = np.arange(8000 * 4) / 8000
    hum = (0.2 * np.sin(2 * np.pi * 50 * time) * 32767).astype(np.int16)
    ears = Ears(recogniser, lambda: ANYTHING, "en")
    async with listening([*turn_processors(lambda: ANYTHING), ears], 8000) as listener:
        speech = caller_speech("I want to talk to a person.", "en")
        await listener.play(hiss, hum, silence(1), speech, silence(2.5))
        frame = await listener.utterance()
    assert "person" in frame.utterance.words.lower()
