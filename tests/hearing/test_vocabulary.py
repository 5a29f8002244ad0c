"""Recognition is told what is likely to be said, in the language it is said in."""

from typing import get_args

from bot.events import Language
from bot.hearing.expectation import Expectation, Kind
from bot.hearing.vocabulary import DICTATED, DOMAIN, MAX_WORDS, echoes, hints

LANGUAGES: tuple[Language, ...] = get_args(Language)


def test_every_kind_has_hints_in_both_languages() -> None:
    """No kind of expectation is forgotten in a language."""
    for language in LANGUAGES:
        for kind in get_args(Kind):
            told = hints(language, Expectation(kind))
            assert told
            assert (told == DOMAIN[language]) == (kind == "anything")


def test_expected_words_come_last_and_are_bounded() -> None:
    """What the dialogue expects is nearest to the turn, and never so long that it costs time."""
    words = tuple(f"woord{n}" for n in range(100))
    told = hints("nl", Expectation("choice", words))
    assert told.endswith(f"woord{MAX_WORDS - 1}")


def test_dictation_is_not_told_of_invoices() -> None:
    """Words of the house do not come back as digits."""
    for language in LANGUAGES:
        assert DOMAIN[language] not in hints(language, Expectation("digits", ("4711",)))


def test_every_hint_of_dictation_is_known_when_it_comes_back() -> None:
    """Whole or half, spaced or not, it is taken for an echo; what callers say is not."""
    for language in LANGUAGES:
        for told in DICTATED[language].values():
            assert echoes(told)
            assert echoes(told[: told.index(",")])
    assert echoes("814 SS.")
    for said in ("4 7 1 1", "1234 AB", "Mijn postcode is 3511 SC", "say that again please"):
        assert not echoes(said)
