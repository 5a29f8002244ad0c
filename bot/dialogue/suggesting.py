"""Suggesting: the owners' answers that fit what a caller wants, as text for an agent.

It walks the flow of the wish as the bot would, by what is on record, and stops where
something is not known: an answer that the bot could not honestly give is none for an agent.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from bot.dialogue.actions import ACTIONS
from bot.dialogue.answers import Unsayable
from bot.dialogue.content import Content
from bot.dialogue.flow_checks import ROOT
from bot.dialogue.flows import END, Act, Call, Collect, Link, Step, Utter
from bot.dialogue.state import State
from bot.events import ActionTaken, Event, Language

MANY = 2
"""Answers that are suggested for one wish, the last of the way."""
MAY_BE_EMPTY = frozenset({"refusal"})
"""Slots of which it is also known when there is nothing in them."""


class Suggesting:
    """Implements `handoff.hints.Answers` by the flows and answers in force.

    Args:
        content: What the owners published; None until it is loaded.
        company_name: As answers say it.
        today: In the company's zone.
    """

    def __init__(
        self,
        content: Callable[[], Content | None],
        company_name: str,
        today: Callable[[], date],
    ) -> None:
        self._content = content
        self._company_name = company_name
        self._today = today

    def answers(self, events: Sequence[Event], intent: str, language: Language) -> list[str]:
        """Return what the bot would tell for this wish, by what is on record.

        Args:
            events: The call's events, from the first.
            intent: The wish.
            language: The agent's.
        """
        content = self._content()
        flow = content.triggers.get(intent) if content else None
        if content is None or flow is None or flow == ROOT:
            return []
        state = State()
        for event in events:
            state.apply(event)
        done = {
            event.body.action
            for event in events
            if isinstance(event.body, ActionTaken) and event.body.result == "ok"
        }
        values = self._values(content, state, language)
        told = []
        for name in _answers_on_the_way(content, state, flow, done):
            try:
                line = content.answers.line(
                    name,
                    language,
                    values,
                    today=self._today(),
                    verified=state.verified,
                    said_before=0,
                    last_words="",
                )
            except Unsayable:
                continue
            told.append(line.words)
        return told[-MANY:]

    def _values(self, content: Content, state: State, language: Language) -> dict[str, Any]:
        values: dict[str, Any] = dict(state.slots)
        values["company_name"] = self._company_name
        values["office_hours"] = state.found.get("office", {}).get("hours")
        for name, slot in content.slots.items():
            if slot.type == "choice" and values.get(name) in slot.options:
                values[name] = slot.options[values[name]][language][0]
        return values


def _answers_on_the_way(content: Content, state: State, flow: str, done: set[str]) -> Iterator[str]:
    steps = content.flows[flow].steps
    at: str | None = content.flows[flow].first
    seen: set[str] = set()
    while at is not None and at != END and at not in seen:
        seen.add(at)
        step = steps[at]
        match step:
            case Utter(answer=answer):
                yield answer
            case Act(action=action) if action in ACTIONS:
                if ACTIONS[action].asks_company and action not in done:
                    return
            case Collect(slot=slot) if state.slots.get(slot) is None:
                return
            case Link():
                return
            case Call(flow="verify") if not state.verified:
                return
        at = _next(step, state)


def _next(step: Step, state: State) -> str | None:
    """Return where the flow goes; None where what decides it is not known."""
    for branch in step.next:
        if branch.when is None:
            return branch.to
        unknown = {name for name in branch.when.slots if state.slots.get(name) is None}
        if unknown - MAY_BE_EMPTY:
            return None
        if branch.when.holds(state.slots, state.facts_of_caller()):
            return branch.to
    return None
