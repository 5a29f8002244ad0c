"""The line of the mood stays on its paper, in order, and leads to the conversation."""

from hypothesis import given
from hypothesis import strategies as st

from bot.events import Body
from handoff.card import card
from handoff.desk.course import EDGE, HEIGHT, SPARK_HEIGHT, SPARK_WIDTH, TOP, WIDTH, course, spark
from handoff.parts import Moment, Mood, Point
from handoff.transcript import transcript
from handoff.wording import wording
from tests.handoff.calls import START, told
from tests.handoff.strategies import calls


def point(second: int, anger: float, seq: int = 3) -> Point:
    return Point(seq=seq, of=seq - 1, second=second, anger=anger, heard=anger)


def moment(second: int, seq: int = 5, of: int | None = None) -> Moment:
    return Moment(name="warning", text="gewaarschuwd", seq=seq, of=of, second=second)


def pairs(path: str) -> list[tuple[float, ...]]:
    return [tuple(float(n) for n in pair.split(",")) for pair in path.split()]


def test_nothing_heard_is_nothing_drawn() -> None:
    """Without a mood, or without an utterance, there is no line."""
    assert course(None) is course(Mood()) is None
    assert spark(None) is spark(Mood()) is None


def test_anger_is_up_and_time_is_right() -> None:
    """The angriest point is the highest, the first is left and the last is right."""
    drawn = course(Mood(course=(point(0, 0), point(30, 1), point(60, 0.5))))
    assert drawn is not None
    bottom, middle = HEIGHT - EDGE, (TOP + HEIGHT - EDGE) / 2
    assert pairs(drawn.path) == [(EDGE, bottom), (WIDTH / 2, TOP), (WIDTH - EDGE, middle)]
    assert (drawn.first, drawn.last, drawn.most) == (0, 0.5, 1)


def test_one_utterance_is_a_point_here_and_a_line_in_the_list() -> None:
    """A list that shows a dot of a pixel would show nothing."""
    mood = Mood(course=(point(0, 0.5),))
    drawn = course(mood)
    assert drawn is not None
    assert pairs(drawn.path) == [(WIDTH / 2, (TOP + HEIGHT - EDGE) / 2)]
    small = spark(mood)
    assert small is not None
    assert len(pairs(small)) == 2


def test_all_in_one_second_stands_side_by_side() -> None:
    """A script types faster than people speak, and its course is a line all the same."""
    mood = Mood(course=(point(0, 0), point(0, 1), point(0, 0)))
    drawn, small = course(mood), spark(mood)
    assert drawn is not None
    assert small is not None
    assert [x for x, _ in pairs(drawn.path)] == [EDGE, WIDTH / 2, WIDTH - EDGE]
    assert [x for x, _ in pairs(small)] == [1, SPARK_WIDTH / 2, SPARK_WIDTH - 1]


def test_moments_lead_to_what_they_are_about() -> None:
    """To the utterance if there is one, else to the last line before it."""
    mood = Mood(course=(point(9, 0),), moments=(moment(5, 5, of=4), moment(5, 8), moment(5, 1)))
    drawn = course(mood, {2, 4, 7, 9})
    assert drawn is not None
    assert [(mark.number, mark.line) for mark in drawn.marks] == [(1, 4), (2, 7), (3, None)]


@given(
    points=st.lists(
        st.tuples(st.integers(0, 10_000), st.floats(-1, 2)).map(lambda each: point(*each)),
        min_size=1,
        max_size=40,
    ),
    moments=st.lists(st.integers(0, 10_000).map(moment), max_size=60),
)
def test_any_course_stays_on_the_paper(points: list[Point], moments: list[Moment]) -> None:
    """However long or crowded a call is, nothing is drawn outside, and numbers stay in order."""
    points.sort(key=lambda each: each.second)
    moments.sort(key=lambda each: each.second)
    mood = Mood(course=tuple(points), moments=tuple(moments))
    drawn, small = course(mood), spark(mood)
    assert drawn is not None
    assert small is not None
    for x, y in pairs(drawn.path):
        assert EDGE <= x <= WIDTH - EDGE
        assert TOP <= y <= HEIGHT - EDGE
    for x, y in pairs(small):
        assert 0 <= x <= SPARK_WIDTH
        assert 0 <= y <= SPARK_HEIGHT
    xs = [mark.x for mark in drawn.marks]
    assert xs == sorted(xs)
    assert all(EDGE <= x <= WIDTH - EDGE for x in xs)
    assert [mark.number for mark in drawn.marks] == list(range(1, len(moments) + 1))


@given(call=calls)
def test_any_calls_course_leads_into_its_transcript(call: list[Body]) -> None:
    """Marks lead to lines that are there; every utterance that was looked at has its point."""
    events = told(call)
    mood = card(events, "nl", START).mood
    lines = {line.seq for line in transcript(events, wording("nl"))}
    drawn = course(mood, lines)
    heard = [event.seq for event in events if event.body.kind == "MoodHeard"]
    assert [spot.point.seq for spot in drawn.spots] == heard if drawn else heard == []
    for mark in drawn.marks if drawn else ():
        assert mark.line is None or mark.line in lines
