"""Step form: one step of a flow as the fields of a form, and back."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from handoff.studio.flow_steps import END, KINDS, Step

Kind = Literal["collect", "say", "action", "call", "link", "set", "fork"]
KEYS: Mapping[Kind, str] = {
    "collect": "collect", "say": "action", "action": "action", "call": "call", "link": "link",
    "set": "set_slots", "fork": "noop",
}  # fmt: skip
"""Under which key a step of each kind says what it does."""
UTTER = "utter_"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}\Z")
OWN = "@own"
"""A goal: steps of its own, within the branch."""


class Refused(Exception):
    """A field can't be taken; the reason is a key of `studio: steps: refused:` in the texts."""

    def __init__(self, where: str, reason: str, **values: object) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
        self.values = values


@dataclass(frozen=True)
class Names:
    """What a step may name."""

    asked: Collection[str]
    """Slots that a caller can be asked for."""
    slots: Collection[str]
    actions: Collection[str]
    flows: Collection[str]
    goals: Collection[str]
    """Ids of steps of this flow."""


@dataclass
class StepForm:
    """The fields of a step."""

    kind: Kind
    id: str = ""
    what: str = ""
    """Slot, answer, action or flow."""
    ask: str = ""
    """Collect: the answer that asks; empty for the usual one."""
    again: bool = False
    """Collect: ask although it is known."""
    typed: str = ""
    otherwise: str = ""
    rejections: list[tuple[str, str]] = field(default_factory=list)
    """Condition, and answer."""
    values: list[tuple[str, str]] = field(default_factory=list)
    """Slot, and what it is set to."""
    ways: list[tuple[str, str, str]] = field(default_factory=list)
    """Condition, goal, and the number of the branch that it was; "" for a new one."""
    to: str = ""
    """Where it goes on, or where else; "" for the step after it."""
    to_was: str = ""
    """The number of the branch "else", when it was one."""

    @property
    def answer(self) -> str:
        """What is said; "" where nothing is."""
        if self.kind == "say":
            return self.what
        return (
            (self.ask or f"ask_{self.what}" if self.what else "") if self.kind == "collect" else ""
        )


def form_of(step: Step) -> StepForm:
    """Return the fields of a step as its file says it."""
    key = next((name for name in KINDS if name in step), "noop")
    what = step.get(key)
    said = str(what) if isinstance(what, str) else ""
    kind: Kind = next((kind for kind, name in KEYS.items() if name == key), "fork")
    if key == "action":
        kind = "say" if said.startswith(UTTER) else "action"
    form = StepForm(kind, _text(step.get("id")), said.removeprefix(UTTER))
    form.ask = _text(step.get("utter")).removeprefix(UTTER)
    form.again = step.get("ask_before_filling") is True
    form.typed, form.otherwise = _text(step.get("typed")), _text(step.get("otherwise"))
    for row in _tables(step.get("rejections")):
        form.rejections.append((_text(row.get("if")), _text(row.get("utter")).removeprefix(UTTER)))
    if kind == "set":
        for row in _tables(what):
            form.values += [(name, _written(value)) for name, value in row.items()]
    following = step.get("next")
    if isinstance(following, str):
        form.to = following
    for number, row in enumerate(_tables(following)):
        goal = row.get("then", row.get("else"))
        to = OWN if isinstance(goal, list) else _text(goal)
        if "else" in row:
            form.to, form.to_was = to, str(number)
        else:
            form.ways.append((_text(row.get("if")), to, str(number)))
    return form


def sent(form: Any) -> StepForm:
    """Return the fields as a browser sent them.

    Args:
        form: Of a request: `get` and `getlist`.
    """

    def one(name: str) -> str:
        return str(form.get(name, "")).strip()

    def rows(*names: str) -> list[tuple[str, ...]]:
        columns = [[str(each).strip() for each in form.getlist(name)] for name in names]
        return [row for row in zip(*columns, strict=False) if any(row[:2])]

    kind = one("kind")
    return StepForm(
        kind=next((each for each in KEYS if each == kind), "fork"),
        id=one("id"),
        what=one("what").removeprefix(UTTER),
        ask=one("ask").removeprefix(UTTER),
        again="again" in form,
        typed=one("typed"),
        otherwise=one("otherwise"),
        rejections=[(a, b.removeprefix(UTTER)) for a, b in rows("reject_if", "reject_say")],
        values=[(a, b) for a, b in rows("set_slot", "set_to")],
        ways=[(a, b, c) for a, b, c in rows("way_if", "way_to", "way_was")],
        to=one("to"),
        to_was=one("to_was"),
    )


