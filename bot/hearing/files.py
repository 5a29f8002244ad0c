"""Sound files of any usual kind, read as Whisper listens, and cut into utterances."""

import io
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from av.container import InputContainer

from bot.hearing.heard import RATE, Audio
from bot.hearing.parts import split
from bot.hearing.voice import stretches

PAUSE_S = 0.8
"""Silence that ends an utterance, as it would end a turn."""
PAD_S = 0.4
"""Sound kept on both sides of an utterance."""


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


def read_recording(sound: bytes, longest_s: float) -> Audio:
    """Return the sound of a recording in memory, up to so many seconds; raises UnreadableSound.

    WAV, Ogg, and WebM with Opus, as browsers record it.
    """
    try:
        with av.open(io.BytesIO(sound), mode="r") as container:
            return _samples(container, longest_s)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableSound("this is no recording that can be read") from error


def _decode(path: Path) -> Audio:
    try:
        with av.open(str(path), mode="r") as container:
            return _samples(container)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableSound(f"{path}: this is no sound file that can be read") from error


def _samples(container: InputContainer, longest_s: float | None = None) -> Audio:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    blocks: list[Audio] = []
    samples = 0
    for frame in container.decode(audio=0):
        blocks += [block.to_ndarray()[0] for block in resampler.resample(frame)]
        samples += frame.samples
        if longest_s is not None and samples > longest_s * frame.sample_rate:
            break
    blocks += [block.to_ndarray()[0] for block in resampler.resample(None)]
    return np.concatenate(blocks, dtype=np.float32) if blocks else np.zeros(0, np.float32)


def utterances(audio: Audio) -> list[Audio]:
    """Return the stretches of a recording in which somebody speaks, none too long for Whisper."""
    spoken = stretches(audio, PAUSE_S, PAD_S)
    return [part for start, end in spoken for part in split(audio[start:end])]
