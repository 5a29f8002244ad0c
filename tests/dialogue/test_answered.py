"""Words that answer the question are known for it before the caller's turn is over."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.answered import answered
from bot.dialogue.content import Content
from bot.dialogue.state import State
from bot.events import Language
from bot.hearing.expectation import Answers

NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
CONTENT = Content.load(Path("intents"))


@pytest.mark.parametrize(
    ("slot", "words", "language", "found"),
    [
        ("customer_number", "Vier zeven één één nul negen.", "nl", "whole"),
        ("customer_number", "47 11 09", "nl", "whole"),
        ("customer_number", "vier zeven", "nl", "part"),
        ("customer_number", "four seven one one", "en", "part"),
        ("customer_number", "Die heb ik hier niet.", "nl", "no"),
        ("postcode", "3581 GA", "nl", "whole"),
        ("postcode", "vijfendertig eenentachtig", "nl", "part"),
        ("callback_number", "06 12 34 56 78", "nl", "whole"),
        ("callback_number", "nul zes twaalf", "nl", "part"),
        ("callback_number", "0 6 0 0 4 9 2 3 9", "nl", "part"),
        ("callback_number", "+31 6 12345678", "nl", "whole"),
        ("want_person", "Ja, graag.", "nl", "whole"),
        ("want_person", "No thanks", "en", "whole"),
        ("want_person", "Waar gaat dat over?", "nl", "no"),
        ("wish", "Ja", "nl", "no"),
    ],
)
def test_an_answer_is_known_by_its_words(
    slot: str, words: str, language: Language, found: Answers
) -> None:
    """A whole number, a part of one, and words that are neither are told apart."""
    assert answered(CONTENT.slots[slot], State(), NOW, words, language) == found


@given(slot=st.sampled_from(sorted(CONTENT.slots)), words=st.text(max_size=60))
def test_any_words_can_be_asked_about(slot: str, words: str) -> None:
    """Whatever recognition wrote down, no pause ends in an error."""
    if CONTENT.slots[slot].collectable:
        assert answered(CONTENT.slots[slot], State(), NOW, words, "nl") in ("whole", "part", "no")
