"""How much of a sound is speech, by Silero's voice activity model at telephone rate.

At 16 kHz the model looks for what a telephone line cuts off, and finds no
voice in "set a timer for five minutes"; at 8 kHz it finds it in both.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import soxr

from bot.hearing.heard import RATE, Audio

LINE_RATE = 8000
"""Samples a second that the model listens at."""
WINDOW = 256
"""Samples it takes at a time,"""
CONTEXT = 32
"""and of the window before."""
SURE = 0.5
"""Its probability of speech from which a window counts."""


def voiced_s(audio: Audio) -> float:
    """Return the seconds of speech in audio at 16 kHz."""
    return float((_probabilities(audio) >= SURE).sum()) * WINDOW / LINE_RATE


def stretches(audio: Audio, pause_s: float, pad_s: float) -> list[tuple[int, int]]:
    """Return where somebody speaks, as samples from and to.

    Pauses shorter than `pause_s` are left in; `pad_s` is kept on both sides.
    """
    step = WINDOW * RATE // LINE_RATE
    pad = int(pad_s * RATE)
    found: list[tuple[int, int]] = []
    for window in np.flatnonzero(_probabilities(audio) >= SURE):
        start, end = int(window) * step, (int(window) + 1) * step
        if found and start - found[-1][1] < pause_s * RATE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(max(0, start - pad), min(len(audio), end + pad)) for start, end in found]


def _probabilities(audio: Audio) -> Audio:
    """Return the probability of speech in each window of the sound."""
    narrow = soxr.resample(audio, RATE, LINE_RATE) if len(audio) else audio
    narrow = np.pad(narrow, (CONTEXT, -len(narrow) % WINDOW)).astype(np.float32)
    state = np.zeros((2, 1, 128), np.float32)
    rate = np.array(LINE_RATE, np.int64)
    found = []
    for start in range(0, len(narrow) - CONTEXT, WINDOW):
        window = narrow[np.newaxis, start : start + CONTEXT + WINDOW]
        probability, state = _silero().run(None, {"input": window, "state": state, "sr": rate})
        found.append(probability.item())
    return np.array(found, np.float32)


@lru_cache(maxsize=1)
def _silero() -> onnxruntime.InferenceSession:
    # pipecat brings the weights; only the file is wanted here, and none of pipecat.
    package = find_spec("pipecat")
    if package is None or package.origin is None:
        raise RuntimeError("pipecat-ai is not installed: run make setup")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    weights = Path(package.origin).parent / "audio" / "vad" / "data" / "silero_vad.onnx"
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
