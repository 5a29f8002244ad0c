"""Whisper's encoder as an ONNX graph in which a place may stand for many, made of its weights.

CTranslate2, which Whisper runs on, only has an encoder in which every place counts once. Weights
are read from CTranslate2's own file, whose format is told by its `model_spec.py`.
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import ModelProto

Weights = Mapping[str, npt.NDArray[Any]]

_VERSION = 6
"""Of CTranslate2's format."""
_TYPES: Mapping[int, type[np.generic]] = {
    0: np.float32,
    1: np.int8,
    2: np.int16,
    3: np.int32,
    4: np.float16,
}
_PREFIX = "encoder/"
_MOST = 64
"""Steps of a weight to either side. With 127, two products of one with a sound of 255 steps no
longer fit in the 16 bits that processors without VNNI add them up in."""
_BLOCK = 128
"""Values that share a scale where sound is too uneven for one."""


class NotWhisper(ValueError):
    """A file holds no encoder of Whisper that we know; the text says why."""


def encoder_model(model: Path) -> bytes:
    """Return the encoder of CTranslate2's `model.bin` as an ONNX model, in 8 bits.

    Its inputs: `features` (1, mels, frames) as float32; `source` (places), which of the
    convolutions' outputs, one for two frames, is heard at each place; `position` (places), where
    in Whisper's window each is; `weight` (places) as float32, the logarithm of how many it stands
    for. Its output: (1, places, width). Blocks for half a second.

    Raises:
        NotWhisper: It is another model, or damaged.
        OSError: It can't be read.
    """
    weights = encoder_weights(model)
    try:
        made: bytes = _Graph(weights).model().SerializeToString()
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise NotWhisper(f"{model.name} has no encoder of Whisper: {error}") from error
    return made


def encoder_weights(model: Path) -> Weights:
    """Return what a file of CTranslate2 says of its encoder, by name.

    Raises:
        NotWhisper: It is no such file, or ends too early.
        OSError: It can't be read.
    """
    size = model.stat().st_size
    found: dict[str, npt.NDArray[Any]] = {}
    with model.open("rb") as file:
        try:
            (version,) = _numbers(file, "I")
            if version != _VERSION:
                raise NotWhisper(f"{model.name} is of version {version}, not {_VERSION}")
            _text(file)
            _, count = _numbers(file, "II")
            for _ in range(count):
                name = _text(file)
                (rank,) = _numbers(file, "B")
                shape = _numbers(file, f"{rank}I")
                kind, length = _numbers(file, "BI")
                if file.tell() + length > size:
                    raise NotWhisper(f"{model.name} ends within {name}")
                if not name.startswith(_PREFIX):
                    file.seek(length, 1)
                    continue
                values = np.frombuffer(file.read(length), _TYPES[kind])
                found[name.removeprefix(_PREFIX)] = values.reshape(shape)
        except (struct.error, UnicodeDecodeError, KeyError, ValueError) as error:
            if isinstance(error, NotWhisper):
                raise
            raise NotWhisper(f"{model.name} can't be read: {error}") from error
    return found


def _numbers(file: BinaryIO, kinds: str) -> tuple[int, ...]:
    form = f"<{kinds}"
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _text(file: BinaryIO) -> str:
    (length,) = _numbers(file, "H")
    return file.read(length).rstrip(b"\0").decode()


