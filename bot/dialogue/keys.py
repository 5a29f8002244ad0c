"""Idempotency keys: the same wish sent twice has the same key, another wish another."""

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.dialogue.state import action_key


def idempotency_key(call_id: str, action: str, arguments: Mapping[str, Any], times: int) -> str:
    """Return the key of a change.

    Args:
        call_id: Of the call.
        action: What is to be done.
        arguments: With what.
        times: How often this very change came to an end in this call. A try
            whose answer never came does not count, so that its repetition has
            the same key; the same change wished anew has another.
    """
    text = f"{call_id} {times} {action_key(action, arguments)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
