"""Callers for tests: sentences spoken by espeak-ng, in Dutch through an MBROLA voice.

Nothing of these voices is kept in the repository; they speak when the tests
run. `tests/needs.sh` installs them.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from bot.events import Language

VOICES: dict[Language, tuple[str, int]] = {"nl": ("mb-nl2", 130), "en": ("en-gb", 150)}
"""espeak-ng's name of the voice, and how fast it speaks, in words a minute.

Voices that Whisper base understands about as well as people; espeak-ng's own
Dutch is not among them. Neither is a voice of Kalm's.
"""

Samples = npt.NDArray[np.int16]


def caller_speech(text: str, language: Language, rate: int = 8000) -> Samples:
    """Return the sentence as a caller says it, mono, at `rate` samples a second."""
    audio, native = soundfile.read(_spoken(text, language), dtype="float32")
    loud = soxr.resample(audio, native, rate) * 0.5 / max(float(np.abs(audio).max()), 1e-6)
    samples: Samples = (loud * 32767).clip(-32768, 32767).astype(np.int16)
    return samples


def caller_wav(text: str, language: Language, rate: int = 8000) -> Path:
    """Return a WAV file of the sentence."""
    path = _folder() / f"{_key(text, language)}-{rate}.wav"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}.wav")
        soundfile.write(fresh, caller_speech(text, language, rate), rate, subtype="PCM_16")
        fresh.replace(path)
    return path


def silence(seconds: float, rate: int = 8000) -> Samples:
    """Return nothing at all, for so long."""
    return np.zeros(int(seconds * rate), np.int16)


def _spoken(text: str, language: Language) -> Path:
    voice, words_a_minute = VOICES[language]
    path = _folder() / f"{_key(text, language)}.wav"
    if path.exists():
        return path
    missing = [name for name in ("espeak-ng", "mbrola") if not shutil.which(name)]
    if (
        voice.startswith("mb-")
        and not Path("/usr/share/mbrola", voice.removeprefix("mb-")).exists()
    ):
        missing.append(f"mbrola-{voice.removeprefix('mb-')}")
    if missing:
        pytest.fail(f"No caller's voice: {', '.join(missing)} missing. Run tests/needs.sh.")
    fresh = path.with_suffix(f".{os.getpid()}.wav")
    command = ["espeak-ng", "-v", voice, "-s", str(words_a_minute), "-w", str(fresh), "--", text]
    subprocess.run(command, check=True, capture_output=True)
    fresh.replace(path)
    return path


def _key(text: str, language: Language) -> str:
    return hashlib.sha256(f"{VOICES[language]} {text}".encode()).hexdigest()[:20]


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"kalm-test-voices-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return folder
