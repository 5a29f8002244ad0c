"""Actions about appointments: free slots, booking, moving, cancelling."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from bot.company.api import Appointment, FreeSlot
from bot.dialogue.action import Action, Done, Task
from bot.dialogue.billing import PLACES
from bot.dialogue.conditions import SlotValue
from bot.dialogue.day_wishes import EMPTY, day_wishes
from bot.dialogue.state import State

_AHEAD = timedelta(days=21)
"""How far we look for a free slot."""


async def _note_wished_day(task: Task) -> Done:
    """Keep the day and daypart that came with the wish itself ("dinsdagmiddag")."""
    top = task.state.top
    return Done(slots=day_wishes(top.opening if top else None))


async def _find_slots(task: Task) -> Done:
    """Offer up to three free slots: on the wished day, else the nearest ones."""
    soonest = task.now + timedelta(hours=1)
    slots = await task.company.free_slots(soonest, soonest + _AHEAD)
    refused = _refused(task.state)
    slots = [slot for slot in slots if slot.id not in refused]
    wished = [slot for slot in slots if _fits(slot, task)]
    offered = _spread(wished or _nearest(slots, task), task)
    rows = [{"id": slot.id, "start": local(slot.start, task.zone)} for slot in offered]
    filled: dict[str, SlotValue] = {
        "offer_count": len(offered),
        "offer_as_wished": bool(wished) and _at_wished_time(offered, task),
        "free_slot": None,
        "offers_on_one_day": len({row["start"][:10] for row in rows}) == 1,
    }
    for index, place in enumerate(PLACES):
        start = rows[index]["start"] if index < len(rows) else None
        filled[f"{place}_offer"] = start
        filled[f"{place}_offer_time"] = start[11:16] if start else None
    filled["offer_day"] = rows[0]["start"][:10] if rows else None
    return Done(slots=filled, facts={"offered_slots": rows})


def _fits(slot: FreeSlot, task: Task) -> bool:
    start = slot.start.astimezone(task.zone)
    slots = task.state.slots
    after, before = slots.get("wish_from"), slots.get("wish_until")
    early, late = slots.get("wish_after"), slots.get("wish_before")
    return (
        (not after or start.date() >= date.fromisoformat(str(after)))
        and (not before or start.date() <= date.fromisoformat(str(before)))
        and (not early or start.time() >= time.fromisoformat(str(early)))
        and (not late or start.time() < time.fromisoformat(str(late)))
    )


def _nearest(slots: Sequence[FreeSlot], task: Task) -> list[FreeSlot]:
    """Without a slot as wished: those soonest from the wished day on, else from now."""
    after = task.state.slots.get("wish_from")
    if not after:
        return list(slots)
    day = date.fromisoformat(str(after))
    later = [slot for slot in slots if slot.start.astimezone(task.zone).date() >= day]
    return later or list(slots)


def _spread(slots: Sequence[FreeSlot], task: Task) -> list[FreeSlot]:
    """Choose up to three, of different days where possible, in order of time."""
    wanted = task.state.slots.get("wish_time")
    if wanted:
        at = time.fromisoformat(str(wanted))
        slots = sorted(slots, key=lambda s: (_distance(s.start.astimezone(task.zone), at), s.start))
        first, last = (task.state.slots.get(name) for name in ("wish_from", "wish_until"))
        day_too = first is not None and first == last
        if slots and day_too and not _distance(slots[0].start.astimezone(task.zone), at):
            return [slots[0]]  # just what was asked for
        return sorted(slots[:2], key=lambda slot: slot.start)
    chosen: list[FreeSlot] = []
    for slot in slots:
        days = {each.start.astimezone(task.zone).date() for each in chosen}
        if slot.start.astimezone(task.zone).date() not in days:
            chosen.append(slot)
    if len(chosen) == 1:  # one day was wished: its morning and its end
        chosen = [slots[0], slots[-1]] if len(slots) > 1 else chosen
    return sorted(chosen[:2], key=lambda slot: slot.start)


def _at_wished_time(slots: Sequence[FreeSlot], task: Task) -> bool:
    wanted = task.state.slots.get("wish_time")
    return not wanted or any(
        not _distance(slot.start.astimezone(task.zone), time.fromisoformat(str(wanted)))
        for slot in slots
    )


def _distance(start: datetime, wanted: time) -> float:
    """Minutes between a start and the wished time, "half drie" at night or not."""
    gaps = []
    for hour in (wanted.hour, (wanted.hour + 12) % 24):
        at = start.replace(hour=hour, minute=wanted.minute)
        gaps.append(abs((start - at).total_seconds()) / 60)
    return min(gaps)


async def _refuse_offers(task: Task) -> Done:
    """None of the offered slots suits: do not offer them again."""
    offered = [row["id"] for row in task.state.found.get("offered_slots", ())]
    refused = " ".join(sorted({*_refused(task.state), *offered}))
    return Done(slots={"refused_slots": refused, **EMPTY})


def _refused(state: State) -> set[str]:
    return set(str(state.slots.get("refused_slots") or "").split())


async def _find_appointments(task: Task) -> Done:
    found = await task.company.appointments(task.arguments["customer"])
    slots: dict[str, SlotValue] = {"appointment_count": len(found)}
    for index, place in enumerate(PLACES):
        start = local(found[index].start, task.zone) if index < len(found) else None
        slots[f"{place}_appointment"] = start
    rows = [
        {**each.model_dump(mode="json"), "start": local(each.start, task.zone)} for each in found
    ]
    if len(found) == 1:
        slots |= described(found[0], task.zone)
    return Done(slots=slots, facts={"appointments": rows})


def local(moment: datetime, zone: tzinfo | None) -> str:
    """Return a moment as a slot holds it: on the caller's own clock."""
    return moment.astimezone(zone).isoformat()


