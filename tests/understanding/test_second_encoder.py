"""The second encoder is asked where training gains by it, and costs nothing where it does not."""

import gc
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.encoder import Vectors
from bot.understanding import english
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.english import EnglishEncoder
from bot.understanding.training_data import Example, TrainingData
from tests.understanding.conftest import NOW, ZONE

INTENTS, EACH, WIDTH = 12, 6, 16


def said(intent: int, number: int) -> str:
    """Return an utterance that shares no words with any other, nor pieces of words."""
    return hashlib.sha256(f"{intent} {number}".encode()).hexdigest()


MEANT = {said(intent, number): intent for intent in range(INTENTS) for number in range(10)}

DATA = TrainingData(
    tuple(
        Example(said(intent, number), f"i{intent}", (), None, Path("nlu.yml"), 1)
        for intent in range(INTENTS)
        for number in range(EACH)
    )
)


class Deaf:
    """Hears no difference that means anything."""

    version = "deaf"

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [np.random.default_rng(list(text.encode())).normal(size=WIDTH) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


class Keen:
    """Hears which intent is meant; counts what it is asked."""

    version = "keen"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.eye(WIDTH, dtype=np.float32)[[MEANT[text] for text in texts]]


def learn(cache: Path, first: Deaf | Keen, second: Deaf | Keen) -> EmbeddedUnderstanding:
    return EmbeddedUnderstanding.train(DATA, cache, lambda: NOW, ZONE, first, second)


def test_it_is_kept_where_it_tells_apart_what_the_first_does_not(tmp_path: Path) -> None:
    """What only it can tell is understood, at the first start and from the cache alike."""
    assert learn(tmp_path / "a", Deaf(), Deaf()).parse_now(said(3, 9), "nl").intent != "i3"
    keen = Keen()
    first = learn(tmp_path / "b", Deaf(), keen).parse_now(said(3, 9), "nl")
    assert first.intent == "i3"
    keen.asked.clear()
    again = learn(tmp_path / "b", Deaf(), keen)
    assert keen.asked == []  # its vectors and what was fitted to them are in the cache
    assert again.parse_now(said(3, 9), "nl") == first
    assert keen.asked == [said(3, 9)]


def test_it_is_not_asked_where_it_gains_nothing(tmp_path: Path) -> None:
    """Where the first understands, the second is never asked: not in training, not in a call."""
    keen = Keen()
    second = Keen()
    engine = learn(tmp_path, keen, second)
    assert engine.parse_now(said(3, 9), "nl").intent == "i3"
    assert second.asked == []


def test_a_second_that_hears_no_more_is_not_kept(tmp_path: Path) -> None:
    """It is tried where much went wrong, and let go when it does not win by more than chance."""
    engine = learn(tmp_path, Deaf(), Deaf())
    assert not engine.model.fitted.beside


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("my card was swallowed by the machine", "the atm kept my card", "how do i top up"),
        ("why was i charged twice", "there is a duplicate payment", "when will my card arrive"),
    ],
)
def test_minilm_puts_the_same_wish_closer_than_another(one: str, same: str, other: str) -> None:
    """Vectors are of length one, and near where the meaning is near."""
    rows = EnglishEncoder().encode([one, same, other])
    assert rows.shape == (3, 384)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_its_weights_are_there_once_and_go_with_the_last_who_asked() -> None:
    """Two engines share them; an engine that does not keep it leaves no memory behind."""
    one, other = EnglishEncoder(), EnglishEncoder()
    assert len(english.loaded) == 0
    np.testing.assert_array_equal(one.encode(["hello"]), other.encode(["hello"]))
    assert len(english.loaded) == 1
    del one
    gc.collect()
    assert len(english.loaded) == 1
    del other
    gc.collect()
    assert len(english.loaded) == 0


def test_nothing_to_encode_is_no_row() -> None:
    """No texts, no rows, and nothing is loaded for them."""
    assert EnglishEncoder().encode([]).shape == (0, 384)
    assert len(english.loaded) == 0
