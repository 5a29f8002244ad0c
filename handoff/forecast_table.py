"""Forecast table: a forecast as rows, for CSV and JSON, and day by day."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from handoff.forecast import HalfHour

COLUMNS = ("start", "calls", "low", "high", "for_people", "agents")


@dataclass(frozen=True)
class Day:
    """What one day is expected to bring."""

    date: date
    calls: float
    by_bot: float
    """Calls that the bot resolves."""
    for_people: float
    agents: int
    """People on the phone in the half hour that takes the most."""
    busiest: "HalfHour"
    halves: tuple["HalfHour", ...]
    """Those in which anybody is expected to call."""


def row(half: "HalfHour") -> dict[str, Any]:
    """Return a half hour as plain values."""
    return {
        "start": half.start.isoformat(),
        "calls": round(half.calls, 2),
        "low": half.low,
        "high": half.high,
        "for_people": round(half.for_people, 2),
        "agents": half.agents,
        "by_intent": {intent: round(calls, 2) for intent, calls in half.by_intent.items()},
    }


def write_csv(ahead: "Sequence[HalfHour]", to: TextIO) -> None:
    """Write one line a half hour, with a column an intent at the end."""
    intents = list(ahead[0].by_intent) if ahead else []
    table = csv.writer(to)
    table.writerow([*COLUMNS, *intents])
    for half in ahead:
        told = row(half)
        table.writerow([told[c] for c in COLUMNS] + [told["by_intent"][i] for i in intents])


def days(ahead: "Sequence[HalfHour]") -> list[Day]:
    """Return the days of a forecast, in order."""
    found = []
    for day, halves in groupby(ahead, key=lambda half: half.start.date()):
        all_day = tuple(halves)
        calls = sum(half.calls for half in all_day)
        for_people = sum(half.for_people for half in all_day)
        busiest = max(all_day, key=lambda half: (half.agents, half.for_people))
        busy = tuple(half for half in all_day if half.calls >= LEAST)
        found.append(Day(day, calls, calls - for_people, for_people, busiest.agents, busiest, busy))
    return found


LEAST = 0.05
"""Calls of a half hour that is not worth a line on a page; a file has them all."""
