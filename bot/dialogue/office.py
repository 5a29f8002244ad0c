"""Action that tells where the office is, and whether it is open now or on the day asked about."""

import re
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.company.api import Office
from bot.dialogue.action import Action, Done, Task
from bot.dialogue.conditions import SlotValue
from bot.understanding.meaning import Meaning

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOW = re.compile(r"\b(nu|nog open|now|still open|currently)\b", re.IGNORECASE)


async def _find_office(task: Task) -> Done:
    """Tell where the office is, when it is open, and what was asked about it."""
    office = await task.company.office()
    top = task.state.top
    asked = top.opening if top else None
    slots: dict[str, SlotValue] = {
        "office_address": office.address,
        "office_postcode": office.postcode,
        "office_city": office.city,
        **_now(office, task.now),
        **_asked(office, asked, task.now),
    }
    return Done(slots=slots, facts={"office": office.model_dump(mode="json")})


def _now(office: Office, now: datetime) -> dict[str, SlotValue]:
    hours = _hours(office, now.date())
    is_open = hours is not None and hours[0] <= f"{now:%H:%M}" < hours[1]
    opens = _next_opening(office, now)
    return {
        "open_now": is_open,
        "closes_at": hours[1] if is_open and hours else None,
        "next_opening": opens.isoformat() if opens else None,
    }


def _next_opening(office: Office, now: datetime) -> datetime | None:
    for ahead in range(8):
        day = now.date() + timedelta(days=ahead)
        hours = _hours(office, day)
        if hours:
            opens = datetime.combine(day, time.fromisoformat(hours[0]), now.tzinfo)
            if opens > now:
                return opens
    return None


def _asked(office: Office, meaning: Meaning | None, now: datetime) -> dict[str, SlotValue]:
    """What was asked: "now", "day", or "hours" for the whole week."""
    day = _day(meaning)
    if day is not None:
        hours = _hours(office, day)
        return {
            "asked_about": "day",
            "asked_day": day.isoformat(),
            "asked_open": hours is not None,
            "asked_opens": hours[0] if hours else None,
            "asked_closes": hours[1] if hours else None,
        }
    about_now = meaning is not None and _NOW.search(meaning.text)
    return {"asked_about": "now" if about_now else "hours"}


def _day(meaning: Meaning | None) -> date | None:
    for entity in meaning.entities if meaning else ():
        if entity.name == "date":
            try:
                return date.fromisoformat(entity.value[:10])
            except ValueError:
                continue
    return None


def _hours(office: Office, day: date) -> tuple[str, str] | None:
    return office.hours.get(_DAYS[day.weekday()])


ACTIONS = (Action("find_office", _find_office),)
