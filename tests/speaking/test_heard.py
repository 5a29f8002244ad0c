"""What counts as heard is never more than what was played."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.speaking.heard import heard_words

WRITTEN = "Er staat € 84,20 open, te betalen voor dinsdag 24 november."
SPOKEN = "Er staat vierentachtig euro twintig open, te betalen voor dinsdag vierentwintig november."


@pytest.mark.parametrize(
    ("played", "heard"),
    [
        ("", ""),
        ("E", ""),
        ("Er", "Er"),
        ("Er staat vierentachtig euro", "Er staat"),
        ("Er staat vierentachtig euro twintig", "Er staat € 84,20"),
        ("Er staat vierentachtig euro twintig open,", "Er staat € 84,20 open,"),
        (SPOKEN, WRITTEN),
    ],
)
def test_example(played: str, heard: str) -> None:
    """A piece that is written otherwise counts once all of it was spoken."""
    assert heard_words(WRITTEN, SPOKEN, len("".join(played.split()))) == heard


words = st.lists(st.text("abcé,.", min_size=1, max_size=6), max_size=12).map(" ".join)


@given(words, words, st.floats(0, 100))
def test_heard_is_a_beginning_in_whole_words(written: str, spoken: str, letters: float) -> None:
    """Whatever was written and spoken: heard is a beginning of the written words."""
    heard = heard_words(written, spoken, letters).split()
    assert heard == written.split()[: len(heard)]


@given(words, st.floats(0, 100))
def test_heard_letters_were_played(text: str, letters: float) -> None:
    """Where both are the same, no more letters are heard than were played."""
    assert len("".join(heard_words(text, text, letters).split())) <= letters + 1e-6


@given(words, words, st.floats(0, 50), st.floats(0, 50))
def test_more_sound_is_never_less_heard(
    written: str, spoken: str, letters: float, more: float
) -> None:
    """Playing on never takes back a word."""
    before = heard_words(written, spoken, letters)
    assert heard_words(written, spoken, letters + more).startswith(before)
