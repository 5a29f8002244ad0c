"""A voice is angry against the caller's own calm turns, and only when more than one cue says so."""

from dataclasses import FrozenInstanceError
from itertools import permutations
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Prosody
from bot.mood.frames import RATE, Samples
from bot.mood.norms import NORMS
from bot.mood.voice import OWN_S, Baseline, measure
from tests.mood.sounds import SENTENCES, at, says, sharp, shouts

HOT = {"pitch_st": 7.0, "bright_st": 7.0, "clear_db": -2.0}
"""How hot anger differs from the same voice when calm."""


def turn(speech_s: float = 2.5, **more: float) -> Prosody:
    """Return a turn of the most usual of voices, but for what is added."""
    features = {
        name: (exp(norm.mean) if norm.ratio else norm.mean) + more.get(name, 0.0)
        for name, norm in NORMS.items()
    }
    features |= {name: value for name, value in more.items() if name not in NORMS}
    return Prosody(speech_s=speech_s, features=features)


def calm(*turns: Prosody) -> Baseline:
    baseline = Baseline()
    for one in turns:
        baseline = baseline.with_turn(one, calm=True)
    return baseline


def anger(baseline: Baseline, prosody: Prosody) -> float:
    found = baseline.judge(prosody)
    assert found is not None
    assert found.angry == (found.anger >= 0.5)
    return found.anger


def heard(sound: Samples) -> Prosody:
    found = measure(sound, RATE)
    assert found is not None
    return found


def test_a_caller_who_begins_to_shout_is_heard() -> None:
    """Spoken higher, sharper and faster than before is anger, and the reasons say by how much."""
    baseline = calm(*(heard(says(sentence)) for sentence in SENTENCES[:2]))
    found = baseline.judge(heard(at(shouts(SENTENCES[2]), 9)))
    assert found is not None
    assert found.angry
    told = {one.name: one.value for one in found.evidence}
    assert {"louder_db", "higher_st", "brighter_st"} <= told.keys()
    assert all(one.source == "voice" for one in found.evidence)
    for name, value in told.items():
        assert value == pytest.approx(found.features[name], abs=0.06)
    assert anger(baseline, heard(says(SENTENCES[3]))) < 0.5


def test_the_level_of_the_line_makes_no_anger() -> None:
    """An automatic gain that turns up 12 dB in mid-call, or down, changes no verdict."""
    baseline = calm(*(heard(says(sentence)) for sentence in SENTENCES[:2]))
    for decibels in (-12, 9):
        assert anger(baseline, heard(at(says(SENTENCES[3]), decibels))) < 0.5
        assert anger(baseline, heard(at(shouts(SENTENCES[3]), decibels))) >= 0.5


def test_who_is_always_loud_high_and_sharp_is_calm() -> None:
    """Someone hard of hearing shouts from the first turn on: that is the voice, and no anger."""
    loud = [heard(at(shouts(sentence), 6)) for sentence in SENTENCES]
    assert all(anger(calm(loud[0]), later) < 0.5 for later in loud[1:])
    assert all(anger(calm(*loud[:2]), later) < 0.3 for later in loud[2:])


def test_no_measure_makes_a_voice_angry_alone() -> None:
    """Much louder, sharper as another handset is, or higher: each is not enough."""
    baseline = calm(turn(), turn(), turn())
    for name in NORMS:
        for difference in (-1000.0, 1000.0):
            assert anger(baseline, turn(**{name: difference})) < 0.5, name


def test_another_handset_is_not_anger() -> None:
    """A sharper sound without a higher voice is a matter of the line."""
    baseline = calm(*(heard(says(sentence)) for sentence in SENTENCES[:3]))
    assert anger(baseline, heard(sharp(says(SENTENCES[3])))) < 0.5


def test_without_a_baseline_it_takes_more() -> None:
    """A caller who begins angry is judged by what voices have in common, and with caution."""
    hot = turn(**HOT)
    assert anger(Baseline(), hot) < 0.5 < anger(calm(turn(), turn()), hot)
    assert anger(Baseline(), turn()) < 0.1


@pytest.mark.parametrize("pitch_st", [0.0, 4.0, 12.0, 18.0])
def test_high_and_low_voices_are_calm_alike(pitch_st: float) -> None:
    """Without a baseline nobody is angry for having a man's, a woman's or a child's voice."""
    usual = turn(pitch_st=pitch_st - NORMS["pitch_st"].mean)
    assert anger(Baseline(), usual) < 0.2


