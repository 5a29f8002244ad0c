"""Fillers, words of the other language and two wishes at once leave a sentence understood."""

import pytest
import yaml
from suites import CASES, wishes

from bot.events import Language
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import load
from tests.understanding.conftest import INTENTS

LANGUAGES: tuple[Language, ...] = ("nl", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["fillers", "switching"])
def test_how_it_is_said_does_not_hide_what_is_meant(
    trained: EmbeddedUnderstanding, name: str, language: Language
) -> None:
    """Nine in ten are understood, of sentences that nothing is trained on."""
    examples = load(CASES / f"{name}.{language}.yml").examples
    taught = {one.text.casefold() for one in load(INTENTS).examples}
    assert not taught & {one.text.casefold() for one in examples}
    wrong = [
        f"{one.text}: {meaning.intent}"
        for one in examples
        if (meaning := trained.parse_now(one.text, language)).intent != one.intent
    ]
    assert len(examples) >= 30
    assert len(wrong) <= len(examples) // 10, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_wishes_are_both_heard(trained: EmbeddedUnderstanding, language: Language) -> None:
    """Both in five of six sentences or more, and hardly ever one that was not said."""
    cases = yaml.safe_load((CASES / f"two_wishes.{language}.yml").read_text())
    found = [(wishes(trained, one["text"], language), set(one["wishes"])) for one in cases]
    assert len(cases) >= 30
    assert sum(heard == meant for heard, meant in found) >= len(cases) * 5 // 6
    assert sum(bool(heard - meant) for heard, meant in found) <= 2
