"""Record: the journal of one call and the state folded from it, always in step."""

from bot.dialogue.state import State
from bot.events import Body, Event
from bot.journal import Journal


class Record:
    """Appends events, and keeps the state that they make.

    The state changes only by stored events, so it can never know more than
    the journal. The desk writes events of the same call too; those are taken
    in before ours.
    """

    def __init__(self, journal: Journal, call_id: str) -> None:
        self._journal = journal
        self.call_id = call_id
        self.state = State()

    async def open(self, *bodies: Body) -> None:
        """Store the first events of the call; raises CallExists, JournalFull."""
        for event in await self._journal.open(self.call_id, *bodies):
            self.state.apply(event)

    async def append(self, *bodies: Body) -> list[Event]:
        """Store events and take them into the state; raises JournalFull."""
        events = await self._journal.append(self.call_id, *bodies)
        if events and events[0].seq != self.state.seq + 1:
            await self.catch_up()
        for event in events:
            if event.seq > self.state.seq:
                self.state.apply(event)
        return events

    async def catch_up(self) -> None:
        """Take in what others wrote about this call."""
        for event in await self._journal.read(self.call_id):
            if event.seq > self.state.seq:
                self.state.apply(event)
