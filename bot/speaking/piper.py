"""Piper: a neural voice, one model a language for all calls."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from piper import PiperVoice as _Model
from piper import SynthesisConfig
from piper.config import PiperConfig

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
        config = PiperConfig.from_dict(json.loads(Path(f"{model}.json").read_text("utf-8")))
        self._model = _Model(config=config, session=_Session(model))
        self.name = f"piper:{model.stem}:{model.stat().st_size}:{_SLOWER}"
        self.sample_rate: int = self._model.config.sample_rate

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        """Speak a text: PCM16 mono. Blocks about a tenth of the sound's length."""
        own = self._model.config.length_scale
        config = SynthesisConfig(length_scale=own * _SLOWER if slow else own)
        return b"".join(chunk.audio_int16_bytes for chunk in self._model.synthesize(text, config))


class _Session:
    """Stands in for an ONNX session; runs a sentence on one thread and gives its memory back.

    Two threads wait for each other so much that a sentence takes twice the processor time
    of one, and other calls need it. What the longest sentence ever took would be kept for
    good, 200 MB, if it were not given back after each.
    """

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._tidy = onnxruntime.RunOptions()
        self._tidy.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def run(self, names: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """Run the model as ONNX does: its outputs by name, all of them for None."""
        return list(self._session.run(names, inputs, self._tidy))
