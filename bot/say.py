"""Say: one thing for the bot to say, as read and as spoken."""

from dataclasses import dataclass

from bot.events import Language


@dataclass(frozen=True)
class Say:
    """Text on its way to the caller; its BotSpoke event is stored already."""

    seq: int
    """`seq` of its BotSpoke event."""
    words: str
    """As written, for captions and the transcript: "Er staat EUR 84,20 open."."""
    spoken: str
    """As pronounced: "Er staat vierentachtig euro twintig open."."""
    language: Language
    slow: bool = False
    """The caller asked to speak slower."""
