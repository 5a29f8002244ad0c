"""A Rasa project from elsewhere is learned from as it lies there: every way of Rasa's to write an
example, its own files beside it, and its own tests pass.
"""

from pathlib import Path
from statistics import median

import pytest
import yaml

from bot.encoder import SentenceEncoder
from bot.understanding.annotations import read_annotations
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import load
from tests.understanding.conftest import INTENTS, NOW, ZONE

PROJECT = Path(__file__).parent / "rasa_project"


@pytest.fixture(scope="module")
def florist(
    encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory
) -> EmbeddedUnderstanding:
    cache = tmp_path_factory.mktemp("florist")
    return EmbeddedUnderstanding.train(load(PROJECT), cache, lambda: NOW, ZONE, encoder)


def test_all_of_it_is_read_and_nothing_but_examples() -> None:
    """Stories, rules, endpoints and tests are no examples, and no mistakes either."""
    data = load(PROJECT)
    assert {example.file.name for example in data.examples} == {"nlu.yml"}
    assert data.intents == (
        *("affirm", "complain_flowers", "faq/hours", "faq/parking", "order_flowers"),
        "send_flowers",
    )
    assert len(data.examples) == 21
    assert data.conflicts == ()
    assert data.synonyms["roses"] == "rose"
    assert data.lookups == {"flower": ("carnation", "peony")}
    texts = {example.text for example in data.examples}
    assert {"send them from Leeds to York", "can you deliver it to Bath"} <= texts


def test_its_own_conversation_tests_pass(florist: EmbeddedUnderstanding) -> None:
    """What its developers expect of their sentences is what Kalm makes of them."""
    stories = yaml.safe_load((PROJECT / "tests" / "test_stories.yml").read_text())["stories"]
    turns = [step for story in stories for step in story["steps"] if "user" in step]
    assert len(turns) == 4
    for turn in turns:
        text, _ = read_annotations(turn["user"].strip())
        assert florist.parse_now(text, "en").intent == turn["intent"], text


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ("can I order roses", "flower", "rose"),
        ("can I order a peony", "flower", "peony"),
        ("I'd like daffodils", "flower", "daffodil"),
        ("put me down for 12 tulips", "number", "12"),
        ("can you deliver it to bath", "city", "bath"),
    ],
)
def test_its_entities_are_found(
    florist: EmbeddedUnderstanding, said: str, name: str, value: str
) -> None:
    """By annotation, synonym, lookup and pattern, in either way of writing them."""
    meaning = florist.parse_now(said, "en")
    assert (name, value) in {(one.name, one.value) for one in meaning.entities}


STRANGERS = (
    "my computer does not start",
    "what is the capital of France",
    "tell me a joke",
    "my train is late",
    "how do I cook rice",
    "who won the match yesterday",
    "play some music",
    "what is my bank balance",
)


def test_strangers_are_less_sure_though_it_tells_nothing_of_them(
    florist: EmbeddedUnderstanding,
) -> None:
    """With 21 examples and none of what is out of scope, confidence tells strangers apart.

    Hardly any is refused outright: a project that teaches no strangers would lose its own.
    """
    sure = [florist.parse_now(text, "en").confidence for text in _turns()]
    strange = [florist.parse_now(text, "en").confidence for text in STRANGERS]
    assert max(strange) < median(sure)


def _turns() -> list[str]:
    """Return the sentences of the project's own tests."""
    stories = yaml.safe_load((PROJECT / "tests" / "test_stories.yml").read_text())["stories"]
    return [
        read_annotations(step["user"].strip())[0]
        for story in stories
        for step in story["steps"]
        if "user" in step
    ]


def test_kalms_own_links_for_rasa_are_not_read_twice(tmp_path: Path) -> None:
    """`data/` shows Rasa the files beside it; a copy that lost the links changes nothing."""
    once = load(INTENTS)
    (tmp_path / "data").mkdir()
    for name in ("nlu.nl.yml", "nlu.en.yml", "misheard.nl.yml", "misheard.en.yml"):
        assert (INTENTS / "data" / name).samefile(INTENTS / name)
        (tmp_path / name).write_bytes((INTENTS / name).read_bytes())
        (tmp_path / "data" / name).write_text("../" + name)
    assert len(load(tmp_path).examples) == len(once.examples)
    assert {example.file.parent for example in once.examples} == {INTENTS}
