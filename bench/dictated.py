"""Measures how dictated numbers are heard, pause by pause, and how many sentences become one.

    python bench/dictated.py [--data FOLDER] [--count 60] [--seed 5]

Customer numbers, postcodes and mobile numbers in groups with pauses, at 8 kHz: spoken by espeak-ng
and MBROLA, and with FOLDER English digits by people (`fsdd/recordings`, `7_name_12.wav`, strung
together). At each pause recognition writes down what was said so far, as it does in a call; a
number is cut off where that would end the turn before the caller goes on. Nobody calls, so it takes
seconds a number, and the same seed makes the same numbers. Sentences are callers' own, at the
moment when a number is asked for. `bench/interruptions.py` does it in calls.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import soxr
from dictating import Dictation, What, dictation, mobile
from figures import table, wilson
from people import LOUD, People
from sounds import Wave, joined, silence, voices

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from clips import Clip, on_the_line, spoken  # noqa: E402 - tests are not installed

from bot.clock import utc_now  # noqa: E402
from bot.dialogue.answered import answered  # noqa: E402
from bot.dialogue.content import Content  # noqa: E402
from bot.dialogue.state import State  # noqa: E402
from bot.events import Language  # noqa: E402
from bot.hearing.expectation import Expectation, Kind  # noqa: E402
from bot.hearing.heard import RATE, Audio, Heard  # noqa: E402
from bot.hearing.languages import LanguageTrack  # noqa: E402
from bot.hearing.patience import Overheard, patience  # noqa: E402
from bot.hearing.pool import Recogniser  # noqa: E402
from bot.models import Models  # noqa: E402
from bot.settings import Settings  # noqa: E402
from bot.understanding.ahead import wish  # noqa: E402
from bot.understanding.classifier import EmbeddedUnderstanding  # noqa: E402
from bot.understanding.training_data import load  # noqa: E402

LINE_RATE = 8000
BEFORE_S, LULL_S = 0.3, 0.14
"""Silence before the first digit, and at a pause by the time that recognition begins."""
NOTICED_S = 0.22
"""From the last sound until voice activity says that it was the last."""
ANSWER_S = 1.0
"""The bar, of which the bot's own sound takes up to 0.1 s."""
LONGEST_S = 6.0
SLOTS: dict[What, tuple[str, Kind]] = {
    "customer number": ("customer_number", "digits"),
    "postcode": ("postcode", "postcode"),
    "telephone": ("callback_number", "phone"),
}
LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
"""Of Dutch postcodes."""


@dataclass(frozen=True)
class Spoken:
    """A number as somebody says it."""

    by: str
    language: Language
    said: Dictation
    groups: list[Wave]
    """At 8 kHz."""

    def so_far(self, count: int) -> Audio:
        """Return the first groups, as a turn that pauses there, at 16 kHz."""
        said = self.said.with_pauses(self.groups[:count])
        turn = joined([silence(BEFORE_S), said, silence(LULL_S)])
        wide = soxr.resample(turn, LINE_RATE, RATE)
        return np.asarray(wide, np.float32)


@dataclass(frozen=True)
class Found:
    """What came of it."""

    spoken: Spoken
    cut_off: bool
    right: bool
    soon: bool
    """Whether the answer to the whole of it comes within a second."""


