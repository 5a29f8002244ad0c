"""How long a silence must last follows from the sound, the words, and what was asked."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Language
from bot.hearing.expectation import Answers, Expectation, Kind
from bot.hearing.patience import ANSWERED_S, FINISHED_S, Overheard, patience, unfinished

ALL = list(product(get_args(Kind), get_args(Answers), (True, False)))


def asked(kind: Kind, answers: Answers) -> Expectation:
    return Expectation(kind, answers=lambda words, language: answers)


@pytest.mark.parametrize(("kind", "answers", "sounds_done"), ALL)
@given(words=st.text(max_size=40), language=st.sampled_from(get_args(Language)))
def test_no_silence_is_waited_for_for_long(
    kind: Kind, answers: Answers, sounds_done: bool, words: str, language: Language
) -> None:
    """Whatever was asked and said, a turn ends, and not before a tenth of a second."""
    for overheard in (None, Overheard(words, language)):
        assert 0.1 <= patience(asked(kind, answers), sounds_done, overheard) <= 2.5


@pytest.mark.parametrize(("kind", "answers"), list(product(get_args(Kind), get_args(Answers))))
def test_what_sounds_done_is_never_waited_for_longer(kind: Kind, answers: Answers) -> None:
    """A pause that sounds like an end is at most as long as one that does not."""
    for words in (None, Overheard("dat is goed.", "nl"), Overheard("ik bel omdat", "nl")):
        expectation = asked(kind, answers)
        assert patience(expectation, True, words) <= patience(expectation, False, words)


@pytest.mark.parametrize("kind", ["digits", "phone", "postcode"])
def test_a_number_is_waited_for_until_it_is_whole(kind: Kind) -> None:
    """Part of a number gets more time than before anything was known, a whole one far less."""
    number = Overheard("vier zeven", "nl")
    unknown = patience(asked(kind, "no"), False)
    assert patience(asked(kind, "part"), True, number) > unknown
    assert patience(asked(kind, "whole"), False, number) <= unknown / 2


@pytest.mark.parametrize(("words", "language"), [("Zessen.", "nl"), ("One year old.", "en")])
def test_misheard_digits_are_waited_for_like_digits(words: str, language: Language) -> None:
    """Asked for a number, what nobody can act upon may be digits that were misheard."""
    misheard = Overheard(words, language)
    assert patience(asked("digits", "no"), True, misheard) >= 1.0


@pytest.mark.parametrize(
    ("words", "meant", "confidence"),
    [
        ("Neo.", 0.85, 0.42),
        ("Mijn klant.", 0.97, 0.43),
        ("No. No hang.", 0.84, 0.65),
        ("See you guys.", 0.95, 0.6),
    ],
)
def test_misheard_digits_that_sound_like_a_wish_are_no_wish(
    words: str, meant: float, confidence: float
) -> None:
    """Asked for a number, only a wish that is plain to all ends the turn: "nul" is no "no"."""
    misheard = Overheard(words, "nl", meant=meant, confidence=confidence)
    assert patience(asked("digits", "no"), True, misheard) >= 1.0
    assert patience(asked("anything", "no"), True, misheard) <= ANSWERED_S
    sure = Overheard(words, "nl", meant=meant, confidence=0.75)
    assert patience(asked("digits", "no"), True, sure) <= ANSWERED_S


@pytest.mark.parametrize(
    ("words", "meant", "confidence"),
    [
        ("I would rather not say.", 0.76, 0.92),
        ("Sorry, what do you need?", 0.72, 0.79),
        ("I don't know how to make it clear.", 0.93, 0.44),
    ],
)
def test_who_can_not_say_the_number_is_answered(
    words: str, meant: float, confidence: float
) -> None:
    """A sentence that is heard well, or understood well, is no number and not waited upon."""
    sentence = Overheard(words, "en", meant=meant, confidence=confidence)
    assert patience(asked("postcode", "no"), False, sentence) <= 0.2
    for said in ("See a lie.", "S.", "Hey, hey, hey, 0.", "Nee, confier, no, no."):
        few = Overheard(said, "en", meant=meant, confidence=0.65)
        assert patience(asked("postcode", "no"), False, few) >= 1.0
    hardly = Overheard("Sorry, what do you?", "en", meant=0.8, confidence=0.65)
    assert patience(asked("postcode", "no"), False, hardly) >= 1.0


@pytest.mark.parametrize(
    ("words", "confidence"),
    [("Ik ga je het wel voor mijn moeder.", 0.3), ("Is the garage door open?", 0.75)],
)
def test_who_says_a_sentence_without_a_digit_says_no_number(words: str, confidence: float) -> None:
    """A long one, or one that was heard well, ends as elsewhere, though nobody understands it."""
    sentence = Overheard(words, "nl", confidence=confidence)
    for done in (True, False):
        elsewhere = patience(asked("anything", "no"), done, sentence)
        assert patience(asked("digits", "no"), done, sentence) == elsewhere < 1.0


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("I don't know Matt and Matt please.", "en"),
        ("No, I don't know.", "en"),
        ("Dat weet ik niet precies.", "nl"),
        ("Nou, dat weet ik zo niet.", "nl"),
    ],
)
def test_who_says_that_they_can_not_tell_says_no_number(words: str, language: Language) -> None:
    """However badly the rest was heard: no number follows, and help is not kept waiting."""
    heard = Overheard(words, language, confidence=0.3)
    assert patience(asked("postcode", "no"), False, heard) <= FINISHED_S
    digit = Overheard(f"{words} 4", language, confidence=0.3)
    assert patience(asked("postcode", "no"), False, digit) >= 1.0


@pytest.mark.parametrize(
    "words",
    [
        "Nu moet je het spijf.",
        "I'm... I'm the hero one.",
        "6 I'm 6 I'm 6 I'm 6",
        "S, D, N, D, S, T.",
        "To meet to meet each face.",
        "Free payment, free payment, free payment, free payment.",
        "Nönses, in act, act nul.",
    ],
)
def test_what_digits_and_letters_are_misheard_as_is_no_sentence(words: str) -> None:
    """Few words, or single letters, or a digit among them: whoever says them may go on."""
    misheard = Overheard(words, "nl", confidence=0.6)
    assert patience(asked("postcode", "no"), True, misheard) >= 1.0


@pytest.mark.parametrize("kind", ["digits", "phone"])
def test_a_whole_number_that_may_go_on_is_waited_for(kind: Kind) -> None:
    """What recognition takes for a whole number, without being sure of it, is a part till then."""
    number = Overheard("7 6 7 9 7 9", "en", perhaps_part=True)
    part = patience(asked(kind, "part"), False, Overheard("7 6 7 9", "en"))
    assert patience(asked(kind, "whole"), False, number) == part


@pytest.mark.parametrize(("words", "language"), [("Ja.", "nl"), ("Definitely!", "en")])
def test_who_says_yes_to_a_number_may_say_it(words: str, language: Language) -> None:
    """Yes is the beginning of an answer when a number was asked for, and a wish elsewhere."""
    yes = Overheard(words, language, meant=True)
    assert patience(asked("digits", "no"), True, yes) >= 1.0
    assert patience(asked("anything", "no"), True, yes) <= 0.2


@pytest.mark.parametrize(("words", "speech_s"), [("6 9 9 6 9 9", 1.0), ("een twee een twee", 0.7)])
def test_more_digits_than_anybody_says_in_the_time_are_no_whole_number(
    words: str, speech_s: float
) -> None:
    """Recognition writes six digits for three: the caller is not cut off by it."""
    whole = asked("digits", "whole")
    part = patience(asked("digits", "part"), True, Overheard(words, "nl"))
    assert patience(whole, True, Overheard(words, "nl", speech_s=speech_s)) == part
    assert patience(whole, True, Overheard(words, "nl", speech_s=3 * speech_s)) < part / 2


def test_a_wish_that_was_understood_is_answered_at_once() -> None:
    """However the pause sounds; unless the sentence goes on, or a number is being dictated."""
    wish = Overheard("Is my payment in?", "en", meant=True)
    asked_nothing = asked("anything", "no")
    assert patience(asked_nothing, False, wish) <= 0.2
    assert patience(asked_nothing, True, wish) <= ANSWERED_S  # and it sounds like an end
    half = Overheard("Is my payment in and", "en", meant=True)
    assert patience(asked_nothing, False, half) == patience(asked_nothing, False, None)
    number = Overheard("four seven", "en", meant=True)
    assert patience(asked("digits", "part"), False, number) >= 1.0


def test_who_says_something_else_is_not_held_as_if_dictating() -> None:
    """Asked for a number, "I don't have it here" and "agent" end as they do elsewhere."""
    for words in ("Die heb ik hier niet.", "Medewerker."):
        understood = Overheard(words, "nl", meant=True)
        for done in (True, False):
            elsewhere = patience(asked("anything", "no"), done, understood)
            assert patience(asked("digits", "no"), done, understood) == elsewhere


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Ik bel u omdat", "nl"),
        ("Goedemorgen,", "nl"),
        ("Ik wil graag uh", "nl"),
        ("Het gaat over mijn", "nl"),
        ("I am calling because", "en"),
        ("My name is, um", "en"),
        ("It is about the...", "en"),
    ],
)
def test_an_unfinished_sentence_is_waited_for(words: str, language: Language) -> None:
    """However much it sounds like an end, nobody ends a sentence so."""
    overheard = Overheard(words, language)
    assert unfinished(overheard)
    assert patience(Expectation(), True, overheard) > patience(Expectation(), True)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Daar weet ik niets van.", "nl"),
        ("Dat ben ik", "nl"),
        ("Ik bel u morgen op.", "nl"),
        ("Dat was het", "nl"),
        ("That is what I asked for", "en"),
        ("I don't want to", "en"),
        ("", "nl"),
    ],
)
def test_a_sentence_that_can_end_so_is_not_held(words: str, language: Language) -> None:
    """A preposition or a verb may well be somebody's last word."""
    assert not unfinished(Overheard(words, language))
