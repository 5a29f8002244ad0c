"""What an agent calls wrong is struck on the card, filed nowhere, and read by the owners."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import FactDisputed, OfferAccepted
from handoff import mount
from handoff.accounts import Accounts
from handoff.card import card
from handoff.card_text import card_text
from handoff.disputes import FIELDS, disputed, standing
from handoff.store import DurableJournal
from handoff.wording import wording
from tests.handoff.calls import PAYMENT, START, told
from tests.handoff.conftest import AMSTERDAM, HandClock

WRONG = {"field": "facts", "of": 16, "was": "2026-118"}


@pytest.fixture
async def script(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[httpx.AsyncClient]:
    await journal.open("c1", *PAYMENT, OfferAccepted(agent="Sem"))
    token = await accounts.add_token("crm")
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://kalm.test",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


async def call_wrong(script: httpx.AsyncClient, **sent: object) -> httpx.Response:
    body = {**WRONG, "agent": "Sem", **sent}
    return await script.post("/api/calls/c1/disputes", json=body)


async def test_one_click_marks_it_for_everybody_and_the_owners_read_it(
    script: httpx.AsyncClient, journal: DurableJournal, clock: HandClock
) -> None:
    """The fact is marked with who said so and what it should be; it stands in the owners' list."""
    since = clock() - timedelta(minutes=1)
    answer = await call_wrong(script, now="2026-119")
    assert answer.status_code == 201
    for language in ("nl", "en"):
        read = await script.get("/api/calls/c1/card", params={"language": language})
        marked = {f["text"]: f["disputed"] for f in read.json()["facts"]}
        assert marked.pop("2026-118") == {"agent": "Sem", "seq": 26, "now": "2026-119"}
        assert set(marked.values()) == {None}
    text = (await script.get("/api/calls/c1/card.txt")).text
    assert "factuur: 2026-119" in text
    [one] = await disputed(journal, since)
    assert (one.call_id, one.agent, one.field, one.of) == ("c1", "Sem", "facts", 16)
    assert (one.was, one.now) == ("2026-118", "2026-119")
    listed = await script.get("/api/disputes", params={"since": since.isoformat()})
    assert [d["was"] for d in listed.json()] == ["2026-118"]


async def test_what_was_right_after_all_is_no_longer_marked(
    script: httpx.AsyncClient, journal: DurableJournal, clock: HandClock
) -> None:
    """A click by mistake is taken back by another; owners are not bothered with it."""
    await call_wrong(script)
    await call_wrong(script, now="2026-118")
    facts = (await script.get("/api/calls/c1/card")).json()["facts"]
    assert {f["disputed"] for f in facts} == {None}
    assert await disputed(journal, START) == []


async def test_nobody_disputes_what_is_not_on_the_card(
    script: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """A fact that changed meanwhile, of another event, or of no field: nothing is stored."""
    assert (await call_wrong(script, was="2026-117")).status_code == 409
    assert (await call_wrong(script, of=17)).status_code == 409
    assert (await call_wrong(script, field="call_id")).status_code == 422
    assert (await script.post("/api/calls/none/disputes", json=WRONG)).status_code == 404
    del script.headers["Authorization"]
    assert (await call_wrong(script)).status_code == 401
    assert not any(isinstance(e.body, FactDisputed) for e in await journal.read("c1"))


def test_what_was_told_in_another_language_is_marked_there_too() -> None:
    """An agent who reads English sees what a Dutch colleague called wrong."""
    wrong = FactDisputed(agent="Sem", field="steps", of=15, was=_step("nl"), now="")
    for language in ("nl", "en"):
        made = card(told([*PAYMENT, wrong]), "nl" if language == "nl" else "en", START)
        assert made.steps[0].disputed is not None
        assert standing(made.steps) == []


def _step(_language: str) -> str:
    return card(told(PAYMENT), "nl", START).steps[0].text


@given(
    field=st.sampled_from(FIELDS),
    of=st.integers(1, 26),
    was=st.sampled_from(["", "2026-118", "Mw. J. de Vries", "x"]),
    now=st.text(max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_any_dispute_marks_at_most_what_it_names(field: str, of: int, was: str, now: str) -> None:
    """No dispute makes a card fail, changes a text, or marks another field."""
    plain = card(told(PAYMENT), "nl", START)
    wrong = FactDisputed(agent="Sem", field=field, of=of, was=was, now=now)
    marked = card(told([*PAYMENT, wrong]), "nl", START)
    assert card_text(marked, wording("nl", AMSTERDAM))
    outer = field.partition(".")[0]
    for name in type(plain).model_fields:
        if name not in (outer, "last_seq"):
            assert getattr(marked, name) == getattr(plain, name), name
