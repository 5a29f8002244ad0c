"""WaitState: how a caller waits for a person, as a fold over the events of the call."""

from dataclasses import dataclass, replace

from bot.events import Body, CallerSpoke, Event, MessageLeft, Returned, StepReached, WaitEnded


@dataclass(frozen=True)
class WaitState:
    """What waiting goes by, besides the flow and its slots."""

    spoken: tuple[tuple[int, str], ...] = ()
    """`seq` and words of what the caller said since the present question was first put."""
    message: tuple[int, ...] = ()
    """`seq` of each utterance of the message that was left; empty when none was."""

    def after(self, event: Event) -> "WaitState":
        """Return how it stands after one more event."""
        body: Body = event.body
        match body:
            case CallerSpoke():
                return replace(self, spoken=(*self.spoken, (event.seq, body.words)))
            case StepReached(tries=0):
                return replace(self, spoken=())
            case MessageLeft():
                return replace(self, message=body.of)
            case WaitEnded() | Returned(why="given_back"):
                return replace(self, message=())
            case _:
                return self
