"""What all events are made of."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["nl", "en"]
"""The languages that Kalm speaks, ISO 639-1."""


Outcome = Literal[
    "resolved", "handed_off", "callback", "abandoned", "interrupted", "failed", "ended_for_abuse"
]
"""How a call ended: `interrupted` when Kalm itself stopped in mid-call."""


class Fixed(BaseModel):
    """Something that happened, which nobody can change."""

    model_config = ConfigDict(frozen=True, extra="forbid")
