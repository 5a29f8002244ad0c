"""Piper: a neural voice, one model a language for all calls."""

from pathlib import Path

from piper import PiperVoice as _Model
from piper import SynthesisConfig

_SLOWER = 1.28
"""Length of a sound when the caller asked to speak slower; 1 is the model's own."""


class PiperVoice:
    """A Piper model as a `Voice`; safe in any thread, ONNX runs sentences side by side."""

    stand_in = False

    def __init__(self, model: Path) -> None:
        """Load a model.

        Args:
            model: The .onnx file; its .onnx.json lies beside it.
        """
        self._model = _Model.load(model)
        self.name = f"piper:{model.stem}:{model.stat().st_size}:{_SLOWER}"
        self.sample_rate: int = self._model.config.sample_rate

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        """Speak a text: PCM16 mono. Blocks about a tenth of the sound's length."""
        own = self._model.config.length_scale
        config = SynthesisConfig(length_scale=own * _SLOWER if slow else own)
        return b"".join(chunk.audio_int16_bytes for chunk in self._model.synthesize(text, config))
