"""Place slots: a place in the queue as the slots that answers tell and flows go by."""

from zoneinfo import ZoneInfo

from bot.dialogue.conditions import SlotValue
from bot.queue import Place

WAITS: tuple[tuple[float, str], ...] = (
    (55, "under_1"),
    (90, "about_1"),
    (150, "about_2"),
    (210, "about_3"),
    (270, "about_4"),
    (330, "about_5"),
    (600, "to_10"),
    (900, "to_15"),
    (1800, "over_15"),
)
"""Waits in seconds, each up to its bound, by the option of the slot `queue_wait` that tells it."""
LONGEST = "over_30"


def told_wait(seconds: float | None) -> str | None:
    """Return the option of `queue_wait` that tells a wait in words; None when it is not known."""
    if seconds is None:
        return None
    return next((option for most, option in WAITS if seconds < most), LONGEST)


def place_slots(place: Place | None, zone: ZoneInfo) -> dict[str, SlotValue]:
    """Return what the slots of the queue hold for a place.

    `queue` is "people", "nobody" (open, but nobody is there), "closed" or "unknown".

    Args:
        place: None when nobody can tell.
        zone: The caller's, in which the opening is told.
    """
    told: dict[str, SlotValue] = {
        "queue": "unknown",
        "queue_position": None,
        "queue_wait": None,
        "queue_opens": None,
    }
    if place is None:
        return told
    if place.people > 0:
        wait = told_wait(place.wait_s)
        return told | {"queue": "people", "queue_position": place.position, "queue_wait": wait}
    if place.opens is None:
        return told | {"queue": "nobody"}
    return told | {"queue": "closed", "queue_opens": place.opens.astimezone(zone).isoformat()}
