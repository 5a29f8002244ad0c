"""The call's language follows the caller, but not on account of one "ok"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Language
from bot.hearing.languages import OTHER, LanguageTrack

DUTCH = {"nl": 0.7, "en": 0.05, "de": 0.2, "af": 0.05}
ENGLISH = {"en": 0.95, "cy": 0.03, "nl": 0.0}
UNCLEAR_ENGLISH = {"en": 0.75, "la": 0.2, "nl": 0.05}
STRANGE = {"de": 0.5, "af": 0.3, "la": 0.2}

Turn = tuple[dict[str, float], float]


def follow(language: Language, turns: list[Turn]) -> list[Language]:
    """Return the language after each turn."""
    track = LanguageTrack(language)
    languages = []
    for likelihood, speech_s in turns:
        track = track.after(likelihood, speech_s)
        languages.append(track.language)
    return languages


@pytest.mark.parametrize(
    ("house", "turns", "expected"),
    [
        # A call in the house's own language stays in it.
        ("nl", [(DUTCH, 2.0)] * 3, ["nl", "nl", "nl"]),
        ("en", [(ENGLISH, 2.0)] * 3, ["en", "en", "en"]),
        # The first turn decides, long or not.
        ("nl", [(ENGLISH, 2.0)], ["en"]),
        ("nl", [(ENGLISH, 0.7)], ["en"]),
        ("en", [(DUTCH, 2.0)], ["nl"]),
        # But not a grunt.
        ("nl", [(ENGLISH, 0.3)], ["nl"]),
        # Later, one short "ok" or "yes" changes nothing.
        ("nl", [(DUTCH, 2.0), (ENGLISH, 0.4), (DUTCH, 2.0)], ["nl", "nl", "nl"]),
        ("nl", [(DUTCH, 2.0), (ENGLISH, 0.8), (DUTCH, 2.0)], ["nl", "nl", "nl"]),
        # One long and clear turn does.
        ("nl", [(DUTCH, 2.0), (ENGLISH, 2.0)], ["nl", "en"]),
        # So do two in a row that agree.
        ("nl", [(DUTCH, 2.0), (ENGLISH, 0.8), (ENGLISH, 0.8)], ["nl", "nl", "en"]),
        (
            "nl",
            [(DUTCH, 2.0), (UNCLEAR_ENGLISH, 2.0), (UNCLEAR_ENGLISH, 2.0)],
            ["nl", "nl", "en"],
        ),
        # Two that do not follow each other do not.
        ("nl", [(DUTCH, 2.0), (ENGLISH, 0.8), (DUTCH, 2.0), (ENGLISH, 0.8)], ["nl"] * 4),
        # Dutch on a bad line is heard as German and Latin: no news in a Dutch call.
        ("nl", [(STRANGE, 2.0)] * 3, ["nl", "nl", "nl"]),
        # And back again.
        ("nl", [(ENGLISH, 2.0), (DUTCH, 0.8), (DUTCH, 0.8)], ["en", "en", "nl"]),
    ],
)
def test_the_language_follows_the_caller(
    house: Language, turns: list[Turn], expected: list[Language]
) -> None:
    """First turns decide; later it takes one long and clear turn, or two that agree."""
    assert follow(house, turns) == expected


@pytest.mark.parametrize(
    ("likelihood", "speech_s", "gain", "expected"),
    [
        (ENGLISH, 0.8, 0.5, "en"),  # it sounds English and reads much better so
        (DUTCH, 2.0, 0.9, "nl"),  # it only reads better
        (ENGLISH, 2.0, -0.3, "nl"),  # it only sounds so
        (ENGLISH, 0.3, 0.9, "nl"),  # it is too short for either
    ],
)
def test_words_have_a_say(
    likelihood: dict[str, float], speech_s: float, gain: float, expected: Language
) -> None:
    """Sound and words together change the language at once; either alone does not."""
    track = LanguageTrack("nl", turns=3).after(likelihood, speech_s, gain)
    assert track.language == expected


def test_what_the_caller_asks_for_counts_at_once() -> None:
    """A language asked for in words is the call's language from then on."""
    track = LanguageTrack("nl").after(DUTCH, 2.0).told("en")
    assert track.language == "en"
    assert track.after(DUTCH, 0.8).language == "en"


def test_a_known_language_stays() -> None:
    """A fixed language is not changed by any sound."""
    track = LanguageTrack("nl", fixed=True)
    for _ in range(3):
        track = track.after(ENGLISH, 3.0)
    assert track.language == "nl"


likelihoods = st.fixed_dictionaries(
    {"nl": st.floats(0, 1), "en": st.floats(0, 1), "de": st.floats(0, 1)}
).map(lambda odds: {code: p / (sum(odds.values()) or 1) for code, p in odds.items()})
turns_ = st.lists(st.tuples(likelihoods, st.floats(0, 30)), max_size=12)
houses = st.sampled_from(["nl", "en"])


@given(houses, turns_)
def test_only_a_likelier_language_is_changed_to(house: Language, turns: list[Turn]) -> None:
    """The language changes only in a turn that is more likely in the new one."""
    track = LanguageTrack(house)
    for likelihood, speech_s in turns:
        after = track.after(likelihood, speech_s)
        if after.language != track.language:
            assert track.probability(likelihood) > 0.5
            assert speech_s >= 0.5
        track = after


@given(houses, turns_)
def test_turns_in_the_calls_language_never_change_it(house: Language, turns: list[Turn]) -> None:
    """A turn that is likelier in the call's language leaves it, and clears every doubt."""
    track = LanguageTrack(house)
    for likelihood, speech_s in turns:
        after = track.after(likelihood, speech_s)
        if track.probability(likelihood) < 0.5 <= speech_s:
            assert (after.language, after.doubts) == (track.language, 0)
        track = after


@given(houses, likelihoods)
def test_two_equal_turns_agree(house: Language, likelihood: dict[str, float]) -> None:
    """The same sound three times ends in one language, and stays there."""
    track = LanguageTrack(house)
    for _ in range(6):
        track = track.after(likelihood, 2.0)
    settled = track.after(likelihood, 2.0)
    if track.probability(likelihood) < 0.5:
        assert settled.language == track.language
    assert settled.language in (house, OTHER[house])
