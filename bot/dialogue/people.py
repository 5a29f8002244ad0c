"""Actions by which a person takes over, and by which a complaint is understood."""

from typing import Literal

from bot.dialogue.action import Action, Done, Task
from bot.dialogue.filling import NONE, Ask, fill
from bot.dialogue.flow_checks import ROOT
from bot.events import Body, CallbackPromised, HandoffRequested, PromiseMade


async def _request_person(task: Task) -> Done:
    """Let the card wait on the desk; once a call."""
    if task.state.handoff is not None:
        return Done()
    reason: Literal["company_down", "upset", "flow"] = "flow"
    if task.state.slots.get("trouble") is not None:
        reason = "company_down"
    elif task.state.mood.level != "calm":
        reason = "upset"
    return Done(events=(HandoffRequested(reason=reason),))


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


_MET = ("complaint_", "upset")
"""How the answers begin by which a complaint is met, in its flow or on the ladder."""


async def _note_complaint(task: Task) -> Done:
    """Note what the complaint is about, when its words tell; the how manyth; and amid what."""
    state = task.state
    about = None
    if state.top is not None and state.top.opening is not None:
        slot = task.slots["complaint_about"]
        about = fill(Ask(slot, state.top.opening, state, task.now))
    met = sum(times for name, times in state.times_said.items() if name.startswith(_MET))
    return Done(
        slots={
            "complaint_about": about.value if about and about.value != NONE else None,
            "complaints": met + 1,
            "complaint_amid": len(state.stack) > len((ROOT, "complain")),
        }
    )


ACTIONS = (
    Action("request_person", _request_person, asks_company=False),
    Action("promise_callback", _promise_callback, asks_company=False),
    Action("number_on_line", _number_on_line, asks_company=False),
    Action("note_complaint", _note_complaint, asks_company=False),
)
