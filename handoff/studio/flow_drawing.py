"""Flow drawing: the steps of a flow one below the other, with a line for each way on.

Steps keep the order of the file, so that the drawing and the text are read alike. A way to
the next step is short and straight; every other has a lane of its own to the right.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from handoff.studio.checking import FlowStep, StepKind

WIDTH = 380
"""Of a box, in the drawing's own units; so are all that follow."""
LEFT, TOP, GAP, LINE, LANE = 12, 12, 26, 20, 16
SIGNS = 46
"""That fit on a line of a box."""
END = "END"


@dataclass(frozen=True)
class Row:
    """A line of text in a box."""

    text: str
    y: float
    style: str
    """"title", "said" or "when"."""


@dataclass(frozen=True)
class Box:
    """A step."""

    kind: StepKind | str
    x: float
    y: float
    width: float
    height: float
    rows: Sequence[Row]


@dataclass(frozen=True)
class Arrow:
    """A way from a step to another."""

    path: str
    """As SVG writes it."""
    back: bool
    """Whether it leads up, to a step before."""


@dataclass(frozen=True)
class Drawing:
    """What a template makes an SVG of."""

    width: float
    height: float
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


@dataclass(frozen=True)
class Told:
    """A step in words: for those who do not see the drawing, and in its boxes."""

    step: FlowStep
    title: str
    said: str | None
    ways: Sequence[tuple[str, str | None]]
    """What a way is called, and where to; None for straight on to the next step."""


def draw(steps: Sequence[Told], end: str) -> Drawing:
    """Return the drawing of a flow.

    Args:
        steps: In the order of the file.
        end: What the box at the end says.
    """
    boxes: list[Box] = []
    tops: dict[str, float] = {}
    starts: list[tuple[float, str, str | None]] = []
    y = float(TOP)
    for told in steps:
        rows, ways = _rows(told, y)
        height = rows[-1].y - y + 12
        tops[told.step.id] = y
        boxes.append(Box(told.step.kind, LEFT, y, WIDTH, height, rows))
        starts += [(at, told.step.id, to) for at, to in ways]
        y += height + GAP
    tops[END] = y
    boxes.append(Box("end", LEFT, y, WIDTH, 34, [Row(end, y + 22, "title")]))
    following = {a.step.id: b.step.id for a, b in pairwise(steps)}
    if steps:
        following[steps[-1].step.id] = END
    arrows, lanes = _arrows(starts, tops, following, boxes)
    return Drawing(LEFT + WIDTH + (lanes + 2) * LANE, y + 34 + TOP, boxes, arrows)


def _rows(told: Told, top: float) -> tuple[list[Row], list[tuple[float, str | None]]]:
    """Return the lines of a box, and at which height each way begins."""
    y = top + 22
    rows = [Row(_short(told.title), y, "title")]
    if told.said:
        for words in textwrap.wrap(told.said, SIGNS, max_lines=2, placeholder=" …"):
            y += LINE
            rows.append(Row(words, y, "said"))
    ways: list[tuple[float, str | None]] = []
    named = len(told.ways) > 1 or any(way.when for way in told.step.ways)
    for (words, _), way in zip(told.ways, told.step.ways, strict=True):
        if named:
            y += LINE
            rows.append(Row(_short(words), y, "when"))
        ways.append((y - 5, way.to or END))
    return rows, ways


def _arrows(
    starts: list[tuple[float, str, str | None]],
    tops: dict[str, float],
    following: dict[str, str],
    boxes: Sequence[Box],
) -> tuple[list[Arrow], int]:
    bottoms = {box.y: box.y + box.height for box in boxes}
    taken: list[list[tuple[float, float]]] = []
    arrows: list[Arrow] = []
    right = LEFT + WIDTH
    straight: set[str] = set()
    for start, from_, to in sorted(
        starts, key=lambda way: abs(tops.get(way[2] or END, 0) - way[0])
    ):
        goal = tops.get(to or END)
        if goal is None:
            continue
        if following.get(from_) == to:
            if from_ not in straight:
                straight.add(from_)
                middle = LEFT + WIDTH / 2
                arrows.append(Arrow(f"M {middle} {bottoms[tops[from_]]} V {goal - 4}", back=False))
            continue
        arrive = goal + 10
        low, high = sorted((start, arrive))
        lane = next(
            (n for n, used in enumerate(taken) if all(high < a or b < low for a, b in used)),
            len(taken),
        )
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low - 6, high + 6))
        x = right + (lane + 1) * LANE
        path = f"M {right} {start} H {x} V {arrive} H {right + 5}"
        arrows.append(Arrow(path, back=arrive < start))
    return arrows, len(taken)


def _short(words: str) -> str:
    return textwrap.shorten(words, SIGNS, placeholder=" …") if len(words) > SIGNS else words
