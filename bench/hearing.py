"""Measures how well and how fast Kalm hears: word errors, digits, inventions, time, languages.

    python bench/hearing.py --data FOLDER [--stock]

FOLDER holds folders of WAV files whose sentence is the file's name, or the
text in a .txt beside it: `speech_nl_*` and `speech_en_*` (sentences; files
named `*noise*` hold no speech), and `fsdd/recordings` (spoken digits,
`7_name_12.wav`). Callers made by the tests' own voices are measured too where
espeak-ng and MBROLA are installed. Each file is heard at 16 kHz and at 8 kHz.
`--stock` adds faster-whisper as it comes: full window, beam 5, same model.
"""

import argparse
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soxr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.events import Language  # noqa: E402 - the checkout is on the path only now
from bot.hearing.expectation import Expectation  # noqa: E402
from bot.hearing.files import read_sound  # noqa: E402
from bot.hearing.heard import RATE, Audio  # noqa: E402
from bot.hearing.languages import LanguageTrack  # noqa: E402
from bot.hearing.pool import Recogniser  # noqa: E402
from bot.models import Models  # noqa: E402
from bot.settings import Settings  # noqa: E402

CALLERS: dict[Language, tuple[str, ...]] = {
    "nl": (
        "Goedemorgen, ik wil graag weten of mijn betaling binnen is.",
        "Ik heb een herinnering gekregen maar ik heb al betaald.",
        "Kan ik een afspraak maken voor volgende week dinsdag?",
        "Ik wil een medewerker spreken.",
        "Hoeveel moet ik nog betalen?",
        "Wat zijn uw openingstijden?",
        "Dinsdag om half drie alstublieft.",
        "Ik wil mijn afspraak verzetten.",
        "Kan ik in termijnen betalen?",
        "Nee, dat is niet goed.",
    ),
    "en": (
        "Good morning, I would like to know if my payment has arrived.",
        "I got a reminder but I have already paid.",
        "Can I make an appointment for next Tuesday?",
        "I want to talk to a person.",
        "How much do I still have to pay?",
        "What are your opening hours?",
        "Tuesday at half past two please.",
        "I want to move my appointment.",
        "Can I pay in instalments?",
        "No, that is not correct.",
    ),
}
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
Hear = Callable[[Audio, Language, Expectation], tuple[str, Language]]


@dataclass
class Tally:
    """What was found in one set, at one rate."""

    files: int = 0
    words: int = 0
    errors: int = 0
    empty: int = 0
    other_language: int = 0
    sound_s: float = 0.0
    times_s: list[float] = field(default_factory=list)

    def row(self, name: str, rate: int) -> str:
        """Return the tally as a row of the table in docs/hearing.md."""
        if not self.files:
            return f"| {name} | {rate // 1000} kHz | no files | | | | | |"
        wer = f"{self.errors / self.words:.3f}" if self.words else "-"
        return (
            f"| {name} | {rate // 1000} kHz | {self.files} | {wer} | {self.empty} "
            f"| {self.other_language} | {sum(self.times_s) / self.sound_s:.2f} "
            f"| {np.median(self.times_s):.2f} |"
        )


def errors(said: str, heard: str) -> tuple[int, int]:
    """Return the word errors (edit distance) and the number of words said."""
    one, other = (re.findall(r"[\w']+", text.lower().replace("_", " ")) for text in (said, heard))
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, candidate in enumerate(other, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, diagonal + (word != candidate))
            diagonal, row[j] = row[j], cost
    return row[-1], len(one)


def on_the_line(audio: Audio, rate: int) -> Audio:
    """Return audio as a line with so many samples a second passes it on."""
    if rate == RATE:
        return audio
    narrow = soxr.resample(audio, RATE, rate)
    wide: Audio = soxr.resample(narrow, rate, RATE).astype(np.float32)
    return wide


