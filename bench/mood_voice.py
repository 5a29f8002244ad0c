"""Measures how well the voice tells anger, what the line may do to it, and what it costs.

    python bench/mood_voice.py --data FOLDER [--lines]
    python bench/mood_voice.py --norms FOLDER...

FOLDER holds Emo-DB: names of which the first two digits are the speaker and the
sixth letter is the emotion (W anger, N neutral, F joy, T sadness). It is free for
research; nothing that ships is fitted on it. UAR is the mean of the recall of
anger and the recall of everything else. `--lines` repeats it with the clips as
other lines would carry them.

`--norms` measures calm voices, a folder each, and prints what `bot/mood/norms.py`
rounds: the mean, the deviation among voices, and that within a voice; then how much
the score moves within a voice, and how many calm utterances are called angry.
"""

import argparse
import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, sosfilt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.events import Prosody  # noqa: E402 - the checkout is on the path only now
from bot.mood.frames import RATE, Samples, Values  # noqa: E402
from bot.mood.norms import NORMS  # noqa: E402
from bot.mood.voice import SLOPE, THRESHOLD, Baseline, measure  # noqa: E402

ANGER, NEUTRAL = "W", "N"
SNR_DB = 15.0
DRAWS = 20
"""How often two clips of any kind are drawn as a baseline."""


@dataclass(frozen=True)
class Clip:
    """A sentence of Emo-DB."""

    name: str
    audio: Samples

    @property
    def speaker(self) -> str:
        """Who speaks."""
        return self.name[:2]

    @property
    def emotion(self) -> str:
        """W, N, F or T."""
        return self.name[5]


Heard = Mapping[str, Prosody | None]
"""What was measured, by the clip's name."""
Verdicts = list[tuple[str, float]]
"""Emotion and anger of each clip that was judged."""


def main() -> None:
    """Print what was asked for, one JSON object a line."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, help="folder of Emo-DB")
    options.add_argument("--lines", action="store_true", help="as other lines would carry it, too")
    options.add_argument("--norms", type=Path, nargs="+", help="folders of calm voices, one each")
    given = options.parse_args()
    if given.norms:
        _print_norms(given.norms)
    if given.data:
        _print_anger(given.data, lines=given.lines)
    if not given.norms and not given.data:
        options.error("give --data or --norms")


def _print_anger(folder: Path, *, lines: bool) -> None:
    clips = [
        Clip(path.name, _read(path))
        for path in sorted(folder.iterdir())
        if path.suffix in {".wav", ".flac"} and path.name[5] in "WNFT"
    ]
    began = time.process_time()
    clean = _heard(clips)
    seconds = sum(len(clip.audio) for clip in clips) / RATE
    share = (time.process_time() - began) / seconds
    _tell(
        clips=len(clips), seconds=round(seconds), core_percent_while_speaking=round(100 * share, 2)
    )
    for way, figures in _ways(clips, clean, clean):
        _tell(baseline=way, **figures)
    if not lines:
        return
    for line, carried in _lines(clips).items():
        heard = _heard([Clip(clip.name, sound) for clip, sound in zip(clips, carried, strict=True)])
        for way, figures in _ways(clips, heard, heard):
            _tell(line=line, baseline=way, **figures)
        for way, figures in _ways(clips, clean, heard):
            if way == "all own neutral":
                _tell(
                    line=line, baseline="all own neutral, heard before the line changed", **figures
                )


def _ways(
    clips: list[Clip], before: Heard, heard: Heard
) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the figures for each way to a baseline, which is learnt from `before`."""
    draws = np.random.default_rng(7)

    def neutral(own: list[Clip]) -> Iterator[list[Clip]]:
        yield [clip for clip in own if clip.emotion == NEUTRAL]

    def each_neutral(own: list[Clip]) -> Iterator[list[Clip]]:
        yield from ([clip] for clip in own if clip.emotion == NEUTRAL)

    def first_two(own: list[Clip]) -> Iterator[list[Clip]]:
        yield own[:2]

    def any_two(own: list[Clip]) -> Iterator[list[Clip]]:
        for _ in range(DRAWS):
            yield [own[number] for number in draws.choice(len(own), 2, replace=False)]

    def none(own: list[Clip]) -> Iterator[list[Clip]]:
        yield []

    ways: dict[str, Callable[[list[Clip]], Iterable[list[Clip]]]] = {
        "all own neutral": neutral,
        "one own neutral": each_neutral,
        "first two of any kind": first_two,
        "any two of any kind": any_two,
        "none": none,
    }
    for way, learnt in ways.items():
        verdicts: Verdicts = []
        for own in _by_speaker(clips):
            for calm in learnt(own):
                baseline = Baseline()
                for clip in calm:
                    if prosody := before[clip.name]:
                        baseline = baseline.with_turn(prosody, calm=True)
                # With all neutral clips in it, the baseline is judged on the whole set.
                rest = own if way == "all own neutral" else [c for c in own if c not in calm]
                verdicts += [(clip.emotion, _anger(baseline, heard[clip.name])) for clip in rest]
        yield way, _figures(verdicts)
    yield "fitted, speaker left out", _figures(_fitted(clips, before, heard))


