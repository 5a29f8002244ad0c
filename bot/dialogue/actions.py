"""All actions that flows can name."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.dialogue import billing, identity, office, people, visits, wait_actions
from bot.dialogue.action import Action

END_CALL = "end_call"
"""The one action that the conversation does itself: hang up after what was said."""

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.name: action
        for room in (identity, billing, visits, office, people, wait_actions)
        for action in room.ACTIONS
    }
)

ACTION_NAMES = frozenset({*ACTIONS, END_CALL})
