"""The intent model is what its equation says, whatever the number of utterances."""

import numpy as np
import pytest

from bot.understanding.intent_model import RIDGE, IntentModel, SharedWords

WORDS = [
    "mijn",
    "factuur",
    "klopt",
    "niet",
    "afspraak",
    "verzetten",
    "graag",
    "morgen",
    "betaling",
    "binnen",
    "bel",
    "nog",
    "eens",
]


@pytest.mark.parametrize("count", [3, 512, 700])
def test_each_example_misses_its_mark_by_the_ridge(count: int) -> None:
    """Kernel ridge regression: (K + ridge) weights = targets, and a text resembles K weights.

    So the strengths of an example are its targets less the ridge times its weights, if and only
    if the weights are those of the inverse and a text is as alike in a call as in training.
    """
    chance = np.random.default_rng(count)
    texts = [" ".join([*chance.choice(WORDS, 4), f"nummer{n}"]) for n in range(count)]
    vectors = chance.standard_normal((count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    targets = np.eye(3)[chance.integers(0, 3, count)]
    model = IntentModel(SharedWords(texts), targets, vectors)
    expected = targets - RIDGE * model.fitted.weights
    for number in {0, count // 2, count - 1}:
        judged = model.judge(texts[number], vectors[number])
        assert judged.strengths == pytest.approx(expected[number], abs=1e-5)
        assert judged.nearest == number
