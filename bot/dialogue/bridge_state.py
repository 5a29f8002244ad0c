"""Where a call stands between bot and agent, as a fold over its events."""

from dataclasses import dataclass, replace
from typing import Literal

from bot.events import Body, Bridged, CallEnded, HandedOn, OfferAccepted, Returned


@dataclass(frozen=True)
class BridgeState:
    """Who has the caller."""

    agent: Literal["coming", "talking"] | None = None
    """An agent who talks from the desk; None while the caller is the bot's."""
    talked: bool = False
    """Caller and agent have talked, in this call."""
    lost_in_talk: bool = False
    """The agent who was lost last had talked with the caller."""

    def after(self, body: Body) -> "BridgeState":
        """Return where the call stands after one more event's body."""
        match body:
            case OfferAccepted(talk=True):
                return replace(self, agent="coming")
            case Bridged():
                return replace(self, agent="talking", talked=True)
            case Returned(why=why):
                lost = why == "lost" and self.agent == "talking"
                return replace(self, agent=None, lost_in_talk=lost)
            case CallEnded() | HandedOn(warm=False):
                return replace(self, agent=None)
            case _:
                return self
