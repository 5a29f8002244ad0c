"""Rules: what an incident weighs and what is proposed for it, as data in `incidents.yml`."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.events import Sign
from bot.measures import MeasureKind

IncidentLevel = Literal["low", "high", "urgent"]
"""`urgent`: to be looked at now. `high`: hate, sexual harassment,
blackmail, or abuse that went on after a warning. `low`: the rest."""

Decision = Literal["note", "letter", "warning_on_file", "trained_team", "nothing"]
"""What a supervisor can decide; several at a time, except `nothing`."""

FOR_CARE: frozenset[Decision] = frozenset({"note", "nothing"})
"""What can be decided about an incident that is about the caller's own safety."""

Days = Annotated[int, Field(ge=1)]


class _Fixed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Proposal(_Fixed):
    """What is proposed when every condition that is given holds."""

    name: str
    """For its sentence in `texts`."""
    signs: tuple[Sign, ...] = ()
    levels: tuple[IncidentLevel, ...] = ()
    earlier: int = Field(default=0, ge=0)
    """At least so many heavy incidents in other calls of the same caller."""
    within_days: Days = 90
    """How far back those count."""
    ended: bool = False
    """The call was ended for abuse."""
    propose: tuple[Decision, ...] = Field(min_length=1)


class Levels(_Fixed):
    """Signs that weigh more than low by themselves."""

    urgent: tuple[Sign, ...]
    high: tuple[Sign, ...]


class Rules(_Fixed):
    """The whole of `incidents.yml`."""

    levels: Levels
    high_from_reports: int = Field(ge=2)
    care: tuple[Sign, ...]
    days: dict[MeasureKind, Days]
    """How long a measure lasts when no date is given."""
    longest_days: Days
    proposals: tuple[Proposal, ...]

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if missing := {"crisis", "vulnerable"} - set(self.care):
            raise ValueError(f"care must name {', '.join(sorted(missing))}")
        if set(self.days) != {"warning_on_file", "trained_team"}:
            raise ValueError("days must tell how long each measure lasts")
        if max(self.days.values()) > self.longest_days:
            raise ValueError("days must not be above longest_days")
        last = self.proposals[-1] if self.proposals else None
        if last is None or last.signs or last.levels or last.earlier or last.ended:
            raise ValueError("the last proposal must fit always")
        return self

    def level(self, sign: Sign, *, urgent: bool, reports: int, went_on: bool) -> IncidentLevel:
        """Return what an incident weighs.

        Args:
            sign: What it is about.
            urgent: Whether the call itself asked for someone at once.
            reports: How often it was reported in this call.
            went_on: Whether the caller went on after a warning, or the call was ended for it.
        """
        if urgent or sign in self.levels.urgent:
            return "urgent"
        if sign in self.levels.high:
            return "high"
        heavy = went_on or reports >= self.high_from_reports
        return "high" if heavy and not self.is_care(sign) else "low"

    def is_care(self, sign: Sign) -> bool:
        """Tell whether an incident is about the caller's safety, not about their conduct."""
        return sign in self.care

    def allowed(self, sign: Sign) -> tuple[Decision, ...]:
        """Return what can be decided about an incident, in the order of the page."""
        every: tuple[Decision, ...] = (
            "note", "letter", "warning_on_file", "trained_team", "nothing",
        )  # fmt: skip
        return tuple(d for d in every if not self.is_care(sign) or d in FOR_CARE)

    def proposal(
        self, sign: Sign, level: IncidentLevel, *, ended: bool, ages: tuple[timedelta, ...]
    ) -> Proposal:
        """Return the first proposal that fits.

        Args:
            sign: What the incident is about.
            level: What it weighs.
            ended: Whether the call was ended for abuse.
            ages: How long before this one each earlier heavy incident of the caller was.
        """
        for proposal in self.proposals:
            span = timedelta(days=proposal.within_days)
            if (
                (not proposal.signs or sign in proposal.signs)
                and (not proposal.levels or level in proposal.levels)
                and sum(age <= span for age in ages) >= proposal.earlier
                and (ended or not proposal.ended)
                and set(proposal.propose) <= set(self.allowed(sign))
            ):
                return proposal
        # Whatever the file says: for someone in need a note, never a measure.
        return Proposal(name="care", propose=("note",))


def load(path: Path) -> Rules:
    """Read rules from a file; raises OSError, yaml.YAMLError, pydantic.ValidationError."""
    return Rules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def own_rules() -> Rules:
    """Return the rules that Kalm comes with."""
    return load(Path(__file__).parent / "incidents.yml")
