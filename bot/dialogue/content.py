"""Content: everything of the dialogue that product owners write, loaded and checked."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.actions import ACTION_NAMES
from bot.dialogue.answers import Answers, load_answers
from bot.dialogue.flow_checks import ROOT, check_flows
from bot.dialogue.flow_loader import load_flows
from bot.dialogue.flows import Flow
from bot.dialogue.ladder_rules import LadderRules, load_ladder
from bot.dialogue.slots import LANGUAGES, Slot, load_slots
from bot.dialogue.source import ContentError, Place, read
from bot.dialogue.topics import Topics, load_topics

__all__ = ["Content", "ContentError"]


OWN_ANSWERS = (
    "ask_callback_instead", "ask_language", "ask_which", "crisis_which_number", "not_these",
    "place", "place_and_wait", "place_kept", "place_next", "place_next_and_wait",
    "wait_given_up", "wait_solved",
    "back_to_question", "back_with_me", "beyond_us", "colleague_hands_on", "colleague_joins",
    "colleague_lost", "colleague_not_there", "colleague_ready", "corrected", "go_ahead", "goodbye",
    "greet_back", "help_any", "i_am_digital", "language_changed", "next_wish", "nobody_there",
    "not_heard", "nothing_works", "one_moment", "our_mistake", "person_is_coming", "person_stays",
    "slower", "sorry", "still_busy", "still_waiting", "stopped", "take_your_time",
    "tone_is_heard", "upset", "what_i_can", "you_are_welcome",
)  # fmt: skip
"""Answers that Kalm says by itself, whatever the flows are."""
OWN_FLOWS = (ROOT, "verify", "handoff", "offer_person", "company_trouble")
"""Flows that Kalm starts by itself."""


@dataclass(frozen=True)
class Content:
    """Flows, slots and answers of one company."""

    flows: dict[str, Flow]
    slots: dict[str, Slot]
    answers: Answers
    triggers: dict[str, str]
    """Flow by the intent that starts it."""
    ladder: LadderRules
    """How anger, abuse and danger are met."""
    topics: Topics
    """What intents are called before callers."""

    @classmethod
    def load(cls, intents_folder: Path) -> "Content":
        """Read `flows/`, `answers/` and `ladder.yml`; raises ContentError at the first mistake."""
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
        for language in LANGUAGES:
            _needs(OWN_ANSWERS, answers.names, "answer", tables[language].place())
        _needs(OWN_FLOWS, flows, "flow", Place(intents_folder / "flows", 1))
        check_flows(flows, answers.names, ACTION_NAMES)
        return cls(
            flows=flows,
            slots=slots,
            answers=answers,
            triggers={intent: flow.name for flow in flows.values() for intent in flow.triggers},
            ladder=load_ladder(read(intents_folder / "ladder.yml"), answers),
            topics=load_topics(tables),
        )


def _needs(names: Collection[str], known: Collection[str], what: str, place: Place) -> None:
    for name in names:
        if name not in known:
            raise place.error(f"The {what} {name!r} is missing; Kalm needs it.", "Put it back.")
