"""The embedded NLU gives every text one meaning, never raises, never blocks the loop, says
out of scope to strangers, and learns again exactly when its files change.
"""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Sequence
from cProfile import Profile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.encoder import SentenceEncoder, Vectors
from bot.events import Language
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning, Understanding
from bot.understanding.training_data import TrainingData, load
from tests.understanding.conftest import INTENTS, NOW, ZONE

MINI = """\
nlu:
- intent: pay
  examples: |
    - I want to pay my bill
    - let me pay the [invoice](document:bill)
    - settle what I owe
- intent: visit
  examples: |
    - send someone to [Ghent](city)
    - book a visit
    - please come by in [Bruges](city)
- synonym: bill
  examples: |
    - account
- lookup: city
  examples: |
    - Antwerp
- regex: document
  examples: |
    - F\\d+
"""


class CountingEncoder:
    """The real encoder; counts what it is asked."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self.version = encoder.version
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return self._encoder.encode(texts)


@pytest.fixture
def mini(tmp_path: Path) -> TrainingData:
    file = tmp_path / "nlu.yml"
    file.write_text(MINI)
    return load(file)


def learn(
    data: TrainingData, cache: Path, encoder: SentenceEncoder | CountingEncoder
) -> EmbeddedUnderstanding:
    return EmbeddedUnderstanding.train(data, cache, lambda: NOW, ZONE, encoder)


def values(meaning: Meaning) -> dict[str, str]:
    return {one.name: one.value for one in meaning.entities}


@pytest.mark.parametrize("text", ["ja", "klopt", "dat is goed", "yes please", "Ja, graag!", "OK"])
async def test_short_consent_is_affirm(trained: Understanding, text: str) -> None:
    assert (await trained.parse(text, "nl")).intent == "affirm"


@pytest.mark.parametrize("text", ["nee", "no thanks", "nee dank u", "liever niet"])
async def test_short_refusal_is_deny(trained: Understanding, text: str) -> None:
    assert (await trained.parse(text, "nl")).intent == "deny"


@pytest.mark.parametrize(
    ("text", "language", "name", "value"),
    [
        ("471109", "nl", "digits", "471109"),
        ("vier zeven een een nul negen", "nl", "digits", "471109"),
        ("four seven double one oh nine", "en", "digits", "471109"),
        ("twaalf vierendertig a b", "nl", "postcode", "1234AB"),
        ("dinsdag", "nl", "date", "2026-11-24"),
        ("tomorrow at ten to five", "en", "time", "16:50"),
        ("de tweede", "nl", "ordinal", "2"),
        ("liever 's middags", "nl", "daypart", "12:00/18:00"),
        ("om kwart voor negen graag", "nl", "time", "08:45"),
    ],
)
async def test_a_bare_answer_informs_with_its_value(
    trained: Understanding, text: str, language: Language, name: str, value: str
) -> None:
    meaning = await trained.parse(text, language)
    assert meaning.intent == "inform"
    assert values(meaning)[name] == value


@pytest.mark.parametrize("text", ["one second", "één moment", "nee elf niet twaalf", "goedemorgen"])
async def test_a_number_or_daypart_in_a_phrase_is_no_bare_answer(
    trained: Understanding, text: str
) -> None:
    assert (await trained.parse(text, "en" if text[0] == "o" else "nl")).intent != "inform"


@pytest.mark.parametrize(
    ("text", "claimed", "intent"),
    [
        ("has my payment arrived yet", "nl", "check_payment"),
        ("kan ik in termijnen betalen", "en", "payment_plan"),
    ],
)
async def test_the_other_language_than_claimed_is_understood(
    trained: Understanding, text: str, claimed: Language, intent: str
) -> None:
    meaning = await trained.parse(text, claimed)
    assert (meaning.intent, meaning.language) == (intent, claimed)


@pytest.mark.parametrize(("taught", "spoken"), [("nl", "en"), ("en", "nl")])
def test_confidence_is_honest_in_a_language_without_examples(
    taught: Language, spoken: Language, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    """Mean confidence is near the share understood, though no word is shared with training."""
    counted: Counter[str] = Counter()
    data = load(INTENTS)
    kept = []
    for one in data.examples:
        if one.language == taught and one.intent != OUT_OF_SCOPE and counted[one.intent] < 12:
            counted[one.intent] += 1
            kept.append(one)
    engine = learn(replace(data, examples=tuple(kept)), tmp_path, encoder)
    test = load(INTENTS / "tests" / f"understanding.{spoken}.yml").examples
    asked = [one for one in test if one.intent != OUT_OF_SCOPE]
    best = [engine.parse_now(one.text, spoken).ranking[0] for one in asked]
    right = sum(b.intent == one.intent for b, one in zip(best, asked, strict=True)) / len(asked)
    assert abs(sum(b.confidence for b in best) / len(asked) - right) < 0.1


async def test_values_are_read_in_the_language_they_are_said_in(trained: Understanding) -> None:
    assert values(await trained.parse("the day after tomorrow", "nl"))["date"] == "2026-11-24"


async def test_several_things_in_one_sentence_are_all_found(trained: Understanding) -> None:
    text = "ik wil een afspraak voor de gasmeter volgende week dinsdag om half drie"
    meaning = await trained.parse(text, "nl")
    assert meaning.intent == "book_appointment"
    assert values(meaning) == {"subject": "meter", "date": "2026-11-24", "time": "14:30"}
    assert all(text[one.start : one.end] == one.text for one in meaning.entities)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "?!", "😀😀", "zet de lampen in de keuken aan", "what is the capital of peru"],
)
async def test_what_kalm_has_no_answer_for_is_out_of_scope(
    trained: Understanding, text: str
) -> None:
    meaning = await trained.parse(text, "nl")
    assert meaning.intent == OUT_OF_SCOPE
    assert OUT_OF_SCOPE not in {one.intent for one in meaning.ranking}


ODD = (
    st.text(max_size=40)
    | st.text("0123456789 -+.,€", max_size=40)
    | st.sampled_from(["\ud800", "İ" * 30, "ß", "\0", "’s", "1e999", "٣٤٥", "a" * 5000])
    | st.lists(st.sampled_from(["ja", "vier", "dinsdag", "half", "to", "the", "12", "ab"])).map(
        " ".join
    )
)


@settings(deadline=None)
@given(ODD, st.sampled_from(["nl", "en"]))
def test_any_text_has_a_meaning(
    trained: EmbeddedUnderstanding, text: str, language: Language
) -> None:
    meaning = trained.parse_now(text, language)
    assert (meaning.text, meaning.language) == (text, language)
    assert 0 <= meaning.confidence <= 1
    assert [one.confidence for one in meaning.ranking] == sorted(
        (one.confidence for one in meaning.ranking), reverse=True
    )
    if meaning.intent != OUT_OF_SCOPE:
        assert meaning.intent == meaning.ranking[0].intent
    for one in meaning.entities:
        assert text[one.start : one.end] == one.text


@pytest.mark.parametrize("word", ["afspraak ", "vier ", "volgende week dinsdag om half drie "])
def test_two_thousand_words_hold_nobody_up(trained: EmbeddedUnderstanding, word: str) -> None:
    """The work of one parse is bounded, however long someone talks.

    Counted in calls of functions, which no other job on the machine changes.
    """

    def work(times: int) -> int:
        with Profile() as profile:
            trained.parse_now(word * times, "nl")
        return sum(entry.callcount for entry in profile.getstats())

    work(2000)
    assert work(8000) <= 1.05 * work(2000)


async def test_the_loop_goes_on_while_a_text_is_parsed(trained: Understanding) -> None:
    turns = 0
    parsing = asyncio.ensure_future(trained.parse("ik wil een afspraak maken", "nl"))
    while not parsing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 1


async def test_many_callers_at_once_get_their_own_meaning(trained: Understanding) -> None:
    said = ["ja", "nee", "is mijn betaling binnen", "wat zijn jullie openingstijden"] * 10
    meanings = await asyncio.gather(*(trained.parse(text, "nl") for text in said))
    assert [one.text for one in meanings] == said
    assert [one.intent for one in meanings[:4]] * 10 == [one.intent for one in meanings]


def test_a_foreign_project_is_understood_and_strangers_are_too_far(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    """Without an out_of_scope intent, distance alone tells."""
    understanding = learn(mini, tmp_path / "cache", encoder)
    assert understanding.parse_now("I'd like to pay the bill", "en").intent == "pay"
    assert understanding.parse_now("can you come and visit us", "en").intent == "visit"
    assert understanding.parse_now("de kat slaapt op zolder", "nl").intent == OUT_OF_SCOPE


def test_annotated_words_synonyms_lookups_and_patterns_are_found(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    understanding = learn(mini, tmp_path / "cache", encoder)
    meaning = understanding.parse_now("pay Invoice and  account F12 in antwerp", "en")
    assert [(one.name, one.value, one.text) for one in meaning.entities if one.name != "digits"
            and one.name != "cardinal"] == [
        ("document", "bill", "Invoice"),
        ("document", "bill", "account"),
        ("document", "F12", "F12"),
        ("city", "antwerp", "antwerp"),
    ]  # fmt: skip


def test_a_second_start_encodes_nothing_and_finds_the_same(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    first = learn(mini, tmp_path / "cache", encoder)
    counting = CountingEncoder(encoder)
    second = learn(mini, tmp_path / "cache", counting)
    assert counting.asked == []
    said = "could I settle the invoice"
    assert second.parse_now(said, "en") == first.parse_now(said, "en")


def test_an_edit_encodes_only_what_is_new_and_counts(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    learn(mini, tmp_path / "cache", encoder)
    new = dataclasses.replace(mini.examples[0], text="The cat, please!", intent="cat")
    edited = dataclasses.replace(mini, examples=(*mini.examples, new))
    counting = CountingEncoder(encoder)
    understanding = learn(edited, tmp_path / "cache", counting)
    assert counting.asked == ["the cat please"]
    assert understanding.parse_now("the cat please", "en").intent == "cat"


def test_a_moved_utterance_is_learned_again(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    """The same sentences under other intents are other training data."""
    learn(mini, tmp_path / "cache", encoder)
    swap = {"pay": "visit", "visit": "pay"}
    examples = tuple(dataclasses.replace(one, intent=swap[one.intent]) for one in mini.examples)
    understanding = learn(dataclasses.replace(mini, examples=examples), tmp_path / "cache", encoder)
    assert understanding.parse_now("I want to pay my bill", "en").intent == "visit"


@pytest.mark.parametrize("keep", [0, 10, 200, -20])
def test_a_broken_cache_is_made_anew(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path, keep: int
) -> None:
    cache = tmp_path / "cache"
    expected = learn(mini, cache, encoder).parse_now("pay it", "en")
    files = sorted(cache.iterdir())
    assert len(files) == 2
    for file in files:
        file.write_bytes(file.read_bytes()[:keep])
    assert learn(mini, cache, encoder).parse_now("pay it", "en") == expected
    counting = CountingEncoder(encoder)
    learn(mini, cache, counting)
    assert counting.asked == []


def test_a_pickle_in_the_cache_is_never_opened(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[()]]:
            return (Path.touch.__get__(opened), ())

    cache = tmp_path / "cache"
    cache.mkdir()
    bomb = np.array([Bomb()], dtype=object)
    np.savez(cache / "fitted.npz", key=bomb, weights=bomb, odds=bomb)
    np.savez(cache / "sentences.npz", keys=bomb, vectors=bomb)
    assert learn(mini, cache, encoder).parse_now("book a visit", "en").intent == "visit"
    assert not opened.exists()


def test_a_cache_that_cannot_be_written_costs_only_time(
    mini: TrainingData, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file, no folder")
    assert learn(mini, in_the_way, encoder).parse_now("book a visit", "en").intent == "visit"
