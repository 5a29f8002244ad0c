"""Conditions decide over what is known, safely, and the unknown is never true."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.conditions import Condition, ConditionError, SlotValue


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("slots.count > 0", True),
        ("slots.count > 5", False),
        ("slots.missing > 0", False),
        ("not slots.missing", True),
        ("slots.missing == None", True),
        ("slots.status == 'open' and caller.verified", True),
        ("slots.status in ['paid', 'open']", True),
        ("slots.status == 'paid' or slots.count == 3", True),
        ("slots.money > 84", True),
        ("slots.money > 84.20", False),
        ("slots.count / 0 > 1", False),
    ],
)
def test_a_condition_decides(source: str, holds: bool) -> None:
    """Slots and facts about the caller decide; money, a text like "84.20", compares as a number."""
    slots: dict[str, SlotValue] = {"count": 3, "status": "open", "money": "84.20"}
    assert Condition.parse(source).holds(slots, {"verified": True}) is holds


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os')", "slots.x.y", "x > 1", "caller.password", "slots['x']", "lambda: 1",
        "slots.a if slots.b else 1", "", "slots.x >", "[x for x in 'abc']",
    ],
)  # fmt: skip
def test_anything_else_is_refused(source: str) -> None:
    """No calls, no names but slots and caller, no attributes of attributes."""
    with pytest.raises(ConditionError):
        Condition.parse(source)


@given(st.text(max_size=30))
def test_no_text_does_harm(source: str) -> None:
    """Any text is either a condition that yields true or false, or refused."""
    try:
        condition = Condition.parse(source)
    except ConditionError:
        return
    with suppress(ConditionError):
        assert condition.holds({}, {}) in (True, False)
