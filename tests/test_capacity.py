"""A worker carries as many calls as it can answer in time: more when it is faster, never none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capacity import MEMORY_A_CALL, SELDOM, calls_at_most, chance_to_wait, waits_too_long
from bot.hearing.heard import RATE, Audio
from bot.hearing.pool import Recogniser
from bot.machine import cores, memory_left
from bot.models import Models
from bot.settings import Settings
from bot.worker import SLOW_S, measured_capacity, seconds_a_turn

seconds = st.floats(0.02, 5)
machines = st.tuples(st.integers(1, 64), st.integers(1, 4))


@given(fast=seconds, slower=st.floats(1, 10), machine=machines)
def test_slower_turns_mean_fewer_calls(
    fast: float, slower: float, machine: tuple[int, int]
) -> None:
    """There is always room for one, and for no more calls when turns take longer."""
    count, servers = machine
    one = calls_at_most(fast, cores=count, servers=servers)
    other = calls_at_most(fast * slower, cores=count, servers=servers)
    assert one >= other >= 1


@given(taken=seconds, machine=machines)
def test_more_of_a_machine_never_means_fewer_calls(taken: float, machine: tuple[int, int]) -> None:
    """Another core and another server of recognition can only help."""
    count, servers = machine
    calls = calls_at_most(taken, cores=count, servers=servers)
    assert calls_at_most(taken, cores=count + 1, servers=servers) >= calls
    assert calls_at_most(taken, cores=count, servers=servers + 1) >= calls


@given(taken=seconds, machine=machines)
def test_with_that_many_calls_turns_are_heard_in_time(
    taken: float, machine: tuple[int, int]
) -> None:
    """At most one turn in twenty waits too long, and one call more would be too many."""
    count, servers = machine
    calls = calls_at_most(taken, cores=count, servers=servers)
    late = waits_too_long(calls, taken, cores=count, servers=servers)
    assert late <= SELDOM or calls == 1
    assert waits_too_long(calls + 1, taken, cores=count, servers=servers) > SELDOM


@given(taken=seconds, memory=st.integers(0, 100 * MEMORY_A_CALL))
def test_no_more_calls_than_memory(taken: float, memory: int) -> None:
    """What a call takes of memory must be there, for all but the one that is always taken."""
    calls = calls_at_most(taken, cores=64, servers=4, memory=memory)
    assert calls == 1 or calls * MEMORY_A_CALL <= memory


def test_the_chance_to_wait_is_erlang_s() -> None:
    """As in the tables: one server is busy as often as its load; two at one erlang, a third."""
    assert chance_to_wait(1, 0.4) == pytest.approx(0.4)
    assert chance_to_wait(2, 1.0) == pytest.approx(1 / 3)
    assert chance_to_wait(10, 7.0) == pytest.approx(0.2217, abs=1e-4)


class Stopping:
    """A recogniser, and the clocks by which it takes as long as a test says."""

    def __init__(self, *takes: float, work: float = 100.0) -> None:
        self.takes = list(takes)
        self.work = work
        self.time = 0.0
        self.heard: list[Audio] = []

    def recognise(self, audio: Audio) -> None:
        self.heard.append(audio)
        self.time += self.takes.pop(0)

    def spent(self) -> float:
        """Return what the processor has worked: `work` seconds a turn."""
        return self.work * len(self.heard)

    def now(self) -> float:
        return self.time


def test_the_better_of_two_turns_counts_and_a_slow_machine_is_asked_once() -> None:
    """A hiccup at the start costs no places, and measuring costs no start."""
    quick = Stopping(SLOW_S - 0.1, 0.2)
    assert seconds_a_turn(quick.recognise, quick.now, quick.spent) == pytest.approx(0.2)
    slow = Stopping(SLOW_S + 0.1)
    taken = seconds_a_turn(slow.recognise, slow.now, slow.spent)
    assert taken == pytest.approx(SLOW_S + 0.1)
    (turn,) = slow.heard
    assert 2 < len(turn) / RATE < 5
    assert abs(turn).max() > 0.1


def test_what_else_runs_at_the_start_costs_no_places() -> None:
    """On a busy machine a turn counts for what it takes of the processor, not for its waiting."""
    busy = Stopping(3.0, work=0.25)
    assert seconds_a_turn(busy.recognise, busy.now, busy.spent) == pytest.approx(0.25)


def test_a_container_s_share_is_what_counts(tmp_path: Path) -> None:
    """Limits of a control group go before what the machine has; without any, the machine's."""
    free = cores(tmp_path)
    assert free >= 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert cores(tmp_path) == free
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert cores(tmp_path) == 1
    machine = tmp_path / "meminfo"
    assert memory_left(tmp_path, machine) is None
    machine.write_text("MemTotal: 8000 kB\nMemAvailable: 4000 kB\n")
    assert memory_left(tmp_path, machine) == 4_096_000
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert memory_left(tmp_path, machine) == 4_096_000
    (tmp_path / "memory.max").write_text("3000000\n")
    assert memory_left(tmp_path, machine) == 2_000_000


@pytest.mark.models
def test_this_machine_carries_a_call() -> None:
    """With the real model, the number is one that a door can be given."""
    recogniser = Recogniser.load(Models(Settings()))
    try:
        assert 1 <= measured_capacity(recogniser) < 1000
    finally:
        recogniser.close()
