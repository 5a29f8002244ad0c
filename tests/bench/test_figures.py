"""Figures say what was measured, and no more."""

import math

import pytest
from figures import bootstrap, goes_round, percentile, wilson, word_errors, words
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.lists(st.sampled_from(["ja", "nee", "ik", "bel", "morgen"]), max_size=8)


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_enough_others_do_not_exceed(
    values: list[float], share: float
) -> None:
    """A percentile is one of the values, and the least with so many at or below it."""
    found = percentile(values, share)
    assert found in values
    assert sum(each <= found for each in values) >= share * len(values) - 1e-6
    assert sum(each < found for each in values) < share * len(values) + 1e-6


def test_nothing_measured_has_no_percentile() -> None:
    """Without values there is no figure, not a zero."""
    assert math.isnan(percentile([], 0.95))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 3.0), (0.6, 3.0), (0.61, 4.0), (0.95, 5.0), (1.0, 5.0)]
)
def test_percentiles_of_five(share: float, expected: float) -> None:
    """The third of five is their median, the last their p95."""
    assert percentile([5.0, 3.0, 1.0, 2.0, 4.0], share) == expected


@given(WORDS, WORDS)
def test_word_errors_are_a_distance(one: list[str], other: list[str]) -> None:
    """None between the same words; as many either way; bounded by both lengths."""
    errors = word_errors(one, other)
    assert (errors == 0) == (one == other)
    assert errors == word_errors(other, one)
    assert abs(len(one) - len(other)) <= errors <= max(len(one), len(other))


def test_word_errors_count_what_is_put_in_left_out_and_exchanged() -> None:
    """One of each is three."""
    assert (
        word_errors(["ik", "bel", "u", "morgen", "op"], ["nou", "ik", "bel", "haar", "morgen"]) == 3
    )


def test_numbers_count_as_written_out() -> None:
    """Whoever writes digits is judged like who writes words."""
    assert words("Om half 3, op nummer 21.", "nl") == words(
        "om half drie op nummer eenentwintig", "nl"
    )
    assert words("Room 21", "en") == words("room twenty-one", "en")


@pytest.mark.parametrize(
    ("said", "heard", "loops"),
    [
        ("dank u wel", "dank u wel", False),
        ("ik bel over mijn factuur", "ik bel over mijn mijn mijn mijn mijn mijn mijn mijn", True),
        ("wat kost dat", "wat kost dat nou dan eigenlijk precies zo ongeveer", False),
        ("nee nee nee nee", "nee nee nee nee nee nee nee nee nee", False),
    ],
)
def test_going_round_is_more_than_was_said_and_said_again(
    said: str, heard: str, loops: bool
) -> None:
    """A loop repeats what the sentence does not, at length."""
    assert goes_round(said.split(), heard.split()) is loops


def test_the_interval_of_a_difference_follows_the_clips() -> None:
    """Hearers that err alike differ by nothing; one worse on every clip surely does."""
    assert bootstrap([(2, 2, 10)] * 30) == (0, 0)
    low, high = bootstrap([(3, 1, 10)] * 30)
    assert low == high == pytest.approx(0.2)
    low, high = bootstrap([(1, 0, 5), (0, 1, 5)] * 20)
    assert low < 0 < high


@given(st.integers(0, 60), st.integers(1, 60))
def test_a_share_lies_in_its_interval(successes: int, more: int) -> None:
    """The interval holds the share, and is no narrower for fewer trials."""
    trials = successes + more
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    wider = wilson(2 * successes, 2 * trials)
    assert wider[1] - wider[0] <= high - low + 1e-9
