"""Callers who shout, swear at invoices, quote, cry or are ill: none of them is punished."""

import pytest

from bot.dialogue.content import Content
from bot.encoder import SentenceEncoder
from bot.mood.words import WordJudge
from bot.understanding.classifier import EmbeddedUnderstanding
from tests.dialogue.benign import TEMPERS, draw, play

SEEDS = range(1000, 1040)
"""bench/wrong_endings.py plays 400 others."""


@pytest.fixture(scope="module")
def judge(encoder: SentenceEncoder) -> WordJudge:
    return WordJudge.load(encoder)


def test_the_generator_draws_callers_of_every_temper() -> None:
    """A seed gives the same conversation always, and forty seeds give all kinds of callers."""
    talks = [draw(seed) for seed in SEEDS]
    assert talks == [draw(seed) for seed in SEEDS]
    assert {talk.temper for talk in talks} == set(TEMPERS)
    assert {talk.language for talk in talks} == {"nl", "en"}
    done = {act.do for talk in talks for act in talk.acts}
    assert done >= {"say", "keys", "silence", "agent", "echo"}


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_benign_call_is_ended_for_abuse(
    content: Content, understanding: EmbeddedUnderstanding, judge: WordJudge, seed: int
) -> None:
    """Nobody benign meets a boundary, a warning, an incident of abuse or an end."""
    course = await play(draw(seed), content, understanding, judge)
    told = "\n".join(course.transcript)
    assert not course.ended_for_abuse, told
    assert course.warnings == 0, told
    assert course.boundaries == 0, told
    assert course.incidents == 0, told
