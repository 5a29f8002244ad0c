"""Peaks: where a curve stands out, as `scipy.signal.find_peaks` finds them.

That import takes 60 MB of a process that must carry eight calls in 1 GB, for this alone.
"""

import numpy as np
from numpy.typing import NDArray


def peaks(curve: NDArray[np.floating], *, prominence: float, distance: int) -> NDArray[np.intp]:
    """Return the places of peaks that stand out by `prominence`, at least `distance` apart.

    A flat top counts as one peak, in its middle; the ends of the curve are none. Of two that
    are too close the higher stays. Prominence is the height above the higher of the two
    valleys that a walker comes through on the way to higher ground.

    Args:
        curve: One dimension.
        prominence: In the curve's own unit.
        distance: In samples, 1 or more.
    """
    tops = _apart(_tops(curve), curve, distance)
    return np.array([top for top in tops if _prominence(curve, top) >= prominence], np.intp)


def _tops(curve: NDArray[np.floating]) -> list[int]:
    steps = np.diff(curve)
    moves = np.flatnonzero(steps)  # flat pieces are stepped over
    rising = steps[moves] > 0
    turns = np.flatnonzero(rising[:-1] & ~rising[1:])
    return [int(moves[turn] + 1 + moves[turn + 1]) // 2 for turn in turns]


def _apart(tops: list[int], curve: NDArray[np.floating], distance: int) -> list[int]:
    kept: list[int] = []
    # Of equal height, the later one counts as higher.
    for top in sorted(tops, key=lambda top: (curve[top], top), reverse=True):
        if all(abs(top - other) >= distance for other in kept):
            kept.append(top)
    return sorted(kept)


def _prominence(curve: NDArray[np.floating], top: int) -> float:
    height = curve[top]
    higher = np.flatnonzero(curve > height)
    left = higher[higher < top].max(initial=-1) + 1
    right = higher[higher > top].min(initial=len(curve))
    valleys = curve[left : top + 1].min(), curve[top:right].min()
    return float(height - max(valleys))
