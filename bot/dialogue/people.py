"""Actions by which a person takes over, and what the office is."""

from bot.dialogue.action import Action, Done, Task
from bot.dialogue.conditions import SlotValue
from bot.events import Body, CallbackPromised, HandoffRequested, PromiseMade

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def _request_person(task: Task) -> Done:
    """Let the card wait on the desk; once a call."""
    if task.state.handoff is not None:
        return Done()
    return Done(events=(HandoffRequested(reason="flow"),))


async def _promise_callback(task: Task) -> Done:
    """Promise that a colleague calls back, at the number that the caller agreed to."""
    slots = task.state.slots
    own = task.state.caller_number if slots.get("callback_on_line") else None
    number = own or slots.get("callback_number")
    if not isinstance(number, str):
        return Done()
    events: tuple[Body, ...] = (CallbackPromised(number=number), PromiseMade(what="callback"))
    if task.state.callback == number:
        events = ()
    return Done(slots={"callback": number}, events=events)


async def _number_on_line(task: Task) -> Done:
    """Tell the number on the line and its last digits, to be read back."""
    number = task.state.caller_number
    return Done(slots={"line_number": number, "line_number_end": number[-2:] if number else None})


async def _office(task: Task) -> Done:
    """Tell where the office is, when it is open, and whether it is open now."""
    office = await task.company.office()
    now = task.now
    today = office.hours.get(_DAYS[now.weekday()])  # type: ignore[call-overload]
    slots: dict[str, SlotValue] = {
        "office_address": f"{office.address}",
        "office_postcode": office.postcode,
        "office_city": office.city,
        "open_today": today is not None,
        "opens_at": today[0] if today else None,
        "closes_at": today[1] if today else None,
        "open_now": bool(today and today[0] <= f"{now:%H:%M}" < today[1]),
    }
    return Done(slots=slots, facts={"office": office.model_dump(mode="json")})


ACTIONS = (
    Action("request_person", _request_person, asks_company=False),
    Action("promise_callback", _promise_callback, asks_company=False),
    Action("number_on_line", _number_on_line, asks_company=False),
    Action("find_office", _office),
)
