"""Sound files of any usual kind, read as Whisper listens: mono, 16 kHz."""

from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from faster_whisper.audio import decode_audio

from bot.hearing.heard import RATE, Audio


class UnreadableSound(Exception):
    """A file is not there, or is no sound; the text names it."""


def read_sound(path: Path) -> Audio:
    """Return a file's sound; raises UnreadableSound.

    soundfile reads WAV, FLAC, OGG and MP3; what it does not know, PyAV tries.
    """
    if not path.is_file():
        raise UnreadableSound(f"{path}: there is no such file")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return _decode(path)
    mono = samples.mean(axis=1, dtype=np.float32)
    audio: Audio = soxr.resample(mono, rate, RATE) if rate != RATE and len(mono) else mono
    return audio


def _decode(path: Path) -> Audio:
    try:
        audio = decode_audio(str(path), sampling_rate=RATE)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableSound(f"{path}: this is no sound file that can be read") from error
    return np.asarray(audio, np.float32)
