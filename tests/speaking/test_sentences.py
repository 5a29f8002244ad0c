"""A text is cut where a speaker breathes, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Language
from bot.speaking.sentences import sentences


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("nl", "Goedemorgen. Waarmee kan ik u helpen?", 2),
        ("nl", "Ik zoek mw. De Vries voor u op.", 1),
        ("nl", "Uw factuur nr. 2026-118 is betaald. Dank u.", 2),
        ("nl", "De monteur komt om 14.30 uur. Past dat?", 2),
        ("nl", "Er staat € 84.20 open.", 1),
        ("nl", "Dat is mevrouw J. de Vries.", 1),
        ("nl", "U spreekt met J. Jansen.", 1),
        ("nl", "Uw postcode is 1234 AB. Klopt dat?", 2),
        ("nl", "Echt waar?! Wat fijn!", 2),
        ("nl", "Een moment... Daar ben ik weer.", 2),
        ("nl", "Hij zei: 'Morgen.' Daarna ging hij.", 2),
        ("nl", "geen punt", 1),
        ("nl", "", 0),
        ("nl", "  \n ", 0),
        ("en", "Mr. Smith called. He will call again.", 2),
        ("en", "I said no. Thank you.", 2),
        ("en", "Come at 2:30 p.m. please.", 1),
        ("en", "It costs 3.5 euros.", 1),
        ("en", "You can reach us: Monday to Wednesday from half past eight until six, Friday.", 2),
        ("en", "You can reach us here: Monday to Wednesday from half past eight until six.", 2),
        (
            "nl",
            "Uw nummer is vier, een, een, nul, negen, drie, twee, een, acht, zes, vijf, nul.",
            2,
        ),
    ],
)
def test_cut(language: Language, text: str, expected: int) -> None:
    """Points of abbreviations, initials, amounts and times end no sentence."""
    assert len(sentences(text, language)) == expected


texts = st.text("abAB12 .,?!'\n", max_size=80) | st.text(max_size=80)


@given(texts, st.sampled_from(["nl", "en"]))
def test_nothing_is_lost(text: str, language: Language) -> None:
    """Joined by spaces the sentences are the text again; none is empty."""
    cut = sentences(text, language)
    assert " ".join(cut) == " ".join(text.split())
    assert all(sentence.strip() for sentence in cut)


@given(texts, st.sampled_from(["nl", "en"]))
def test_a_question_mark_always_ends(other: str, language: Language) -> None:
    """What follows a question is another sentence, so the question is heard at once."""
    cut = sentences(f"Wat? {other}", language)
    assert cut[0] == "Wat?"
