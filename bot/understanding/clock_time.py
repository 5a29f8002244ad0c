"""Clock time: an hour as it was said, and the hour of the day that it means.

An hour said without more is meant within the day: from one o'clock to just
before seven it is the afternoon, seven to half past twelve are as said. So
"half drie" is 14:30, "kwart voor negen" 08:45, "zes uur" 18:00. A part of the
day in the same utterance ("'s avonds", "in the morning", "pm") decides instead.
Hours from 13, "0 uur" and written hours with a leading zero ("03:00") are exact.
"""

from dataclasses import dataclass
from datetime import time
from typing import Literal

Part = Literal["morning", "afternoon", "evening", "night"]


@dataclass(frozen=True)
class Said:
    """An hour and minute as said."""

    hour: int
    """0 to 24; up to 12 it may mean two things."""
    minute: int = 0
    exact: bool = False
    """No other half of the day can be meant."""
    part: Part | None = None
    """Said with it: "pm" is the afternoon."""


def said(hour: int, minute: int = 0, figures: str = "", part: Part | None = None) -> Said | None:
    """Return what was said; None when no clock shows it."""
    hour, minute = hour + minute // 60, minute % 60
    if not 0 <= hour <= 24 or (hour == 24 and minute):
        return None
    exact = hour >= 13 or hour == 0 or (len(figures) == 2 and figures.startswith("0"))
    return Said(hour % 24, minute, exact, part)


def said_before(hour: int, minute: int) -> Said | None:
    """Return a moment before a full hour on a twelve-hour clock: 4, 10 is "ten to four"."""
    if not 1 <= hour <= 24:
        return None
    earlier = hour - 1 if hour > 1 else 12
    return said(earlier, 60 - minute) if minute else said(hour)


def meant(one: Said, part: Part | None) -> time:
    """Return the time of day that is meant."""
    hour = one.hour
    part = one.part or part
    if not one.exact:
        if part is None:
            hour += 12 if 1 <= hour <= 6 else 0
        elif part == "afternoon":
            hour += 12 if 1 <= hour <= 7 else 0
        elif part == "evening":
            hour = 0 if hour == 12 else hour + 12
        elif part == "night":
            hour = 0 if hour == 12 else hour + 12 if hour >= 7 else hour
    return time(hour, one.minute)
