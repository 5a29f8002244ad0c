"""Words that nobody said are refused, and words that somebody said are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hearing.filters import Evidence, invented, plain, said_once, too_little_speech


def said(
    words: str,
    *,
    score: float = -0.4,
    no_speech: float = 0.05,
    compression: float = 1.0,
    speech_s: float = 1.5,
    seconds: float = 2.5,
    hints: str = "",
) -> Evidence:
    """Return the evidence of an ordinary turn, but for what is given."""
    return Evidence(words, score, no_speech, compression, speech_s, seconds, hints)


@pytest.mark.parametrize(
    "evidence",
    [
        said("is mijn betaling binnen"),
        said("ja", speech_s=0.3, score=-0.5, no_speech=0.4),
        said("nee", speech_s=0.19, score=-0.9, no_speech=0.2),
        said("nul nul nul nul nul zes", speech_s=2.0),
        said("0 6 1 2 1 2 1 2 1 2", speech_s=4.0, seconds=6.0),
        # What ghosts say, said by a person who is well heard.
        said("dank u wel", speech_s=0.8, seconds=1.9, score=-0.2),
        said("thanks for watching", speech_s=1.4, seconds=2.4, score=-0.2),
        said("thank you", speech_s=0.9, seconds=1.9, score=-0.3),
        said("ik wil de ondertitels van uw video", score=-0.3),
        # A hint that is well heard.
        said("factuur", hints="factuur, betaling", speech_s=0.6, score=-0.3),
        said("nee nee nee", speech_s=1.2),
        # "kunt u dat herhalen?", misheard: to be asked again, not to be met with silence
        said("www.dapherhallen", score=-0.9, no_speech=0.4, speech_s=1.4, seconds=1.6),
    ],
)
def test_what_was_said_is_believed(evidence: Evidence) -> None:
    """Ordinary, short, repeated and polite words pass."""
    assert invented(evidence) is None


@pytest.mark.parametrize(
    ("evidence", "why"),
    [
        (said(""), "no words"),
        (said(" ... "), "no words"),
        (said("***"), "no words"),
        (said("is mijn betaling binnen", speech_s=0.03), "too little speech"),
        (said("is mijn betaling binnen", speech_s=0.2, seconds=20), "too little speech"),
        (said("de kruiden van de kuien", score=-1.9), "too unsure"),
        (said("en op de kijkers", score=-1.2, no_speech=0.8), "too unsure"),
        (said("van de deel van de deel", compression=3.0), "goes round in circles"),
        (said(" ".join(["kijk"] * 6), speech_s=4.0), "goes round in circles"),
        (said(" ".join(["en dan gaan we"] * 5), speech_s=6.0), "goes round in circles"),
        (said("www.radbout.nl", score=-0.9, speech_s=1.4), "subtitles"),
        (said("een hele lange zin met veel meer woorden dan dit", speech_s=0.3), "more words"),
        (said("Ondertitels ingediend door de Amara.org gemeenschap", score=-0.8), "subtitles"),
        (said("Ondertiteld door TV Gelderland", no_speech=0.5), "subtitles"),
        (said("TV GELDERLAND 2021", speech_s=0.8, seconds=6), "subtitles"),
        (said("Thanks for watching!", speech_s=0.6, seconds=6), "subtitles"),
        (said("MUZIEK", score=-0.75), "subtitles"),
        (said("Thank you.", no_speech=0.6), "subtitles"),
        (
            said("betaling", hints="factuur, betaling", speech_s=0.2, score=-0.9),
            "an echo of the hints",
        ),
        (
            said("factuur, betaling,", hints="factuur, betaling", score=-0.9, no_speech=0.4),
            "an echo of the hints",
        ),
    ],
)
def test_what_nobody_said_is_refused(evidence: Evidence, why: str) -> None:
    """Silence, guesses, circles, subtitles and echoes are no words of a caller."""
    reason = invented(evidence)
    assert reason is not None
    assert why in reason


@given(
    st.text(max_size=60),
    st.floats(-5, 0),
    st.floats(0, 1),
    st.floats(0, 10),
    st.floats(0, 30),
    st.floats(0, 30),
)
def test_no_speech_no_words(
    words: str, score: float, no_speech: float, compression: float, speech_s: float, seconds: float
) -> None:
    """However sure the words are, without speech they are refused; no evidence breaks a rule."""
    evidence = Evidence(words, score, no_speech, compression, speech_s, seconds, words)
    if too_little_speech(evidence):
        assert invented(evidence) is not None
    invented(evidence)


@given(st.text())
def test_plain_is_plain(text: str) -> None:
    """Plain text stays as it is when it is made plain again."""
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "once"),
    [
        (
            "What are your opening hours on Saturday? What are your opening hours on Saturday",
            "What are your opening hours on Saturday?",
        ),
        (
            "What are your opening hour months are today? What are your opening hour months are?",
            "What are your opening hour months are today?",
        ),
        ("Dat weet ik niet. Dat weet ik niet. Dat weet", "Dat weet ik niet."),
    ],
)
def test_a_sentence_that_came_twice_was_said_once(text: str, once: str) -> None:
    """What was written down twice in the time of one is understood, not refused; told once."""
    assert said_once(text, 1.6) == once
    assert said_once(once, 1.6) == once


@pytest.mark.parametrize(
    ("text", "speech_s"),
    [
        ("Ik wil een mens. Ik wil een mens.", 2.5),  # there was time for both
        ("four seven one four seven one", 1.0),
        ("4 7 1 4 7 1 4 7 1", 1.0),
        ("ja ja ja ja ja ja", 0.8),
        ("What are your hours and what are your prices", 1.5),
        ("", 0.0),
    ],
)
def test_what_was_said_twice_stays(text: str, speech_s: float) -> None:
    """A repetition for which there was time, a number, and one that is none are left alone."""
    assert said_once(text, speech_s) == text


@given(st.text(), st.floats(0, 30))
def test_once_is_a_beginning(text: str, speech_s: float) -> None:
    """Of whatever text, what is left is its beginning, and nothing more is taken from that."""
    once = said_once(text, speech_s)
    assert once == text or text.split()[: len(once.split())] == once.split()
    assert said_once(once, speech_s) == once
