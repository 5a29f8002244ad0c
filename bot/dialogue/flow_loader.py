"""Reads the flows of `intents/flows/*.yml`; every error names file, line and cure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue.conditions import Condition, ConditionError, SlotValue
from bot.dialogue.flows import (
    END,
    Act,
    Branch,
    Call,
    Collect,
    Flow,
    Link,
    Noop,
    Rejection,
    SetSlots,
    Step,
    Utter,
)
from bot.dialogue.slots import Slot, known_slot
from bot.dialogue.source import Place, Table, as_table, one_of, rows

UTTER = "utter_"
"""An action of this prefix says an answer, as in Rasa."""

_KINDS = ("collect", "action", "call", "link", "set_slots", "noop")


def load_flows(table: Table, slots: Mapping[str, Slot]) -> dict[str, Flow]:
    """Return the flows of one file by name; raises ContentError."""
    table.only("flows", "version")
    return {name: _flow(name, row, slots) for name, row in table.table("flows").tables()}


def _flow(name: str, row: Table, slots: Mapping[str, Slot]) -> Flow:
    row.only("name", "description", "nlu_trigger", "persisted_slots", "follow_up", "steps")
    keeps = row.texts("persisted_slots")
    for slot in keeps:
        known_slot(slot, slots, row.place("persisted_slots"))
    steps = _Steps(slots)
    steps.read(row.rows("steps"), END)
    return Flow(
        name=name,
        description=row.text("description"),
        triggers=_triggers(row) if "nlu_trigger" in row else (),
        keeps=keeps,
        follow_up=row.texts("follow_up"),
        steps=steps.done(),
        place=row.place(),
    )


def _triggers(row: Table) -> tuple[str, ...]:
    intents = []
    for trigger in row.rows("nlu_trigger"):
        trigger.only("intent")
        intents.append(trigger.text("intent"))
    return tuple(intents)


class _Steps:
    """Gathers the steps of one flow; those inside `then:` become steps of the flow too."""

    def __init__(self, slots: Mapping[str, Slot]) -> None:
        self.slots = slots
        self.steps: dict[str, Step] = {}

    def done(self) -> dict[str, Step]:
        """Return the steps, after a check that every `next` leads somewhere."""
        for step in self.steps.values():
            for branch in step.next:
                if branch.to not in self.steps and branch.to != END:
                    raise step.place.error(
                        f"Step {step.id!r} goes to {branch.to!r}, which is no step of this flow.",
                        one_of(branch.to, [*self.steps, END]),
                    )
            if isinstance(step, Collect) and step.typed:
                self._check_typed(step)
            if isinstance(step, Collect) and step.otherwise:
                self._check_otherwise(step)
        return self.steps

    def _check_otherwise(self, step: Collect) -> None:
        if step.otherwise not in self.steps:
            raise step.place.error(
                f"Step {step.id!r} leads to {step.otherwise!r} otherwise, which is no step here.",
                one_of(step.otherwise, self.steps),
            )

    def _check_typed(self, step: Collect) -> None:
        questions = {
            each.id
            for each in self.steps.values()
            if isinstance(each, Collect) and self.slots[each.slot].type in ("digits", "phone")
        }
        if step.typed not in questions:
            raise step.place.error(
                f"Keys typed at step {step.id!r} answer {step.typed!r}, which asks for no digits.",
                one_of(step.typed, sorted(questions)),
            )

    def read(self, table: list[Table], after: str, prefix: str = "") -> str:
        """Read a list of steps; the last goes to `after`. Returns the id of the first."""
        ids = [self._id(row, f"{prefix}{index}") for index, row in enumerate(table)]
        for index, (id_, row) in enumerate(zip(ids, table, strict=True)):
            if id_ in self.steps:
                raise row.error(f"Two steps are called {id_!r}.", "Give one another id.", "id")
            following = ids[index + 1] if index + 1 < len(ids) else after
            step = self._step(id_, row)
            self.steps[id_] = step  # before its branches, to keep the order of the file
            self.steps[id_] = replace(step, next=self._next(row, id_, following))
        return ids[0]

    def _id(self, row: Table, number: str) -> str:
        kind = next((kind for kind in _KINDS if kind in row), None)
        if kind is None:
            raise row.error("A step that does nothing.", f"Give it one of: {', '.join(_KINDS)}.")
        name = row.data[kind] if isinstance(row.data[kind], str) else ""
        return row.text("id", f"{number}_{kind}_{name}".rstrip("_"))

    def _step(self, id_: str, row: Table) -> Step:
        place = row.place()
        if "collect" in row:
            return self._collect(id_, row, place)
        if "action" in row:
            row.only("id", "action", "next", "description")
            action = row.text("action")
            if action.startswith(UTTER):
                return Utter(id=id_, next=(), place=place, answer=action.removeprefix(UTTER))
            return Act(id=id_, next=(), place=place, action=action)
        if "call" in row:
            row.only("id", "call", "next", "description")
            return Call(id=id_, next=(), place=place, flow=row.text("call"))
        if "link" in row:
            row.only("id", "link", "description")
            return Link(id=id_, next=(), place=place, flow=row.text("link"))
        if "set_slots" in row:
            row.only("id", "set_slots", "next", "description")
            return SetSlots(id=id_, next=(), place=place, values=self._values(row))
        row.only("id", "noop", "next", "description")
        return Noop(id=id_, next=(), place=place)

    def _collect(self, id_: str, row: Table, place: Place) -> Collect:
        row.only(
            "id", "collect", "utter", "ask_before_filling", "rejections", "typed",
            "otherwise", "next", "description",
        )  # fmt: skip
        slot = known_slot(row.text("collect"), self.slots, row.place("collect"))
        if not slot.collectable:
            raise row.error(
                f"Slot {slot.name!r} is a fact: a caller can't be asked for it.",
                "Give it another type in slots.yml.",
                "collect",
            )
        ask = row.text("utter", f"{UTTER}ask_{slot.name}").removeprefix(UTTER)
        return Collect(
            id=id_,
            next=(),
            place=place,
            slot=slot.name,
            ask=ask,
            ask_before_filling=row.flag("ask_before_filling"),
            rejections=self._rejections(row) if "rejections" in row else (),
            typed=row.text("typed") if "typed" in row else "",
            otherwise=row.text("otherwise") if "otherwise" in row else "",
        )

    def _rejections(self, row: Table) -> tuple[Rejection, ...]:
        found = []
        for item in row.rows("rejections"):
            item.only("if", "utter")
            answer = item.text("utter").removeprefix(UTTER)
            found.append(Rejection(self._condition(item.text("if"), item.place("if")), answer))
        return tuple(found)

    def _values(self, row: Table) -> tuple[tuple[str, SlotValue], ...]:
        values: list[tuple[str, SlotValue]] = []
        for item in row.rows("set_slots"):
            for name in item.keys():  # noqa: SIM118  # a Table, not a dict
                known_slot(name, self.slots, item.place(name))
                value = item.data[name]
                if value is not None and not isinstance(value, str | int | float | bool):
                    raise item.error(
                        f"{name!r} must be one value.", "Write a text or number.", name
                    )
                values.append((name, value))
        return tuple(values)

    def _next(self, row: Table, id_: str, following: str) -> tuple[Branch, ...]:
        if "next" not in row:
            return (Branch(None, following),)
        place = row.place("next")
        value = row.data["next"]
        if isinstance(value, str):
            return (Branch(None, str(value)),)
        branches = []
        for number, item in enumerate(rows(value, place, "next")):
            item.only("if", "then", "else")
            if ("else" in item) == ("if" in item) or ("then" in item) != ("if" in item):
                raise item.error(
                    "A branch is `if` with `then`, or `else`.", "Write one of the two."
                )
            key = "then" if "if" in item else "else"
            when = self._condition(item.text("if"), item.place("if")) if "if" in item else None
            target = self._target(item.data[key], item.place(key), f"{id_}_{number}_", following)
            branches.append(Branch(when, target))
        if branches[-1].when is not None or any(branch.when is None for branch in branches[:-1]):
            raise place.error(
                "The last branch, and only that, must be `else`.", "Add `- else: END`."
            )
        return tuple(branches)

    def _target(self, value: Any, place: Place, prefix: str, following: str) -> str:
        if isinstance(value, str):
            return str(value)
        inner = [as_table(row.data, row.place(), "step") for row in rows(value, place, "then")]
        return self.read(inner, following, prefix)

    def _condition(self, source: str, place: Place) -> Condition:
        try:
            condition = Condition.parse(source)
        except ConditionError as error:
            raise place.error(f"Condition {error}", "Example: slots.open_amount > 0") from error
        for name in condition.slots:
            known_slot(name, self.slots, place)
        return condition
