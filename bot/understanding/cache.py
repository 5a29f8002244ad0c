"""The cache of training: sentence vectors and fitted weights, as plain arrays on disk.

No pickle: a file from elsewhere can't run code. A broken, missing or unwritable cache
only costs time.
"""

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from loguru import logger
from numpy.typing import NDArray

from bot.encoder import Encoder, Vectors
from bot.understanding.intent_model import Fitted, Odds

_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class Cache:
    """A folder that remembers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def vectors(self, encoder: Encoder, texts: Sequence[str], name: str = "sentences") -> Vectors:
        """Return the vectors of texts, and encode only what is new.

        Args:
            encoder: Which gives the vectors.
            texts: As `plain` leaves them.
            name: Of the file in which they are kept, one for each encoder.
        """
        file = self._folder / f"{name}.npz"
        keys = [_key(encoder.version, text) for text in texts]
        known: dict[str, Vectors] = {}
        if arrays := self._read(file, "keys", "vectors"):
            known = dict(zip(arrays["keys"].tolist(), arrays["vectors"], strict=False))
        missing = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in known]
        if missing:
            encoded = encoder.encode([text for _, text in missing])
            known.update(zip([key for key, _ in missing], encoded, strict=True))
            self._write(file, keys=np.array(keys), vectors=np.stack([known[key] for key in keys]))
        return np.stack([known[key] for key in keys]).astype(np.float32)

    def fitted(self, key: str, shape: tuple[int, int]) -> Fitted | None:
        """Return what training on the data of this key found, if it is known."""
        arrays = self._read(self._folder / "fitted.npz", "key", "weights", "odds", "beside")
        if not arrays or str(arrays["key"]) != key or arrays["weights"].shape != shape:
            return None
        if arrays["odds"].shape != (2, 2):
            return None
        strength, lead = (Odds(*each) for each in arrays["odds"].astype(float).tolist())
        weights = arrays["weights"].astype(np.float64)
        return Fitted(weights, strength, lead, bool(arrays["beside"]))

    def keep(self, key: str, fitted: Fitted) -> None:
        """Remember what training found, in place of what was found before."""
        self._write(
            self._folder / "fitted.npz",
            key=np.array(key),
            weights=fitted.weights,
            odds=np.array([[each.offset, each.slope] for each in _odds(fitted)]),
            beside=np.array(fitted.beside),
        )

    def _read(self, file: Path, *names: str) -> dict[str, NDArray[Any]]:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in names}
        except FileNotFoundError:
            return {}
        except _BROKEN as error:
            logger.warning("The cache {} can't be read and is made anew: {}", file, error)
            return {}

    def _write(self, file: Path, **arrays: NDArray[Any]) -> None:
        unfinished = file.with_suffix(f".{os.getpid()}")
        named: dict[str, Any] = dict(arrays)  # savez takes a flag by name as well
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as out:
                np.savez(out, **named)
            unfinished.replace(file)  # a reader sees the old file or the new, never a half
        except OSError as error:
            logger.warning("The cache {} can't be written: {}", file, error)
            with contextlib.suppress(OSError):
                unfinished.unlink()


def _odds(fitted: Fitted) -> tuple[Odds, Odds]:
    return fitted.by_strength, fitted.by_lead


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
