"""The intent model: logistic regression over sentence vectors, as plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Vectors
from bot.understanding.meaning import OUT_OF_SCOPE

STRENGTH = 30.0
"""Inverse of the regularisation (scikit-learn's C)."""


@dataclass(frozen=True)
class IntentModel:
    """What training leaves; reads and writes as arrays without pickle."""

    intents: tuple[str, ...]
    weights: Vectors
    """One row an intent."""
    bias: Vectors

    @classmethod
    def fit(cls, vectors: Vectors, intents: Sequence[str]) -> "IntentModel":
        """Train on one vector and one intent an example."""
        names = tuple(sorted(set(intents)))
        if len(names) == 1:
            shape = (1, vectors.shape[1])
            return cls(names, np.zeros(shape, np.float32), np.zeros(1, np.float32))
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=STRENGTH, max_iter=1000, class_weight="balanced")
        model.fit(vectors, [names.index(intent) for intent in intents])
        weights, bias = model.coef_, model.intercept_
        if len(names) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
        return cls(names, weights.astype(np.float32), bias.astype(np.float32))

    def probabilities(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return one row a vector, one column an intent."""
        logits = (vectors @ self.weights.T + self.bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what has to be kept."""
        return {"intents": np.array(self.intents), "weights": self.weights, "bias": self.bias}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> "IntentModel":
        """Return the model that `arrays` came from."""
        names = tuple(str(name) for name in arrays["intents"])
        return cls(names, arrays["weights"], arrays["bias"])


__all__ = ["OUT_OF_SCOPE", "STRENGTH", "IntentModel"]
