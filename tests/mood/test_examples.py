"""The examples that the words of the mood are trained on: enough, fair, and nobody's test."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator
from ruamel.yaml import YAML

from bot.events import Language, Sign
from bot.mood.impression import ABUSE
from bot.understanding import training_data
from tests.mood.suites import suite

INTENTS = Path(__file__).parents[2] / "intents"
LEAST = {"nl": 800, "en": 500}
LEAST_OF_A_SIGN = {"nl": 40, "en": 25}
LANGUAGES: tuple[Language, ...] = ("nl", "en")


class Group(BaseModel):
    """Utterances whose words give the same signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signs: tuple[Sign, ...]
    twin_of: Sign | None = None
    examples: tuple[str, ...]

    @field_validator("examples", mode="before")
    @classmethod
    def lines(cls, block: str) -> tuple[str, ...]:
        """Return the lines of a block; each begins with a hyphen."""
        lines = block.splitlines()
        assert all(re.match(r"- \S", line) for line in lines), block
        return tuple(line.removeprefix("- ") for line in lines)


@cache
def groups(language: Language) -> tuple[Group, ...]:
    """Return the groups of a language."""
    rows = YAML(typ="safe").load(INTENTS / "mood" / f"examples.{language}.yml")
    return TypeAdapter(tuple[Group, ...]).validate_python(rows)


def same(text: str) -> str:
    """Return a text so that two spellings of the same utterance are equal."""
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split()) or text


def of_both() -> list[str]:
    """Return all examples of both languages, spelt alike."""
    return [same(line) for one in LANGUAGES for group in groups(one) for line in group.examples]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_of_every_sign(language: Language) -> None:
    """A language has what was promised, and no sign rests on a handful."""
    counts = Counter(
        sign for group in groups(language) for sign in group.signs for _ in group.examples
    )
    assert sum(len(group.examples) for group in groups(language)) >= LEAST[language]
    few = {one: counts[one] for one in get_args(Sign) if counts[one] < LEAST_OF_A_SIGN[language]}
    assert not few


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_least_half_is_benign(language: Language) -> None:
    """Who only sees abuse learns to see it everywhere: half or more is no abuse and no crisis."""
    benign = sum(
        len(group.examples)
        for group in groups(language)
        if not (ABUSE | {"crisis"}) & set(group.signs)
    )
    assert benign * 2 >= sum(len(group.examples) for group in groups(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_end_a_call_or_alarm_a_person_has_twins(language: Language) -> None:
    """Each sign of abuse, and crisis, has examples that look alike and are not."""
    twins = {group.twin_of for group in groups(language)}
    assert twins >= ABUSE | {"crisis"}
    assert not any(group.twin_of in group.signs for group in groups(language))


def test_no_example_stands_twice() -> None:
    """One line, one utterance, in one place, whatever its capitals and punctuation."""
    assert [text for text, times in Counter(of_both()).items() if times > 1] == []


def test_no_example_is_in_a_test_suite() -> None:
    """What measures the judge was never shown to it."""
    measured = {same(sentence.text) for one in LANGUAGES for sentence in suite(one)}
    assert measured & set(of_both()) == set()


def test_examples_of_mood_train_no_intent() -> None:
    """The product owner's intents are read from their own files only."""
    files = {example.file.parent for example in training_data.load(INTENTS).examples}
    assert INTENTS / "mood" not in files


def test_the_examples_of_intents_are_not_copied() -> None:
    """An everyday example of the mood is new, not one of the intents again."""
    known = {same(example.text) for example in training_data.load(INTENTS).examples}
    assert known & set(of_both()) == set()
