"""Disputes: what agents called wrong on a card, for the card itself and for the owners."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from bot.events import BODY, FactDisputed
from handoff.notes import Notes
from handoff.parts import Card, Dispute, Fact
from handoff.store.journal import DurableJournal
from handoff.store.tables import events

FIELDS = (
    "who.name", "who.customer", "who.phone", "who.proof", "spoken", "reason", "asked", "message",
    "wants", "steps", "open", "promised", "earlier", "contacts", "facts", "first_sentence",
    "next_step", "flags", "mood.now", "mood.cues",
)  # fmt: skip
"""What on a card can be called wrong, by its path."""
LONGEST = 500
"""Characters of a fact or a correction that are kept."""

AnyFact = TypeVar("AnyFact", bound=Fact)


@dataclass(frozen=True)
class Disputed:
    """One thing that an agent called wrong, as owners read it."""

    call_id: str
    seq: int
    at: datetime
    agent: str
    field: str
    of: int | None
    """Number of the event that the fact came from."""
    was: str
    now: str
    """What it should be; empty when the agent did not say. The same as `was`: taken back."""

    @property
    def taken_back(self) -> bool:
        """Whether the agent said that it was right after all."""
        return self.now == self.was


class NoSuchFact(ValueError):
    """This card has no such fact; it changed meanwhile, or never had it."""


async def disputed(journal: DurableJournal, since: datetime) -> list[Disputed]:
    """Return what was called wrong since a moment, oldest first, with what was taken back left out.

    Of the same fact the latest word counts.
    """
    query = (
        select(events)
        .where(events.c.kind == "FactDisputed", events.c.at >= since)
        .order_by(events.c.position)
    )
    latest: dict[tuple[str, str, int | None, str], Disputed] = {}
    async with journal.database.engine.connect() as connection:
        for row in await connection.execute(query):
            body = BODY.validate_python(row.body)
            if isinstance(body, FactDisputed):
                told = Disputed(
                    call_id=row.call_id,
                    seq=row.seq,
                    at=row.at,
                    agent=body.agent,
                    field=body.field,
                    of=body.of,
                    was=body.was,
                    now=body.now,
                )
                key = (told.call_id, told.field, told.of, told.was)
                latest.pop(key, None)
                latest[key] = told
    return [told for told in latest.values() if not told.taken_back]


def find(card: Card, field: str, of: int, was: str) -> Fact:
    """Return the fact that is meant; raises NoSuchFact.

    Args:
        card: As it is now.
        field: One of FIELDS.
        of: Number of the event that the fact came from.
        was: Its text, as the agent read it.
    """
    for fact in _facts(card, field):
        if fact.seq == of and fact.text == was:
            return fact
    raise NoSuchFact(f"this card's {field!r} has no {was!r} of event {of}")


def marked(card: Card, taken: Notes) -> Card:
    """Return the card with what agents called wrong marked as such.

    A fact is known by its field, its event and its text; in the language of another agent by
    field and event alone, when only one fact came from there.
    """
    latest = {(d.body.field, d.body.of, d.body.was): d for d in taken.after.disputes}
    if not latest:
        return card

    def mark(field: str, fact: AnyFact, alone: bool) -> AnyFact:
        noted = latest.get((field, fact.seq, fact.text))
        if noted is None and alone:
            of_it = [d for (name, of, _), d in latest.items() if (name, of) == (field, fact.seq)]
            noted = of_it[-1] if of_it else None
        if noted is None or noted.body.now == noted.body.was:
            return fact
        body = noted.body
        return fact.model_copy(
            update={"disputed": Dispute(agent=body.agent, seq=noted.seq, now=body.now)}
        )

    return _mapped(card, mark)


def stands(fact: Fact) -> str | None:
    """Return the text of a fact as agents corrected it; None for one that is just wrong."""
    return fact.text if fact.disputed is None else fact.disputed.now or None


def standing(facts: Iterable[Fact]) -> list[str]:
    """Return the texts of the facts that nobody called wrong, or as they were corrected."""
    return [text for text in map(stands, facts) if text is not None]


def _facts(card: Card, field: str) -> Sequence[Fact]:
    if field not in FIELDS:
        return ()
    found: Any = card
    for name in field.split("."):
        found = getattr(found, name, None)
    facts = found if isinstance(found, tuple) else (found,)
    return [fact for fact in facts if isinstance(fact, Fact)]


def _mapped(card: Card, mark: Callable[[str, Any, bool], Any]) -> Card:
    changed: dict[str, Any] = {}
    for field in FIELDS:
        facts = _facts(card, field)
        if not facts:
            continue
        seqs = [fact.seq for fact in facts]
        new = [mark(field, fact, seqs.count(fact.seq) == 1) for fact in facts]
        if all(one is other for one, other in zip(new, facts, strict=True)):
            continue
        outer, _, inner = field.partition(".")
        part = changed.get(outer, getattr(card, outer))
        name = inner or outer
        many = isinstance(getattr(part if inner else card, name), tuple)
        value: Any = tuple(new) if many else new[0]
        changed[outer] = part.model_copy(update={inner: value}) if inner else value
    return card.model_copy(update=changed) if changed else card
