"""The intent model is what its equation says, whatever the number of utterances."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.understanding import intent_model, shared_words
from bot.understanding.intent_model import RIDGE, IntentModel
from bot.understanding.shared_words import SharedWords

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


def test_shared_words_are_those_of_tf_idf() -> None:
    """Words, pairs and pieces weigh what scikit-learn makes of them, and strangers count too."""
    chance = np.random.default_rng(3)
    texts = [f"{' '.join(chance.choice(WORDS, n % 7))} nr {n}" for n in range(600)]
    kinds: tuple[dict[str, object], ...] = (
        {"ngram_range": (1, 2), "token_pattern": r"\S+"},
        {"ngram_range": (2, 5), "analyzer": "char_wb"},
    )
    rows = [TfidfVectorizer(sublinear_tf=True, **kind).fit_transform(texts) for kind in kinds]
    expected = shared_words.WORDS * sum((each @ each.T).toarray() for each in rows)
    shared = SharedWords(texts)
    own = np.zeros((600, 600))
    shared.add_own(own)
    assert own == pytest.approx(expected, abs=1e-9)
    asked = np.zeros(600)
    shared.add(texts[20], asked)
    assert asked == pytest.approx(expected[20], abs=1e-9)
    strange, empty = np.zeros(600), np.zeros(600)
    shared.add(f"{texts[20]} quetzalcoatl", strange)
    assert 0.0 < strange[20] < asked[20]
    shared.add("", empty)
    assert not empty.any()


def test_calibration_is_a_logistic_regression() -> None:
    """As scikit-learn's finds it, also where right and wrong never overlap."""
    chance = np.random.default_rng(5)
    for spread in (0.3, 0.0):
        figures = chance.random(400)
        right = figures + spread * chance.standard_normal(400) > 0.5
        odds = intent_model._calibrated(figures, right)
        known = np.append(figures, [0.0, 1.0])[:, None]
        weights = np.append(np.ones(400), [intent_model._ANCHORS] * 2)
        peer = LogisticRegression(C=100.0, tol=1e-8, max_iter=1000)
        peer.fit(known, np.append(right, [False, True]), sample_weight=weights)
        assert odds.slope == pytest.approx(float(peer.coef_[0, 0]), rel=1e-3)
        assert odds.offset == pytest.approx(float(peer.intercept_[0]), rel=1e-3)
