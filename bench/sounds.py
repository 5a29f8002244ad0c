"""Sounds of callers: sentences in several voices, hums, coughs, talk in the background.

Speech is made by espeak-ng, in Dutch through MBROLA, with the voices that this machine has; a
cough is made from noise. Nothing of it is stored or shipped.
"""

import io
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from bot.events import Language

RATE = 8000
PEAK = 0.5
"""Of full scale: a caller who speaks up."""

Samples = npt.NDArray[np.int16]
Wave = npt.NDArray[np.float32]

_NAMES: dict[Language, tuple[str, ...]] = {
    "nl": ("mb-nl2", "mb-nl3"),
    "en": ("en-gb", "en-us", "mb-us2"),
}
_PACE: dict[Language, int] = {"nl": 130, "en": 150}
_PITCHES = (50, 35, 65)


@dataclass(frozen=True)
class Voice:
    """Somebody who calls."""

    name: str
    language: Language
    pitch: int
    pace: int
    """Words a minute."""


class NoVoice(RuntimeError):
    """This machine has no voice for a language; the text says what to do."""


@lru_cache(maxsize=4)
def voices(language: Language) -> tuple[Voice, ...]:
    """Return the callers that this machine can speak as, the most intelligible first.

    Raises:
        NoVoice: There is none.
    """
    there = [name for name in _NAMES[language] if _speaks(name)]
    if not there:
        raise NoVoice(f"No voice for {language!r} callers. Run tests/needs.sh")
    pace = _PACE[language]
    return tuple(Voice(name, language, pitch, pace) for pitch, name in product(_PITCHES, there))


@lru_cache(maxsize=2000)
def wave(text: str, voice: Voice, rate: int = RATE) -> Wave:
    """Return a text as spoken, between -1 and 1, without silence at either end."""
    command = [
        shutil.which("espeak-ng") or "espeak-ng",
        *("-v", voice.name, "-s", str(voice.pace), "-p", str(voice.pitch), "--stdin", "--stdout"),
    ]
    made = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=30)
    audio, native = soundfile.read(io.BytesIO(made.stdout), dtype="float32")
    audio = soxr.resample(audio, native, rate) if native != rate else audio
    loud = np.flatnonzero(np.abs(audio) > 0.005 * max(float(np.abs(audio).max()), 1e-6))
    soft = int(0.02 * rate)  # consonants at either end are softer still
    audio = audio[max(0, loud[0] - soft) : loud[-1] + soft] if len(loud) else audio
    spoken: Wave = (audio * (PEAK / max(float(np.abs(audio).max()), 1e-6))).astype(np.float32)
    return spoken


def softer(sound: Wave, decibels: float) -> Wave:
    """Return a sound so many decibels softer."""
    quiet: Wave = (sound * 10 ** (-decibels / 20)).astype(np.float32)
    return quiet


def cough(seed: int, rate: int = RATE) -> Wave:
    """Return one or two coughs: a burst, breath after it, and a rough voice that dies away."""
    dice = np.random.default_rng(seed)
    pieces = []
    for _ in range(int(dice.integers(1, 3))):
        seconds = float(dice.uniform(0.22, 0.38))
        time = np.arange(int(seconds * rate)) / rate
        white = dice.normal(0, 1, len(time))
        low = np.convolve(white, np.ones(4) / 4, "same")
        burst = low * np.exp(-time / 0.03)
        breath = 0.5 * low * np.exp(-((time - 0.12) ** 2) / 0.005)
        pitch = float(dice.uniform(110, 240)) * (1 - 0.4 * time / seconds)
        buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / rate + 0.6 * white))
        voice = 0.25 * buzz * np.exp(-((time - 0.2) ** 2) / 0.004)
        pieces += [burst + breath + voice, np.zeros(int(dice.uniform(0.1, 0.25) * rate))]
    made = np.concatenate(pieces[:-1])
    loud: Wave = (made * (PEAK / np.abs(made).max())).astype(np.float32)
    return loud


def hum(seed: int, rate: int = RATE) -> Wave:
    """Return an "mm-hm" with the mouth closed: two murmurs through the nose, the second rising.

    No speech synthesiser that is here hums: they say it as a word. Formants of a nasal murmur
    are near 250, 1000 and 2200 Hz, the upper two weak (K. N. Stevens, "Acoustic Phonetics", 9.1).
    """
    dice = np.random.default_rng(seed)
    pitch = float(dice.uniform(95, 230))

    def murmur(seconds: float, begins: float, ends: float) -> "npt.NDArray[np.float64]":
        time = np.arange(int(seconds * rate)) / rate
        turns = 2 * np.pi * np.cumsum(pitch * np.linspace(begins, ends, len(time))) / rate
        made = np.zeros(len(time))
        for overtone in range(1, int(3400 / pitch) + 1):
            at = overtone * pitch
            loud = sum(
                part / (1 + ((at - middle) / width) ** 2)
                for part, middle, width in ((1, 250, 120), (0.04, 1050, 150), (0.02, 2200, 200))
            )
            made += loud * np.sin(overtone * turns)
        swell: npt.NDArray[np.float64] = np.minimum(
            1, np.minimum(time / 0.03, (seconds - time) / 0.05)
        )
        return made * swell

    breath = 0.01 * dice.normal(0, 1, int(0.06 * rate))
    first = murmur(float(dice.uniform(0.14, 0.22)), 1.05, 0.92)
    made = np.concatenate([first, breath, murmur(float(dice.uniform(0.2, 0.35)), 1.0, 1.25)])
    loud: Wave = (made * (PEAK / np.abs(made).max())).astype(np.float32)
    return loud


def silence(seconds: float, rate: int = RATE) -> Wave:
    """Return nothing, for so long."""
    return np.zeros(int(seconds * rate), np.float32)


def joined(parts: Sequence[Wave]) -> Wave:
    """Return sounds one after the other."""
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def pcm(sound: Wave) -> bytes:
    """Return a sound as PCM16."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def _speaks(name: str) -> bool:
    program = shutil.which("espeak-ng")
    if program is None or (name.startswith("mb-") and shutil.which("mbrola") is None):
        return False
    made = subprocess.run(
        [program, "-v", name, "--stdout", "a"], capture_output=True, check=False, timeout=30
    )
    return made.returncode == 0 and len(made.stdout) > 1000
