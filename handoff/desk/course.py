"""Course: the mood over a call as a line, in the coordinates of an SVG."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from handoff.parts import Moment, Mood, Point

WIDTH, HEIGHT = 220, 72
"""Of the drawing on the card, in its own units."""
EDGE = 8.0
"""Room left and right, so that no point is cut off."""
TOP = 20.0
"""Room above the line, for the numbers of the moments."""
APART = 13.0
"""Between two numbers at least."""
SPARK_WIDTH, SPARK_HEIGHT = 56, 16
"""Of the small line in the list."""


@dataclass(frozen=True)
class Spot:
    """Where a point of the course is drawn, and which line of the conversation it leads to."""

    x: float
    y: float
    point: Point


@dataclass(frozen=True)
class Mark:
    """Where the number of a moment is drawn."""

    x: float
    number: int
    moment: Moment
    line: int | None
    """Number of the line of the conversation that it leads to."""


@dataclass(frozen=True)
class Course:
    """A drawing of the course; `path` holds the points of a polyline."""

    width: int
    height: int
    path: str
    spots: tuple[Spot, ...]
    marks: tuple[Mark, ...]

    @property
    def first(self) -> float:
        """Anger at the start, 0 to 1."""
        return self.spots[0].point.anger

    @property
    def last(self) -> float:
        """Anger now, 0 to 1."""
        return self.spots[-1].point.anger

    @property
    def most(self) -> float:
        """Anger at its highest, 0 to 1."""
        return max(spot.point.anger for spot in self.spots)


def course(mood: Mood | None, lines: Collection[int] = ()) -> Course | None:
    """Draw the course of a mood; None when there is nothing to draw.

    Args:
        mood: The card's.
        lines: Numbers of the lines in the conversation, which points and moments lead to.
    """
    if mood is None or not mood.course:
        return None
    end = max([p.second for p in mood.course] + [m.second for m in mood.moments])
    xs = _xs(mood.course, end, WIDTH, EDGE)
    ys = [_y(point.anger, TOP, HEIGHT - EDGE) for point in mood.course]
    spots = tuple(Spot(x, y, p) for x, y, p in zip(xs, ys, mood.course, strict=True))
    return Course(WIDTH, HEIGHT, _path(xs, ys), spots, _marks(mood.moments, end, lines))


def spark(mood: Mood | None) -> str | None:
    """Return the points of the small line, SPARK_WIDTH by SPARK_HEIGHT."""
    if mood is None or not mood.course:
        return None
    end = mood.course[-1].second
    xs = _xs(mood.course, end, SPARK_WIDTH, 1)
    ys = [_y(point.anger, 2, SPARK_HEIGHT - 2) for point in mood.course]
    if len(xs) == 1:  # a line, not a dot that nobody sees
        xs, ys = [1, SPARK_WIDTH - 1], [ys[0], ys[0]]
    return _path(xs, ys)


def _marks(moments: Sequence[Moment], end: int, lines: Collection[int]) -> tuple[Mark, ...]:
    """Place the numbers over the line, side by side where moments fall together."""
    placed: list[Mark] = []
    xs = [_x(moment.second, end, WIDTH, EDGE) for moment in moments]
    for n in range(1, len(xs)):
        xs[n] = max(xs[n], xs[n - 1] + APART)
    # What was pushed over the edge is pushed back; many moments may have to share the room.
    limit = WIDTH - EDGE
    for n in reversed(range(len(xs))):
        xs[n] = max(EDGE, min(xs[n], limit))
        limit = xs[n] - APART
    for n, (x, moment) in enumerate(zip(xs, moments, strict=True)):
        placed.append(Mark(round(x, 1), n + 1, moment, _line(moment, lines)))
    return tuple(placed)


def _line(moment: Moment, lines: Collection[int]) -> int | None:
    """Return the utterance that it is about, else the last line before it."""
    if moment.of in lines:
        return moment.of
    return max((seq for seq in lines if seq <= moment.seq), default=None)


def _xs(points: Sequence[Point], end: int, width: float, edge: float) -> list[float]:
    if end > 0 or len(points) == 1:
        return [_x(point.second, end, width, edge) for point in points]
    # A script that chats says it all within a second: then in order, side by side.
    return [_x(n, len(points) - 1, width, edge) for n in range(len(points))]


def _x(second: int, end: int, width: float, edge: float) -> float:
    if end <= 0:
        return width / 2
    return round(edge + min(1.0, second / end) * (width - 2 * edge), 1)


def _y(anger: float, top: float, bottom: float) -> float:
    return round(bottom - min(1.0, max(0.0, anger)) * (bottom - top), 1)


def _path(xs: Sequence[float], ys: Sequence[float]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in zip(xs, ys, strict=True))
