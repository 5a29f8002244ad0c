"""State: where a call stands for the people on the desk."""

from typing import Literal

from bot.events import (
    Body,
    CallbackPromised,
    HandedOn,
    HandoffRequested,
    OfferAccepted,
    Returned,
    WaitEnded,
    WrappedUp,
)

State = Literal["bot", "waiting", "accepted", "closed"]
"""`bot`: no person was asked for. A caller who hangs up while waiting stays `waiting`:
someone asked for a person and can be called back."""


def next_state(state: State, body: Body) -> State:
    """Return where the call stands after this event."""
    match body:
        case HandoffRequested() | CallbackPromised() if state == "bot":
            return "waiting"
        case OfferAccepted() if state in ("bot", "waiting"):
            return "accepted"
        case Returned(why="lost") | HandedOn() if state == "accepted":
            return "waiting"
        case Returned(why="given_back") if state == "accepted":
            return "bot"
        case WaitEnded() if state == "waiting":
            return "bot"
        case WrappedUp():
            return "closed"
        case _:
            return state
