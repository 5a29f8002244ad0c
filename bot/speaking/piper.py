"""Piper: a neural voice, one model a language for all calls."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from loguru import logger
from numpy.typing import NDArray
from piper import PiperVoice as _Model
from piper import SynthesisConfig
from piper.config import PiperConfig

from bot.model_session import Session
from bot.speaking.pieces import Samples
from bot.speaking.sound import Piece, Sound
from bot.speaking.voice_parts import Parts, load_parts

_SLOWER = 1.28
"""Length of a sound when the caller asked to speak slower; 1 is the model's own."""

_KNEE = 0.8
"""Of full scale: up to here samples stay as they are, louder ones are pressed together."""

_TRIALS = {
    "nl": (
        "Goedemorgen, u spreekt met de klantenservice.",
        "Kunt u vertellen waar het over gaat?",
        "Het spijt me, dat kan niet; ik verbind u door met een collega.",
    ),
    "en": (
        "Good morning, you are speaking to the customer service.",
        "Could you tell me what it is about?",
        "I am sorry, that is not possible; I will connect you to a colleague.",
    ),
}
"""What a voice is tried with before its parts are kept."""


class PiperVoice:
    """A Piper model as a `Voice`, which speaks in pieces where its model can be cut.

    Piper scales each sentence to its own peak, which is known when all of it is there. A voice
    in pieces has one gain for all sentences instead, and presses together what is too loud.
    """

    stand_in = False

    def __init__(self, model: Path, parts: Path | None = None) -> None:
        """Load a model. Blocks, some seconds longer the first time, when it is cut in parts.

        Args:
            model: The .onnx file; its .onnx.json lies beside it.
            parts: Folder where the model's parts are kept; None to cut it anew each time.
        """
        config = PiperConfig.from_dict(json.loads(Path(f"{model}.json").read_text("utf-8")))
        self._config = config
        self._model = _Model(config=config, session=None)
        self.sample_rate: int = config.sample_rate
        self.name = f"piper:{model.stem}:{model.stat().st_size}:{_SLOWER}"
        self._parts = self._load_parts(model, parts)
        if self._parts:
            self.name += f":pieces:{self._parts.gain}:{_KNEE}"
        else:
            self._model.session = Session(model)

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        """Speak a text: PCM16 mono. Blocks about a tenth of the sound's length."""
        return b"".join(piece.sound.pcm for piece in self.pieces(text, slow))

    def pieces(self, text: str, slow: bool = False) -> Iterator[Piece]:
        """Speak a text piece by piece; joined they are the whole.

        Blocks for a fortieth of the sentence's length and some 0.03 s before the first piece, which
        lasts a third of a second; then for a tenth of each piece's length. A voice that could not
        be cut gives a sentence whole.

        Args:
            text: What to say.
            slow: Speak slower, for a caller who asked.

        Yields:
            Some of the sound, and how much of the whole it is.
        """
        parts = self._parts
        if parts is None:
            own = self._config.length_scale
            config = SynthesisConfig(length_scale=own * _SLOWER if slow else own)
            whole = b"".join(
                each.audio_int16_bytes for each in self._model.synthesize(text, config)
            )
            yield Piece(Sound(whole, self.sample_rate), 1.0)
            return
        said = [phonemes for phonemes in self._model.phonemize(text) if phonemes]
        in_all = sum(map(len, said))
        for phonemes in said:
            inputs = self._inputs(phonemes, slow)
            frames = parts.pieces.frames(inputs)
            for samples, share in parts.pieces.in_turn(frames, inputs):
                pcm = (limited(samples * parts.gain) * 32767).astype("<i2").tobytes()
                yield Piece(Sound(pcm, self.sample_rate), share * len(phonemes) / in_all)

    def _load_parts(self, model: Path, folder: Path | None) -> Parts | None:
        config = self._config
        language = "nl" if config.espeak_voice.startswith("nl") else "en"
        # Not worked out unless the model must be cut.
        trials = (
            self._inputs(phonemes, noise=False)
            for text in _TRIALS[language]
            for phonemes in self._model.phonemize(text)
        )
        try:
            return load_parts(model, folder, trials, config.sample_rate / config.hop_length)
        except Exception as error:  # whatever it is, the uncut model can be spoken with
            logger.warning(
                f"{model.name} speaks each sentence in one piece, so that a new one is heard "
                f"some tenths of a second later: {error}"
            )
            return None

    def _inputs(
        self, phonemes: list[str], slow: bool = False, noise: bool = True
    ) -> Mapping[str, NDArray[Any]]:
        """Return what the model is to be given for a sentence, as Piper itself gives it."""
        config = self._config
        ids = self._model.phonemes_to_ids(phonemes)
        length = config.length_scale * (_SLOWER if slow else 1)
        scales = [config.noise_scale, length, config.noise_w_scale] if noise else [0, length, 0]
        inputs: dict[str, NDArray[Any]] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(scales, np.float32),
        }
        if config.num_speakers > 1:
            inputs["sid"] = np.array([config.default_speaker_id], np.int64)
        return inputs


def parts_folder(model: Path) -> Path:
    """Return where the parts of a model are kept: beside it, for they are made of it alone."""
    return model.parent / "parts"


def cut(model: Path) -> None:
    """Cut a model in parts, if they are not kept yet; a voice that can't be cut is left as it is.

    Blocks for some seconds, and needs much memory: to be done in a process of its own.
    """
    PiperVoice(model, parts_folder(model))


def limited(samples: Samples) -> Samples:
    """Return samples of any size as samples within -1 and 1.

    Each by itself, so pieces join; and smoothly, for a sound that is cut off at full scale
    crackles.
    """
    over = np.maximum(np.abs(samples) - _KNEE, 0) / (1 - _KNEE)
    pressed = np.minimum(np.abs(samples), _KNEE) + (1 - _KNEE) * np.tanh(over)
    return np.asarray(np.copysign(pressed, samples), np.float32)
