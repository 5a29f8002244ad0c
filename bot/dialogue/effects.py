"""What a conversation wants done: the only things the dialogue tells the call."""

from dataclasses import dataclass

from bot.events import Outcome
from bot.say import Say


@dataclass(frozen=True)
class EndCall:
    """Hang up once everything said before has been played."""

    outcome: Outcome


Effect = Say | EndCall
"""In order, as they become known; the first may be spoken before the last exists."""
