"""Care rules: what a company sets about breaks, threats and weekly signals; read and checked."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.events import Language, Sign
from handoff.rule_file import read_rules

LEAST_MINUTES, MOST_MINUTES = 3, 60
"""What a supervisor may set a break to: it can't be made as good as none."""
DEFAULT = Path(__file__).parent / "care.yml"

Measure = Literal[
    "after_call_s", "hand_ons", "declined", "heavy", "missed", "angry_at_start", "angry_at_end"
]
"""What is looked at week by week: seconds of after-call work (the median), and shares: of calls
handed on, of offers declined, of heavy calls, of offered breaks that were missed, and of callers
who were angry when the agent took over and when the agent was done."""


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Length(_Rules):
    """How long a break is offered from how many points on."""

    points: float = Field(ge=0, le=60)
    minutes: float = Field(gt=0, le=120)


class BreakRules(_Rules):
    """Breaks after heavy calls."""

    minutes: tuple[Length, ...] = Field(min_length=1)
    most_minutes: float = Field(gt=0, le=240)
    answer_minutes: float = Field(ge=0, le=30)
    open_minutes: float = Field(ge=1, le=480)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        points = [length.points for length in self.minutes]
        if points != sorted(set(points)):
            raise ValueError("the points must rise from line to line")
        if self.answer_minutes > self.open_minutes:
            raise ValueError("answer_minutes can't be more than open_minutes")
        return self

    def length(self, points: float) -> float:
        """Return the minutes that are offered after a heavy call of so many points."""
        reached = [each for each in self.minutes if points >= each.points]
        return (reached[-1] if reached else self.minutes[0]).minutes


class PauseInForce:
    """The rules of breaks that hold now: those of the file until a supervisor changes them.

    Everybody in a process who goes by them holds the same object.
    """

    def __init__(self, file: BreakRules) -> None:
        self.file = file
        self.now = file

    def set(self, minutes: Mapping[int, float]) -> BreakRules:
        """Return the rules of the file with other lengths, by the place of their line.

        Raises:
            ValueError: A length is not allowed, or a heavier call would bring a shorter break.
        """
        lines = tuple(
            Length(points=line.points, minutes=minutes.get(place, line.minutes))
            for place, line in enumerate(self.file.minutes)
        )
        lengths = [line.minutes for line in lines]
        if any(not LEAST_MINUTES <= each <= MOST_MINUTES for each in minutes.values()):
            raise ValueError(f"a break has {LEAST_MINUTES} to {MOST_MINUTES} minutes")
        if minutes and lengths != sorted(lengths):
            raise ValueError("after a heavier call the break can't be shorter")
        most = max(self.file.most_minutes, *lengths)
        return self.file.model_copy(update={"minutes": lines, "most_minutes": most})


class Item(_Rules):
    """One thing that is not forgotten after a threat."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    of: Literal["agent", "incident"]
    signs: tuple[Sign, ...] = ()
    """Only after these; after all of the protocol when empty."""
    after_minutes: float = Field(ge=0, le=60 * 24 * 90)
    first: bool = False
    decided: bool = False
    nl: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)

    def text(self, language: Language, agent: str) -> str:
        """Say what is to be done."""
        return (self.nl if language == "nl" else self.en).replace("{agent}", agent)


class ProtocolRules(_Rules):
    """What is gone through after a threat."""

    signs: tuple[Sign, ...] = Field(min_length=1)
    again_minutes: float = Field(ge=5, le=60 * 24)
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [item.name for item in self.items]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two items have the name {', '.join(sorted(twice))}")
        for item in self.items:
            if set(item.signs) - set(self.signs):
                raise ValueError(f"{item.name} names a sign that the protocol is not for")
            if item.of == "incident" and "{agent}" in item.nl + item.en:
                raise ValueError(f"{item.name} is of the incident, and names an agent")
        return self

    def items_for(self, sign: Sign) -> tuple[Item, ...]:
        """Return what is to be done after such an incident; nothing after most."""
        if sign not in self.signs:
            return ()
        return tuple(item for item in self.items if not item.signs or sign in item.signs)

    def item(self, name: str) -> Item | None:
        """Return the item of a name; None when it is not in the file any more."""
        return next((item for item in self.items if item.name == name), None)


class WeeklyRules(_Rules):
    """When a week is told to be unlike an agent's others."""

    baseline_weeks: int = Field(ge=4, le=26)
    least_weeks: int = Field(ge=4, le=26)
    least_calls: int = Field(ge=20, le=1000)
    """Both have a floor: of less nothing can be told about anybody."""
    deviations: float = Field(ge=2, le=10)
    supervisor_after_days: int = Field(ge=1, le=60)
    keep_weeks: int = Field(ge=9, le=104)
    least_spread: dict[Measure, float]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.least_weeks > self.baseline_weeks or self.baseline_weeks >= self.keep_weeks:
            raise ValueError("least_weeks, baseline_weeks, keep_weeks must rise")
        if any(spread <= 0 for spread in self.least_spread.values()):
            raise ValueError("least_spread must be above 0")
        return self

    @property
    def patience(self) -> timedelta:
        """How long the agent alone can read it."""
        return timedelta(days=self.supervisor_after_days)


class CareRules(_Rules):
    """Everything that care goes by."""

    pause: BreakRules = Field(alias="break")
    protocol: ProtocolRules
    weekly: WeeklyRules


def load_rules(file: Path = DEFAULT) -> CareRules:
    """Read and check the rules; raises RuleFileError."""
    return read_rules(CareRules, file, f"See {DEFAULT.name} for all rules.")


@cache
def own_rules() -> CareRules:
    """Return the rules that Kalm comes with."""
    return load_rules()
