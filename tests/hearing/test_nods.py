"""What only shows that somebody listens is told apart from what takes the turn."""

import pytest

from bot.events import Language
from bot.hearing.nods import is_nod


@pytest.mark.parametrize(
    ("words", "language"),
    [
        *[(each, "nl") for each in ("Ja.", "Ja, ja.", "Mm-hm.", "Oké.", "Hmm", "Ja, precies.")],
        *[
            (each, "nl")
            for each in ("Ik snap het.", "Dat klopt.", "Ah, oké.", "Uh-huh", "Yeah.", "Jan")
        ],
        *[(each, "en") for each in ("Yeah.", "Mm-hmm.", "Okay.", "Right.", "I see.", "Got it.")],
        *[(each, "en") for each in ("Uh-huh.", "Oh, okay.", "Of course.", "All right.", "Ja.")],
        ("Hmph.", "en"),  # what recognition writes of a hum
    ],
)
def test_a_nod_is_a_nod(words: str, language: Language) -> None:
    """Such words let the bot go on."""
    assert is_nod(words, language)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        *[(each, "nl") for each in ("Ja, maar ik heb al betaald.", "Nee.", "Wacht even.", "")],
        *[(each, "nl") for each in ("Oké, en dan?", "Ja?", "Dat.", "Ik", "Stop.", "Klopt niet.")],
        *[(each, "nl") for each in ("Ja ja ja ja ja ja.", "471109", "Een medewerker.", "?!")],
        *[(each, "en") for each in ("Yes but I paid.", "No.", "Hold on.", "Okay?", "It", "I")],
        *[(each, "en") for each in ("Sorry?", "Stop.", "Right, and then what?", "A person.")],
    ],
)
def test_what_says_more_is_no_nod(words: str, language: Language) -> None:
    """Anything that may want an answer is taken for a turn."""
    assert not is_nod(words, language)
