"""Makes training lines of what the recogniser makes of our own utterances on a telephone line.

    python bench/misheard.py --language nl --write intents/misheard.nl.yml
    python bench/misheard.py --language nl --held-out --write FILE

A caller's voice (espeak-ng, in Dutch through MBROLA; `tests/needs.sh` installs them) says
utterances of each intent, the telephone takes away what lies outside 300 to 3400 Hz and adds
noise and the steps of A-law, and the Whisper that answers calls writes down what it hears.
What it heard differently is kept with the intent of what was said, so that the engine learns
what "factuur" becomes; what it hardly heard at all is not, for that says nothing.

`--held-out` does the same in another voice to the utterances that understanding is measured
on, with all that is heard, right or wrong: on these it is measured whether the training lines help
(`kalm intents evaluate --test FILE`).
"""

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
from rich.console import Console
from rich.progress import track
from scipy.signal import butter, sosfilt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.encoder import plain  # noqa: E402 - the checkout is on the path only now
from bot.events import Language  # noqa: E402
from bot.hearing.expectation import Expectation  # noqa: E402
from bot.hearing.heard import RATE, Audio  # noqa: E402
from bot.hearing.languages import LanguageTrack  # noqa: E402
from bot.hearing.pool import Recogniser  # noqa: E402
from bot.models import Models  # noqa: E402
from bot.settings import Settings  # noqa: E402
from bot.understanding.training_data import Example, load  # noqa: E402

VOICES: dict[Language, tuple[str, str]] = {"nl": ("mb-nl2", "mb-nl3"), "en": ("en-gb", "mb-us2")}
"""espeak-ng's names of the voice that training is said in, and of that of the held-out set."""
WORDS_A_MINUTE: dict[Language, int] = {"nl": 130, "en": 150}
NOISE_DB = 20
"""Speech above noise, a handset in a room."""
LEFT_OUT = frozenset({"inform"})
"""Values and nothing else: rules read these, and a misheard digit is another digit."""
ALIKE = 0.7
"""Share of letters, in order, that what was heard must have in common with an utterance of
its intent."""
SEED = 7


def chosen(examples: Iterable[Example], an_intent: int | None) -> list[Example]:
    """Return so many utterances of each intent, drawn by chance, or all of them."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.intent not in LEFT_OUT:
            by_intent[example.intent].append(example)
    dice = np.random.default_rng(SEED)
    return [
        said[i]
        for _, said in sorted(by_intent.items())
        for i in dice.permutation(len(said))[:an_intent]
    ]


def spoken(text: str, voice: str, pace: int) -> tuple[Audio, int]:
    """Return an utterance as the voice says it, and its samples a second."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["espeak-ng", "-v", voice, "-s", str(pace), "-w", file.name, "--", text]
        subprocess.run(command, check=True, capture_output=True)
        audio, rate = soundfile.read(file.name, dtype="float32")
    return audio, rate


def on_the_telephone(audio: Audio, rate: int, dice: np.random.Generator) -> Audio:
    """Return speech as the far end of a telephone line gets it, at Kalm's own rate."""
    narrow = soxr.resample(audio, rate, 8000)
    band = sosfilt(butter(4, (300, 3400), "bandpass", fs=8000, output="sos"), narrow)
    band = 0.4 * band / max(float(np.abs(band).max()), 1e-6)
    loudness = float(np.sqrt(np.mean(band**2)))
    band = band + dice.normal(0, loudness / 10 ** (NOISE_DB / 20), len(band))
    wide: Audio = soxr.resample(_a_law(band), 8000, RATE).astype(np.float32)
    quiet = np.zeros(RATE // 4, np.float32)
    return np.concatenate([quiet, wide, quiet])


def _a_law(audio: Audio) -> Audio:
    """Return sound in the 256 steps of A-law (ITU-T G.711)."""
    a = 87.6
    size = np.abs(np.clip(audio, -1, 1))
    flat = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))
    flat = np.round(flat * 127) / 127 * (1 + np.log(a))
    restored: Audio = np.sign(audio) * np.where(flat < 1, flat / a, np.exp(flat - 1) / a)
    return restored


def heard(said: Sequence[Example], language: Language, voice: str) -> Iterator[tuple[Example, str]]:
    """Yield each utterance with what was heard of it, as `plain` leaves it."""
    dice = np.random.default_rng(SEED)
    recogniser = Recogniser.load(Models(Settings()))
    for example in track(said, "Listening", console=Console(stderr=True), transient=True):
        audio = on_the_telephone(*spoken(example.text, voice, WORDS_A_MINUTE[language]), dice)
        turn = recogniser.recognise(audio, LanguageTrack(language, fixed=True), Expectation())
        yield example, plain(turn.words) if turn else ""
    recogniser.close()


def worth_learning(caught: str, of_intent: Iterable[str]) -> bool:
    """Whether what was heard still says something of its intent; one word alone does not."""
    return " " in caught and any(
        SequenceMatcher(None, said, caught).ratio() >= ALIKE for said in of_intent
    )


def training_file(rows: Iterable[tuple[str, str]], header: Sequence[str]) -> str:
    """Return utterances, each after its intent, as Rasa training data."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for intent, words in rows:
        by_intent[intent].append(words)
    lines = [*(f"# {line}" for line in header), 'version: "3.1"', "", "nlu:"]
    for intent, said in sorted(by_intent.items()):
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {words}" for words in said)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Speak, listen and write one file."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--language", choices=("nl", "en"), required=True)
    options.add_argument("--an-intent", type=int, default=15, help="utterances of each intent")
    options.add_argument("--held-out", action="store_true", help="the test's utterances and voice")
    options.add_argument("--write", type=Path, required=True, help="the file to write")
    given = options.parse_args()
    language: Literal["nl", "en"] = given.language
    voice = VOICES[language][given.held_out]
    own = [one for one in load(ROOT / "intents").examples if "misheard" not in one.file.name]
    tests = [
        example
        for file in sorted((ROOT / "intents" / "tests").glob(f"understanding*.{language}.yml"))
        for example in load(file).examples
    ]
    taken = {plain(one.text) for one in (*own, *tests)}
    by_intent: dict[str, list[str]] = defaultdict(list)
    for one in own:
        by_intent[one.intent].append(plain(one.text))
    if given.held_out:
        said = chosen(tests, None)
    else:
        said = chosen((one for one in own if one.language == language), given.an_intent)
    rows: dict[str, str] = {}
    for one, caught in heard(said, language, voice):
        new = caught not in taken and worth_learning(caught, by_intent[one.intent])
        if given.held_out or new:
            rows.setdefault(caught, one.intent)
    rows.pop("", None)
    header = [
        f"What Kalm's recogniser heard of {len(said)} utterances. Made by a program, not by hand:",
        f"  python bench/misheard.py --language {language} --an-intent {given.an_intent}"
        f"{' --held-out' if given.held_out else ''} --write {given.write}",
        f"Voice {voice} at {WORDS_A_MINUTE[language]} words a minute, 300 to 3400 Hz, noise at"
        f" {NOISE_DB} dB, A-law, Whisper base.",
    ]
    given.write.write_text(training_file(((i, words) for words, i in rows.items()), header))
    print(f"{len(rows)} of {len(said)} lines in {given.write}")


if __name__ == "__main__":
    main()
