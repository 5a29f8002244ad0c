"""Contacts: what happened and was promised before this call, by the company's record and Kalm's."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from handoff import earlier
from handoff.earlier import EarlierCall
from handoff.notes import Notes
from handoff.parts import Fact
from handoff.wording import Wording

MANY_CONTACTS = 5
"""Earlier contacts that fit on a card."""
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
"""Where a contact stands of which the moment is not known: behind all others."""


def contacts(taken: Notes, words: Wording, before: Sequence[EarlierCall] = ()) -> tuple[Fact, ...]:
    """Tell of earlier contacts, newest first, as the company gave them and as Kalm kept them.

    A call that Kalm filed with the company stands in both records, and is told once.
    """
    told = earlier.contacts(before, words)
    known = {at.replace(microsecond=0) for at, _ in told}
    for seq, contact in _contacts(taken):
        at = _moment(contact)
        channel = words.phrase("channels", str(contact.get("channel")))
        text = words.say({**contact, "channel": channel}, "contact")
        if text is not None and (at is None or at.replace(microsecond=0) not in known):
            told.append((at or LONG_AGO, Fact(text=text, seq=seq)))
    # Sorting keeps the company's own order where it gave no usable moment.
    newest_first = sorted(told, key=lambda each: each[0], reverse=True)
    return tuple(fact for _, fact in newest_first[:MANY_CONTACTS])


def earlier_promises(
    taken: Notes, words: Wording, before: Sequence[EarlierCall] = ()
) -> tuple[Fact, ...]:
    """Tell what the bot and colleagues promised before, and by whom."""
    told = earlier.promises(before, words)
    known = {call.at.replace(microsecond=0) for call in before}
    for seq, contact in _contacts(taken):
        at = _moment(contact)
        told_already = at is not None and at.replace(microsecond=0) in known
        if contact.get("promised") and not told_already:
            text = words.say(contact, "earlier_promise")
            if text is not None:
                told.append(Fact(text=text, seq=seq))
    return tuple(told[:MANY_CONTACTS])


def _moment(contact: dict[str, Any]) -> datetime | None:
    """Return when a contact was; None when the company gave no moment with its offset."""
    try:
        at = datetime.fromisoformat(str(contact.get("at")))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _contacts(taken: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the earlier contacts in the latest answer that has them."""
    for action in reversed(taken.own_actions()):
        found = action.body.facts.get("contacts")
        if action.body.result == "ok" and isinstance(found, list):
            for contact in found:
                if isinstance(contact, dict):
                    yield action.seq, contact
            return
