"""Voice parts: cuts a Piper model in two, proves that nothing is lost, and keeps the parts.

A Piper model is VITS: text encoder, duration predictor and flow, then the decoder. The cut is
at the decoder's first convolution. Cutting takes some seconds, so the parts are kept on disk,
with a note that tells their digests: what was kept and is damaged is cut anew.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from loguru import logger
from pydantic import BaseModel

from bot.files import sha256, write_whole
from bot.speaking.model_session import Session
from bot.speaking.pieces import Pieces

if TYPE_CHECKING:
    from onnx import ModelProto

_RULE = 1
"""To be raised when models are cut, or their loudness is found, in another way than before."""

_DECODER_BEGINS = "dec.conv_pre.weight"
"""The weight of the decoder's first convolution, as VITS itself names it."""

_ALIKE = 1e-4
"""Of full scale: what differs by less is rounding, 80 dB below the loudest sound."""

_LOUD = 0.425
"""Of full scale: what one sample in a hundred exceeds, in every voice.

As loud as Piper's own way, each sentence scaled to its peak, is in the median of 30 sentences of
`en_US-joe-medium`. With it one sample in 1100 is above 0.8, and one in 5400 would be above 1.
"""
_FAINTEST = 0.001


class NotCuttable(ValueError):
    """A model is of another kind than those that can be cut; the text says how."""


@dataclass(frozen=True)
class Parts:
    """A model in two parts, loaded."""

    pieces: Pieces
    gain: float
    """By what its samples are to be multiplied, so that all voices are as loud."""


class _Note(BaseModel):
    """What is known of parts that lie on disk."""

    first: str
    """Its sha256."""
    decoder: str
    """Its sha256."""
    gain: float


def are_kept(model: Path, folder: Path) -> bool:
    """Tell whether a model was cut before; whether its parts are whole shows when they are read."""
    return _Kept(folder, model).noted


def load_parts(
    model: Path,
    folder: Path | None,
    trials: Iterable[Mapping[str, Any]],
    frames_a_second: float,
) -> Parts:
    """Load a model's parts, cut now if they are not kept yet. Blocks, seconds when it must cut.

    Args:
        model: The .onnx file.
        folder: Where parts are kept; None to cut in memory, each time.
        trials: Inputs of some sentences without noise, to try the parts with.
        frames_a_second: Of the decoder, about.

    Raises:
        NotCuttable: The model has no decoder where those we know have it, or its pieces joined
            are not the whole.
        OSError: The parts can't be kept.
        Exception: ONNX can't read the model.
    """
    kept = _Kept(folder, model) if folder else None
    loaded = kept.load(frames_a_second) if kept else None
    if loaded:
        return loaded
    if kept:
        kept.try_to_write()  # before the work, which is lost when they can't be kept
    first, decoder = (part.SerializeToString() for part in _cut(model))
    pieces = Pieces(Session(first), Session(decoder), frames_a_second)
    gain = round(_LOUD / _loudness(pieces, trials), 2)
    if kept:
        kept.keep(first, decoder, gain)
    return Parts(pieces, gain)


def _cut(model: Path) -> "tuple[ModelProto, ModelProto]":
    """Return what comes before the decoder, and the decoder."""
    # Only here: it takes 40 MB and a tenth of a second, and all but the first start need none.
    import onnx
    from onnx.utils import Extractor

    uncut = onnx.load(model)
    graph = uncut.graph
    begin = next((node for node in graph.node if _DECODER_BEGINS in node.input), None)
    if begin is None:
        raise NotCuttable(f"there is no {_DECODER_BEGINS} in it")
    frames, sound = begin.input[0], graph.output[0].name
    inputs = [each.name for each in graph.input]
    if frames not in {each.name for each in graph.value_info}:
        told = onnx.helper.make_tensor_value_info(frames, onnx.TensorProto.FLOAT, None)
        graph.value_info.append(told)
    extractor = Extractor(uncut)
    # A voice of several speakers tells the decoder too which one it is.
    speaker = [name for name in inputs if name == "sid"]
    first = extractor.extract_model(inputs, [frames])
    return first, extractor.extract_model([frames, *speaker], [sound])


def _loudness(pieces: Pieces, trials: Iterable[Mapping[str, Any]]) -> float:
    """Return what one sample in a hundred exceeds, once the pieces are proven to be the whole."""
    sounds = []
    for inputs in trials:
        frames = pieces.frames(inputs)
        sound = pieces.whole(frames, inputs)
        joined = np.concatenate([piece for piece, _ in pieces.in_turn(frames, inputs)])
        if joined.shape != sound.shape or np.abs(joined - sound).max() > _ALIKE:
            raise NotCuttable("its pieces joined are not the whole")
        sounds.append(np.abs(sound))
    loudness = float(np.quantile(np.concatenate(sounds), 0.99))
    if not loudness > _FAINTEST:
        raise NotCuttable("it makes no sound")
    return loudness


class _Kept:
    """A model's parts on disk: two files, and a note that is written last."""

    def __init__(self, folder: Path, model: Path) -> None:
        self._folder = folder
        name = f"{model.stem}-{model.stat().st_size}-{_RULE}"
        self._first = folder / f"{name}-first.onnx"
        self._decoder = folder / f"{name}-decoder.onnx"
        self._note = folder / f"{name}.json"

    @property
    def noted(self) -> bool:
        """Whether the note is there, which is written last."""
        return self._note.is_file()

    def load(self, frames_a_second: float) -> Parts | None:
        """Load the parts; None when they are not there, or not as they were written."""
        try:
            note = _Note.model_validate_json(self._note.read_bytes())
            for path, digest in ((self._first, note.first), (self._decoder, note.decoder)):
                if sha256(path) != digest:
                    raise ValueError(f"{path.name} is not what was written")
            first, decoder = Session(self._first), Session(self._decoder)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:  # whatever is wrong with them, new ones can be cut
            logger.warning(f"parts of a voice in {self._folder} are cut anew: {error}")
            return None
        return Parts(Pieces(first, decoder, frames_a_second), note.gain)

    def try_to_write(self) -> None:
        """Raise OSError when nothing can be written to the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder):
            pass

    def keep(self, first: bytes, decoder: bytes, gain: float) -> None:
        """Write the parts; raises OSError when the disk won't have them."""
        digests = [hashlib.sha256(part).hexdigest() for part in (first, decoder)]
        note = _Note(first=digests[0], decoder=digests[1], gain=gain)
        written = (
            (self._first, first),
            (self._decoder, decoder),
            (self._note, note.model_dump_json().encode()),
        )
        for path, content in written:
            write_whole(path, content, 0o644)  # as the model beside it: another user may serve
