"""Routing rules: what a supervisor sets about routing and load, read from a file and checked."""

from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from handoff.hours import HoursRules

DEFAULT = Path(__file__).parent / "routing.yml"

Points = float


class RoutingRulesError(ValueError):
    """The file can't be used; the text names file, line and cure."""


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weight(_Rules):
    """What a call asks of the person who takes it."""

    frustrated: Points = Field(ge=0, le=20)
    angry: Points = Field(ge=0, le=20)
    vulnerable: Points = Field(ge=0, le=20)
    insult_person: Points = Field(ge=0, le=20)
    discrimination: Points = Field(ge=0, le=20)
    sexual_harassment: Points = Field(ge=0, le=20)
    blackmail: Points = Field(ge=0, le=20)
    threat: Points = Field(ge=0, le=20)
    crisis: Points = Field(ge=0, le=20)
    long_after_minutes: float = Field(ge=0, le=240)
    long_points: Points = Field(ge=0, le=20)
    long_most: Points = Field(ge=0, le=20)
    heavy_from: Points = Field(gt=0, le=20)


class LoadRules(_Rules):
    """How points wear off, and how many a person may carry."""

    half_life_hours: float = Field(gt=0, le=48)
    most: Points = Field(gt=0, le=100)
    rest_grace_s: float = Field(ge=0, le=120)


class Place(_Rules):
    """Who comes first."""

    value_s: float = Field(ge=0, le=180)
    """Small on purpose: nobody waits forever for being a small customer."""
    overflow_after_s: float = Field(gt=0, le=7200)


class Fit(_Rules):
    """Who fits best."""

    promised: Points = Field(ge=0, le=20)
    asked_for_heavy: Points = Field(ge=0, le=20)
    rested: Points = Field(ge=0, le=20)
    load_now: Points = Field(ge=0, le=20)
    load_week: Points = Field(ge=0, le=20)
    idle_per_minute: Points = Field(ge=0, le=20)
    idle_most: Points = Field(ge=0, le=20)


class OfferRules(_Rules):
    """How an agent is asked."""

    answer_s: float = Field(ge=5, le=120)
    again_after_s: float = Field(ge=0, le=3600)
    again_urgent_s: float = Field(ge=0, le=3600)
    first_s: float = Field(ge=0, le=3600)
    most_missed: int = Field(ge=1, le=20)


class Elsewhere(_Rules):
    """What other skills will do when the right one is not there."""

    after_s: float = Field(ge=0, le=7200)
    skills: frozenset[str] = Field(min_length=1)


class Rules(_Rules, frozen=False):
    """Everything that routing goes by.

    Everybody in a process who goes by them holds the same object, so that what a supervisor
    changes holds for all at once (`adopt`); its parts are never changed.
    """

    weight: Weight
    load: LoadRules
    place: Place
    fit: Fit
    offer: OfferRules
    skills: dict[str, str] = {}
    """The skill that an intent asks for, by intent."""
    elsewhere: dict[str, Elsewhere] = {}
    """By the skill that is not there."""
    hours: HoursRules = HoursRules()

    def adopt(self, others: "Rules") -> None:
        """Go by other numbers from now on; skills and hours stay as they are."""
        self.load, self.place, self.offer = others.load, others.place, others.offer
        self.weight = others.weight

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        asked_for = set(self.skills.values())
        for skill, other in self.elsewhere.items():
            if strange := ({skill} | other.skills) - asked_for:
                named = ", ".join(sorted(strange))
                raise ValueError(f"elsewhere names {named}, which no intent in skills asks for")
        return self


def load_rules(file: Path = DEFAULT) -> Rules:
    """Read and check the rules.

    Raises:
        RoutingRulesError: The file can't be read, is no YAML, or sets what is not allowed.
    """
    try:
        content: Any = YAML(typ="rt").load(file)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RoutingRulesError(f"{file}, line {line}: {error.problem}. Mend the YAML.") from error
    except (OSError, UnicodeError, YAMLError) as error:
        raise RoutingRulesError(f"{file}: {error}. Put it back, or name another.") from error
    try:
        return Rules.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        path = [part for part in problem["loc"] if isinstance(part, str)]
        where = f"{file}, line {_line(content, path)}: {'.'.join(path) or 'the whole file'}"
        cure = f"See {DEFAULT.name} for all rules."
        raise RoutingRulesError(f"{where}: {problem['msg']}. {cure}") from error


@cache
def own_rules() -> Rules:
    """Return the rules that Kalm comes with."""
    return load_rules()


def _line(content: Any, path: list[str]) -> int:
    """Return the line that a path of keys leads to, or the last one on the way that is there."""
    line = 1
    for key in path:
        if not hasattr(content, "lc") or key not in content:
            break
        line = content.lc.key(key)[0] + 1
        content = content[key]
    return line
