"""Nobody hears a tape: every answer of ours has three wordings, and they are taken in turns."""

from collections import defaultdict
from itertools import pairwise
from typing import get_args

import pytest

from bot.dialogue.answers import Wording
from bot.dialogue.content import Content
from bot.events import Language
from bot.speaking.sentences import uncut

LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_of_ours_has_three_wordings(content: Content, language: Language) -> None:
    """Of which none is another one with other blanks."""
    answers = content.answers
    few = {name for name in answers.names if len({*answers.texts(name, language)}) < 3}
    assert few == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_answers_say_the_same(content: Content, language: Language) -> None:
    """Where nothing is filled in; two of them in a row would be a tape all the same."""
    of: dict[str, set[str]] = defaultdict(set)
    answers = content.answers
    for name in answers.names:
        for text, slots in zip(
            answers.texts(name, language), answers.slots(name, language), strict=True
        ):
            if not slots:
                of[text].add(name)
    assert {text: names for text, names in of.items() if len(names) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wordings_of_an_answer_are_taken_in_turns(content: Content, language: Language) -> None:
    """In a call no wording comes again before the others were heard, whatever came between."""
    answers = content.answers
    for name in sorted(answers.names):
        if any(answers.slots(name, language)):
            continue
        said = [
            answers.line(
                name, language, {}, verified=False, said_before=times, last_words="something else"
            ).words
            for times in range(6)
        ]
        count = len(answers.texts(name, language))
        assert len({*said[:count]}) == count, name
        assert all(one != two for one, two in pairwise(said)), name


def test_every_sentence_without_blanks_can_be_spoken_ahead(content: Content) -> None:
    """The cache of sound has the second and third wording as well as the first."""
    answers = content.answers
    ahead = {text for language in LANGUAGES for text in answers.fixed(language)}
    for language in LANGUAGES:
        for name in answers.names:
            texts, slots = answers.texts(name, language), answers.slots(name, language)
            for text, filled in zip(texts, slots, strict=True):
                if not filled:
                    assert any(set(uncut(text, each)) <= ahead for each in LANGUAGES), name


def test_what_is_the_same_in_every_call_counts_as_fixed(content: Content) -> None:
    """A sentence beside one with an amount in it is fixed, and so is the company's own name."""
    fixed = content.answers.fixed("en", {"company_name": "Kalm Energie"})
    assert any("Kalm Energie" in sentence for sentence in fixed)
    assert "You can ask for a person at any moment." in fixed
    assert not any("\ufffc" in sentence for sentence in fixed)
    assert not any("Kalm Energie" in sentence for sentence in content.answers.fixed("en"))
    assert "Our opening hours:" in fixed  # what follows changes, and this is said first


def test_what_can_not_be_said_as_asked_stops_no_start() -> None:
    """The company's name as an amount is left blank ahead of calls, and told in them."""
    wording = Wording(("Welcome to ", ("company_name", "money")))
    assert wording.spoken_but("en", {"company_name": "Kalm"}) == "Welcome to \ufffc"
