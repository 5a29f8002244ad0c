"""Voices for tests of the tone: espeak-ng's, calm or made to sound otherwise."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from bot.mood.frames import RATE, Samples

SENTENCES = (
    "Good morning, I would like to know if my payment has arrived.",
    "Can I make an appointment for next Tuesday?",
    "I got a reminder, but I have already paid that invoice.",
    "The amount on the letter is not what we agreed upon.",
)


def says(text: str, *, pitch: int = 40, speed: int = 150, voice: str = "en-gb") -> Samples:
    """Return the sentence, mono at RATE; `pitch` of 0 to 99, `speed` in words a minute."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        how = ["-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(path)]
        subprocess.run(["espeak-ng", *how, "--", text], check=True, capture_output=True)
        sound, native = soundfile.read(path, dtype="float32")
    sound = soxr.resample(sound, native, RATE)
    silence = np.random.default_rng(1).normal(0, 1e-4, RATE // 4)
    return np.concatenate([silence, 0.3 * sound / np.abs(sound).max(), silence]).astype(np.float32)


def at(sound: Samples, decibels: float) -> Samples:
    """Return the sound so much louder."""
    return (sound * 10 ** (decibels / 20)).astype(np.float32)


def sharp(sound: Samples) -> Samples:
    """Return the sound as a tense voice or a sharp handset would give it: 6 dB more an octave."""
    brighter = np.diff(sound, prepend=0.0)
    as_loud: Samples = (brighter * np.sqrt(np.mean(sound**2) / np.mean(brighter**2))).astype(
        np.float32
    )
    return as_loud


def shouts(text: str) -> Samples:
    """Return the sentence higher, sharper and faster than `says` does."""
    return sharp(says(text, pitch=85, speed=175))
