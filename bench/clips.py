"""Clips: what recognition is measured on, in a fixed order that a measurement may break off."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import TypeVar

import numpy as np
import soxr
from sounds import voices, wave

from bot.events import Language
from bot.hearing.files import read_sound
from bot.hearing.heard import RATE, Audio
from bot.understanding.training_data import load
from tests.hearing.noises import NOISES, noise

ROOT = Path(__file__).resolve().parent.parent
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS = (3, 14)
"""Of a caller's sentence; about 1 to 6 seconds."""
NOISE_S = 3.0

T = TypeVar("T")


@dataclass(frozen=True)
class Clip:
    """Sound, and what is said in it."""

    source: str
    language: Language
    said: str
    """Empty for noise."""
    audio: Audio
    """At 16 kHz."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.audio) / RATE


def spoken(language: Language, data: Path | None, seed: int) -> list[Clip]:
    """Return sentences: callers' first, between them those of public sets, where there are any."""
    sets = [_callers(language, seed)]
    if data is not None:
        sets.append(_files(data, language, seed))
    return _in_turn(sets)


def noises(data: Path | None) -> list[Clip]:
    """Return sound in which nobody speaks: made from numbers, and recorded where there is any."""
    made = [_floats(noise(name, NOISE_S, RATE)) for name in NOISES]
    clips = [
        Clip(f"made: {name}", "nl", "", audio) for name, audio in zip(NOISES, made, strict=True)
    ]
    if data is not None:
        for path in sorted(data.glob("speech_*/*noise*.wav")):
            clips.append(Clip(f"recorded: {path.stem}", "en", "", read_sound(path)))
    return clips


def digits(data: Path | None, seed: int) -> list[Clip]:
    """Return single spoken digits, with the silence around them that a turn has."""
    around = np.zeros(int(0.6 * RATE), np.float32)
    paths = sorted((data / "fsdd" / "recordings").glob("*.wav")) if data is not None else []
    random.Random(seed).shuffle(paths)
    return [
        Clip(
            "digits",
            "en",
            DIGITS[int(path.stem[0])],
            np.concatenate([around, read_sound(path), around[: RATE // 3]]),
        )
        for path in paths[:60]
    ]


def on_the_line(audio: Audio, rate: int) -> Audio:
    """Return audio as a line with so many samples a second passes it on, at 16 kHz again."""
    if rate == RATE:
        return audio
    narrow = soxr.resample(audio, RATE, rate)
    wide: Audio = soxr.resample(narrow, rate, RATE).astype(np.float32)
    return wide


def _callers(language: Language, seed: int) -> Iterable[Clip]:
    """Speak what callers ask for in the house's own examples, each voice in turn."""
    texts = sorted(
        {
            example.text
            for example in load(
                ROOT / "intents" / "tests" / f"understanding.{language}.yml"
            ).examples
            if WORDS[0] <= len(example.text.split()) <= WORDS[1]
        }
    )
    random.Random(seed).shuffle(texts)
    pitch = voices(language)[0].pitch
    people = [each for each in voices(language) if each.pitch == pitch]
    around = np.zeros(int(0.3 * RATE), np.float32)
    for number, text in enumerate(texts):
        audio = wave(text, people[number % len(people)], RATE)
        yield Clip(
            f"callers {language} (espeak-ng, MBROLA)",
            language,
            text,
            np.concatenate([around, audio, around]),
        )


def _files(data: Path, language: Language, seed: int) -> Iterable[Clip]:
    """Return recorded or synthetic commands: the sentence is the file's name, or beside it."""
    paths = [
        path
        for folder in sorted(data.glob(f"speech_{language}_*"))
        for path in sorted(folder.glob("*.wav"))
        if "noise" not in path.stem and not path.stem.startswith("oov")
    ]
    random.Random(seed).shuffle(paths)
    for path in paths:
        text = path.with_suffix(".txt")
        said = text.read_text().strip() if text.exists() else path.stem
        yield Clip(f"commands {language} (public)", language, said, read_sound(path))


def _in_turn(sets: Sequence[Iterable[T]]) -> list[T]:
    """Return one of each set, then the next of each, until all are there."""
    rows = chain.from_iterable(zip_longest(*sets))
    return [each for each in rows if each is not None]


def _floats(samples: "np.typing.NDArray[np.int16]") -> Audio:
    return samples.astype(np.float32) / np.float32(32768)
