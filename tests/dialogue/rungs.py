"""The 50 calls of `bench/spoken_rungs.yml`, and which rung of the ladder a call reached."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from bot.events import (
    BotSpoke,
    BoundarySet,
    CallEnded,
    Event,
    FlowChanged,
    HandoffRequested,
    IncidentReported,
    Language,
    WarningGiven,
)

ROOT = Path(__file__).resolve().parents[2]
CALLER = "+31612345601"
"""Mrs De Vries of the demo company."""

Rung = Literal[
    "none", "acknowledged", "offered_person", "vulnerable", "boundary", "warning", "threat",
    "ended", "crisis",
]  # fmt: skip
Manner = Literal["calm", "angry", "key"]


class Call(BaseModel):
    """One call to make."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: Language
    voice: str
    """espeak-ng's name of it."""
    pace: int
    """Words a minute."""
    rung: list[Rung]
    """Those of which one must be reached."""
    decisive: list[str]
    lines: list[dict[Manner, str]]


def calls() -> list[Call]:
    """Return the calls to make."""
    rows = YAML(typ="safe").load(ROOT / "bench" / "spoken_rungs.yml")["calls"]
    return [Call.model_validate(row) for row in rows]


def acknowledging() -> frozenset[str]:
    """Return the answers by which anger is met, as the intents name them."""
    ladder = YAML(typ="safe").load(ROOT / "intents" / "ladder.yml")
    topics = {topic["answer"] for topic in ladder["acknowledge"].values()}
    return frozenset(topics | {ladder["says"]["soothe"]})


def reached(events: Sequence[Event], acknowledging: frozenset[str]) -> Rung:
    """Return the highest rung that a call reached, going by what is on record.

    Args:
        events: Of the whole call.
        acknowledging: Names of the answers by which anger is acknowledged.
    """
    found: set[Rung] = {"none"}
    for event in events:
        match event.body:
            case HandoffRequested(reason=("crisis" | "threat" | "vulnerable") as reason):
                found.add(reason)
            case HandoffRequested(reason="upset"):
                found.add("offered_person")
            case FlowChanged(flow="offer_person", change="started"):
                found.add("offered_person")
            case IncidentReported(sign=("crisis" | "threat") as sign):
                found.add(sign)
            case BoundarySet():
                found.add("boundary")
            case WarningGiven():
                found.add("warning")
            case CallEnded(outcome="ended_for_abuse"):
                found.add("ended")
            case BotSpoke(answer=str(answer)) if answer.partition("/")[0] in acknowledging:
                found.add("acknowledged")
    order: tuple[Rung, ...] = (
        "crisis", "ended", "threat", "warning", "boundary", "vulnerable", "offered_person",
        "acknowledged", "none",
    )  # fmt: skip
    return next(rung for rung in order if rung in found)
