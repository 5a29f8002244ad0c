"""Erlang's formulas against a simulation and against known values."""

import math
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from handoff.staffing import agents_needed, erlang_a, erlang_b, erlang_c, offered


def played(
    calls: float, handle_s: float, agents: int, patience_s: float | None, target_s: float
) -> tuple[float, float, float]:
    """Return mean wait, share in time, share that gave up, of 60,000 simulated callers."""
    dice, env = np.random.default_rng(4), simpy.Environment()
    centre, waits, in_time, gave_up = simpy.Resource(env, agents), [], 0, 0

    def caller() -> Generator[Any, Any, None]:
        nonlocal in_time, gave_up
        came = env.now
        with centre.request() as turn:
            if patience_s is None:
                yield turn
            else:
                yield turn | env.timeout(dice.exponential(patience_s))
            waits.append(env.now - came)
            if not turn.triggered:
                gave_up += 1
                return
            in_time += waits[-1] <= target_s
            yield env.timeout(dice.exponential(handle_s))

    def arrivals() -> Generator[Any, Any, None]:
        for _ in range(60_000):
            yield env.timeout(dice.exponential(1800 / calls))
            env.process(caller())

    env.process(arrivals())
    env.run()
    return float(np.mean(waits)), in_time / len(waits), gave_up / len(waits)


def test_erlang_b_is_what_the_tables_say() -> None:
    """Ten erlang on ten lines block 21.46 % of the calls."""
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=1e-4)


def test_erlang_c_agrees_with_a_simulation() -> None:
    """Mean wait and service level are those of simulated callers who never hang up."""
    wait, in_time, _ = played(90, 300, 17, None, 20)
    formula = erlang_c(90, 300, 17, 20)
    assert formula.mean_wait_s == pytest.approx(wait, rel=0.12)
    assert formula.answered_in_time == pytest.approx(in_time, abs=0.015)


@pytest.mark.parametrize("agents", [12, 15, 18])
def test_erlang_a_agrees_with_a_simulation(agents: int) -> None:
    """Waits, service level and hang-ups are those of simulated impatient callers."""
    wait, in_time, gave_up = played(90, 300, agents, 120, 20)
    formula = erlang_a(90, 300, agents, 120, 20)
    assert formula.mean_wait_s == pytest.approx(wait, rel=0.06)
    assert formula.answered_in_time == pytest.approx(in_time, abs=0.015)
    assert formula.gives_up == pytest.approx(gave_up, abs=0.01)


def test_endless_patience_is_erlang_c() -> None:
    """Erlang A with callers who wait for ever says what Erlang C says."""
    patient, c = erlang_a(90, 300, 17, 1e9), erlang_c(90, 300, 17)
    assert patient.answered_in_time == pytest.approx(c.answered_in_time, abs=1e-4)
    assert patient.mean_wait_s == pytest.approx(c.mean_wait_s, rel=1e-3)


def test_too_few_people_is_said_and_not_computed_away() -> None:
    """With less people than work, the queue only grows."""
    assert erlang_c(90, 300, 15).mean_wait_s == math.inf
    assert erlang_c(90, 300, 15).answered_in_time == 0


def test_no_calls_need_nobody() -> None:
    """An empty half hour needs no one, with and without patience."""
    assert agents_needed(0, 300).agents == 0
    assert agents_needed(0, 300, patience_s=60).agents == 0


@given(st.floats(0.1, 300), st.floats(30, 900), st.sampled_from([None, 60.0, 300.0]))
def test_one_person_less_would_not_do(
    calls: float, handle_s: float, patience_s: float | None
) -> None:
    """The number is enough, and it is the smallest that is."""
    fares = agents_needed(calls, handle_s, patience_s=patience_s)
    assert fares.answered_in_time >= 0.8
    assert fares.occupancy <= 0.88
    if fares.agents > 1 and offered(calls, handle_s) / 0.88 <= fares.agents - 1:
        fewer = (
            erlang_c(calls, handle_s, fares.agents - 1)
            if patience_s is None
            else erlang_a(calls, handle_s, fares.agents - 1, patience_s)
        )
        assert fewer.answered_in_time < 0.8 or fewer.occupancy > 0.88


@given(st.floats(1, 200), st.floats(60, 600), st.integers(1, 80), st.floats(10, 600))
def test_shares_are_shares(calls: float, handle_s: float, agents: int, patience_s: float) -> None:
    """No share leaves 0 to 1, however odd the numbers."""
    fares = erlang_a(calls, handle_s, agents, patience_s)
    for share in (fares.waits, fares.answered_in_time, fares.gives_up, fares.occupancy):
        assert -1e-6 <= share <= 1 + 1e-6
