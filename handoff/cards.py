"""Cards: what agents do with cards, for the desk's pages and the API alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.events import BargedIn, Event, Language, MoodHeard, OfferAccepted
from handoff.card import card
from handoff.earlier import earlier_calls
from handoff.fitting import Fitting
from handoff.hints import Answers, Hint, NoAnswers, hints
from handoff.notes import notes
from handoff.parts import Card
from handoff.reporting import who_had
from handoff.routing_rules import Rules
from handoff.state import State
from handoff.store.journal import CallSummary, CallUnknown, DurableJournal
from handoff.transcript import Line, transcript
from handoff.urgency import Urgency
from handoff.wording import wording
from handoff.wrapup import LENGTH, Disposition, Draft, WrapUp, bodies, draft

__all__ = ["NOTE_LENGTH", "Cards", "Disposition", "NotPossible", "Reading", "Taken"]

NOTE_LENGTH = LENGTH


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
    draft: Draft
    """The wrap-up, as far as the events tell it."""
    hints: tuple[Hint, ...]
    """What the agent may say next."""
    had: frozenset[str]
    """Who have or had the caller."""


class Cards:
    """The cards of all calls."""

    def __init__(
        self,
        journal: DurableJournal,
        clock: Callable[[], datetime],
        zone: tzinfo,
        rules: Rules | None = None,
        answers: Answers | None = None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self.zone = zone
        self._answers = answers or NoAnswers()
        self._fitting = Fitting(journal, clock, rules)

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
        made = await self._made(events, language)
        words = wording(language, self.zone)
        return Reading(
            card=made,
            lines=transcript(events, words),
            changed=frozenset(cut | {event.seq for event in new}),
            draft=draft(events, made, language, self.now()),
            hints=hints(events, made, words, self._answers),
            had=who_had(events),
        )

    async def urgency(self, call_id: str) -> Urgency:
        """Return how urgent a call is; raises CallUnknown."""
        return (await self._summary(call_id)).urgency

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

    async def accept(
        self, call_id: str, agent: str, *, talk: bool = False, any_call: bool = False
    ) -> None:
        """Give the card to an agent: of many who ask at once, to one.

        Accepting again what one has is fine. Who was offered the card otherwise reads that it
        is taken.

        Args:
            call_id: The call.
            agent: Who asks for it.
            talk: They talk with the caller at once.
            any_call: They may take calls that ask for another language, skill or training.

        Raises:
            Taken, NotPossible, CallUnknown: Too late.
            NotForYou: A rule that always holds is in the way.
        """
        summary = await self._summary(call_id)
        if summary.state == "waiting" and not any_call:
            await self._fitting.check(call_id, agent)
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

    async def draft(self, call_id: str, language: Language) -> Draft | None:
        """Return the wrap-up of a call as far as its events tell it; None when there is none."""
        reading = await self.reading(call_id, language)
        return reading.draft if reading else None

    async def close(
        self, call_id: str, agent: str, wrapped: WrapUp, *, any_card: bool
    ) -> list[Event]:
        """Close an accepted card; `any_card` for who may close those of others.

        Returns what was stored. Raises Taken, NotPossible, CallUnknown, JournalFull.
        """
        summary = await self._summary(call_id)
        if summary.state == "accepted" and summary.agent != agent and not any_card:
            raise Taken(summary.agent or "")
        taken = notes(await self._journal.read(call_id))
        told = bodies(agent, wrapped, taken, self.now())
        stored = await self._journal.append_if("accepted", call_id, *told)
        if not stored:
            raise NotPossible((await self._summary(call_id)).state)
        return stored

    async def _summary(self, call_id: str) -> CallSummary:
        summary = await self._journal.summary(call_id)
        if summary is None:
            raise CallUnknown(call_id)
        return summary

    def now(self) -> datetime:
        """Return the time in the zone of the cards."""
        return self._clock().astimezone(self.zone)
