"""Whisper hears a turn and the silence after it as it would in its whole window of 30 s."""

import math
import struct
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress

from bot.commands.models import prepare_with_bar
from bot.hearing.heard import RATE
from bot.hearing.whisper import Whisper
from bot.hearing.whisper_encoder import (
    ALL,
    MERGED,
    WhisperEncoder,
    is_kept,
    load_encoder,
    parts_folder,
    places,
    window,
)
from bot.hearing.whisper_graph import NotWhisper, encoder_model, encoder_weights
from bot.model_session import Session
from tests.voices import caller_speech

Values = npt.NDArray[Any]

WIDTH, HEADS, INNER, MELS = 16, 2, 128, 8


def tiny_weights() -> dict[str, Values]:
    """Return an encoder of one layer, as CTranslate2 names and lays out its weights."""
    dice = np.random.default_rng(7)

    def some(*shape: int) -> Values:
        return dice.normal(0, 0.5, shape).astype(np.float16)

    layer = {
        "self_attention/layer_norm/gamma": some(WIDTH),
        "self_attention/layer_norm/beta": some(WIDTH),
        "self_attention/linear_0/weight": some(3 * WIDTH, WIDTH),
        "self_attention/linear_0/bias": some(3 * WIDTH),
        "self_attention/linear_1/weight": some(WIDTH, WIDTH),
        "self_attention/linear_1/bias": some(WIDTH),
        "ffn/layer_norm/gamma": some(WIDTH),
        "ffn/layer_norm/beta": some(WIDTH),
        "ffn/linear_0/weight": some(INNER, WIDTH),
        "ffn/linear_0/bias": some(INNER),
        "ffn/linear_1/weight": some(WIDTH, INNER),
        "ffn/linear_1/bias": some(WIDTH),
    }
    return {
        "conv1/weight": some(WIDTH, MELS, 3),
        "conv1/bias": some(WIDTH),
        "conv2/weight": some(WIDTH, WIDTH, 3),
        "conv2/bias": some(WIDTH),
        "position_encodings/encodings": some(ALL, WIDTH),
        "num_heads": np.array(HEADS, np.int16),
        "layer_norm/gamma": some(WIDTH),
        "layer_norm/beta": some(WIDTH),
        **{f"layer_0/{name}": values for name, values in layer.items()},
    }


