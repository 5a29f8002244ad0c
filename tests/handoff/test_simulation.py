"""The week in the machine: the same calls, fairer spread, and callers who wait no longer."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from handoff.routing import matches
from handoff.routing_rules import DEFAULT, load_rules
from handoff.simulation import gini, longest_idle, simulate
from handoff.week import imagine

RULES = load_rules()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_heavy_calls_are_spread_without_callers_paying_for_it(seed: int) -> None:
    """Half the inequality of longest idle, no avoidable row, waits as long and answers as fast."""
    week = imagine(calls=5000, agents=30, heavy=0.12, seed=seed)
    kalm, peer = simulate(week, matches, RULES), simulate(week, longest_idle, RULES)
    assert kalm.gini <= peer.gini / 2
    assert kalm.avoidable == 0
    assert kalm.mean_wait_s <= 1.03 * peer.mean_wait_s
    assert kalm.service_level >= peer.service_level - 1


def test_every_call_is_answered_once_or_still_waits() -> None:
    """No call is lost and none is answered twice."""
    week = imagine(calls=800, agents=6, heavy=0.3, seed=5)
    for policy in (matches, longest_idle):
        result = simulate(week, policy, RULES)
        assert len(result.waits) + result.unanswered == 800
        assert min(result.waits) >= 0


def test_a_seed_is_a_week() -> None:
    """The same seed gives the same calls and the same result, another seed another."""
    one, two, other = (imagine(calls=300, agents=5, heavy=0.2, seed=s) for s in (7, 7, 8))
    assert one == two
    assert one != other
    assert simulate(one, matches, RULES) == simulate(two, matches, RULES)


def test_a_week_without_heavy_calls_has_nothing_to_spread() -> None:
    """Nobody carries anything, and that is no inequality."""
    result = simulate(imagine(calls=200, agents=5, heavy=0, seed=1), matches, RULES)
    assert set(result.points.values()) == {0.0}
    assert result.gini == 0


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_gini_is_between_none_and_one(values: list[float]) -> None:
    """No distribution is more even than equal, nor more uneven than one has all."""
    assert -1e-9 <= gini(values) <= 1


def test_gini_of_known_cases() -> None:
    """All alike is 0; one of four has everything is 3/4."""
    assert gini([3, 3, 3]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)


def test_the_command_prints_one_object_and_draws_a_chart(tmp_path: Path) -> None:
    """`kalm simulate --json` ends with the promised fields, and the chart loads nothing."""
    chart = tmp_path / "week.svg"
    told = CliRunner().invoke(
        app, ["simulate", "--calls", "300", "--agents", "5", "--json", "--chart", str(chart)]
    )
    assert told.exit_code == 0
    result = json.loads(told.stdout)
    assert set(result) == {
        "gini_ratio", "back_to_back_avoidable", "wait_ratio", "service_level_delta", "seed",
    }  # fmt: skip
    drawn = chart.read_text()
    assert "<svg" in drawn
    assert "<script" not in drawn


def test_broken_rules_are_told_and_end_with_two(tmp_path: Path) -> None:
    """Nothing is simulated with rules that do not hold."""
    rules = tmp_path / "routing.yml"
    rules.write_text(DEFAULT.read_text().replace("heavy_from: 2", "heavy_from: -1"))
    told = CliRunner().invoke(app, ["simulate", "--calls", "10", "--rules", str(rules)])
    assert told.exit_code == 2
    assert "heavy_from" in told.stderr
