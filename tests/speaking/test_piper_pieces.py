"""A Piper voice in pieces sounds as it does whole, and speaks whatever happens to its parts."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from rich.console import Console
from rich.progress import Progress

from bot.commands.models import prepare_with_bar
from bot.model_session import Session
from bot.models import Models
from bot.settings import Settings
from bot.speaking.pieces import windows
from bot.speaking.piper import PiperVoice, limited, parts_folder
from bot.speaking.voice_parts import are_kept

SENTENCE = "I have found your invoice of the third of March, it comes to eighty four euros."
TINY_RATE = 400
LETTERS = "_^$ abcdefhijklmnoprstuvwz"


def tiny(folder: Path, decoder: str = "dec", speakers: int = 1) -> Path:
    """Write a model with a voice's inputs and a decoder of two layers; returns its file.

    Args:
        folder: Where.
        decoder: What the weights of the decoder are named after.
        speakers: How many; each sounds differently.
    """
    weights = {
        f"{decoder}.conv_pre.weight": np.full((1, 1, 5), 0.2, np.float32),
        "up": np.array([[[0.9, -0.4, 0.3, -0.8]]], np.float32),
        "axis": np.array([1]),
        "softly": np.array(0.02, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["input"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "axis"], ["wide"]),
        helper.make_node("Mul", ["wide", "softly"], ["z"]),
        helper.make_node("Conv", ["z", f"{decoder}.conv_pre.weight"], ["seen"], pads=[2, 2]),
        helper.make_node("ConvTranspose", ["seen", "up"], ["long"], strides=[4]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    sound = "long"
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch"]))
        nodes.append(helper.make_node("Cast", ["sid"], ["who"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Sub", ["long", "who"], ["his"]))
        sound = "his"
    nodes.append(helper.make_node("Tanh", [sound], ["output"]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, None)
    stored = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    config = {
        "audio": {"sample_rate": TINY_RATE},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "num_symbols": len(LETTERS),
        "num_speakers": speakers,
        "phoneme_id_map": {letter: [number] for number, letter in enumerate(LETTERS)},
        "hop_length": 4,
        "default_speaker_id": speakers - 1,
    }
    path = folder / "tiny.onnx"
    onnx.save(model, path)
    Path(f"{path}.json").write_text(json.dumps(config))
    return path


def heard(voice: PiperVoice, text: str = SENTENCE) -> np.ndarray[Any, Any]:
    return np.frombuffer(voice.synthesise(text), np.int16).astype(float)


@given(st.integers(0, 3000), st.integers(1, 60), st.integers(1, 200))
def test_windows_divide_a_sentence(count: int, shortest: int, longest: int) -> None:
    """They lie end to end, leave nothing out, and none is a crumb."""
    found = list(windows(count, shortest, longest))
    assert [frame for begin, end in found for frame in range(begin, end)] == list(range(count))
    assert all(end - begin >= min(count, shortest, longest) for begin, end in found)


def test_windows_grow() -> None:
    """The first is short, the next ones are longer, up to a limit."""
    assert list(windows(400, 30, 130)) == [(0, 30), (30, 90), (90, 210), (210, 340), (340, 400)]


def test_a_loud_sound_is_pressed_not_cut_off() -> None:
    """However loud, nothing reaches full scale; order, sign and soft sound stay."""
    samples = np.linspace(-2, 2, 4001).astype(np.float32)
    pressed = limited(samples)
    assert np.abs(pressed).max() <= 1
    assert (np.diff(pressed) >= 0).all()
    assert np.diff(pressed).max() <= np.diff(samples).max() + 1e-6
    assert pressed == pytest.approx(-pressed[::-1])
    soft = np.abs(samples) <= 0.8
    assert pressed[soft] == pytest.approx(samples[soft])


@pytest.mark.parametrize("speakers", [1, 2])
def test_pieces_are_the_whole(tmp_path: Path, speakers: int) -> None:
    """A sentence in pieces is, but for its loudness, what the uncut model makes of it."""
    model = tiny(tmp_path, speakers=speakers)
    voice = PiperVoice(model, tmp_path / "parts")
    pieces = [piece.sound.pcm for piece in voice.pieces(SENTENCE)]
    assert len(pieces) > 1
    assert len(pieces[0]) == 2 * round(0.35 * TINY_RATE / 4) * 4
    voice._parts = None
    voice._model.session = Session(model)
    joined, whole = np.frombuffer(b"".join(pieces), np.int16).astype(float), heard(voice)
    quiet = np.abs(joined) < 0.8 * 32767  # louder samples are pressed together
    gain = (joined[quiet] @ whole[quiet]) / (whole[quiet] @ whole[quiet])
    assert joined.shape == whole.shape
    assert np.abs(joined - gain * whole)[quiet].max() < 3


def test_parts_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start cuts nothing, and the voice is the same by name and sound."""
    first = PiperVoice(tiny(tmp_path), tmp_path / "parts")
    monkeypatch.setattr("bot.speaking.voice_parts._cut", None)
    again = PiperVoice(tmp_path / "tiny.onnx", tmp_path / "parts")
    assert again.name == first.name
    assert again.synthesise(SENTENCE) == first.synthesise(SENTENCE)
    assert not list(tmp_path.rglob("*.part"))


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    """Parts in memory speak as parts on disk do."""
    model = tiny(tmp_path)
    before = set(tmp_path.rglob("*"))
    in_memory = PiperVoice(model)
    assert set(tmp_path.rglob("*")) == before
    assert len(list(in_memory.pieces(SENTENCE))) > 1
    assert in_memory.name == PiperVoice(model, tmp_path / "parts").name


