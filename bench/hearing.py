"""Measures how well and how fast Kalm hears, beside faster-whisper as it comes, on the same clips.

    python bench/hearing.py [--data FOLDER] [--most-s 300] [--no-peer] [--json FILE]

Each clip is heard at 16 and at 8 kHz, by Kalm (its hints, filters and language track as in the
middle of a call) and by faster-whisper with beam 5 on its full window of 30 s, told the language;
both on the same weights. Clips are Kalm's own test sentences, spoken by espeak-ng and MBROLA; with
FOLDER also public sets: folders `speech_nl_*` and `speech_en_*` of WAV files whose sentence is
the file's name, or in a .txt beside it (`*noise*` hold no speech), and `fsdd/recordings` (spoken
digits, `7_name_12.wav`). Ends after `--most-s` and the last clip; how many clips it came to is
told. Numbers count as written out; of a difference the 95 % interval is told (bootstrap by clip).
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel
from figures import bootstrap, goes_round, percentile, rounded, table, word_errors, words

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from clips import Clip, digits, noises, on_the_line, spoken  # noqa: E402 - tests are not installed

from bot.events import Language  # noqa: E402
from bot.hearing.expectation import Expectation  # noqa: E402
from bot.hearing.heard import Audio  # noqa: E402
from bot.hearing.languages import LanguageTrack  # noqa: E402
from bot.hearing.pool import Recogniser  # noqa: E402
from bot.models import Models  # noqa: E402
from bot.settings import Settings  # noqa: E402

RATES = (16000, 8000)
LANGUAGES: tuple[Language, ...] = ("nl", "en")
TURN_S = (1.0, 6.0)
"""Turns of which the time is told."""
NOISE_SHARE = 0.12
"""Of the time, at most, for noise, and as much for digits."""

Hear = Callable[[Audio, Language, Expectation], Awaitable[str]]


@dataclass
class Hearing:
    """What one hearer made of one clip at one rate."""

    by: str
    source: str
    language: Language
    rate: int
    said: str
    heard: str
    seconds: float
    """That it took."""
    long_s: float
    """Of the clip."""
    errors: int
    words: int
    loop: bool

    @property
    def of(self) -> tuple[str, Language, int, str]:
        """What was heard, whoever heard it."""
        return self.source, self.language, self.rate, self.said


async def hear(by: str, how: Hear, clip: Clip, rate: int, expected: Expectation) -> Hearing:
    """Let a clip be heard, and judge what came of it."""
    audio = on_the_line(clip.audio, rate)
    began = time.perf_counter()
    heard = await how(audio, clip.language, expected)
    seconds = time.perf_counter() - began
    said_words, heard_words = words(clip.said, clip.language), words(heard, clip.language)
    return Hearing(
        by=by,
        source=clip.source,
        language=clip.language,
        rate=rate,
        said=clip.said,
        heard=heard.strip(),
        seconds=round(seconds, 4),
        long_s=round(clip.seconds, 2),
        errors=word_errors(said_words, heard_words),
        words=len(said_words),
        loop=goes_round(said_words, heard_words),
    )


def hearers(peer: bool) -> dict[str, Hear]:
    """Load Kalm's recognition, and the peer's."""
    models = Models(Settings())
    recogniser = Recogniser.load(models)

    async def kalm(audio: Audio, language: Language, expected: Expectation) -> str:
        # As in the middle of a call: the language is known, but may change.
        track = LanguageTrack(language, turns=1)
        heard = await recogniser.transcribe(audio, track, expected)
        return heard.words if heard else ""

    found: dict[str, Hear] = {"Kalm": kalm}
    if peer:
        folder = str(models.path("whisper-base"))
        model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=2)

        async def stock(audio: Audio, language: Language, _expected: Expectation) -> str:
            segments, _ = model.transcribe(audio, language=language, beam_size=5)
            return " ".join(segment.text for segment in segments)

        found["stock"] = stock
    return found


async def measure(data: Path | None, most_s: float, peer: bool, seed: int) -> list[Hearing]:
    """Hear clips until the time is over: languages in turn, each clip by all at all rates."""
    by = hearers(peer)
    anything = Expectation()
    sets = [spoken(language, data, seed) for language in LANGUAGES]
    sentences = [clip for clip in chain.from_iterable(zip_longest(*sets)) if clip]
    began = time.monotonic()
    found: list[Hearing] = []

    async def all_of(clips: Sequence[Clip], expected: Expectation, until: float) -> None:
        for clip in clips:
            if time.monotonic() - began > until:
                return
            for rate in RATES:
                for name, how in by.items():
                    found.append(await hear(name, how, clip, rate, expected))

    await all_of(noises(data), anything, most_s * NOISE_SHARE)
    await all_of(digits(data, seed), Expectation("digits"), most_s * 2 * NOISE_SHARE)
    await all_of(sentences, anything, most_s)
    return found


def summary(found: Sequence[Hearing]) -> dict[str, Any]:
    """Return the figures that the bars are about."""
    speech = [each for each in found if each.said and each.source != "digits"]
    turns = [each for each in speech if TURN_S[0] <= each.long_s <= TURN_S[1]]
    names = list(dict.fromkeys(each.by for each in found))
    return {
        "seconds": {name: _times([t.seconds for t in turns if t.by == name]) for name in names},
        "errors": list(_errors(speech)),
        "by_set": list(_by_set([each for each in found if each.said])),
        "loops": {name: sum(e.loop for e in speech if e.by == name) for name in names},
        "heard": {name: sum(e.by == name for e in speech) for name in names},
        "inventions": {
            name: sum(bool(e.heard) for e in found if e.by == name and not e.said) for name in names
        },
        "noises": sum(each.by == names[0] and not each.said for each in found) if names else 0,
    }


def _times(seconds: Sequence[float]) -> dict[str, float]:
    mean = sum(seconds) / len(seconds) if seconds else float("nan")
    p95 = percentile(seconds, 0.95)
    return {"turns": len(seconds), "mean_s": round(mean, 3), "p95_s": p95}


def _errors(speech: Sequence[Hearing]) -> Iterator[dict[str, Any]]:
    for language in LANGUAGES:
        for rate in RATES:
            here = [each for each in speech if (each.language, each.rate) == (language, rate)]
            ours = {each.of: each for each in here if each.by == "Kalm"}
            theirs = {each.of: each for each in here if each.by == "stock"}
            both = [(ours[of], theirs[of]) for of in ours if of in theirs]
            total = sum(each.words for each in ours.values())
            pairs = [(our.errors, their.errors, our.words) for our, their in both]
            low, high = bootstrap(pairs)
            yield {
                "language": language,
                "rate": rate,
                "clips": len(ours),
                "words": total,
                "wer": _share(sum(each.errors for each in ours.values()), total),
                "peer_wer": _share(sum(t.errors for _, t in both), sum(t.words for _, t in both)),
                "low": low,
                "high": high,
            }


def _by_set(speech: Sequence[Hearing]) -> Iterator[dict[str, Any]]:
    for source, rate, by in dict.fromkeys((each.source, each.rate, each.by) for each in speech):
        here = [e for e in speech if (e.source, e.rate, e.by) == (source, rate, by)]
        total = sum(each.words for each in here)
        yield {
            "set": source,
            "rate": rate,
            "by": by,
            "clips": len(here),
            "wer": _share(sum(each.errors for each in here), total),
            "empty": sum(not each.heard for each in here),
        }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def shown(figures: dict[str, Any]) -> str:
    """Return the figures as tables."""
    names = list(figures["seconds"])
    times = [
        [
            name,
            str(figures["seconds"][name]["turns"]),
            rounded(figures["seconds"][name]["mean_s"], "{:.3f}".format),
            rounded(figures["seconds"][name]["p95_s"], "{:.3f}".format),
            f"{figures['loops'][name]} of {figures['heard'][name]}",
            f"{figures['inventions'][name]} of {figures['noises']}",
        ]
        for name in names
    ]
    errors = [
        [
            f"{row['language']}, {row['rate'] // 1000} kHz",
            str(row["clips"]),
            str(row["words"]),
            _percent(row["wer"]),
            _percent(row["peer_wer"]),
            rounded(100 * (row["wer"] - row["peer_wer"]), "{:+.1f}".format),
            _interval(row["low"], row["high"]),
        ]
        for row in figures["errors"]
    ]
    sets = [
        [
            f"{row['by']}: {row['set']}, {row['rate'] // 1000} kHz",
            str(row["clips"]),
            _percent(row["wer"]),
            str(row["empty"]),
        ]
        for row in figures["by_set"]
    ]
    return "\n\n".join(
        [
            table(["a turn of 1 to 6 s", "turns", "mean s", "p95 s", "loops", "inventions"], times),
            table(
                ["WER", "clips", "words", "Kalm", "stock", "difference, points", "95 % interval"],
                errors,
            ),
            table(["set", "clips", "WER", "nothing understood"], sets),
        ]
    )


def _interval(low: float, high: float) -> str:
    return rounded(low, lambda bound: f"{100 * bound:+.1f} to {100 * high:+.1f}")


def _percent(share: float) -> str:
    return rounded(share, lambda value: f"{100 * value:.1f} %")


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="Folder of the public speech sets.")
    parser.add_argument("--most-s", type=float, default=300, help="Seconds of hearing.")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="Write clips and figures here.")
    options = parser.parse_args()
    found = asyncio.run(measure(options.data, options.most_s, not options.no_peer, options.seed))
    figures = summary(found)
    print(shown(figures))
    if options.json:
        clips = [asdict(each) for each in found]
        told = {"bench": "hearing", "figures": figures, "clips": clips}
        options.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
