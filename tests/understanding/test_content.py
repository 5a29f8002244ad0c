"""Kalm's own utterances cover every intent in both languages, make a Rasa project, and make
unseen utterances understood as well as was measured.
"""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.encoder import plain
from bot.events import Language
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import OUT_OF_SCOPE
from bot.understanding.training_data import TrainingData, load
from tests.understanding.conftest import INTENTS

NAMES = {
    *("greet", "goodbye", "affirm", "deny", "thanks", "check_payment", "open_invoices"),
    *("payment_link", "payment_plan", "book_appointment", "move_appointment"),
    *("cancel_appointment", "check_appointment", "opening_hours", "office_address", "ask_person"),
    *("repeat", "slower", "correct", "stop", "help", "hold_on", "dont_know", "are_you_human"),
    *("complain", "change_language", "inform", OUT_OF_SCOPE),
    *("meter_reading", "moving_house", "cancel_contract", "become_customer", "tariff", "outage"),
    *("change_advance", "change_bank_account", "change_details", "invoice_copy"),
    *("wrong_number", "louder"),
}
LANGUAGES: tuple[Language, ...] = ("nl", "en")


def unseen(name: str, language: Language) -> TrainingData:
    return load(INTENTS / "tests" / f"{name}.{language}.yml")


def test_every_intent_has_enough_utterances_in_both_languages(content: TrainingData) -> None:
    counts = Counter((one.intent, one.language) for one in content.examples)
    assert set(content.intents) == NAMES
    assert {key: count for key, count in counts.items() if count < 20} == {}
    assert min(counts[OUT_OF_SCOPE, language] for language in LANGUAGES) >= 40


def test_no_utterance_means_two_things_however_it_is_spelt(content: TrainingData) -> None:
    meanings: dict[str, set[str]] = {}
    for one in content.examples:
        meanings.setdefault(plain(one.text), set()).add(one.intent)
    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["understanding", "understanding_final"])
def test_what_is_measured_on_is_not_trained_on(
    content: TrainingData, name: str, language: Language
) -> None:
    trained_on = {plain(one.text) for one in content.examples}
    held_out = unseen(name, language)
    assert set(held_out.intents) == NAMES
    assert [one.text for one in held_out.examples if plain(one.text) in trained_on] == []
    if name == "understanding":
        counts = Counter(one.intent for one in held_out.examples)
        assert min(counts.values()) >= 6


@pytest.mark.parametrize(
    ("name", "language", "bar"),
    [
        # Measured .928 and .937; .910 and .944 on the set that nothing was tuned on. A bar
        # a point or so below lets a rounding differ between processors, and no intent rot.
        ("understanding", "nl", 0.92),
        ("understanding", "en", 0.92),
        ("understanding_final", "nl", 0.90),
        ("understanding_final", "en", 0.92),
    ],
)
def test_unseen_utterances_are_understood(
    trained: EmbeddedUnderstanding, name: str, language: Language, bar: float
) -> None:
    examples = unseen(name, language).examples
    wrong = [
        f"{one.text}: {meaning.intent}, not {one.intent}"
        for one in examples
        if (meaning := trained.parse_now(one.text, language)).intent != one.intent
    ]
    assert 1 - len(wrong) / len(examples) >= bar, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confident_meaning_is_a_right_one(
    trained: EmbeddedUnderstanding, language: Language
) -> None:
    """Above .95 Kalm acts without asking; measured .99 to 1."""
    right = [
        meaning.intent == one.intent
        for name in ("understanding", "understanding_final")
        for one in unseen(name, language).examples
        if (meaning := trained.parse_now(one.text, language)).confidence > 0.95
    ]
    assert len(right) > 150
    assert sum(right) / len(right) >= 0.97


def test_annotations_name_what_flows_ask_for(content: TrainingData) -> None:
    found: dict[str, set[str]] = {}
    for example in content.examples:
        for one in example.annotations:
            assert one.value, f"{example.file}:{example.line}"
            found.setdefault(one.entity, set()).add(one.value)
    assert found == {
        "subject": {"meter", "advice", "repair"},
        "document": {"invoice", "reminder"},
        "language": {"nl", "en"},
    }


@pytest.mark.parametrize(
    ("text", "language", "entity", "value"),
    [
        ("kan de monteur komen voor onze cv-ketel", "nl", "subject", "repair"),
        ("hoe hoog is de jaarafrekening", "nl", "document", "invoice"),
        ("praat Engels alsjeblieft", "nl", "language", "en"),
        ("my thermostat is broken", "en", "subject", "repair"),
        ("I got a final notice", "en", "document", "reminder"),
    ],
)
def test_other_words_for_the_same_are_found(
    trained: EmbeddedUnderstanding, text: str, language: Language, entity: str, value: str
) -> None:
    entities = trained.parse_now(text, language).entities
    assert (entity, value) in {(one.name, one.value) for one in entities}


def test_the_domain_declares_what_the_utterances_use(content: TrainingData) -> None:
    """Rasa refuses or warns otherwise."""
    domain = yaml.safe_load((INTENTS / "domain.yml").read_text())
    assert domain["version"] == "3.1"
    assert domain["intents"] == sorted(content.intents)
    used = {one.entity for example in content.examples for one in example.annotations}
    assert domain["entities"] == sorted(used)


@pytest.mark.parametrize("file", ["nlu.nl.yml", "nlu.en.yml", "domain.yml", "config.yml"])
def test_a_file_is_one_that_rasa_reads(file: str) -> None:
    keys = set(yaml.safe_load(Path(INTENTS / file).read_text()))
    allowed = {
        "nlu": {"version", "nlu"},
        "domain": {"version", "intents", "entities", "session_config"},
        "config": {"recipe", "assistant_id", "language", "pipeline", "policies"},
    }
    assert keys == allowed[file.partition(".")[0]]
