"""Figures: what became of calls, intent by intent, and how many came back about the same.

A fold over the events of calls. Every call counts once for each intent that it was about,
and once in the total; a call counts for exactly one of resolved, handed over and neither.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.events import (
    CallerVerified,
    CallStarted,
    Event,
    FlowChanged,
    HandoffRequested,
    Language,
    SlotFilled,
)
from handoff.numbers import e164
from handoff.past_calls import OWN_FLOWS, UNTOLD
from handoff.studio.turns import missed, turns

AGAIN = timedelta(days=7)
"""Who calls within this time about the same was not helped, whatever the call said."""
PERSON = "ask_person"
"""The intent of who asks for a person and says nothing else."""
KINDS = (
    "CallStarted", "CallerSpoke", "KeyPressed", "CallerSilent", "Understood", "StepReached",
    "BotSpoke", "FlowChanged", "SlotFilled", "CallerVerified", "HandoffRequested",
    "MessageLeft", "IncidentReported", "CallEnded",
)  # fmt: skip
"""Kinds of events that figures are made from."""


@dataclass(frozen=True)
class About:
    """What became of one intent in one call."""

    intent: str
    handed_over: bool
    """A person was asked for before it was done."""
    resolved: bool
    """The bot did it to the end, and no person was needed for it."""
    misunderstood: bool
    """Something went wrong between caller and bot while it was about this."""
    turns: int
    """How often the caller spoke about it."""


@dataclass(frozen=True)
class CallFigures:
    """What figures need of one call."""

    call_id: str
    at: datetime
    language: Language
    """In which it ended."""
    person: tuple[str, ...]
    """What tells that two calls are of the same person: customer, number; empty when unknown."""
    about: tuple[About, ...]
    """Each intent once; not empty."""


@dataclass(frozen=True)
class Deflection:
    """Calls that no person was needed for. It is never told without who came back."""

    share: float
    """Of all calls, 0 to 1."""
    repeat_share: float | None
    """Of the calls whose caller is known, how many called again about the same; None when none
    is known."""


@dataclass(frozen=True)
class Row:
    """The figures of one intent, or of all."""

    intent: str
    calls: int = 0
    resolved: int = 0
    handed_over: int = 0
    misunderstood: int = 0
    turns: int = 0
    """Over all calls."""
    known: int = 0
    """Calls whose caller is known, so that it can be told who called again."""
    repeated: int = 0
    """Of these, how many called again within 7 days about the same."""

    @property
    def neither(self) -> int:
        """Calls in which the caller left before it was done or handed over."""
        return self.calls - self.resolved - self.handed_over

    @property
    def mean_turns(self) -> float | None:
        """How often a caller spoke; None without calls."""
        return self.turns / self.calls if self.calls else None

    @property
    def deflection(self) -> Deflection | None:
        """What the bot kept from people, and what of it came back; None without calls."""
        if not self.calls:
            return None
        again = self.repeated / self.known if self.known else None
        return Deflection(self.resolved / self.calls, again)


@dataclass(frozen=True)
class Figures:
    """The figures of a period."""

    rows: tuple[Row, ...]
    """One an intent, the most frequent first."""
    total: Row
    """Of calls, not of intents: a call about two is one call. It is resolved when all of it was,
    handed over when any of it was."""
    open_week: int
    """Calls after which 7 days have not gone by: who called again is not all known yet."""


def figures(
    calls: Iterable[CallFigures],
    since: datetime,
    until: datetime,
    now: datetime,
    language: Language | None = None,
) -> Figures:
    """Return the figures of calls that began in a period.

    Args:
        calls: Also those of the 7 days after the period, by which it is seen who called again.
        since: Where the period begins.
        until: Where it ends; not part of it.
        now: Calls of the last 7 days before may still be repeated.
        language: Only calls in this language; all when None.
    """
    every = sorted(calls, key=lambda call: (call.at, call.call_id))
    again = _again(every)
    asked = [
        call
        for call in every
        if since <= call.at < until and (language is None or call.language == language)
    ]
    rows: dict[str, list[Row]] = defaultdict(list)
    total: list[Row] = []
    for call in asked:
        known = int(bool(call.person))
        for about in call.about:
            rows[about.intent].append(
                Row(
                    about.intent,
                    1,
                    int(about.resolved),
                    int(about.handed_over),
                    int(about.misunderstood),
                    about.turns,
                    known,
                    int((call.call_id, about.intent) in again),
                )
            )
        total.append(
            Row(
                "",
                1,
                int(all(about.resolved for about in call.about)),
                int(any(about.handed_over for about in call.about)),
                int(any(about.misunderstood for about in call.about)),
                sum(about.turns for about in call.about),
                known,
                int(any((call.call_id, about.intent) in again for about in call.about)),
            )
        )
    summed = [_sum(intent, each) for intent, each in rows.items()]
    return Figures(
        tuple(sorted(summed, key=lambda row: (-row.calls, row.intent))),
        _sum("", total),
        sum(call.at > now - AGAIN for call in asked),
    )


def of_call(call: Sequence[Event]) -> CallFigures | None:
    """Return what figures need of a call; None for one that did not begin.

    Args:
        call: Its events, in order; kinds that are not in KINDS may be left out.
    """
    if not call or not isinstance(call[0].body, CallStarted):
        return None
    started = call[0].body
    language, customer, person_asked = started.language, None, False
    for event in call:
        match event.body:
            case CallerVerified(customer_id=known):
                customer = known
            case SlotFilled(slot="language", value=("nl" | "en") as spoken):
                language = "nl" if spoken == "nl" else "en"
            case HandoffRequested():
                person_asked = True
    number = e164(started.caller_number)
    person = [f"customer {customer}"] if customer else []
    person += [f"number {number}"] if number else []
    about = _about(call)
    if not about:
        nothing = UNTOLD
        if any(turn.understood and turn.understood.intent == PERSON for turn in turns(call)):
            nothing = PERSON
        bad = bool(missed(call))
        about = [About(nothing, person_asked, False, bad, len(turns(call)))]
    return CallFigures(call[0].call_id, call[0].at, language, tuple(person), tuple(about))


@dataclass
class _Wish:
    """An intent of a call as it goes on."""

    intent: str
    flow: str
    open: bool = True
    done: bool = False
    handed_over: bool = False
    turns: int = 0
    misunderstood: bool = False


def _about(call: Sequence[Event]) -> list[About]:
    """Follow each wish of a call to its end."""
    wished = {turn.at.seq: dict(turn.wishes) for turn in turns(call)}
    wrong = {one.turn.at.seq for one in missed(call)}
    wishes: dict[str, _Wish] = {}
    begun: dict[str, str] = {}  # of the utterance at hand: which flow is of which intent
    now: _Wish | None = None
    for event in call:
        match event.body:
            case FlowChanged(flow=flow, change=change):
                now = _moved(wishes, begun, flow, change, now)
            case HandoffRequested():
                for wish in wishes.values():
                    wish.handed_over |= wish.open
        if event.body.kind == "CallerSpoke":
            begun = wished.get(event.seq, {})
            flow_now = next(iter(begun), None)
            if flow_now is not None:
                intent = begun[flow_now]
                now = wishes.setdefault(intent, _Wish(intent, flow_now))
            if now is not None:
                now.turns += 1
                now.misunderstood |= event.seq in wrong
    return [
        About(
            wish.intent,
            wish.handed_over,
            wish.done and not wish.handed_over,
            wish.misunderstood,
            wish.turns,
        )
        for wish in wishes.values()
    ]


def _moved(
    wishes: dict[str, _Wish], begun: dict[str, str], flow: str, change: str, now: _Wish | None
) -> _Wish | None:
    """Note that a flow began, went on or ended; return the wish that it is about from here."""
    if flow in OWN_FLOWS:
        return now
    found = next((wish for wish in wishes.values() if wish.flow == flow), None)
    if change in ("started", "queued") and flow in begun:
        found = wishes.setdefault(begun[flow], _Wish(begun[flow], flow))
        found.flow, found.open = flow, True
        return found if change == "started" else now
    if found is None:
        return now
    if change in ("started", "resumed"):
        found.open = True
        return found
    if change in ("completed", "cancelled"):
        found.open, found.done = False, found.done or change == "completed"
    return now


def _again(calls: Sequence[CallFigures]) -> set[tuple[str, str]]:
    """Return which calls were followed by another of the same person about the same."""
    found: set[tuple[str, str]] = set()
    last: dict[tuple[str, str], list[CallFigures]] = defaultdict(list)
    for call in calls:
        for about in call.about:
            for person in call.person:
                earlier = last[person, about.intent]
                while earlier and call.at - earlier[0].at > AGAIN:
                    del earlier[0]
                found |= {(one.call_id, about.intent) for one in earlier}
                earlier.append(call)
    return found


def _sum(intent: str, rows: Iterable[Row]) -> Row:
    each = list(rows)
    return Row(
        intent,
        *(
            sum(getattr(row, name) for row in each)
            for name in (
                "calls",
                "resolved",
                "handed_over",
                "misunderstood",
                "turns",
                "known",
                "repeated",
            )
        ),
    )