class Listener:
    """Hears as a call does that asked for a number."""

    def __init__(self) -> None:
        """Load the models and learn from the house's utterances."""
        settings = Settings()
        self._recogniser = Recogniser.load(Models(settings))
        data = load(settings.intents)
        cache = settings.data / "understanding"
        self._nlu = EmbeddedUnderstanding.train(data, cache, utc_now, settings.zone)
        slots = Content.load(settings.intents).slots
        now = datetime.now(settings.zone)
        self._expectations = {
            what: Expectation(kind, answers=partial(answered, slots[slot], State(), now))
            for what, (slot, kind) in SLOTS.items()
        }

    def hear(self, what: What, audio: Audio, language: Language) -> Heard | None:
        """Return what recognition makes of it."""
        track = LanguageTrack(language, turns=1)
        return self._recogniser.recognise(audio, track, self._expectations[what])

    def wait_s(self, what: What, heard: Heard | None) -> float:
        """Return the silence that ends the turn, from the caller's last sound on."""
        overheard = None
        if heard is not None:
            meaning = self._nlu.parse_now(heard.words, heard.language)
            overheard = Overheard(
                heard.words,
                heard.language,
                meant=wish(meaning),
                confidence=heard.confidence,
                speech_s=heard.speech_s,
                perhaps_part=heard.perhaps_part,
            )
        return NOTICED_S + patience(self._expectations[what], False, overheard)

    def whole(self, what: What, heard: Heard | None) -> bool:
        """Tell whether it is all of a number."""
        answers = self._expectations[what].answers
        return heard is not None and answers(heard.words, heard.language) == "whole"

    def follow(self, spoken: Spoken) -> Found:
        """Hear a number up to each of its pauses."""
        said = spoken.said
        cut_off = False
        heard, wait = None, 0.0
        for count, pause in enumerate([*said.pauses_s, None], start=1):
            heard = self.hear(said.what, spoken.so_far(count), spoken.language)
            wait = self.wait_s(said.what, heard)
            cut_off |= pause is not None and wait < pause
        right = _signs(heard.words if heard else "") == said.number
        return Found(spoken, cut_off, right, soon=wait + 0.1 <= ANSWER_S)


def numbers(data: Path | None, count: int, dice: random.Random) -> Iterator[Spoken]:
    """Draw numbers: of each kind so many in each language."""
    people = None if data is None else People(data)
    for turn in range(count):
        for what in SLOTS:
            for language in ("nl", "en"):
                yield _spoken(what, language, turn, dice, people)


def _spoken(
    what: What, language: Language, turn: int, dice: random.Random, people: People | None
) -> Spoken:
    drawn: dict[What, str] = {
        "customer number": "".join(dice.choice("0123456789") for _ in range(6)),
        "postcode": str(dice.randrange(1000, 10_000)) + "".join(dice.choices(LETTERS, k=2)),
        "telephone": mobile(dice),
    }
    said = dictation(what, drawn[what], language, dice)
    if people and people.names and language == "en" and what != "postcode":
        name = people.names[turn % len(people.names)]
        return Spoken("people", language, said, said.by_people(people, name, dice, loud=LOUD))
    there = voices(language)[: 2 if language == "nl" else 3]
    return Spoken("synthetic", language, said, said.by_voice(there[turn % len(there)]))


def sentences(data: Path | None, count: int, seed: int) -> list[Clip]:
    """Return what is said in place of a number."""
    return [
        clip
        for language in ("nl", "en")
        for clip in [c for c in spoken(language, data, seed) if c.seconds < LONGEST_S][:count]
    ]


def _row(name: str, found: list[Found]) -> list[str]:
    kept = sum(not each.cut_off for each in found)
    low, high = wilson(kept, len(found))
    rights = [each for each in found if each.right]
    soon = sum(each.soon for each in rights)
    return [
        name,
        str(len(found)),
        f"{kept / len(found):.3f} ({low:.3f} to {high:.3f})",
        f"{len(rights) / len(found):.2f}",
        f"{soon} of {len(rights)}",
        f"{sum(each.soon for each in found) / len(found):.2f}",
    ]


def _signs(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="Folder of the public speech sets.")
    parser.add_argument("--count", type=int, default=60, help="Numbers of a kind and a language.")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    listener = Listener()
    dice = random.Random(options.seed)
    found = [listener.follow(each) for each in numbers(options.data, options.count, dice)]
    groups: dict[str, list[Found]] = {}
    for each in found:
        name = f"{each.spoken.said.what}, {each.spoken.language}, {each.spoken.by}"
        groups.setdefault(name, []).append(each)
    head = ["numbers, 8 kHz", "count", "not cut off", "right", "of these within 1 s", "all"]
    print(table(head, [_row(*group) for group in groups.items()] + [_row("all", found)]))
    clips = sentences(options.data, options.count, options.seed)
    for what in SLOTS:
        taken = 0
        for clip in clips:
            heard = listener.hear(what, on_the_line(clip.audio, LINE_RATE), clip.language)
            taken += listener.whole(what, heard)
        print(f"\nSentences that became a {what}: {taken} of {len(clips)}.")


if __name__ == "__main__":
    main()
