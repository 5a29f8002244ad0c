"""Loops: flows that start each other round and round without asking the caller anything."""

from collections.abc import Collection, Iterator, Mapping

from bot.checks.finding import Finding
from bot.dialogue.actions import END_CALL
from bot.dialogue.flows import END, Act, Call, Collect, Flow, Link, Step


def loops(flows: Mapping[str, Flow]) -> list[Finding]:
    """Return one finding a loop, at the step that closes it.

    A loop within one flow is found when the flow is loaded.
    """
    silent = _silent(flows)
    starts = {flow.name: list(_starts(flow, silent)) for flow in flows.values()}
    found: dict[frozenset[str], Finding] = {}
    for name in flows:
        for path in _rounds(name, starts):
            members = frozenset(step.flow for step in path)
            last = path[-1]
            way = " -> ".join([name, *(step.flow for step in path)])
            found.setdefault(
                members,
                Finding(
                    "error",
                    last.place.file,
                    last.place.line,
                    f"flows start each other without end and without a question: {way}",
                    "put a `collect` into the loop, or lead a `next` past this step",
                ),
            )
    return list(found.values())


def _silent(flows: Mapping[str, Flow]) -> frozenset[str]:
    """Return the flows that can come to their end without asking anything."""
    silent: frozenset[str] = frozenset()
    while True:
        more = frozenset(flow.name for flow in flows.values() if _ends(flow, silent))
        if more == silent:
            return silent
        silent = more


def _ends(flow: Flow, silent: Collection[str]) -> bool:
    for step in _reached(flow, silent):
        if isinstance(step, Link):
            if step.flow in silent:
                return True
        elif _passes(step, silent) and any(branch.to == END for branch in step.next):
            return True
    return False


def _starts(flow: Flow, silent: Collection[str]) -> Iterator[Call | Link]:
    """Yield the steps by which a flow starts others before it has asked anything."""
    for step in _reached(flow, silent):
        if isinstance(step, Call | Link):
            yield step


def _reached(flow: Flow, silent: Collection[str]) -> Iterator[Step]:
    """Yield the steps that can be come to without a question on the way."""
    seen: set[str] = set()
    ahead = [flow.first]
    while ahead:
        id_ = ahead.pop()
        if id_ == END or id_ in seen:
            continue
        seen.add(id_)
        step = flow.steps[id_]
        yield step
        if _passes(step, silent):
            ahead += [branch.to for branch in step.next]


def _passes(step: Step, silent: Collection[str]) -> bool:
    """Tell whether what comes after a step can be come to without a question."""
    if isinstance(step, Collect | Link):
        return False
    if isinstance(step, Act) and step.action == END_CALL:
        return False
    return not isinstance(step, Call) or step.flow in silent


def _rounds(
    start: str, starts: Mapping[str, list[Call | Link]]
) -> Iterator[tuple[Call | Link, ...]]:
    """Yield the ways that lead from a flow back to itself, none through a flow twice."""
    ahead: list[tuple[Call | Link, ...]] = [(step,) for step in starts[start]]
    seen: set[str] = set()
    while ahead:
        path = ahead.pop()
        flow = path[-1].flow
        if flow == start:
            yield path
        elif flow not in seen:
            seen.add(flow)
            ahead += [(*path, step) for step in starts.get(flow, ())]
