"""Model: weights that turn the features of an utterance into a chance for each sign.

A logistic regression a sign, and one for abuse of any kind, on what the sentence
encoder, the cues and pieces of words say. For crisis and abuse, which hang most on
what the whole means, support vectors as well: telling sentences, and how near this
one is to them. Made by `bench/mood_words.py fit`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.encoder import Vectors
from bot.mood.features import NAMES, PIECES, Features

WEIGHTS = Path(__file__).with_name("words.npz")
KERNEL: dict[str, float] = {"crisis": 0.8, "abuse": 0.5, "abuse dutch": 0.5}
"""Heads that support vectors tell of too, and how much their say counts. For Dutch they are
others: those of GoEmotions, which is English only, made Dutch worse."""
DUTCH = " dutch"
"""What ends the name of a head that is another's in Dutch."""
SCALES = (2.0, 0.4)
"""What the meaning and the cues weigh in nearness."""
GAMMA = 0.3
SHARPNESS = 2.5
"""From the distance to the border of a head to a chance."""
MANIFEST = Path(__file__).with_name("words.json")


class WeightsError(Exception):
    """The weights do not fit this program."""


@dataclass(frozen=True)
class Model:
    """What was learned."""

    heads: tuple[str, ...]
    """Names: `calm`, `abuse`, `anger`, each sign, and `dutch`: whether a text is Dutch."""
    meaning: NDArray[np.float32]
    """Weights of the encoder's numbers; one row a head."""
    cues: NDArray[np.float32]
    """Weights of the cues; one row a head."""
    pieces: NDArray[np.float32]
    """Weights of pieces of words; one row a bucket, one column a head."""
    rarity: NDArray[np.float32]
    """How much a bucket of pieces tells, because few texts have it."""
    offset: NDArray[np.float32]
    telling: NDArray[np.float32]
    """Telling sentences: their meaning and cues, scaled."""
    votes: NDArray[np.float32]
    """What each of them says of each head of KERNEL; one column a head."""
    bias: NDArray[np.float32]
    thresholds: dict[str, float]
    """From which chance on a head counts."""

    @classmethod
    def load(cls, weights: Path = WEIGHTS, manifest: Path = MANIFEST) -> "Model":
        """Read the weights that Kalm ships; raises WeightsError when they do not fit."""
        try:
            told: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
            with np.load(weights, allow_pickle=False) as file:
                arrays = {name: file[name].astype(np.float32) for name in file.files}
            model = cls(tuple(told["heads"]), thresholds=dict(told["thresholds"]), **arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{weights} can't be read: {error}. Install Kalm anew.") from error
        heads = len(model.heads)
        if model.cues.shape != (heads, len(NAMES)) or model.pieces.shape != (PIECES, heads):
            cure = "Run: python bench/mood_words.py fit --data FOLDER"
            raise WeightsError(f"{weights} belongs to another version of Kalm. {cure}")
        return model

    def chances(self, vector: Vectors, features: Features) -> dict[str, float]:
        """Return a chance of 0 to 1 for each head, and for each of KERNEL."""
        weighed = self.odds(vector, features)
        chances = dict(weighed)
        for (head, say), near in zip(KERNEL.items(), self._near(vector, features), strict=True):
            chances[head] = (1 - say) * weighed[head.removesuffix(DUTCH)] + say * near
        return chances

    def odds(self, vector: Vectors, features: Features) -> dict[str, float]:
        """Return a chance for each head by its weights alone, without telling sentences."""
        # einsum, not a product by BLAS: its threads wait for each other on busy cores.
        sums = np.einsum("ij,j->i", self.meaning, vector)
        sums += np.einsum("ij,j->i", self.cues, features.cues)
        if len(features.pieces):
            rarity = self.rarity[features.pieces]
            rarity /= np.sqrt(np.einsum("i,i->", rarity, rarity))
            sums += np.einsum("ij,i->j", self.pieces[features.pieces], rarity)
        odds = 1 / (1 + np.exp(-np.clip(sums + self.offset, -30, 30)))
        return dict(zip(self.heads, odds.astype(float).tolist(), strict=True))

    def _near(self, vector: Vectors, features: Features) -> list[float]:
        """Return a chance for each head of KERNEL by nearness to telling sentences."""
        own = scaled(vector, features.cues)
        squares = np.einsum("ij,ij->i", self.telling, self.telling)
        distances = squares + np.einsum("i,i->", own, own)
        distances -= 2 * np.einsum("ij,j->i", self.telling, own)
        sums = np.einsum("ij,i->j", self.votes, np.exp(-GAMMA * distances)) + self.bias
        return [float(one) for one in 1 / (1 + np.exp(-SHARPNESS * sums))]


def scaled(meaning: Vectors, cues: Vectors) -> Vectors:
    """Return meaning and cues as one row, or rows, between which nearness is measured."""
    return np.concatenate([meaning * SCALES[0], cues * SCALES[1]], axis=-1).astype(np.float32)
