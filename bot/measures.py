"""Measures: what a supervisor decided about a caller, as a call asks for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

MeasureKind = Literal["trained_team", "warning_on_file"]
"""`trained_team`: calls go to people trained for aggression; `warning_on_file`: the caller
was warned in writing, and is treated as anyone else."""


@dataclass(frozen=True)
class Measure:
    """A decision that is in force."""

    kind: MeasureKind
    incident: str
    """Id of the incident it was decided upon."""
    since: datetime


class Measures(Protocol):
    """Whoever knows of measures; `handoff.incidents` does."""

    async def find(self, *, number: str | None, customer: str | None) -> Measure | None:
        """Return the measure in force for a number (E.164) or a customer; the stricter of two."""
        ...
