"""Urgency: which callers go before others, whatever the waiting time."""

from enum import IntEnum

from bot.events import (
    Body,
    BoundarySet,
    HandoffRequested,
    IncidentReported,
    MoodHeard,
    Sign,
    WarningGiven,
)


class Urgency(IntEnum):
    """How urgent a call is; once urgent it stays so, for nothing unsays danger."""

    NORMAL = 0
    THREAT = 1
    CRISIS = 2


BY_SIGN: dict[Sign, Urgency] = {"threat": Urgency.THREAT, "crisis": Urgency.CRISIS}


def urgency(body: Body) -> Urgency:
    """Return how urgent a call is by this event alone.

    What recognition may have made up (`MoodHeard.unsure`) raises nothing: the
    bot asks again, and the answer tells.
    """
    match body:
        case MoodHeard(signs=signs):
            found = [BY_SIGN.get(sign, Urgency.NORMAL) for sign in signs]
            return max(found, default=Urgency.NORMAL)
        case IncidentReported(sign=sign) | BoundarySet(sign=sign) | WarningGiven(sign=sign):
            return BY_SIGN.get(sign, Urgency.NORMAL)
        case HandoffRequested(reason="crisis"):
            return Urgency.CRISIS
        case HandoffRequested(reason="threat"):
            return Urgency.THREAT
        case _:
            return Urgency.NORMAL
