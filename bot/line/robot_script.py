"""Script: what the robot caller does, line by line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from bot.events import Language
from bot.line.robot_handset import RATE

Voice = Callable[[str, Language], tuple[bytes, int]]
"""Says a text: PCM16 mono and its sample rate."""


class BadScript(ValueError):
    """A line that the robot can't perform; the text says what would do."""


@dataclass(frozen=True)
class Step:
    """One thing that the caller does."""

    said: str
    """As given: a sentence, a file's name, or a /command."""
    sound: bytes = b""
    """PCM16 at 8 kHz."""
    keys: str = ""
    """Keys to press, one after another."""
    wait: float | None = None
    """Seconds to stay silent, whatever the bot does."""
    over: bool = False
    """Spoken while the bot speaks, not after."""


def read_step(line: str, language: Language, voice: Voice) -> Step:
    """Understand one line of a script.

    Args:
        line: A sentence, or "/key 0", "/key 471109", "/wait 9", "/over Nee, wacht".
        language: Of the sentences.
        voice: The caller's.

    Raises:
        BadScript: An unknown command.
    """
    line = line.strip()
    if key := re.fullmatch(r"/key ([0-9*#]+)", line):
        return Step(line, keys=key[1])
    if wait := re.fullmatch(r"/wait (\d+(?:\.\d+)?)", line):
        return Step(line, wait=float(wait[1]))
    over = re.fullmatch(r"/over (.+)", line)
    if (line.startswith("/") and not over) or not line:
        raise BadScript(f"{line!r}: say a sentence, or /key 0, /wait 9, /over Nee, wacht")
    text = over[1] if over else line
    pcm, rate = voice(text, language)
    return Step(text, sound=resampled(np.frombuffer(pcm, "<i2"), rate), over=bool(over))


def read_file(file: Path) -> Step:
    """Take a sound file of any rate and any number of channels.

    Raises:
        BadScript: It can't be read.
    """
    try:
        samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise BadScript(f"{file}: {error}") from error
    mono = samples.astype(np.float32).mean(axis=1)
    return Step(file.name, sound=resampled(mono.astype("<i2"), rate))


def resampled(samples: "np.typing.NDArray[np.int16]", rate: int) -> bytes:
    """Return samples as PCM16 at 8 kHz."""
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE)
    return samples.astype("<i2").tobytes()
