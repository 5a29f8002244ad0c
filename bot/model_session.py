"""An ONNX model that runs on one thread and gives its memory back after each run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime


class Session:
    """A loaded model; safe in any thread, ONNX runs sentences side by side.

    Two threads wait for each other so much that a sentence takes twice the processor time
    of one, and other calls need it. What the longest sentence ever took would be kept for
    good, 200 MB, if it were not given back after each.
    """

    def __init__(self, model: Path | bytes) -> None:
        """Load a model from a file, or from what such a file holds.

        Raises:
            Exception: ONNX Runtime can't read it; its errors share no class of their own.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model if isinstance(model, bytes) else str(model),
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
        self._tidy = onnxruntime.RunOptions()
        self._tidy.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self.inputs: tuple[str, ...] = tuple(each.name for each in self._session.get_inputs())
        """What it must be given, by name, in the model's own order."""

    def run(self, names: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """Run the model as ONNX does: its outputs by name, all of them for None."""
        return list(self._session.run(names, inputs, self._tidy))
