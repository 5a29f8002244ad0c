"""Cards: what agents do with cards, for the desk's pages and the API alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from bot.events import BargedIn, Event, Language, MoodHeard, OfferAccepted, WrappedUp
from handoff.card import card
from handoff.earlier import earlier_calls
from handoff.parts import Card
from handoff.state import State
from handoff.store.journal import CallSummary, CallUnknown, DurableJournal
from handoff.transcript import Line, transcript
from handoff.urgency import Urgency
from handoff.wording import wording

Disposition = Literal["solved", "callback_made", "not_reached", "passed_on"]
NOTE_LENGTH = 2000


class Taken(Exception):
    """Someone else has the card."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} has this card")
        self.agent = agent


class NotPossible(Exception):
    """The card is not in a state in which this can be done."""

    def __init__(self, state: State) -> None:
        super().__init__(f"this card is {state!r}")
        self.state = state


@dataclass(frozen=True)
class Reading:
    """What an agent reads of one call."""

    card: Card
    lines: list[Line]
    changed: frozenset[int]
    """Numbers of the lines that are new or changed."""


class Cards:
    """The cards of all calls."""

    def __init__(
        self, journal: DurableJournal, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._zone = zone

    async def card(self, call_id: str, language: Language) -> Card | None:
        """Return the card of a call, None when there is no such call."""
        events = await self._journal.read(call_id)
        return await self._made(events, language) if events else None

    async def reading(self, call_id: str, language: Language, after: int = 0) -> Reading | None:
        """Return card and transcript up to the same event, and what changed after an event."""
        events = await self._journal.read(call_id)
        if not events:
            return None
        new = [event for event in events if event.seq > after]
        # An interruption changes the line that was interrupted, and so does the mood of what
        # was said.
        cut = {event.body.of for event in new if isinstance(event.body, BargedIn | MoodHeard)}
        return Reading(
            card=await self._made(events, language),
            lines=transcript(events, wording(language, self._zone)),
            changed=frozenset(cut | {event.seq for event in new}),
        )

    async def in_state(
        self,
        *states: State,
        language: Language,
        limit: int = 100,
        urgent: Urgency = Urgency.NORMAL,
    ) -> list[Card]:
        """Return the cards in these states that are at least so urgent.

        Crises first, then threats, then the longest waiting; closed ones newest first.
        """
        found = await self._journal.summaries(*states, limit=limit, urgent=urgent)
        told = [await self._journal.read(summary.call_id) for summary in found]
        # A row of a list shows nothing of earlier calls: they are not looked up.
        return [card(events, language, self.now()) for events in told if events]

    async def _made(self, events: Sequence[Event], language: Language) -> Card:
        earlier = await earlier_calls(self._journal, events[0].call_id, events)
        return card(events, language, self.now(), earlier)

    async def accept(self, call_id: str, agent: str, *, talk: bool = False) -> None:
        """Give the card to an agent: of many who ask at once, to one.

        Accepting again what one has is fine. `talk` for who talks with the caller at once.
        Raises Taken, NotPossible, CallUnknown.
        """
        accepted = OfferAccepted(agent=agent, talk=talk)
        if await self._journal.append_if("waiting", call_id, accepted):
            return
        summary = await self._summary(call_id)
        if summary.state != "accepted":
            raise NotPossible(summary.state)
        if summary.agent is not None and summary.agent != agent:
            raise Taken(summary.agent)
        if talk:  # who meant to call back talks after all
            await self._journal.append_if("accepted", call_id, accepted)

    async def close(
        self, call_id: str, agent: str, disposition: Disposition, note: str, *, any_card: bool
    ) -> None:
        """Close an accepted card; `any_card` for who may close those of others.

        Raises Taken, NotPossible, CallUnknown.
        """
        summary = await self._summary(call_id)
        if summary.state == "accepted" and summary.agent != agent and not any_card:
            raise Taken(summary.agent or "")
        body = WrappedUp(agent=agent, disposition=disposition, note=note.strip()[:NOTE_LENGTH])
        if not await self._journal.append_if("accepted", call_id, body):
            raise NotPossible((await self._summary(call_id)).state)

    async def _summary(self, call_id: str) -> CallSummary:
        summary = await self._journal.summary(call_id)
        if summary is None:
            raise CallUnknown(call_id)
        return summary

    def now(self) -> datetime:
        """Return the time in the zone of the cards."""
        return self._clock().astimezone(self._zone)
