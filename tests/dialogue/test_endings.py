"""A call is ended on a caller only after a warning that was heard, and never on one in danger.

Whatever is said, pressed, cut off or kept silent, in any order, by any company's settings. Most
callers here are judged by a double that reads the signs of a sentence from a list, so that
hypothesis can play many; what the ladder makes of them is real.
"""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.dialogue.content import Content
from bot.encoder import SentenceEncoder
from bot.events import BoundarySet, CallEnded, Language
from bot.mood.words import WordJudge
from bot.understanding.classifier import EmbeddedUnderstanding
from tests.dialogue.endings import (
    ABUSIVE,
    INTENTS,
    SAID,
    Cut,
    Do,
    Double,
    Rules,
    Say,
    Stimulus,
    check,
    play,
    with_rules,
)

HATE = Say("jullie soort moet weg")
SAYINGS = st.builds(
    Say,
    st.sampled_from(sorted(SAID)),
    st.sampled_from(INTENTS),
    st.sampled_from([1.0, 1.0, 0.9, 0.3]),
    st.sampled_from([False, False, False, True]),
)
ABUSES = st.builds(Say, st.sampled_from(ABUSIVE), early=st.sampled_from([False, False, True]))
CUTS = st.builds(Cut, st.floats(0, 1))
DOINGS = st.one_of(
    st.builds(Do, st.sampled_from(["silence", "silence", "0", "#", "5", "accept"])),
    st.builds(Do, st.sampled_from(["join", "talk", "return", "lose"])),
    st.builds(Do, st.just("company"), st.sampled_from(["well", "down", "timeout", "invalid"])),
)
SPOKEN_OVER = st.tuples(ABUSES, st.builds(Cut, st.floats(0, 0.6)))
"""Abuse, and then words over whatever the bot answers to it."""
MOVES = st.one_of(
    *[st.tuples(one) for one in (ABUSES, ABUSES, SAYINGS, CUTS, DOINGS)], SPOKEN_OVER, SPOKEN_OVER
)
CALLS = st.tuples(st.sampled_from([(), (HATE,), (HATE, HATE)]), st.lists(MOVES, max_size=12)).map(
    lambda call: [*call[0], *(stimulus for move in call[1] for stimulus in move)]
)
"""Calls of which many are near the end of the ladder from the first."""
RULES = st.builds(
    Rules,
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(2, 5),
    st.sampled_from(["hang_up", "hang_up", "hand_over"]),
    st.sampled_from(["continue", "end"]),
)
LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["nl", "en"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RULES, LANGUAGES, CALLS)
@example(Rules(), "nl", [HATE, HATE, HATE])
@example(Rules(), "nl", [HATE, HATE, Cut(0.2), HATE, Cut(0.1), HATE, HATE])
@example(Rules(), "en", [HATE, HATE, Say("jullie soort moet weg", early=True)])
@example(Rules(), "nl", [HATE, HATE, Say("ik wil niet meer leven"), HATE, HATE, Do("silence")])
@example(Rules(after_threat="end"), "nl", [Say("ik weet je te vinden")] * 2)
@example(Rules(), "nl", [Do("join"), Do("accept"), Say("sukkel, ik maak er een eind aan")])
def test_no_call_is_ended_wrongly(
    content: Content, rules: Rules, language: Language, stimuli: list[Stimulus]
) -> None:
    """A heard warning and abuse begun after it come before every ending; danger forbids it."""
    played = asyncio.run(play(with_rules(content, rules), Double(), stimuli, language))
    check(played)


def _ends(content: Content, stimuli: Sequence[Stimulus], rules: Rules | None = None) -> bool:
    played = asyncio.run(play(with_rules(content, rules or Rules()), Double(), stimuli))
    check(played)
    return any(
        isinstance(event.body, CallEnded) and event.body.outcome == "ended_for_abuse"
        for event in played.events
    )


def test_abuse_that_goes_on_ends_the_call(content: Content) -> None:
    """A boundary, a warning, an end: the ladder does lead somewhere, or this file shows nothing."""
    assert not _ends(content, [HATE, HATE])
    assert _ends(content, [HATE, HATE, HATE])


def test_a_warning_that_was_cut_off_does_not_count(content: Content) -> None:
    """Who spoke over the warning is warned anew, and only then hung up on."""
    assert not _ends(content, [HATE, HATE, Cut(0.1), HATE])
    assert _ends(content, [HATE, HATE, Cut(0.1), HATE, HATE])


def test_what_was_begun_before_the_warning_does_not_count(content: Content) -> None:
    """Words that were on their way when the warning was given are no answer to it."""
    early = Say(HATE.words, early=True)
    assert not _ends(content, [HATE, HATE, early])
    assert _ends(content, [HATE, HATE, early, HATE])


@pytest.mark.parametrize("need", ["ik wil niet meer leven", "ik raak helemaal in de war"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_in_need_is_never_hung_up_on(content: Content, need: str, at: int) -> None:
    """Danger or confusion, told at any moment, takes the end out of the ladder."""
    stimuli: list[Stimulus] = [HATE] * 8
    stimuli.insert(at, Say(need))
    assert not _ends(content, stimuli)


def test_doubtful_recognition_ends_no_call(content: Content) -> None:
    """Abuse that recognition may have made up leads to no boundary, warning or end."""
    assert not _ends(content, [Say(HATE.words, confidence=0.3)] * 10)


def test_anger_alone_ends_no_call(content: Content) -> None:
    """However long it lasts, anger without abuse gets no boundary."""
    angry = [words for words, (_, signs) in SAID.items() if not set(signs) - {
        "angry", "profanity", "insult_company", "accusation", "pressure"
    } and signs]  # fmt: skip
    played = asyncio.run(play(content, Double(), [Say(words) for words in angry * 6]))
    check(played)
    assert not any(isinstance(event.body, BoundarySet) for event in played.events)


REAL: list[tuple[Language, list[str]]] = [
    ("nl", ["Hou je bek, klootzak.", "Ga terug naar je eigen land.", "Vuile hoer."] * 3),
    ("nl", ["Jij bent een klootzak.", "Ik wil niet meer leven.", "Hou je bek, klootzak."] * 3),
    ("nl", ["Ik wil u niet beledigen, maar dit is kut geregeld.", "Verdomme!"] * 4),
    ("en", ["Shut up, you stupid bitch.", "Go back to your own country.", "You idiot."] * 3),
    ("en", ["You are an idiot.", "I want to kill myself.", "You stupid bitch."] * 3),
]


@pytest.mark.parametrize(("language", "sentences"), REAL)
async def test_real_words_end_no_call_wrongly(
    content: Content,
    understanding: EmbeddedUnderstanding,
    encoder: SentenceEncoder,
    language: Language,
    sentences: list[str],
) -> None:
    """The same holds when Kalm itself judges and understands the words."""
    judge = WordJudge.load(encoder)
    stimuli: list[Stimulus] = [Say(words) for words in sentences]
    check(await play(content, judge, stimuli, language, understanding))
