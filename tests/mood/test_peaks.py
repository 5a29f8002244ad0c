"""Peaks: the same as scipy's, without its weight."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks

from bot.mood.peaks import peaks

CURVES = st.lists(st.integers(-5, 5), min_size=1, max_size=60)


@given(curve=CURVES, prominence=st.integers(0, 6))
def test_peaks_are_scipys(curve: list[int], prominence: int) -> None:
    """Whatever the curve: flat tops, equal heights, ends."""
    values = np.array(curve, float)
    theirs, _ = find_peaks(values, prominence=prominence)
    assert peaks(values, prominence=prominence, distance=1).tolist() == theirs.tolist()


@given(curve=CURVES, prominence=st.integers(0, 6), distance=st.integers(1, 6))
def test_of_peaks_too_close_the_same_stay(curve: list[int], prominence: int, distance: int) -> None:
    """Where no two are equally high; of those, scipy keeps whichever its sort puts last."""
    values = np.array(curve, float) + np.arange(len(curve)) * 1e-6
    theirs, _ = find_peaks(values, prominence=prominence, distance=distance)
    assert peaks(values, prominence=prominence, distance=distance).tolist() == theirs.tolist()
