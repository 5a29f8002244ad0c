"""Measures how many dictated numbers are heard rightly, and how many sentences become one.

    python bench/dictated.py [--data FOLDER] [--count 40] [--seed 3]

Numbers of six digits in groups with pauses, at 8 kHz: spoken by espeak-ng and MBROLA, and with
FOLDER also by people, whose single digits (`fsdd/recordings`, `7_name_12.wav`) are strung
together. Sentences are callers' own, at the moment when a number is asked for.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from dictating import dictation
from figures import table
from people import People
from sounds import voices

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from clips import on_the_line, spoken  # noqa: E402 - tests are not installed

from bot.events import Language  # noqa: E402
from bot.hearing.expectation import Answers, Expectation  # noqa: E402
from bot.hearing.heard import RATE, Audio  # noqa: E402
from bot.hearing.languages import LanguageTrack  # noqa: E402
from bot.hearing.pool import Recogniser  # noqa: E402
from bot.models import Models  # noqa: E402
from bot.settings import Settings  # noqa: E402

DIGITS = 6
LINE_RATE = 8000
SHAPES = ((2, 2, 2), (3, 3), (2, 4), (1, 2, 3), (6,))
LONGEST_S = 6.0


@dataclass(frozen=True)
class Dictated:
    """A number as it is said."""

    by: str
    language: Language
    number: str
    audio: Audio


def answers(text: str, _language: Language) -> Answers:
    """Tell whether a text is a number of six digits."""
    found = sum(letter.isdigit() for letter in text)
    return "whole" if found == DIGITS else "part" if found else "no"


def by_people(folder: Path, count: int, dice: random.Random) -> Iterator[Dictated]:
    """String single digits of one speaker together."""
    people = People(folder)
    for turn in range(count if people.names else 0):
        name = people.names[turn % len(people.names)]
        number = "".join(dice.choice("0123456789") for _ in range(DIGITS))
        rest = number
        parts = [_silence(0.3)]
        for size in dice.choice(SHAPES):
            group, rest = rest[:size], rest[size:]
            parts += [people.group(name, group, dice), _silence(dice.uniform(0.3, 0.9))]
        yield Dictated("people (FSDD), en", "en", number, np.concatenate(parts))


def by_voices(language: Language, count: int, dice: random.Random) -> Iterator[Dictated]:
    """Let speech synthesisers dictate."""
    people = voices(language)[: 2 if language == "nl" else 3]
    for turn in range(count):
        number = "".join(dice.choice("0123456789") for _ in range(DIGITS))
        said = dictation("customer number", number, language, dice).sound(
            people[turn % len(people)]
        )
        wide = soxr.resample(np.asarray(said, np.float32), LINE_RATE, RATE)
        yield Dictated(f"synthetic, {language}", language, number, wide.astype(np.float32))


def _silence(seconds: float) -> Audio:
    return np.zeros(int(seconds * RATE), np.float32)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description="How many dictated numbers are heard rightly.")
    parser.add_argument("--data", type=Path, help="Folder of the public speech sets.")
    parser.add_argument("--count", type=int, default=40, help="Of each kind of speaker.")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    recogniser = Recogniser.load(Models(Settings()))
    expected = Expectation("digits", answers=answers)

    def hear(audio: Audio, language: Language) -> str:
        heard = recogniser.recognise(
            on_the_line(audio, LINE_RATE), LanguageTrack(language, turns=1), expected
        )
        return heard.words if heard else ""

    dice = random.Random(options.seed)
    numbers = [] if options.data is None else list(by_people(options.data, options.count, dice))
    for language in ("nl", "en"):
        numbers += by_voices(language, options.count, dice)
    rows = []
    for by in dict.fromkeys(each.by for each in numbers):
        here = [each for each in numbers if each.by == by]
        right = sum(_digits(hear(each.audio, each.language)) == each.number for each in here)
        rows.append([by, str(len(here)), f"{right / len(here):.2f}"])
    sentences = [
        clip
        for language in ("nl", "en")
        for clip in [
            each
            for each in spoken(language, options.data, options.seed)
            if each.seconds < LONGEST_S
        ][: options.count]
    ]
    taken = sum(len(_digits(hear(clip.audio, clip.language))) == DIGITS for clip in sentences)
    print(table(["numbers of six digits, 8 kHz", "numbers", "right"], rows))
    print(f"\nSentences that became a number of six digits: {taken} of {len(sentences)}.")


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


if __name__ == "__main__":
    main()
