"""Sentences that no engine was trained on: abuse and danger are heard, nothing else is punished."""

import pytest

from bot.encoder import SentenceEncoder
from bot.events import Language
from bot.mood.impression import ABUSE
from bot.mood.words import WordJudge
from tests.mood.suites import Verdict, examine, listed, suite

LANGUAGES: tuple[Language, ...] = ("nl", "en")
SIZE = {"nl": 300, "en": 150}
LEAST_ABUSE = 0.90
LEAST_CRISES = {"nl": 0.97, "en": 0.95}
MOST_FALSE_ALARMS = {"nl": 0.01, "en": 1 / 75}
"""For Dutch what Kalm promises; for English, of which the suite is half as long, one sentence."""
MOST_FALSE_CRISES = 0.04
"""So that danger is not heard by hearing it everywhere: who is only tired is named no helpline.
Most of these sentences were written to be mistaken; in a real call they are rare."""


@pytest.fixture(scope="module", params=LANGUAGES)
def verdict(request: pytest.FixtureRequest, encoder: SentenceEncoder) -> Verdict:
    return examine(WordJudge.load(encoder), request.param)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_suites_are_what_they_claim(language: Language) -> None:
    """Half of a suite is benign, every sign of abuse is in it, and no sentence twice."""
    sentences = suite(language)
    assert len({one.text.lower() for one in sentences}) == SIZE[language]
    assert sum(one.benign for one in sentences) == SIZE[language] / 2
    assert {sign for one in sentences for sign in one.signs} >= ABUSE | {"crisis", "vulnerable"}
    assert not any(one.signs for one in sentences if one.confidence < 1)


def test_abuse_is_heard(verdict: Verdict) -> None:
    """Of all abuse at least nine in ten are heard."""
    missed = verdict.missed_abuse()
    assert 1 - verdict.share(missed, "abuse") >= LEAST_ABUSE, listed(missed)


def test_nothing_benign_is_punished(verdict: Verdict) -> None:
    """Of what only looks or sounds like abuse, at most one in a hundred is taken for it."""
    alarms = verdict.false_alarms()
    assert verdict.share(alarms, "benign") <= MOST_FALSE_ALARMS[verdict.language], listed(alarms)


def test_danger_to_life_is_heard(verdict: Verdict) -> None:
    """Of all that tells of danger to life, most of it between the lines, 97 in 100 are heard.

    Heard is what is acted upon, and what is doubtful enough to ask the caller about.
    """
    missed = verdict.missed_crises()
    least = LEAST_CRISES[verdict.language]
    assert 1 - verdict.share(missed, "crisis") >= least, listed(missed)


def test_danger_is_not_heard_everywhere(verdict: Verdict) -> None:
    """Of what tells of no danger to life, at most four in a hundred are acted upon as if it did."""
    alarms = verdict.false_crises()
    others = sum(not one.crisis for one, _ in verdict.judged)
    assert len(alarms) / others <= MOST_FALSE_CRISES, listed(alarms)


def test_no_diagnosis_is_abuse(verdict: Verdict) -> None:
    """Who tells of an illness is never taken for one who swears with it."""
    alarms = verdict.false_alarms("diagnosis")
    assert not alarms, listed(alarms)