def _fitted(clips: list[Clip], before: Heard, heard: Heard) -> Verdicts:
    """Return what a logistic regression tells of speakers it did not see: what could be had."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows, kept = [], []
    for own in _by_speaker(clips):
        rest = [_values(p) for c in own if c.emotion == NEUTRAL and (p := before[c.name])]
        for clip in own:
            if prosody := heard[clip.name]:
                rows.append(_values(prosody) - np.mean(rest, axis=0))
                kept.append(clip)
    table = np.array(rows)
    angry = np.array([clip.emotion == ANGER for clip in kept])
    speakers = np.array([clip.speaker for clip in kept])
    verdicts: Verdicts = []
    for speaker in sorted(set(speakers)):
        seen = speakers != speaker
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced"))
        model.fit(table[seen], angry[seen])
        found = model.predict_proba(table[~seen])[:, 1]
        judged = [clip for clip in kept if clip.speaker == speaker]
        verdicts += [(clip.emotion, float(p)) for clip, p in zip(judged, found, strict=True)]
    return verdicts


def _values(prosody: Prosody) -> Values:
    return np.array([norm.scaled(prosody.features[name]) for name, norm in NORMS.items()])


def _anger(baseline: Baseline, prosody: Prosody | None) -> float:
    found = baseline.judge(prosody) if prosody else None
    return found.anger if found else 0.0


def _figures(verdicts: Verdicts) -> dict[str, object]:
    from sklearn.metrics import roc_auc_score

    judged = {emotion: [anger for kind, anger in verdicts if kind == emotion] for emotion in "WFNT"}
    called = {
        emotion: float(np.mean([anger >= 0.5 for anger in found]))
        for emotion, found in judged.items()
    }
    others = [anger for emotion in "FNT" for anger in judged[emotion]]
    calm = 1 - float(np.mean([anger >= 0.5 for anger in others]))
    told = [emotion == ANGER for emotion, _ in verdicts]
    return {
        "uar": round((called[ANGER] + calm) / 2, 3),
        "auc": round(float(roc_auc_score(told, [anger for _, anger in verdicts])), 3),
        "called_angry": {
            name: round(called[emotion], 2)
            for emotion, name in {"W": "anger", "F": "joy", "N": "neutral", "T": "sadness"}.items()
        },
    }


def _by_speaker(clips: list[Clip]) -> Iterator[list[Clip]]:
    for speaker in sorted({clip.speaker for clip in clips}):
        yield [clip for clip in clips if clip.speaker == speaker]


def _heard(clips: list[Clip]) -> Heard:
    return {clip.name: measure(clip.audio, RATE) for clip in clips}


def _lines(clips: list[Clip]) -> dict[str, list[Samples]]:
    """Return the clips as lines carry them that are loud, faint, levelled, noisy or coded."""
    sounds = [clip.audio for clip in clips]
    random = np.random.default_rng(7)
    crowd = np.concatenate([clip.audio for clip in clips if clip.emotion == NEUTRAL])
    lines: dict[str, list[Samples]] = {
        "12 dB louder, cut off": [_full_scale(4 * sound) for sound in sounds],
        "12 dB fainter": [sound / np.float32(4) for sound in sounds],
        "white noise, 15 dB": [
            _with_noise(sound, random.normal(0, 1, len(sound))) for sound in sounds
        ],
        "six others talking, 15 dB": [
            _with_noise(sound, _babble(crowd, len(sound), random)) for sound in sounds
        ],
        "nothing below 300 Hz": [_without_lows(sound) for sound in sounds],
        "G.711 mu-law": [_coded(sound, "WAV", "ULAW") for sound in sounds],
        "GSM full rate": [_coded(sound, "WAV", "GSM610") for sound in sounds],
    }
    if shutil.which("sox"):
        lines["compressor"] = [_compressed(sound) for sound in sounds]
    return lines


def _full_scale(sound: Samples) -> Samples:
    return np.clip(sound, np.float32(-1), np.float32(1))


def _with_noise(sound: Samples, noise: Values) -> Samples:
    power = float(np.mean(sound**2)) / 10 ** (SNR_DB / 10)
    mixed = sound + noise * np.sqrt(power / float(np.mean(noise**2)))
    halved: Samples = (mixed / 2).astype(np.float32)  # so that nothing is cut off
    return halved


def _without_lows(sound: Samples) -> Samples:
    """Return the sound as a line with the band of G.712 carries it: most fundamentals are gone."""
    high: Samples = sosfilt(butter(6, 300, "highpass", fs=RATE, output="sos"), sound).astype(
        np.float32
    )
    return high


def _babble(crowd: Samples, length: int, random: np.random.Generator) -> Values:
    starts = random.integers(0, len(crowd) - length, 6)
    babble: Values = np.sum([crowd[start : start + length] for start in starts], axis=0)
    return babble


def _coded(sound: Samples, kind: str, subtype: str) -> Samples:
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=kind, subtype=subtype)
    file.seek(0)
    coded: Samples = soundfile.read(file, dtype="float32")[0]
    return coded


def _compressed(sound: Samples) -> Samples:
    """Return the sound after an automatic gain: soft as loud within a third of a second."""
    raw = ["-t", "f32", "-r", str(RATE), "-c", "1", "-"]
    effect = ["gain", "-6", "compand", "0.02,0.3", "6:-70,-60,-20", "-5", "-90", "0.02"]
    done = subprocess.run(
        ["sox", *raw, *raw, *effect], input=sound.tobytes(), capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, np.float32)


def _print_norms(folders: list[Path]) -> None:
    """Print each measure's mean, deviation among voices and deviation within a voice."""
    voices = []
    scores, alarms = [], []
    for folder in folders:
        turns = [
            prosody
            for path in sorted(folder.rglob("*.wav"))
            if (prosody := measure(_read(path), RATE)) and prosody.speech_s >= 1
        ]
        if len(turns) < 10:
            print(f"{folder}: too few utterances", file=sys.stderr)
            continue
        voices.append(np.array([_values(turn) for turn in turns]))
        scores.append(_spread_of_score(turns))
        alarms.append(_false_alarms(turns))
        _tell(folder=folder.name, utterances=len(turns), score_deviation=round(scores[-1], 2))
    means = np.array([voice.mean(axis=0) for voice in voices])
    within = np.sqrt(np.mean([voice.var(axis=0) for voice in voices], axis=0))
    for number, name in enumerate(NORMS):
        _tell(
            measure=name,
            mean=round(float(means[:, number].mean()), 2),
            between=round(float(means[:, number].std(ddof=1)), 2),
            within=round(float(within[number]), 2),
        )
    _tell(score_deviation=round(float(np.sqrt(np.mean(np.square(scores)))), 2))
    none, first, two = np.mean(alarms, axis=0)
    _tell(called_angry_percent={"none": none, "first turn": first, "first two turns": two})


def _false_alarms(turns: list[Prosody]) -> list[float]:
    """Return the percentage of calm turns called angry, by how many turns were heard before."""
    shares = []
    for learnt in range(3):
        baseline = Baseline()
        for turn in turns[:learnt]:
            baseline = baseline.with_turn(turn, calm=True)
        called = [_anger(baseline, turn) >= 0.5 for turn in turns[learnt:]]
        shares.append(round(100 * float(np.mean(called)), 2))
    return shares


def _spread_of_score(turns: list[Prosody]) -> float:
    """Return the deviation of the score, with each tenth turn as the baseline."""
    baseline = Baseline()
    for turn in turns[::10][:10]:
        baseline = baseline.with_turn(turn, calm=True)
    angers = [_anger(baseline, turn) for turn in turns]
    scores = [THRESHOLD + SLOPE * log(a / (1 - a)) for a in np.clip(angers, 0.001, 0.999)]
    return float(np.std(scores))


def _read(path: Path) -> Samples:
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = sound.mean(axis=1, dtype=np.float32)
    audio: Samples = soxr.resample(mono, rate, RATE) if rate != RATE else mono
    return audio


def _tell(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
