"""Whisper's encoder for a turn, and for the silence after it as Whisper expects it.

Whisper learned from windows of 30 s, most of them silent at the end. A shorter window is sooner
heard, but words are lost, for what is heard shares its attention with the silence. So the silence
is there, in few places: each stands for a second of it, and counts as often ("proportional
attention", Bolya et al. 2023, https://arxiv.org/abs/2210.09461).
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from loguru import logger

from bot.hearing.heard import RATE, Audio
from bot.hearing.whisper_graph import encoder_model
from bot.made_files import MadeFiles
from bot.model_session import Session

FRAME = 160
"""Samples of a frame of features; two are heard in one place."""
PLACES_S = RATE // (2 * FRAME)
"""Places of a second."""
ALL = 30 * PLACES_S
"""Places of Whisper's window."""
MARGIN_S = 1.5
"""Silence after a turn that is heard place by place; of 1 s and 0.5 s more words were wrong."""
MERGED = 64
"""Places of silence that one stands for."""
TOLD = 16
"""Places as which one of those is told to the decoder. Told once, it too often does not notice that
all was said, and begins anew: in 17 of 144 short turns, so in 3, and all 64 times in none; but each
takes time."""

_MODEL = "model.bin"
_FILE = "encoder.onnx"
_RULE = 1
"""To be raised when the encoder is made in another way than before."""


@dataclass(frozen=True)
class Places:
    """What is heard where in Whisper's window: arrays of one length."""

    source: npt.NDArray[np.int64]
    """Which place of the sound is heard there."""
    position: npt.NDArray[np.int64]
    """Where in the window it is; of many, in their middle."""
    count: npt.NDArray[np.int64]
    """How many places it stands for."""


def places(seconds: float) -> Places:
    """Return the places of a turn of so many seconds and of the silence up to 30 s."""
    own = min(math.ceil((seconds + MARGIN_S) * PLACES_S), ALL)
    starts = np.arange(own, ALL, MERGED)
    counts = np.minimum(MERGED, ALL - starts)
    return Places(
        source=np.concatenate([np.arange(own), np.full(len(starts), own)]),
        position=np.concatenate([np.arange(own), starts + counts // 2]),
        count=np.concatenate([np.ones(own, np.int64), counts]),
    )


def window(audio: Audio) -> Audio:
    """Return a turn and as much silence as its places need, which end well within it."""
    size = 2 * FRAME * (min(math.ceil((len(audio) / RATE + MARGIN_S) * PLACES_S), ALL) + 4)
    whole = np.zeros(size, np.float32)
    whole[: len(audio)] = audio[:size]
    return whole


class WhisperEncoder:
    """The encoder; safe in any thread."""

    def __init__(self, model: Path | bytes) -> None:
        """Load what `encoder_model` made, as a file or as such a file's content."""
        self._session = Session(model)

    def encode(self, features: npt.NDArray[np.float32], seconds: float) -> npt.NDArray[np.float32]:
        """Return what is heard, (1, places, width), as the decoder is to be told it.

        Args:
            features: Of a `window`, (mels, frames).
            seconds: Of the turn in it.
        """
        at = places(seconds)
        inputs = {
            "features": np.ascontiguousarray(features[np.newaxis], np.float32),
            "source": at.source,
            "position": at.position,
            "weight": np.log(at.count).astype(np.float32),
        }
        encoded: npt.NDArray[np.float32] = self._session.run(None, inputs)[0]
        return np.repeat(encoded, np.minimum(at.count, TOLD), axis=1)


def parts_folder(folder: Path) -> Path:
    """Return where the encoder is kept: beside the model, for it is made of it alone."""
    return folder / "parts"


def is_kept(folder: Path) -> bool:
    """Tell whether the encoder of the model in a folder was made before."""
    return MadeFiles(parts_folder(folder), folder / _MODEL, _RULE).noted


def load_encoder(folder: Path) -> WhisperEncoder | None:
    """Load the encoder of a model, made now if it is not kept yet, which takes half a second.

    None when there can be none, which is logged: Whisper hears without it, more slowly.
    """
    try:
        return _load_or_make(folder)
    except Exception as error:  # whatever it is, CTranslate2's own encoder hears too
        logger.warning(f"Whisper hears some hundredths of a second later: {error}")
        return None


def make_encoder(folder: Path) -> None:
    """Make the encoder of the model in a folder, if it is not kept yet.

    Needs 150 MB: to be done in a process of its own.

    Raises:
        Exception: There can be none; errors of ONNX Runtime share no class of their own.
    """
    _load_or_make(folder)


def _load_or_make(folder: Path) -> WhisperEncoder:
    kept = MadeFiles(parts_folder(folder), folder / _MODEL, _RULE)
    loaded = kept.load(lambda paths, _: WhisperEncoder(paths[_FILE]))
    if loaded:
        return loaded
    made = encoder_model(folder / _MODEL)
    encoder = WhisperEncoder(made)
    try:
        kept.try_to_write()
        kept.keep({_FILE: made}, {})
    except OSError as error:
        logger.warning(f"Whisper's encoder is made at each start, for it can't be kept: {error}")
    return encoder