@pytest.mark.parametrize("which", ["*-first.onnx", "*-decoder.onnx", "*.json"])
@pytest.mark.parametrize("damage", ["changed", "half", "empty", "gone"])
def test_damaged_parts_are_cut_anew(tmp_path: Path, which: str, damage: str) -> None:
    """Whatever happened to a kept file, the voice sounds as ever and the file is as before."""
    model, folder = tiny(tmp_path), tmp_path / "parts"
    sound = PiperVoice(model, folder).synthesise(SENTENCE)
    (path,) = folder.glob(which)
    good = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        middle = len(good) // 2
        changed = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
        path.write_bytes({"changed": changed, "half": good[:middle], "empty": b""}[damage])
    assert PiperVoice(model, folder).synthesise(SENTENCE) == sound
    assert path.read_bytes() == good


def test_a_folder_that_cannot_be_written(tmp_path: Path, warnings: list[str]) -> None:
    """The voice speaks in one piece, and the log says once what follows from it."""
    (tmp_path / "parts").write_text("a file where a folder should be")
    voice = PiperVoice(tiny(tmp_path), tmp_path / "parts")
    assert len(list(voice.pieces(SENTENCE))) == 1
    assert len(warnings) == 1
    assert "one piece" in warnings[0]


def test_a_model_of_another_kind(tmp_path: Path, warnings: list[str]) -> None:
    """A model without the decoder that we know speaks in one piece, and nothing is kept of it."""
    voice = PiperVoice(tiny(tmp_path, decoder="other"), tmp_path / "parts")
    assert len(list(voice.pieces(SENTENCE))) == 1
    assert len(warnings) == 1
    assert "conv_pre" in warnings[0]
    assert not list((tmp_path / "parts").iterdir())


