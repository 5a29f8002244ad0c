"""Voice parts: cuts a Piper model in two, proves that nothing is lost, and keeps the parts.

A Piper model is VITS: text encoder, duration predictor and flow, then the decoder. The cut is
at the decoder's first convolution. Cutting takes some seconds, so the parts are kept on disk,
with a note that tells their digests: what was kept and is damaged is cut anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.made_files import MadeFiles
from bot.model_session import Session
from bot.speaking.pieces import Pieces

if TYPE_CHECKING:
    from onnx import ModelProto

_FIRST, _REST = "first.onnx", "decoder.onnx"
"""The parts, as their files end."""

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


def are_kept(model: Path, folder: Path) -> bool:
    """Tell whether a model was cut before; whether its parts are whole shows when they are read."""
    return MadeFiles(folder, model, _RULE).noted


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

    def load(paths: Mapping[str, Path], figures: Mapping[str, float]) -> Parts:
        first, decoder = Session(paths[_FIRST]), Session(paths[_REST])
        return Parts(Pieces(first, decoder, frames_a_second), figures["gain"])

    kept = MadeFiles(folder, model, _RULE) if folder else None
    loaded = kept.load(load) if kept else None
    if loaded:
        return loaded
    if kept:
        kept.try_to_write()  # before the work, which is lost when they can't be kept
    first, decoder = (part.SerializeToString() for part in _cut(model))
    pieces = Pieces(Session(first), Session(decoder), frames_a_second)
    gain = round(_LOUD / _loudness(pieces, trials), 2)
    if kept:
        kept.keep({_FIRST: first, _REST: decoder}, {"gain": gain})
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