def measure(
    hear: Hear, sounds: Iterable[tuple[Audio, str]], language: Language, rate: int, kind: str
) -> Tally:
    """Hear each sound, and count."""
    tally = Tally()
    expectation = Expectation("digits") if kind == "digits" else Expectation()
    for audio, said in sounds:
        heard_as = on_the_line(audio, rate)
        began = time.perf_counter()
        heard, found = hear(heard_as, language, expectation)
        tally.times_s.append(time.perf_counter() - began)
        tally.files += 1
        tally.sound_s += len(audio) / RATE
        tally.empty += not heard
        tally.other_language += bool(heard) and found != language
        if kind == "digits":
            tally.words += 1
            tally.errors += not (str(DIGITS.index(said)) in heard or said in heard.lower())
        else:
            wrong, words = errors(said, heard)
            tally.errors += wrong
            tally.words += words
    return tally


def sentences(folders: Iterable[Path]) -> list[tuple[Audio, str]]:
    """Return the sounds and sentences in the folders."""
    found = []
    for folder in folders:
        for path in sorted(folder.glob("*.wav")):
            if "noise" in path.stem or path.stem.startswith("oov"):
                continue
            text = path.with_suffix(".txt")
            said = text.read_text().strip() if text.exists() else path.stem
            found.append((read_sound(path), said))
    return found


def digits(folder: Path) -> list[tuple[Audio, str]]:
    """Return spoken digits, every eighth, with the silence around them that a turn has."""
    around = np.zeros(int(0.6 * RATE), np.float32)
    found = []
    for path in sorted(folder.glob("*.wav"))[::8]:
        audio = np.concatenate([around, read_sound(path), around[: RATE // 3]])
        found.append((audio, DIGITS[int(path.stem[0])]))
    return found


def callers(language: Language) -> list[tuple[Audio, str]]:
    """Return what the tests' callers say, where they are installed."""
    if not shutil.which("espeak-ng") or not shutil.which("mbrola"):
        return []
    from tests.voices import caller_speech

    return [
        (caller_speech(text, language, RATE).astype(np.float32) / np.float32(32768), text)
        for text in CALLERS[language]
    ]


def stock(folder: Path) -> Hear:
    """Return faster-whisper as it comes."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)

    def hear(audio: Audio, language: Language, expectation: Expectation) -> tuple[str, Language]:
        segments, _ = model.transcribe(audio, language=language, beam_size=5)
        return " ".join(segment.text for segment in segments), language

    return hear


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of the speech sets")
    parser.add_argument("--stock", action="store_true", help="measure stock faster-whisper too")
    options = parser.parse_args()
    data: Path = options.data
    models = Models(Settings())
    recogniser = Recogniser.load(models)

    def kalm(audio: Audio, language: Language, expectation: Expectation) -> tuple[str, Language]:
        # As in the middle of a call: the language is known, but may change.
        heard = recogniser.recognise(audio, LanguageTrack(language, turns=1), expectation)
        return (heard.words, heard.language) if heard else ("", language)

    noise = [(read_sound(path), "") for path in sorted(data.glob("speech_*/*noise*.wav"))]
    sets: list[tuple[str, Language, str, list[tuple[Audio, str]]]] = [
        ("callers nl (MBROLA)", "nl", "words", callers("nl")),
        ("callers en (espeak-ng)", "en", "words", callers("en")),
        ("commands nl (synthetic)", "nl", "words", sentences(data.glob("speech_nl_*"))),
        ("commands en (recorded)", "en", "words", sentences(data.glob("speech_en_*"))),
        ("digits en (recorded)", "en", "digits", digits(data / "fsdd" / "recordings")),
        ("noise", "en", "words", noise),
    ]
    hearers = {"Kalm": kalm} | (
        {"stock": stock(models.path("whisper-base"))} if options.stock else {}
    )
    print("| set | line | files | WER | empty | other language | x real time | s a turn, median |")
    print("|---|---|---|---|---|---|---|---|")
    for who, hear in hearers.items():
        for name, language, kind, sounds in sets:
            if who == "stock" and not name.startswith("callers"):
                continue  # it takes minutes, and its own time a turn is known by then
            for rate in (16000, 8000):
                tally = measure(hear, sounds, language, rate, kind)
                print(tally.row(f"{who}: {name}", rate), flush=True)


if __name__ == "__main__":
    main()