class _Graph:
    """The graph in the making: pre-norm transformer layers over two convolutions."""

    def __init__(self, weights: Weights) -> None:
        # Only here: it takes 40 MB and a tenth of a second, and all but the first start need none.
        from onnx import helper, numpy_helper

        self._make, self._tensor = helper, numpy_helper.from_array
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> "ModelProto":
        """Return the whole model."""
        heads = int(self._weights["num_heads"])
        mels = self._weights["conv1/weight"].shape[1]
        width = self._weights["position_encodings/encodings"].shape[1]
        self._constant("split", np.array([0, 0, heads, width // heads], np.int64))
        self._constant("joined", np.array([0, 0, width], np.int64))
        self._constant("scale", np.array((width // heads) ** -0.5, np.float32))
        x = self._convolved()
        layers = 0
        while f"layer_{layers}/ffn/linear_0/weight" in self._weights:
            x = self._layer(x, f"layer_{layers}")
            layers += 1
        if not layers:
            raise ValueError("it has no layers")
        self._op("Identity", [self._norm(x, "layer_norm")], "encoded")
        make, to_float, whole = self._make, 1, 7  # ONNX's numbers of the types
        given = [
            make.make_tensor_value_info("features", to_float, [1, mels, "frames"]),
            make.make_tensor_value_info("source", whole, ["places"]),
            make.make_tensor_value_info("position", whole, ["places"]),
            make.make_tensor_value_info("weight", to_float, ["places"]),
        ]
        gives = [make.make_tensor_value_info("encoded", to_float, [1, "places", width])]
        graph = make.make_graph(self._nodes, "encoder", given, gives, self._constants)
        sets = [make.make_opsetid("", 20), make.make_opsetid("com.microsoft", 1)]
        model: ModelProto = make.make_model(graph, opset_imports=sets, ir_version=9)
        return model

    def _convolved(self) -> str:
        x = "features"
        for name, stride in (("conv1", 1), ("conv2", 2)):
            inputs = [x, self._weight(f"{name}/weight"), self._weight(f"{name}/bias")]
            x = self._op("Conv", inputs, name, pads=[1, 1], strides=[stride])
            x = self._op("Gelu", [x], f"{name}.on")
        x = self._op("Transpose", [x], "heard", perm=[0, 2, 1])
        x = self._op("Gather", [x, "source"], "placed", axis=1)
        positions = self._weight("position_encodings/encodings")
        positions = self._op("Gather", [positions, "position"], "positions", axis=0)
        return self._op("Add", [x, positions], "embedded")

    def _layer(self, x: str, of: str) -> str:
        normed = self._norm(x, f"{of}/self_attention/layer_norm")
        x = self._op("Add", [x, self._attention(normed, f"{of}/self_attention")], f"{of}.attended")
        normed = self._norm(x, f"{of}/ffn/layer_norm")
        wide = self._op("Gelu", [self._linear(normed, f"{of}/ffn/linear_0")], f"{of}.on")
        return self._op("Add", [x, self._uneven(wide, f"{of}/ffn/linear_1")], f"{of}.out")

    def _attention(self, x: str, of: str) -> str:
        parts = [f"{of}.{part}" for part in "qkv"]
        joined = self._linear(x, f"{of}/linear_0")
        self._nodes.append(self._make.make_node("Split", [joined], parts, axis=-1, num_outputs=3))
        query, key, value = (
            self._op(
                "Transpose",
                [self._op("Reshape", [part, "split"], f"{part}.split")],
                f"{part}.heads",
                perm=[0, 2, 3, 1] if part.endswith("k") else [0, 2, 1, 3],
            )
            for part in parts
        )
        query = self._op("Mul", [query, "scale"], f"{of}.scaled")
        x = self._op("MatMul", [query, key], f"{of}.alike")
        # As if what a place stands for were there as many times: exp(a + log n) = n exp(a).
        x = self._op("Add", [x, "weight"], f"{of}.weighed")
        x = self._op("Softmax", [x], f"{of}.shares", axis=-1)
        x = self._op("MatMul", [x, value], f"{of}.mixed")
        x = self._op("Transpose", [x], f"{of}.back", perm=[0, 2, 1, 3])
        x = self._op("Reshape", [x, "joined"], f"{of}.joined")
        return self._linear(x, f"{of}/linear_1")

    def _norm(self, x: str, of: str) -> str:
        inputs = [x, self._weight(f"{of}/gamma"), self._weight(f"{of}/beta")]
        return self._op("LayerNormalization", inputs, f"{of}.normed", axis=-1, epsilon=1e-5)

    def _linear(self, x: str, of: str) -> str:
        """Multiply in 8 bits, with one scale for all that is heard and one for each output."""
        weight = self._weights[f"{of}/weight"].astype(np.float32).T
        scale = np.maximum(np.abs(weight).max(0) / _MOST, 1e-9)
        steps = np.round(weight / scale).astype(np.int8)
        inputs = [
            x,
            self._constant(f"{of}.steps", steps),
            self._constant(f"{of}.scale", scale),
            self._constant(f"{of}.zero", np.zeros(len(scale), np.int8)),
        ]
        x = self._op("DynamicQuantizeMatMul", inputs, f"{of}.product", domain="com.microsoft")
        return self._op("Add", [x, self._weight(f"{of}/bias")], f"{of}.out")

    def _uneven(self, x: str, of: str) -> str:
        """Multiply in 8 bits what has a few values that are 20 times as high as most.

        With one scale for all, the error of what is encoded doubles.
        """
        weight = self._weights[f"{of}/weight"].astype(np.float32)
        outputs, inputs = weight.shape
        blocks = weight.reshape(outputs, -1, _BLOCK)
        scale = np.maximum(np.abs(blocks).max(-1, keepdims=True) / 127, 1e-9)
        steps = (np.round(blocks / scale) + 128).astype(np.uint8)
        x = self._op(
            "MatMulNBits",
            [
                x,
                self._constant(f"{of}.steps", steps),
                self._constant(f"{of}.scale", scale.reshape(-1)),
            ],
            f"{of}.product",
            domain="com.microsoft",
            K=inputs,
            N=outputs,
            bits=8,
            block_size=_BLOCK,
            accuracy_level=4,  # sound in 8 bits too, a scale for each block
        )
        return self._op("Add", [x, self._weight(f"{of}/bias")], f"{of}.out")

    def _op(self, kind: str, inputs: Sequence[str], output: str, **options: Any) -> str:
        self._nodes.append(self._make.make_node(kind, inputs, [output], name=output, **options))
        return output

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name].astype(np.float32))

    def _constant(self, name: str, values: npt.NDArray[Any]) -> str:
        self._constants.append(self._tensor(np.ascontiguousarray(values), name))
        return name
