"""Merging: two people's changes to one text, joined where they touch different lines."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from handoff.studio.versions import lines

Change = tuple[int, int, list[str]]
"""From which line of the old text to which (that one not), and what stands there now."""


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Join two changes of the same text.

    Args:
        base: What both began with.
        mine: What one made of it.
        theirs: What the other made of it.

    Returns:
        The text with both changes; None where they touch the same lines, or lines side by side
        (as two sentences added in the same place), since only a person knows what is meant then.
    """
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    old = lines(base)
    merged: list[str] = []
    at = 0
    changes = sorted(
        [*_changes(old, lines(mine)), *_changes(old, lines(theirs))],
        key=lambda change: (change[0], change[1]),
    )
    touched = -1
    last: Change | None = None
    for change in changes:
        start, end, now = change
        if change == last:
            continue  # both did the same
        if start <= touched:
            return None
        merged += [*old[at:start], *now]
        at = touched = end
        last = change
    return "".join([*merged, *old[at:]])


def _changes(old: list[str], new: list[str]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, from_, to in matcher.get_opcodes():
        if tag != "equal":
            yield start, end, new[from_:to]
