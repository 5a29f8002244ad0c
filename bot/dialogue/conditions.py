"""Condition: a small safe expression over what is known, such as `slots.open_amount > 0`."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from simpleeval import EvalWithCompoundTypes, InvalidExpression

SlotValue = str | int | float | bool | None
"""What a slot can hold: what an event can hold."""

_MONEY = re.compile(r"-?\d+\.\d\d")

CALLER_FACTS = frozenset({"identified", "verified", "number_known", "language", "callback_known"})
"""What a condition may ask about the caller, as `caller.verified`."""

_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot,
    ast.Attribute, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod,
)  # fmt: skip


class ConditionError(ValueError):
    """A condition that can't be understood; the text says why."""


@dataclass(frozen=True)
class Condition:
    """An expression that was checked when the flows were loaded."""

    source: str
    slots: frozenset[str]
    """The slots that it asks for."""

    @classmethod
    def parse(cls, source: str) -> "Condition":
        """Check an expression; raises ConditionError."""
        try:
            tree = ast.parse(source.strip(), mode="eval")
        except SyntaxError as error:
            raise ConditionError(f"{source!r} is not an expression: {error.msg}.") from error
        slots = set()
        for node in ast.walk(tree):
            if not isinstance(node, _ALLOWED):
                raise ConditionError(
                    f"{source!r} uses {type(node).__name__}, which is not allowed."
                )
            if isinstance(node, ast.Attribute):
                slots |= _asked(node, source)
            if isinstance(node, ast.Name) and node.id not in ("slots", "caller"):
                raise ConditionError(f"{source!r} uses {node.id!r}; write slots.{node.id}.")
        return cls(source.strip(), frozenset(slots))

    def holds(self, slots: Mapping[str, SlotValue], caller: Mapping[str, SlotValue]) -> bool:
        """Return whether it is true now; comparing with an unknown value is not true."""
        names = {
            "slots": SimpleNamespace(**{name: _comparable(slots.get(name)) for name in self.slots}),
            "caller": SimpleNamespace(**{name: caller.get(name) for name in CALLER_FACTS}),
        }
        try:
            return bool(EvalWithCompoundTypes(names=names, functions={}).eval(self.source))
        except (TypeError, ZeroDivisionError):
            return False  # an empty slot is neither above nor below anything
        except InvalidExpression as error:
            raise ConditionError(f"{self.source!r}: {error}") from error


def _comparable(value: SlotValue) -> SlotValue:
    """Money is kept as a text, "84.20", and compared as a number."""
    return float(value) if isinstance(value, str) and _MONEY.fullmatch(value) else value


def _asked(node: ast.Attribute, source: str) -> set[str]:
    if not isinstance(node.value, ast.Name):
        raise ConditionError(f"{source!r}: only slots.NAME and caller.NAME can be asked.")
    if node.value.id == "slots":
        return {node.attr}
    if node.value.id == "caller" and node.attr not in CALLER_FACTS:
        known = ", ".join(sorted(CALLER_FACTS))
        raise ConditionError(f"{source!r}: of the caller can be asked: {known}.")
    return set()