def test_noise_clipping_and_a_second_voice_make_it_less_certain() -> None:
    """What spoils the measures lowers what is made of them."""
    baseline = calm(turn(), turn())
    sure = anger(baseline, turn(**HOT))
    for spoilt in ({"snr_db": 5.0}, {"clipped": 0.06}, {"second_voice": 0.3}):
        assert anger(baseline, turn(**HOT, **spoilt)) < sure - 0.2


def test_a_short_turn_tells_less() -> None:
    """The same difference counts for less in fewer seconds, and for nothing under 0.6 s."""
    baseline = calm(turn(), turn())
    assert anger(baseline, turn(0.7, **HOT)) < anger(baseline, turn(2.5, **HOT))
    assert baseline.judge(turn(0.5, **HOT)) is None
    assert baseline.with_turn(turn(0.5), calm=True) == baseline


def test_a_baseline_is_never_changed() -> None:
    """A turn makes a new baseline; the one before tells what it told."""
    before = calm(turn())
    told = before.judge(turn(**HOT))
    after = before.with_turn(turn(pitch_st=4), calm=True)
    assert after != before
    assert before.judge(turn(**HOT)) == told
    for name in vars(before):
        with pytest.raises(FrozenInstanceError):
            setattr(before, name, None)


def test_the_order_of_calm_turns_does_not_matter() -> None:
    """Folding the same calm turns in any order ends in the same verdict."""
    turns = [turn(), turn(1.5, pitch_st=1.5), turn(bright_st=2.0), turn(**HOT)]
    for one in turns[:3]:
        assert anger(calm(turn(), turn()), one) < 0.5
    verdicts = {anger(calm(*order), turn(**HOT)) for order in permutations(turns[:3])}
    assert max(verdicts) - min(verdicts) < 0.002
    first, last = calm(turns[3], turns[0]), calm(turns[0], turns[3])
    assert anger(first, turns[3]) == pytest.approx(anger(last, turns[3]), abs=0.002)


def test_calm_words_in_an_excited_voice_hardly_count() -> None:
    """One joyful or angry turn among the first does not become what is normal."""
    assert anger(calm(turn(), turn(**HOT)), turn(**HOT)) > 0.5


def test_turns_that_were_not_calm_are_not_learnt() -> None:
    """Neither words nor, once the voice is known, a voice that is angry teach what is calm."""
    baseline = calm(turn(), turn())
    assert baseline.with_turn(turn(**HOT), calm=False) == baseline
    assert baseline.with_turn(turn(**HOT), calm=True) == baseline


def test_the_baseline_stays_that_of_the_begin_of_the_call() -> None:
    """After half a minute of calm speech a slow rise is measured, not learnt."""
    baseline = calm(*[turn()] * 12)
    assert baseline.heard_s >= OWN_S
    assert baseline.with_turn(turn(pitch_st=2), calm=True) == baseline
    calmer = baseline.with_turn(turn(pitch_st=-4, bright_st=-4), calm=True)
    assert calmer != baseline


def test_what_other_measures_made_is_not_judged() -> None:
    """An event stored by another version, or with values that are no numbers, tells nothing."""
    other = Prosody(speech_s=3, features={"loudness": 3.0})
    assert Baseline().judge(other) is None
    assert Baseline().with_turn(other, calm=True) == Baseline()
    assert Baseline().judge(turn(pitch_st=float("nan"))) is None


features = st.fixed_dictionaries(
    dict.fromkeys(
        [*NORMS, "snr_db", "clipped", "second_voice"], st.floats(allow_nan=True, width=64)
    )
)
prosodies = st.builds(Prosody, speech_s=st.floats(0, 1e6), features=features)


@given(st.lists(st.tuples(prosodies, st.booleans()), max_size=6), prosodies)
def test_whatever_was_stored_can_be_folded(
    turns: list[tuple[Prosody, bool]], last: Prosody
) -> None:
    """Any turns in any order give an anger of 0 to 1, or none."""
    baseline = Baseline()
    for prosody, quiet in turns:
        baseline = baseline.with_turn(prosody, calm=quiet)
    found = baseline.judge(last)
    assert found is None or 0 <= found.anger <= 1
