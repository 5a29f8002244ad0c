"""Checks flows against each other, the answers and the actions, before a caller can find out."""

from collections.abc import Collection, Iterator, Mapping

from bot.dialogue.flows import END, Act, Call, Collect, Flow, Link, Step, Utter
from bot.dialogue.source import one_of

ROOT = "call"
"""The flow that every call starts with."""


def check_flows(
    flows: Mapping[str, Flow], answers: Collection[str], actions: Collection[str]
) -> None:
    """Raise ContentError at the first flow that can't run."""
    for flow in flows.values():
        for step in flow.steps.values():
            _names(step, flows, answers, actions)
        _reachable(flow)
        _no_endless_loop(flow)
    _triggers(flows)


def _names(
    step: Step, flows: Mapping[str, Flow], answers: Collection[str], actions: Collection[str]
) -> None:
    for answer in _answers(step):
        if answer not in answers:
            cure = one_of(answer, answers) + " Or add it to intents/answers."
            raise step.place.error(f"Unknown answer {answer!r}.", cure)
    if isinstance(step, Act) and step.action not in actions:
        raise step.place.error(f"Unknown action {step.action!r}.", one_of(step.action, actions))
    if isinstance(step, Call | Link) and step.flow not in flows:
        raise step.place.error(f"Unknown flow {step.flow!r}.", one_of(step.flow, flows))


def _answers(step: Step) -> Iterator[str]:
    if isinstance(step, Utter):
        yield step.answer
    if isinstance(step, Collect):
        yield step.ask
        for rejection in step.rejections:
            yield rejection.answer


def _reachable(flow: Flow) -> None:
    seen, ahead = set(), [flow.first]
    while ahead:
        id_ = ahead.pop()
        if id_ not in seen and id_ != END:
            seen.add(id_)
            step = flow.steps[id_]
            ahead += [] if isinstance(step, Link) else [branch.to for branch in step.next]
            if isinstance(step, Collect) and step.otherwise:
                ahead.append(step.otherwise)
    for step in flow.steps.values():
        if step.id not in seen:
            raise step.place.error(
                f"Step {step.id!r} of flow {flow.name!r} is never reached.",
                "Lead a `next` to it, or take it out.",
            )


def _no_endless_loop(flow: Flow) -> None:
    """A way round that never asks the caller would never end."""
    cleared: set[str] = set()

    def walk(id_: str, path: tuple[str, ...]) -> None:
        if id_ == END or id_ in cleared:
            return
        step = flow.steps[id_]
        if id_ in path:
            raise step.place.error(
                f"Flow {flow.name!r} can go round at {id_!r} without asking the caller.",
                "Put a `collect` into the loop, or lead a `next` out of it.",
            )
        if not isinstance(step, Collect | Link):
            for branch in step.next:
                walk(branch.to, (*path, id_))
        cleared.add(id_)

    for id_, step in flow.steps.items():
        if not isinstance(step, Collect):
            walk(id_, ())


def _triggers(flows: Mapping[str, Flow]) -> None:
    owner: dict[str, str] = {}
    for flow in flows.values():
        for intent in flow.triggers:
            if intent in owner:
                raise flow.place.error(
                    f"Intent {intent!r} starts both {owner[intent]!r} and {flow.name!r}.",
                    "Let one flow have it.",
                )
            owner[intent] = flow.name
