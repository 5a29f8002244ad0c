"""What a call weighs, and how it wears off whoever took it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Body, Bridged, CallEnded, CallerSpoke, Event, MoodChanged, MoodHeard, Sign
from handoff.heaviness import Heaviness, heaviness
from handoff.load import Load
from handoff.routing_rules import DEFAULT, RoutingRulesError, load_rules

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
RULES = load_rules()
HEAVY, LIGHT = Heaviness(4, heavy=True), Heaviness(0, heavy=False)


def call(*bodies: Body, step_s: float = 10) -> list[Event]:
    return [
        Event(call_id="c", seq=n, at=NOW + timedelta(seconds=step_s * n), body=body)
        for n, body in enumerate(bodies, start=1)
    ]


def heard(*signs: Sign) -> MoodHeard:
    return MoodHeard(of=1, signs=signs, anger=0.5, by_words=0.5)


def level(level: str) -> MoodChanged:
    return MoodChanged.model_validate(
        {"level": level, "trend": "steady", "anger_kind": "undecided", "anger": 0.5}
    )


def test_a_calm_call_weighs_nothing() -> None:
    """Words without a sign and a mood that never moved weigh nothing."""
    weighed = heaviness(call(CallerSpoke(words="hoi", language="nl"), heard()), RULES.weight)
    assert weighed == Heaviness(0, heavy=False)


def test_each_thing_counts_once_and_levels_count_by_the_worst() -> None:
    """Ten insults weigh as one, and who was angry was frustrated before."""
    row = [heard("insult_person")] * 10 + [level("frustrated"), level("angry"), level("calm")]
    weighed = heaviness(call(*row), RULES.weight)
    assert weighed.points == RULES.weight.insult_person + RULES.weight.angry
    assert set(weighed.because) == {"insult_person", "angry"}


def test_a_crisis_alone_makes_a_heavy_call() -> None:
    """A crisis is heavy, however calm it is told."""
    assert heaviness(call(heard("crisis")), RULES.weight).heavy


def test_a_long_talk_weighs_and_a_short_one_does_not() -> None:
    """Only the time that somebody talked with the caller counts."""
    talk = (Bridged(agent="Sem"), CallEnded(outcome="handed_off", by="agent"))
    assert heaviness(call(*talk, step_s=60), RULES.weight).points == 0
    long = heaviness(call(*talk, step_s=40 * 60), RULES.weight)
    assert long.because == ("long",)
    assert long.points == pytest.approx(1.5)


@given(st.lists(st.sampled_from([HEAVY, LIGHT]), max_size=20), st.floats(0, 100))
def test_load_wears_off_and_is_never_negative(calls: list[Heaviness], hours: float) -> None:
    """Whatever was taken, load only sinks while nothing is taken."""
    load = Load()
    for one in calls:
        load = load.after_call(one, NOW, RULES.load)
    later = load.now(NOW + timedelta(hours=hours), RULES.load)
    assert 0 <= later <= load.now(NOW, RULES.load)


def test_half_of_it_is_gone_after_the_half_life() -> None:
    """The half-life is what its name says."""
    load = Load().after_call(HEAVY, NOW, RULES.load)
    then = NOW + timedelta(hours=RULES.load.half_life_hours)
    assert load.now(then, RULES.load) == pytest.approx(2)


def test_a_light_call_ends_a_row_and_keeps_the_load() -> None:
    """After a light call the next heavy one is no second in a row; what is carried stays."""
    load = Load().after_call(HEAVY, NOW, RULES.load).after_call(LIGHT, NOW, RULES.load)
    assert not load.last_was_heavy
    assert load.now(NOW, RULES.load) == 4


def test_the_week_forgets_after_seven_days() -> None:
    """A heavy call counts for the week in which it was taken."""
    load = Load().after_call(HEAVY, NOW, RULES.load)
    assert load.week(NOW + timedelta(days=6)) == 4
    assert load.week(NOW + timedelta(days=7)) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("half_life_hours: 3", "half_life_hours: nooit", r"line \d+: load\.half_life_hours"),
        ("value_s: 60", "value_s: 9000", r"line \d+: place\.value_s"),
        ("promised: 3", "loudness: 3", r"fit"),
        ("load:", "load: [", r"line \d+"),
    ],
)
def test_a_mistake_in_the_rules_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Broken rules name file, line and what to do, and are never used."""
    file = tmp_path / "routing.yml"
    file.write_text(DEFAULT.read_text().replace(old, new, 1))
    with pytest.raises(RoutingRulesError, match=said):
        load_rules(file)


def test_rules_that_are_gone_or_no_text_are_told(tmp_path: Path) -> None:
    """A missing file and a file of bytes are errors that name the file."""
    with pytest.raises(RoutingRulesError, match=r"routing\.yml"):
        load_rules(tmp_path / "routing.yml")
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RoutingRulesError, match=r"bytes\.yml"):
        load_rules(tmp_path / "bytes.yml")
