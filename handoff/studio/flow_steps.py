"""Flow steps: the steps of one flow as a list to be edited: added, changed, moved, taken out.

A step is told by its place: its index in the list, and for one within a branch of another,
the other's place, the branch's index and its own index there.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handoff.studio import rewriting
from handoff.studio.splicing import NotEditable

Place = tuple[int, ...]
"""Of odd length: step, or step, branch, step, or deeper."""
Step = dict[str, Any]
"""A step as its file says it."""
KINDS = ("collect", "action", "call", "link", "set_slots", "noop")
END = "END"


@dataclass(frozen=True)
class Listed:
    """A step in the list."""

    place: Place
    step: Step
    first: bool
    """Nothing above it to change places with."""
    last: bool
    alone: bool
    """The only one of its list, which can't be empty."""
    branch: str | None = None
    """Above the first step of a branch: its condition; "" for "else"."""

    @property
    def at(self) -> str:
        """The place as it stands in an address."""
        return "-".join(map(str, self.place))

    @property
    def after(self) -> str:
        """The place below it, as it stands in an address."""
        return "-".join(map(str, [*self.place[:-1], self.place[-1] + 1]))

    @property
    def depth(self) -> int:
        """How many steps it is within."""
        return len(self.place) // 2


class NoSuchStep(Exception):
    """There is no step at this place, or not any more."""


def read_place(at: str) -> Place:
    """Return the place that stands in an address; raises NoSuchStep."""
    parts = at.split("-")
    if len(parts) % 2 == 0 or not all(p.isascii() and p.isdigit() and len(p) < 5 for p in parts):
        raise NoSuchStep(at)
    return tuple(int(part) for part in parts)


def flow_of(text: str, name: str) -> dict[str, Any]:
    """Return what a flow's own lines say; raises NotEditable."""
    found = rewriting.value_of(text).get(name)
    if not isinstance(found, dict) or not isinstance(found.get("steps"), list):
        raise NotEditable("a flow without steps")
    return found


def listed(flow: dict[str, Any]) -> list[Listed]:
    """Return all steps in the order in which they are read; raises NotEditable."""
    return list(_listed(flow["steps"], (), None))


def _listed(steps: list[Any], above: Place, branch: str | None) -> Iterator[Listed]:
    for index, step in enumerate(steps):
        if not isinstance(step, dict):
            raise NotEditable("a step without keys")
        first, last = index == 0, index == len(steps) - 1
        place = (*above, index)
        yield Listed(place, step, first, last, len(steps) == 1, branch if first else None)
        branches = step.get("next")
        for number, each in enumerate(branches if isinstance(branches, list) else ()):
            if not isinstance(each, dict):
                raise NotEditable("a branch without keys")
            inner = each.get("then", each.get("else"))
            if isinstance(inner, list):
                yield from _listed(inner, (*place, number), str(each.get("if", "")))


def path_to(flow: dict[str, Any], name: str, place: Place) -> rewriting.Path:
    """Return the way to the list that holds a step, and its index; raises NoSuchStep."""
    path: list[str | int] = [name, "steps"]
    steps: Any = flow["steps"]
    for depth in range(0, len(place) - 1, 2):
        try:
            branch = steps[place[depth]]["next"][place[depth + 1]]
            key = "then" if "then" in branch else "else"
            steps = branch[key]
        except (KeyError, IndexError, TypeError) as error:
            raise NoSuchStep(str(place)) from error
        path += [place[depth], "next", place[depth + 1], key]
    if not isinstance(steps, list) or place[-1] > len(steps):
        raise NoSuchStep(str(place))
    return (*path, place[-1])


def step_at(text: str, name: str, place: Place) -> Step:
    """Return a step; raises NoSuchStep, NotEditable."""
    flow = flow_of(text, name)
    within: Any = {name: flow}
    try:
        for key in path_to(flow, name, place):
            within = within[key]
    except IndexError as error:
        raise NoSuchStep(str(place)) from error
    if not isinstance(within, dict):
        raise NotEditable("a step without keys")
    return within


def changed(text: str, name: str, place: Place, step: Step) -> str:
    """Return the flow's lines with another step at a place; who names it, names it anew."""
    value, steps = _list(text, name, place)
    if place[-1] >= len(steps):
        raise NoSuchStep(str(place))
    old, new = steps[place[-1]].get("id"), step.get("id")
    steps[place[-1]] = step
    if isinstance(old, str) and isinstance(new, str):
        _renamed(value[name]["steps"], old, new)
    return rewriting.rewrite(text, value)


def added(text: str, name: str, place: Place, step: Step) -> str:
    """Return the flow's lines with one step more, which has this place then."""
    value, steps = _list(text, name, place)
    steps.insert(place[-1], step)
    return rewriting.rewrite(text, value)


def removed(text: str, name: str, place: Place) -> str:
    """Return the flow's lines without a step, and what is in it; raises NotEditable."""
    value, steps = _list(text, name, place)
    if place[-1] >= len(steps):
        raise NoSuchStep(str(place))
    if len(steps) == 1:
        raise NotEditable("the only step")
    del steps[place[-1]]
    return rewriting.rewrite(text, value)


def moved(text: str, name: str, place: Place, by: int) -> str:
    """Return the flow's lines with a step one up (-1) or down (1); comments go with it."""
    path = path_to(flow_of(text, name), name, place)
    return rewriting.swap(text, path[:-1], place[-1] + min(by, 0))


def _list(text: str, name: str, place: Place) -> tuple[dict[str, Any], list[Any]]:
    value = copy.deepcopy(rewriting.value_of(text))
    within: Any = value
    for key in path_to(flow_of(text, name), name, place)[:-1]:
        within = within[key]
    return value, within


def _renamed(steps: list[Any], old: str, new: str) -> None:
    """Have everything that leads to a step lead to it by its new name."""
    for step in steps:
        for key in ("next", "typed", "otherwise"):
            if step.get(key) == old:
                step[key] = new
        branches = step.get("next")
        for branch in branches if isinstance(branches, list) else ():
            for key in ("then", "else"):
                if branch.get(key) == old:
                    branch[key] = new
                elif isinstance(branch.get(key), list):
                    _renamed(branch[key], old, new)
