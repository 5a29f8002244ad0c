"""Forecast chart: calls and people of two weeks as lines, in the coordinates of an SVG.

What differs by colour differs by dashes too, and stands in words beside the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoff.forecast import HalfHour

WIDTH, HEIGHT = 960, 150
"""Of one drawing, in its own units."""
LEFT, TOP, BOTTOM = 34.0, 8.0, 22.0
"""Room for the numbers at the left, above the highest point, and for the days below."""


@dataclass(frozen=True)
class Grid:
    """A line across the drawing, and what it stands for."""

    y: float
    value: int


@dataclass(frozen=True)
class Midnight:
    """Where a day begins."""

    x: float
    middle: float
    date: date


@dataclass(frozen=True)
class Chart:
    """One drawing: lines over the same half hours, as points of polylines."""

    width: int
    height: int
    base: float
    lines: tuple[str, ...]
    grid: tuple[Grid, ...]
    days: tuple[Midnight, ...]


def chart(ahead: "Sequence[HalfHour]", *series: Sequence[float]) -> Chart:
    """Draw series over the half hours of a forecast, all to one scale from zero.

    Args:
        ahead: The half hours, at least one.
        series: Values, one a half hour.
    """
    most = max((value for values in series for value in values), default=0.0)
    top = _round_up(most)
    base = HEIGHT - BOTTOM
    step = (WIDTH - LEFT) / len(ahead)

    def y(value: float) -> float:
        return round(base - value / top * (base - TOP), 1)

    lines = tuple(
        " ".join(f"{LEFT + (n + 0.5) * step:.1f},{y(value):g}" for n, value in enumerate(values))
        for values in series
    )
    starts = [n for n, half in enumerate(ahead) if n == 0 or _new_day(ahead, n)]
    ends = [*starts[1:], len(ahead)]
    days = tuple(
        Midnight(
            round(LEFT + begin * step, 1),
            round(LEFT + (begin + end) / 2 * step, 1),
            ahead[begin].start.date(),
        )
        for begin, end in zip(starts, ends, strict=True)
    )
    grid = tuple(Grid(y(value), value) for value in (0, top // 2, top))
    return Chart(WIDTH, HEIGHT, base, lines, grid, days)


def _new_day(ahead: "Sequence[HalfHour]", n: int) -> bool:
    return ahead[n].start.date() != ahead[n - 1].start.date()


def _round_up(most: float) -> int:
    """Return the next of 2, 4, 10, 20, 40, 100, ...: halves of them are whole."""
    scale = 1
    while True:
        for step in (2, 4, 10):
            if most <= step * scale:
                return step * scale
        scale *= 10
