"""Two people's changes to one text are joined only where each line is of one of them."""

from hypothesis import given
from hypothesis import strategies as st

from handoff.studio.merging import merge

rows = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=6).map("".join)

BASE = "een\ntwee\ndrie\nvier\nvijf\n"


def test_changes_of_different_lines_are_joined() -> None:
    """Each change stands in the result, in its place."""
    mine = BASE.replace("een", "EEN")
    theirs = BASE.replace("vier", "VIER\nvier en een half")
    assert merge(BASE, mine, theirs) == "EEN\ntwee\ndrie\nVIER\nvier en een half\nvijf\n"


def test_changes_of_the_same_line_are_not_joined() -> None:
    """What two people made of one line, or added in one place, only a person can join."""
    assert merge(BASE, BASE.replace("drie", "3"), BASE.replace("drie", "III")) is None
    assert merge(BASE, BASE + "zes\n", BASE + "zeven\n") is None
    assert merge(BASE, BASE.replace("drie\n", ""), BASE.replace("drie", "III")) is None


@given(rows, rows)
def test_one_change_is_taken_whole(base: str, changed: str) -> None:
    """Where only one of the two changed something, the result is theirs; order does not matter."""
    assert merge(base, changed, base) == changed
    assert merge(base, base, changed) == changed
    assert merge(base, changed, changed) == changed


@given(rows, rows, rows)
def test_nothing_is_made_up(base: str, mine: str, theirs: str) -> None:
    """Both ways round give the same, and no line comes from nowhere."""
    joined = merge(base, mine, theirs)
    assert joined == merge(base, theirs, mine)
    if joined is not None:
        assert set(joined.splitlines()) <= set((base + mine + theirs).splitlines())


@given(rows, rows, rows, rows)
def test_parts_that_lie_apart_are_always_joined(
    top: str, new_top: str, bottom: str, new_bottom: str
) -> None:
    """With lines between them that nobody touched, both changes are in the result."""
    between = "tussen 1\ntussen 2\n"
    joined = merge(top + between + bottom, new_top + between + bottom, top + between + new_bottom)
    assert joined == new_top + between + new_bottom
