"""Whatever happens in a call: it is kept as it was, and the card says that and no more."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import Body, Event, Language
from handoff.card import card
from handoff.forms import FORMS, shorten, written
from handoff.notes import notes
from handoff.store import DurableJournal
from handoff.store.summary import summary
from handoff.transcript import transcript
from handoff.urgency import Urgency
from handoff.wording import TEXTS, plain, wording
from tests.handoff.calls import START, told
from tests.handoff.conftest import HandClock
from tests.handoff.strategies import bodies, calls, stamps

NOW = START + timedelta(hours=1)
languages = st.sampled_from(["nl", "en"])


@given(body=bodies, at=stamps)
def test_events_come_back_from_json(body: Body, at: Any) -> None:
    """Writing an event as JSON and reading it gives the same event."""
    event = Event(call_id="c1", seq=1, at=at, body=body)
    assert Event.model_validate_json(event.model_dump_json()) == event


@given(call=calls)
@settings(max_examples=25, deadline=None)
async def test_events_come_back_from_the_journal(call: list[Body]) -> None:
    """Whatever is stored is read back the same."""
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'kalm.db'}"
        async with DurableJournal(url, HandClock()) as journal:
            stored = await journal.open("c1", *call)
            assert await journal.read("c1") == stored
            assert [event.body for event in stored] == call


@given(call=calls, language=languages)
@settings(deadline=None)
def test_any_beginning_of_any_call_has_a_card(call: list[Body], language: Language) -> None:
    """No event, wherever it stands, makes the card or the transcript fail; each is JSON."""
    events = told(call)
    for end in range(1, len(events) + 1):
        drawn = card(events[:end], language, NOW)
        assert type(drawn).model_validate_json(drawn.model_dump_json()) == drawn
        transcript(events[:end], wording(language))


@given(call=calls)
@settings(deadline=None)
def test_the_summary_agrees_with_the_card(call: list[Body]) -> None:
    """The quick list and the card never tell different states, ends or agents."""
    events = told(call)
    bare = dict.fromkeys(("ended", "agent", "offered_to", "offered_until"))
    row: dict[str, Any] = {**bare, **summary(None, events[:1])}
    for event in events[1:]:
        row |= summary(row, [event])
    assert row == {**bare, **summary(None, events)}
    drawn = card(events, "nl", NOW)
    assert drawn.state == row["state"]
    assert drawn.ended == row["ended"]
    assert drawn.waiting_since == row.get("waiting_since")
    assert (drawn.agent.text if drawn.agent else None) == row["agent"]
    urgent = {None: Urgency.NORMAL, "threat": Urgency.THREAT, "crisis": Urgency.CRISIS}
    assert urgent[drawn.urgent.name if drawn.urgent else None] == row["urgency"]


@given(call=calls, language=languages)
@settings(max_examples=150, deadline=None)
def test_nothing_is_stated_that_no_event_says(call: list[Body], language: Language) -> None:
    """Every word of a card is of the phrases, or written from a value in the card's events."""
    events = told(call)
    drawn = card(events, language, NOW)
    vocabulary = _vocabulary(language)
    content = set(_words(" ".join(_values(events, language))))
    for part in _parts(drawn.model_dump()):
        assert 1 <= part["seq"] <= len(events)
        for name in ("text", "quote", "said"):
            said = part.get(name) or ""
            strange = set(_words(said)) - vocabulary - content
            # A long value is cut off on the card, and then its last word may be half a word.
            assert not strange or said.endswith("…"), strange


@given(call=calls)
@settings(deadline=None)
def test_folding_on_gives_what_folding_anew_gives(call: list[Body]) -> None:
    """Taking in one more event ends where a fold of all of them ends."""
    events = told(call)
    grown = notes(events[:-1])
    grown.take(events[-1])
    assert grown == notes(events)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


@cache
def _vocabulary(language: Language) -> frozenset[str]:
    """Return the words of the phrases, without what is filled in."""

    def leaves(tree: Any) -> Iterator[str]:
        if isinstance(tree, dict):
            for value in tree.values():
                yield from leaves(value)
        elif isinstance(tree, list):
            for value in tree:
                yield from leaves(value)
        elif tree is not None:
            yield re.sub(r"{.*?}", " ", str(tree))

    phrases = yaml.safe_load((TEXTS / f"{language}.yml").read_text(encoding="utf-8"))
    return frozenset(_words(" ".join(leaves(phrases))))


def _values(events: list[Event], language: Language) -> Iterator[str]:
    """Yield all that the events hold, in every form in which it may be written."""

    def leaves(tree: Any) -> Iterator[str]:
        if isinstance(tree, dict):
            for value in tree.values():
                yield from leaves(value)
        elif isinstance(tree, list | tuple):
            yield str(len(tree))
            for value in tree:
                yield from leaves(value)
        elif tree is not None:
            yield str(tree)
            yield plain(str(tree))
            yield shorten(str(tree))
            for form in FORMS:
                yield written(form, tree, language) or ""

    for event in events:
        yield from leaves(event.body.model_dump(mode="json"))
        # Names of slots and the like are labels when there is no phrase for them.
        if event.body.kind == "SlotFilled":
            yield plain(event.body.slot)


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "seq" in tree:
            yield tree
        for value in tree.values():
            yield from _parts(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _parts(value)
