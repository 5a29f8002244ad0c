"""Grievance: what went wrong for an angry caller, so that it can be named."""

from bot.dialogue.ladder_rules import LadderRules, Topic
from bot.dialogue.state import State

_BY_FLOW: dict[str, Topic] = {"check_payment": "payment"}
_BY_COMPLAINT: dict[str, Topic] = {
    "reminder": "reminder", "waiting": "waiting", "amount": "amount", "visit": "visit_missed",
}  # fmt: skip
_TRIES = 1
"""Times a question was put again, from which the trouble is us."""
_SILENT_WAIT = 2
"""Times a waiting caller heard that nobody is free yet."""


def grievance(state: State, rules: LadderRules) -> Topic:
    """Return what went wrong: in the caller's words now, else in what is known, else `any`.

    Facts of a customer weigh only once the caller is verified: what is named
    may tell nobody else what is in the books.
    """
    said = [clue.topic for clue in rules.clues if clue.found(state.spoken_words)]
    if state.verified and state.slots.get("reminder_crossed") and {"reminder", "payment"} & {*said}:
        return "reminder_paid"
    if said:
        return said[0]
    if state.slots.get("trouble") is not None:
        return "company_down"
    top = state.top
    if top is not None and top.flow == "handoff" and top.tries >= _SILENT_WAIT:
        return "waiting"
    if top is not None and top.tries >= _TRIES and top.flow != "handoff":
        return "not_understood"
    complaint = _BY_COMPLAINT.get(str(state.slots.get("complaint_about")))
    if complaint is not None:
        return complaint
    if state.verified:
        if state.slots.get("reminder_crossed"):
            return "reminder_paid"
        if state.found.get("contacts"):
            return "again"
    flows = [frame.flow for frame in reversed(state.stack)]
    return next((_BY_FLOW[flow] for flow in flows if flow in _BY_FLOW), "any")