def test_a_decoder_that_looks_too_far(
    tmp_path: Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When joined pieces are not the whole, the voice speaks in one piece."""
    monkeypatch.setattr("bot.speaking.pieces.AROUND", 1)  # the decoder looks at 2 on each side
    voice = PiperVoice(tiny(tmp_path), tmp_path / "parts")
    assert len(list(voice.pieces(SENTENCE))) == 1
    assert len(warnings) == 1
    assert "not the whole" in warnings[0]


def test_a_voice_is_cut_when_it_is_fetched(tmp_path: Path) -> None:
    """Once, in a process of its own: who serves calls finds the parts beside the model."""
    model = tiny(tmp_path)
    with Progress(disable=True) as bars:
        prepare_with_bar(model, bars)
        kept = {path: path.stat().st_mtime_ns for path in parts_folder(model).iterdir()}
        assert are_kept(model, parts_folder(model))
        prepare_with_bar(model, bars)
    assert kept == {path: path.stat().st_mtime_ns for path in parts_folder(model).iterdir()}
    assert len(list(PiperVoice(model, parts_folder(model)).pieces(SENTENCE))) > 1


def test_a_voice_that_cannot_be_cut_is_fetched(tmp_path: Path) -> None:
    """A damaged model stops no other from being fetched; who fetches it is told."""
    model = tmp_path / "damaged.onnx"
    model.write_bytes(b"half a")
    told = StringIO()
    with Progress(console=Console(file=told, width=200)) as bars:
        prepare_with_bar(model, bars)
    assert "cutting damaged did not work" in told.getvalue()


def test_nothing_to_say_is_no_sound(tmp_path: Path) -> None:
    """An empty text gives no piece; a sign alone gives no error."""
    voice = PiperVoice(tiny(tmp_path))
    assert list(voice.pieces("")) == []
    list(voice.pieces("."))


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> PiperVoice:
    return PiperVoice(Models(Settings()).path("piper-en"), tmp_path_factory.mktemp("parts"))


@pytest.mark.models
def test_the_real_decoder_in_pieces(english: PiperVoice) -> None:
    """Pieces of the same frames, joined, are what the decoder makes of them at once."""
    assert english._parts
    pieces = english._parts.pieces
    (phonemes,) = english._model.phonemize(SENTENCE)
    inputs = english._inputs(phonemes)
    frames = pieces.frames(inputs)
    whole = pieces.whole(frames, inputs)
    joined = np.concatenate([piece for piece, _ in pieces.in_turn(frames, inputs)])
    assert joined.shape == whole.shape
    assert np.abs(joined - whole).max() <= 1e-4


@pytest.mark.models
def test_the_real_parts_are_the_model(english: PiperVoice) -> None:
    """Without noise, which differs each time, both parts make what the uncut model makes."""
    assert english._parts
    model = Models(Settings()).path("piper-en")
    (phonemes,) = english._model.phonemize("Good morning.")
    inputs = english._inputs(phonemes, noise=False)
    uncut = np.asarray(Session(model).run(None, inputs)[0]).reshape(-1)
    pieces = english._parts.pieces
    joined = np.concatenate([piece for piece, _ in pieces.in_turn(pieces.frames(inputs), inputs)])
    assert np.abs(joined - uncut).max() <= 1e-4


@pytest.mark.models
def test_the_real_voice_begins_soon(english: PiperVoice) -> None:
    """The first piece is a third of a second, the sentence seconds; slow ones last longer."""
    usual, slow = (
        [piece.sound.seconds for piece in english.pieces(SENTENCE, slow)] for slow in (False, True)
    )
    assert usual[0] == pytest.approx(0.35, abs=0.02)
    assert 3 < sum(usual) < 6
    assert sum(slow) > 1.1 * sum(usual)


@pytest.mark.models
def test_the_real_voice_is_neither_faint_nor_cut_off(english: PiperVoice) -> None:
    """A loud sentence comes near full scale, and no two samples beside each other jump across."""
    sound = heard(english, "Stop! No, no, no! Help! What on earth are you doing over there?")
    assert 0.5 * 32767 < np.abs(sound).max() <= 32767
    assert np.abs(np.diff(sound)).max() < 32767


@pytest.mark.models
def test_two_cuts_are_one_voice(english: PiperVoice) -> None:
    """What a cache holds by the voice's name is found again after another cut of the model."""
    assert PiperVoice(Models(Settings()).path("piper-en")).name == english.name