def described(appointment: Appointment, zone: tzinfo | None) -> dict[str, SlotValue]:
    """Return the slots that tell an appointment."""
    return {
        "appointment": appointment.id,
        "appointment_start": local(appointment.start, zone),
        "appointment_subject": appointment.subject,
    }


async def _book(task: Task) -> Done:
    args = task.arguments
    booked = await task.company.book(args["customer"], args["slot"], args["subject"], task.key)
    return Done(slots=described(booked, task.zone), facts=booked.model_dump(mode="json"))


async def _move(task: Task) -> Done:
    moved = await task.company.move(task.arguments["appointment"], task.arguments["slot"], task.key)
    return Done(slots=described(moved, task.zone), facts=moved.model_dump(mode="json"))


async def _cancel(task: Task) -> Done:
    cancelled = await task.company.cancel(task.arguments["appointment"], task.key)
    return Done(facts=cancelled.model_dump(mode="json"))


def _window(state: State) -> dict[str, Any]:
    return {name: state.slots[name] for name in EMPTY if state.slots.get(name) is not None}


def _customer(state: State) -> dict[str, Any]:
    return {"customer": state.customer}


def _booking(state: State) -> dict[str, Any]:
    slots = state.slots
    return {**_customer(state), "slot": slots.get("free_slot"), "subject": slots.get("subject")}


def _moving(state: State) -> dict[str, Any]:
    return {**_cancelling(state), "slot": state.slots.get("free_slot")}


def _cancelling(state: State) -> dict[str, Any]:
    return {"appointment": state.slots.get("appointment")}


ACTIONS = (
    Action("note_wished_day", _note_wished_day, asks_company=False),
    Action("find_slots", _find_slots, _window),
    Action("refuse_offers", _refuse_offers, asks_company=False),
    Action("find_appointments", _find_appointments, _customer, private=True),
    Action("book", _book, _booking, changes=True, private=True),
    Action("move", _move, _moving, changes=True, private=True),
    Action("cancel", _cancel, _cancelling, changes=True, private=True),
)
