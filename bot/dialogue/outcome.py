"""Outcome: how a call ended, by where it stood when it was over."""

from typing import Literal

from bot.dialogue.flow_checks import ROOT
from bot.dialogue.state import State
from bot.events import Outcome


def outcome(state: State, by: Literal["caller", "bot", "system"]) -> Outcome:
    """Return how a call ended that nobody has said it of yet.

    Args:
        state: At the end.
        by: Who hung up.
    """
    if by == "system":
        return "interrupted"
    if state.bridge.agent == "talking":
        return "handed_off"
    if state.callback is not None:
        return "handed_off" if state.agent else "callback"
    if state.wait.message:
        return "handed_off"
    nothing_open = [frame.flow for frame in state.stack] == [ROOT] and not state.pending
    done = bool(state.completed) and nothing_open and state.handoff is None
    return "resolved" if done else "abandoned"
