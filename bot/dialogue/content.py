"""Content: everything of the dialogue that product owners write, loaded and checked."""

from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.actions import ACTION_NAMES
from bot.dialogue.answers import Answers, load_answers
from bot.dialogue.flow_checks import check_flows
from bot.dialogue.flow_loader import load_flows
from bot.dialogue.flows import Flow, Step
from bot.dialogue.slots import LANGUAGES, Slot, load_slots
from bot.dialogue.source import ContentError, read

__all__ = ["Content", "ContentError"]


@dataclass(frozen=True)
class Content:
    """Flows, slots and answers of one company."""

    flows: dict[str, Flow]
    slots: dict[str, Slot]
    answers: Answers
    triggers: dict[str, str]
    """Flow by the intent that starts it."""

    @classmethod
    def load(cls, intents_folder: Path) -> "Content":
        """Read `flows/` and `answers/`; raises ContentError at the first mistake."""
        slots = load_slots(read(intents_folder / "flows" / "slots.yml"))
        tables = {lang: read(intents_folder / "answers" / f"{lang}.yml") for lang in LANGUAGES}
        answers = load_answers(tables, slots)
        flows: dict[str, Flow] = {}
        for file in sorted((intents_folder / "flows").glob("*.yml")):
            if file.name == "slots.yml":
                continue
            for name, flow in load_flows(read(file), slots).items():
                if name in flows:
                    raise flow.place.error(
                        f"Flow {name!r} exists already at {flows[name].place}.", "Rename one."
                    )
                flows[name] = flow
        check_flows(flows, answers.names, ACTION_NAMES)
        return cls(
            flows=flows,
            slots=slots,
            answers=answers,
            triggers={intent: flow.name for flow in flows.values() for intent in flow.triggers},
        )

    def step(self, flow: str, step: str) -> Step:
        """Return a step of a flow."""
        return self.flows[flow].steps[step]
