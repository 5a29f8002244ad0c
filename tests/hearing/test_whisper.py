"""Real Whisper on real sound: words are found, and nothing is made up."""

import asyncio

import numpy as np
import pytest
import soxr

from bot.events import Language
from bot.hearing.expectation import Expectation
from bot.hearing.heard import RATE, Audio
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import PoolBusy, Recogniser
from bot.hearing.whisper import Care, Draft, Listened, Whisper
from tests.hearing.noises import NOISES, noise
from tests.voices import Samples, caller_speech, silence

pytestmark = pytest.mark.models


def heard_audio(*sounds: Samples, rate: int = 8000) -> Audio:
    """Return sound from a telephone line as the ears hand it over."""
    joined = np.concatenate(sounds).astype(np.float32) / 32768
    audio: Audio = soxr.resample(joined, rate, RATE)
    return audio


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("nl", "Hoeveel moet ik nog betalen?", ["hoeveel", "betalen"]),
        ("nl", "Ja dat klopt.", ["klopt"]),
        ("nl", "Medewerker.", ["medewerker"]),
        ("en", "I want to talk to a person.", ["talk", "person"]),
        ("en", "How much do I still have to pay?", ["how much", "pay"]),
        ("en", "No.", ["no"]),
    ],
)
def test_words_on_a_telephone_line(
    recogniser: Recogniser, language: Language, text: str, words: list[str]
) -> None:
    """At 8 kHz the words that matter are understood, in the language they were said in."""
    audio = heard_audio(silence(0.6), caller_speech(text, language), silence(0.3))
    heard = recogniser.recognise(audio, LanguageTrack(language), Expectation())
    assert heard is not None
    letters = heard.words.lower().replace(" ", "")  # "hoe veel" is no other word than "hoeveel"
    assert all(word.replace(" ", "") in letters for word in words), heard.words
    assert heard.language == language


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("seconds", [1.5, 12])
def test_noise_is_no_words(recogniser: Recogniser, name: str, seconds: float) -> None:
    """Nothing is understood from silence, breath, music, tones, hum or line noise."""
    audio = heard_audio(noise(name, seconds))
    for expectation in (Expectation(), Expectation("digits")):
        assert recogniser.recognise(audio, LanguageTrack("nl", turns=2), expectation) is None


@pytest.mark.parametrize("name", ["hiss", "mains hum"])
def test_words_over_noise(recogniser: Recogniser, name: str) -> None:
    """A noise that is refused alone does not hide the words of a caller who speaks over it."""
    speech = caller_speech("I want to talk to a person.", "en")
    background = noise(name, len(speech) / 8000)[: len(speech)]
    audio = heard_audio((speech + background // 6).astype(np.int16))
    heard = recogniser.recognise(audio, LanguageTrack("en"), Expectation())
    assert heard is not None
    assert "person" in heard.words.lower()


def test_a_change_of_language_is_followed(recogniser: Recogniser) -> None:
    """A Dutch call turns English with the caller, and the words with it."""
    track = LanguageTrack("nl")
    dutch = heard_audio(caller_speech("Ik heb een vraag over mijn betaling.", "nl"))
    heard = recogniser.recognise(dutch, track, Expectation())
    assert heard is not None
    assert heard.language == "nl"
    english = heard_audio(caller_speech("Sorry, could you please speak English with me?", "en"))
    heard = recogniser.recognise(english, heard.languages, Expectation())
    assert heard is not None
    assert heard.language == "en"
    assert "english" in heard.words.lower()


class Circling(Whisper):
    """The real model, whose first drafts on a short window go round in circles."""

    def __init__(self, whisper: Whisper):
        self._inner = whisper
        self.windows: list[bool] = []

    def listen(self, audio: Audio, *, full: bool = False) -> Listened:
        self.windows.append(full)
        return self._inner.listen(audio, full=full)

    def languages(self, listened: Listened) -> dict[str, float]:
        return self._inner.languages(listened)

    def draft(
        self, listened: Listened, language: Language, hints: str, care: Care = "careful"
    ) -> Draft:
        if not self.windows[-1]:
            return Draft("de deel van de deel van de deel van de deel", -0.5, 0.1, 3.1)
        return self._inner.draft(listened, language, hints, care)


def test_circles_are_left_by_the_full_window(whisper: Whisper) -> None:
    """When the short window repeats itself, the turn is heard once more in the full one."""
    circling = Circling(whisper)
    recogniser = Recogniser(circling, workers=1)
    audio = heard_audio(caller_speech("Hoeveel moet ik nog betalen?", "nl"))
    heard = recogniser.recognise(audio, LanguageTrack("nl", turns=2), Expectation())
    recogniser.close()
    assert circling.windows == [False, True]
    assert heard is not None
    assert "betalen" in heard.words.lower()


def test_what_is_dropped_makes_nobody_wait(whisper: Whisper) -> None:
    """A turn that is wanted no longer is left after its first step, before any word is written."""
    circling = Circling(whisper)
    recogniser = Recogniser(circling, workers=1)
    audio = heard_audio(caller_speech("Hoeveel moet ik nog betalen?", "nl"))
    track = LanguageTrack("nl", turns=2)
    heard = recogniser.recognise(audio, track, Expectation(), lambda: True)
    recogniser.close()
    assert heard is None
    assert circling.windows == [False]


async def test_a_full_pool_refuses_at_once(whisper: Whisper) -> None:
    """A turn that would wait too long is refused, so that the caller can be asked again."""
    recogniser = Recogniser(whisper, workers=1, waiting=1)
    audio = heard_audio(caller_speech("Hoeveel moet ik nog betalen?", "nl"))
    turns = [recogniser.transcribe(audio, LanguageTrack("nl")) for _ in range(4)]
    results = await asyncio.gather(*turns, return_exceptions=True)
    assert [isinstance(result, PoolBusy) for result in results] == [False, False, True, True]
    assert await recogniser.transcribe(audio, LanguageTrack("nl")) is not None
    recogniser.close()