def model_file(weights: Mapping[str, Values]) -> bytes:
    """Return a file of CTranslate2's with these weights of an encoder, and one of a decoder."""

    def text(words: str) -> bytes:
        return struct.pack("<H", len(words) + 1) + words.encode() + b"\0"

    named = {f"encoder/{name}": values for name, values in weights.items()}
    named["decoder/other"] = np.ones(3, np.float16)
    content = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(named))
    kinds = {np.dtype(np.float16): 4, np.dtype(np.int16): 2}
    for name, values in named.items():
        content += text(name) + struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
        content += struct.pack("<BI", kinds[values.dtype], values.nbytes) + values.tobytes()
    return content


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder with a tiny model."""
    (tmp_path / "model.bin").write_bytes(model_file(tiny_weights()))
    return tmp_path


def by_hand(weights: Mapping[str, Values], features: Values, positions: Values) -> Values:
    """Return what an encoder hears, written out in floating point, each place counted once."""
    w = {name: values.astype(np.float64) for name, values in weights.items()}

    def conv(x: Values, name: str, stride: int) -> Values:
        padded = np.pad(x, ((0, 0), (1, 1)))
        steps = range(0, x.shape[1], stride)
        out = [np.tensordot(w[f"{name}/weight"], padded[:, s : s + 3], 2) for s in steps]
        return gelu(np.array(out).T + w[f"{name}/bias"][:, None])

    def gelu(x: Values) -> Values:
        return np.asarray(x * (1 + np.vectorize(math.erf)(x / np.sqrt(2))) / 2)

    def norm(x: Values, name: str) -> Values:
        centred = x - x.mean(-1, keepdims=True)
        level = centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return np.asarray(level * w[f"{name}/gamma"] + w[f"{name}/beta"])

    def linear(x: Values, name: str) -> Values:
        return np.asarray(x @ w[f"{name}/weight"].T + w[f"{name}/bias"])

    def attention(x: Values) -> Values:
        joined = linear(norm(x, f"{of}/layer_norm"), f"{of}/linear_0")
        heads = joined.reshape(len(x), 3, HEADS, WIDTH // HEADS).transpose(1, 2, 0, 3)
        query, key, value = heads
        alike = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH // HEADS))
        mixed = alike / alike.sum(-1, keepdims=True) @ value
        return linear(mixed.transpose(1, 0, 2).reshape(len(x), WIDTH), f"{of}/linear_1")

    of = "layer_0/self_attention"
    x = conv(conv(features.astype(np.float64), "conv1", 1), "conv2", 2).T
    x = x + w["position_encodings/encodings"][positions]
    x = x + attention(x)
    inner = gelu(linear(norm(x, "layer_0/ffn/layer_norm"), "layer_0/ffn/linear_0"))
    return norm(x + linear(inner, "layer_0/ffn/linear_1"), "layer_norm")


def apart(one: Values, other: Values) -> float:
    """Return how far apart two encodings are, as a share of the second."""
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


@given(st.floats(0, 40))
def test_the_places_are_the_whole_window(seconds: float) -> None:
    """Whatever a turn's length, each of 1500 places is heard once, in order, by one or in many."""
    at = places(seconds)
    assert at.count.sum() == ALL
    ends = np.cumsum(at.count)
    assert (at.position >= ends - at.count).all()
    assert (at.position < ends).all()
    assert at.count.max() <= MERGED
    own = int((at.source == np.arange(len(at.source))).sum())
    assert own >= min(seconds * ALL / 30, ALL)
    assert (at.source[own:] == at.source[-1]).all()


@given(st.integers(0, 30 * RATE))
def test_the_window_holds_the_turn_and_silence(samples: int) -> None:
    """The place that all the silence is heard as lies in the window, two frames from its end."""
    audio = np.ones(samples, np.float32)
    whole = window(audio)
    assert whole[:samples].all()
    assert not whole[samples:].any()
    assert 320 * (places(samples / RATE).source.max() + 2) < len(whole)


def test_the_graph_is_the_encoder(tiny: Path) -> None:
    """With each place counted once the graph hears what the formula does, but for 8 bits."""
    session = Session(encoder_model(tiny / "model.bin"))
    features = np.random.default_rng(3).normal(0, 1, (MELS, 80)).astype(np.float32)
    each = np.arange(40)
    inputs = {"source": each, "position": each + 5, "weight": np.zeros(40, np.float32)}
    encoded = session.run(None, {"features": features[None], **inputs})[0][0]
    expected = by_hand(tiny_weights(), features, each + 5)
    assert apart(encoded, expected) < 0.02
    moved = by_hand(tiny_weights(), features, each + 6)
    assert apart(encoded, moved) > 0.1


