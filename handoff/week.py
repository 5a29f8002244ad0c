"""Week: an imagined week of a contact centre, drawn from a seed: people, shifts and calls."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.events import Language
from handoff.heaviness import Heaviness

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
OPENS_H, CLOSES_H, DAYS = 8, 20, 6
SHIFT_H, SHIFTS = 9, 4
"""Everyone works four shifts of nine hours, at other times of day and on other days."""
BEGINS_H, BEGINS_SHARE = (8, 9, 11), (0.55, 0.25, 0.2)
SKILLS = ("payments", "appointments", "complaints")
BUSY = np.array([5, 9, 10, 9, 7, 8, 8, 8, 7, 4, 3, 2], dtype=float)
"""Calls by the hour of the day from opening on, relative to each other."""
BUSY_DAYS = np.array([1.3, 1.1, 1.0, 1.0, 1.0, 0.6])
"""Calls by the day from Monday on, relative to each other."""


@dataclass(frozen=True)
class Worker:
    """Somebody who takes calls."""

    name: str
    languages: frozenset[Language]
    skills: frozenset[str]
    trained: bool
    asked_for_heavy: bool
    shifts: tuple[tuple[float, float], ...]
    """Begin and end in seconds from Monday 0:00."""


@dataclass(frozen=True)
class Call:
    """A call that needs a person."""

    name: str
    at: float
    """Seconds from Monday 0:00."""
    language: Language
    skill: str
    busy_s: float
    """Talk and wrap-up, whoever takes it."""
    weighs: Heaviness
    value: float
    trained_only: bool
    urgent: bool


@dataclass(frozen=True)
class Week:
    """People and calls, in order of time."""

    workers: tuple[Worker, ...]
    calls: tuple[Call, ...]


def imagine(*, calls: int, agents: int, heavy: float, seed: int) -> Week:
    """Draw a week.

    Args:
        calls: How many calls need a person.
        agents: How many people work.
        heavy: Share of heavy calls, 0 to 1.
        seed: The same seed gives the same week.
    """
    dice = np.random.default_rng(seed)
    return Week(
        workers=tuple(_worker(number, dice) for number in range(agents)),
        calls=tuple(sorted(_calls(calls, heavy, dice), key=lambda call: call.at)),
    )


def moment(seconds: float) -> datetime:
    """Return the moment so many seconds after Monday 0:00."""
    return MONDAY + timedelta(seconds=seconds)


def _worker(number: int, dice: np.random.Generator) -> Worker:
    # Most people are needed when most people call.
    days = dice.choice(DAYS, size=SHIFTS, replace=False, p=BUSY_DAYS / BUSY_DAYS.sum())
    begins = dice.choice(BEGINS_H, size=SHIFTS, p=BEGINS_SHARE)
    known = dice.choice(SKILLS, size=int(dice.integers(2, 4)), replace=False)
    return Worker(
        name=f"agent {number + 1:02d}",
        languages=frozenset(("nl", "en") if number % 3 else ("nl",)),
        skills=frozenset(str(skill) for skill in known),
        trained=number % 5 == 0,
        asked_for_heavy=number % 10 == 0,
        shifts=tuple(
            sorted(
                (float(day * 86400 + begin * 3600), float(day * 86400 + (begin + SHIFT_H) * 3600))
                for day, begin in zip(days.tolist(), begins.tolist(), strict=True)
            )
        ),
    )


def _calls(count: int, heavy: float, dice: np.random.Generator) -> list[Call]:
    days = dice.choice(DAYS, size=count, p=BUSY_DAYS / BUSY_DAYS.sum())
    hours = dice.choice(len(BUSY), size=count, p=BUSY / BUSY.sum())
    seconds = dice.uniform(0, 3600, size=count)
    # Handling times are log-normal; 6 to 7 minutes in the middle, 1.5 of them wrap-up.
    busy = np.clip(dice.lognormal(np.log(400), 0.5, size=count), 60, 3600)
    return [
        _call(number, float(days[number] * 86400 + (OPENS_H + hours[number]) * 3600 + at), s, dice)
        if dice.random() >= heavy
        else _call(number, float(days[number] * 86400 + (OPENS_H + hours[number]) * 3600 + at), s,
                   dice, points=float(dice.choice([2, 3, 4, 5, 6], p=[0.3, 0.3, 0.2, 0.12, 0.08])))
        for number, (at, s) in enumerate(zip(seconds, busy, strict=True))
    ]  # fmt: skip


def _call(
    number: int, at: float, busy_s: float, dice: np.random.Generator, points: float = 0.0
) -> Call:
    is_heavy = points > 0
    return Call(
        name=f"call {number + 1:05d}",
        at=at,
        language="en" if dice.random() < 0.15 else "nl",
        skill=str(dice.choice(SKILLS, p=[0.5, 0.3, 0.2])),
        # A heavy call takes longer.
        busy_s=float(busy_s) * (1.4 if is_heavy else 1.0),
        weighs=Heaviness(points, is_heavy),
        value=float(dice.beta(1, 4)),
        trained_only=is_heavy and dice.random() < 0.05,
        urgent=points >= 5 and dice.random() < 0.3,
    )