def step_of(form: StepForm, old: Step, names: Names) -> Step:
    """Return the step that the fields say; what no field shows stays as it was.

    Args:
        form: The fields.
        old: The step before; empty for a new one.
        names: What there is.

    Raises:
        Refused: At the first field that can't be taken.
    """
    if form.id and (not NAME.match(form.id) or form.id == END):
        raise Refused("id", "name")
    hidden = {name: value for name, value in old.items() if name not in _SHOWN}
    step: Step = {"id": form.id} if form.id else {}
    step |= _does(form, old, names)
    step |= hidden
    following = _following(form, old, names) if form.kind != "link" else None
    if following is not None:
        step["next"] = following
    return step


_SHOWN = (*KINDS, "id", "utter", "ask_before_filling", "typed", "otherwise", "rejections", "next")


def _does(form: StepForm, old: Step, names: Names) -> Step:
    """Return what a step does, without where it leads."""
    match form.kind:
        case "collect":
            return _collect(form, old, names)
        case "say":
            if not NAME.match(form.what):
                raise Refused("what", "answer_name")
            return {"action": f"{UTTER}{form.what}"}
        case "action":
            return {"action": _known(form.what, names.actions, "what", "action")}
        case "call" | "link":
            return {form.kind: _known(form.what, names.flows, "what", "flow")}
        case "set":
            if not form.values:
                raise Refused("set", "nothing_set")
            if old and form.values == form_of(old).values:
                return {"set_slots": old["set_slots"]}
            rows = [(_known(name, names.slots, "set", "slot"), said) for name, said in form.values]
            # Rows that stay keep their value: "0123" in quotes is no number.
            kept = {
                (name, _written(value)): value
                for row in _tables(old.get("set_slots"))
                for name, value in row.items()
            }
            return {"set_slots": [{row[0]: kept.get(row, _typed(row[1]))} for row in rows]}
        case _:
            return {"noop": True}


def _collect(form: StepForm, old: Step, names: Names) -> Step:
    step: Step = {"collect": _known(form.what, names.asked, "what", "slot")}
    told = old.get("utter") == f"{UTTER}{form.ask}"  # though it need not be
    if form.ask and (told or form.ask != f"ask_{form.what}"):
        if not NAME.match(form.ask):
            raise Refused("ask", "answer_name")
        step["utter"] = f"{UTTER}{form.ask}"
    if form.again:
        step["ask_before_filling"] = True
    for when, answer in form.rejections:
        if not when or not NAME.match(answer):
            raise Refused("rejections", "rejection")
    if form.rejections:
        step["rejections"] = [
            {"if": when, "utter": f"{UTTER}{answer}"} for when, answer in form.rejections
        ]
    for name, goal in (("typed", form.typed), ("otherwise", form.otherwise)):
        if goal:
            step[name] = _known(goal, names.goals, name, "goal")
    return step


def _following(form: StepForm, old: Step, names: Names) -> Any:
    """Return where a step leads: nothing for the one after it, a name, or branches."""
    if not form.ways:
        if form.to == OWN:
            raise Refused("to", "own_without_ways")
        return _goal(form.to, names, "to") if form.to else None
    if not form.to:
        raise Refused("to", "else")
    branches = _tables(old.get("next"))

    def own(was: str, key: str) -> Any:
        number = int(was) if was.isascii() and was.isdigit() and len(was) < 4 else -1
        kept = branches[number].get(key) if 0 <= number < len(branches) else None
        return kept if isinstance(kept, list) else [{"noop": True}]

    rows: list[dict[str, Any]] = []
    for when, goal, was in form.ways:
        if not when:
            raise Refused("ways", "condition")
        to = own(was, "then") if goal == OWN else _goal(goal, names, "ways")
        rows.append({"if": when, "then": to})
    last = own(form.to_was, "else") if form.to == OWN else _goal(form.to, names, "to")
    return [*rows, {"else": last}]


def _goal(name: str, names: Names, where: str) -> str:
    return name if name == END else _known(name, names.goals, where, "goal")


def _known(name: str, known: Collection[str], where: str, what: str) -> str:
    if name not in known:
        raise Refused(where, f"no_{what}" if not name else f"unknown_{what}", name=name)
    return name


def _typed(said: str) -> Any:
    """Return what a slot is set to: a number, yes or no, nothing, or words."""
    if not said:
        return None
    if said in ("true", "false"):
        return said == "true"
    if re.fullmatch(r"0|-?[1-9][0-9]{0,11}", said):
        return int(said)
    return said


def _written(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _tables(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
