"""Given queue: what a caller on a stage may know of the wait, as a conversation sets it."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.queue import Place


class Queued(BaseModel):
    """A place among those who wait, as it is written down; see `bot.queue.Place`."""

    model_config = ConfigDict(extra="forbid")

    position: int = Field(default=1, ge=1)
    wait_s: float | None = Field(default=None, ge=0)
    people: int = Field(default=1, ge=0)
    opens: AwareDatetime | None = None
    overflows: bool = False

    def place(self) -> Place:
        """Return it as a call gets it."""
        opens: datetime | None = self.opens
        return Place(self.position, self.wait_s, self.people, opens, self.overflows)


class GivenQueue:
    """Tells the place that it was given last; None: the call does not wait."""

    def __init__(self, place: Place | None = None) -> None:
        self.now = place

    async def place(self, call_id: str) -> Place | None:
        """Return the place."""
        del call_id
        return self.now