def test_one_place_counts_as_many(tiny: Path) -> None:
    """A place that stands for five is heard as five alike are, and they hear the same."""
    session = Session(encoder_model(tiny / "model.bin"))
    features = np.random.default_rng(3).normal(0, 1, (1, MELS, 40)).astype(np.float32)

    def heard(source: list[int], counts: list[int]) -> Values:
        at = np.array(source)
        weight = np.log(np.array(counts)).astype(np.float32)
        inputs = {"features": features, "source": at, "position": at, "weight": weight}
        return np.asarray(session.run(None, inputs)[0][0])

    many = heard([0, 1, 2, 3, 3, 3, 3, 3], [1] * 8)
    one = heard([0, 1, 2, 3], [1, 1, 1, 5])
    assert apart(one, many[:4]) < 1e-3
    assert apart(heard([0, 1, 2, 3], [1] * 4), many[:4]) > 0.01


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_model_is_told(data: st.DataObject) -> None:
    """A file that ends early, or with another byte, is refused with its name or is a model."""
    content = model_file(tiny_weights())
    at = data.draw(st.integers(0, len(content) - 1))
    after = data.draw(st.one_of(st.none(), st.binary(min_size=1, max_size=1)))
    damaged = content[:at] if after is None else content[:at] + after + content[at + 1 :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.bin"
        path.write_bytes(damaged)
        try:
            encoder_model(path)
        except NotWhisper as error:
            assert "model.bin" in str(error)


def test_half_a_model_is_refused(tiny: Path) -> None:
    """Whatever is missing at its end, a file is no model."""
    path = tiny / "model.bin"
    content = path.read_bytes()
    for size in range(0, len(content), 997):
        path.write_bytes(content[:size])
        with pytest.raises(NotWhisper):
            encoder_weights(path)


def test_without_an_encoder_whisper_hears(tmp_path: Path, warnings: list[str]) -> None:
    """A model that we can't read gives no encoder and one warning, and nothing is kept."""
    (tmp_path / "model.bin").write_bytes(b"another kind of model")
    assert load_encoder(tmp_path) is None
    assert len(warnings) == 1
    assert "model.bin" in warnings[0]
    assert not parts_folder(tmp_path).exists()


def test_the_encoder_is_kept(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start makes none."""
    assert load_encoder(tiny)
    assert is_kept(tiny)
    monkeypatch.setattr("bot.hearing.whisper_encoder.encoder_model", None)
    assert load_encoder(tiny)


@pytest.mark.parametrize("damage", ["changed", "half", "empty", "gone"])
def test_a_damaged_encoder_is_made_anew(tiny: Path, damage: str) -> None:
    """Whatever happened to the kept file, it is as before after the next start."""
    load_encoder(tiny)
    (path,) = parts_folder(tiny).glob("*.onnx")
    good = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        half = len(good) // 2
        changed = good[:half] + bytes([good[half] ^ 1]) + good[half + 1 :]
        path.write_bytes({"changed": changed, "half": good[:half], "empty": b""}[damage])
    assert load_encoder(tiny)
    assert path.read_bytes() == good


def test_a_folder_that_cannot_be_written(tiny: Path, warnings: list[str]) -> None:
    """Whisper has its encoder all the same, and the log says that it will be made again."""
    parts_folder(tiny).write_text("a file where a folder should be")
    assert load_encoder(tiny)
    assert len(warnings) == 1
    assert "each start" in warnings[0]


def test_an_encoder_is_made_when_its_model_is_fetched(tiny: Path) -> None:
    """Once, in a process of its own; who fetches a damaged model is told."""
    told = StringIO()
    with Progress(console=Console(file=told, width=200)) as bars:
        prepare_with_bar(tiny, bars)
        assert is_kept(tiny)
        kept = {path: path.stat().st_mtime_ns for path in parts_folder(tiny).iterdir()}
        prepare_with_bar(tiny, bars)
        assert kept == {path: path.stat().st_mtime_ns for path in parts_folder(tiny).iterdir()}
        (tiny / "model.bin").write_bytes(b"half a")
        prepare_with_bar(tiny, bars)
    assert "did not work" in told.getvalue()
    assert "model.bin" in told.getvalue()


@pytest.mark.models
def test_a_turn_is_heard_as_in_the_whole_window(whisper: Whisper) -> None:
    """What real Whisper hears of a sentence is nearer to its 30 s than a window of 8 s is."""
    speech = caller_speech("I want to talk to a person.", "en").astype(np.float32) / 32768
    audio = soxr.resample(speech, 8000, RATE).astype(np.float32)
    own = int(50 * len(audio) / RATE)
    full = np.array(whisper.listen(audio, full=True).encoded)[0, :own]
    fitted = np.array(whisper.listen(audio).encoded)
    assert fitted.shape[1] < 700
    assert isinstance(whisper._encoder, WhisperEncoder)
    short = np.array(whisper._in_one_window(audio, 8))[0, :own]
    assert apart(fitted[0, :own], full) < apart(short, full)
