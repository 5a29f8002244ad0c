"""The wrap-up is filled in from the events, says no more than they do, and is sent as corrected."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from bot.events import (
    ActionTaken,
    Body,
    CallbackPlanned,
    CallbackPromised,
    CallbackTried,
    FlowChanged,
    HandoffRequested,
    OfferAccepted,
    PromiseMade,
    Understood,
    WrappedUp,
)
from handoff import mount
from handoff.accounts import Accounts
from handoff.callbacks import Callbacks
from handoff.cards import Cards
from handoff.notes import notes
from handoff.store import DurableJournal
from handoff.wrapup import WrapUp, bodies, guess
from tests.handoff.calls import PAYMENT, nl, told
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_desk import PASSWORD, hidden, log_in

NUMBER = "+31612345678"
BOOKED = ActionTaken(
    action="send_payment_link",
    arguments={"customer": "471109", "invoice": "2026-118"},
    result="ok",
    facts={"sent_to": "j***@example.nl"},
    idempotency_key="k1",
)
ASKED: list[Body] = [HandoffRequested(reason="caller_asked"), OfferAccepted(agent="Sem")]
PLANNED = PAYMENT[:7] + PAYMENT[8:18]


@pytest.mark.parametrize(
    ("more", "guessed"),
    [
        ([*ASKED], None),
        ([FlowChanged(flow="check_payment", change="completed"), BOOKED, *ASKED], "solved"),
        # Something is open still.
        ([BOOKED, *ASKED], None),
        # Wished since.
        (
            [
                FlowChanged(flow="check_payment", change="completed"),
                BOOKED,
                nl("en mijn afspraak"),
                Understood(of=1, intent="book_appointment", confidence=0.9),
                *ASKED,
            ],
            None,
        ),
        # The change was refused.
        (
            [
                FlowChanged(flow="check_payment", change="completed"),
                BOOKED.model_copy(update={"result": "refused"}),
                *ASKED,
            ],
            None,
        ),
        ([*ASKED, CallbackTried(of=1, agent="Sem", result="reached")], "callback_made"),
        ([*ASKED, CallbackTried(of=1, agent="Sem", result="not_reached")], "not_reached"),
    ],
)
def test_how_it_ended_is_told_only_when_the_events_tell_it(
    more: list[Body], guessed: str | None
) -> None:
    """A guess that may be wrong is left to the agent: blank."""
    assert guess(notes(told([*PLANNED, *more]))) == guessed


async def test_what_was_done_and_promised_is_filled_in(
    journal: DurableJournal, clock: HandClock
) -> None:
    """In the agent's language; a call back is a task of its own, with the number that was given."""
    due = clock() + timedelta(days=3)
    promised = PromiseMade(what="payment_plan_decision", due=due)
    called: list[Body] = [CallbackPromised(number="+31699999999"), PromiseMade(what="callback")]
    await journal.open("c1", *PAYMENT, promised, *called)
    draft = await Cards(journal, clock, AMSTERDAM).draft("c1", "en")
    assert draft is not None
    assert draft.done == "payment of 12 November found: EUR 84.20"
    assert [(p.text, p.due) for p in draft.promises] == [("an answer on paying in parts", due)]
    assert draft.callback_number == "+31699999999"
    assert clock() < draft.callback_suggested <= clock() + timedelta(hours=2)


def test_closing_tells_how_the_promised_call_back_went() -> None:
    """Who closes a card with a call back to be made has made it, or tried and will try again."""
    due = told(PAYMENT)[0].at + timedelta(hours=1)
    planned = CallbackPlanned(agent="Sem", due=due, number=NUMBER, about="de kosten")
    taken = notes(told([*PAYMENT, OfferAccepted(agent="Sem"), planned]))
    of = len(PAYMENT) + 2
    now = due + timedelta(minutes=5)

    reached = bodies("Sem", WrapUp("callback_made"), taken, now)
    assert reached[0] == CallbackTried(of=of, agent="Sem", result="reached")
    assert [body.kind for body in reached] == ["CallbackTried", "WrappedUp"]

    missed = bodies("Sem", WrapUp("not_reached"), taken, now)
    assert [body.kind for body in missed] == ["CallbackTried", "CallbackPlanned", "WrappedUp"]
    again = missed[1]
    assert isinstance(again, CallbackPlanned)
    assert (again.about, again.due > now) == ("de kosten", True)

    passed = bodies("Sem", WrapUp("passed_on"), taken, now)
    assert [body.kind for body in passed] == ["WrappedUp"]


@pytest.mark.usefixtures("quick_hashes")
async def test_the_form_sends_what_was_corrected_and_loses_nothing_that_was_typed(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> None:
    """Filled in beforehand; a mistake shows all that was typed again; what is sent is on record."""
    await accounts.add_user("Ana", PASSWORD)
    await journal.open("c1", *PAYMENT, OfferAccepted(agent="Ana"))
    callbacks = Callbacks(journal, clock, AMSTERDAM)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM, callbacks=callbacks)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://kalm.test",
        headers={"Accept-Language": "nl"},
    ) as client:
        await log_in(client)
        page = await client.get("/desk/calls/c1")
        assert ">betaling van 12 november gevonden: EUR 84,20</textarea>" in page.text
        sent = {
            "csrf": hidden(page),
            "disposition": "solved",
            "done": "kosten kwijtgescholden",
            "promise": ["brief komt", ""],
            "promise_due": ["2026-11-24T14:00", ""],
            "callback_due": "2026-11-23T10:00",
            "callback_number": "geen",
            "callback_by": "me",
            "callback_about": "of de brief er is",
            "note": "was blij",
        }
        refused = await client.post("/desk/calls/c1/close", data=sent)
        assert refused.status_code == 400
        assert "Dit is geen telefoonnummer" in refused.text
        for typed in ("kosten kwijtgescholden", "brief komt", "2026-11-24T14:00", "was blij"):
            assert typed in refused.text
        done = await client.post("/desk/calls/c1/close", data={**sent, "callback_number": NUMBER})
        assert done.status_code == 303
        again = await client.post("/desk/calls/c1/close", data={**sent, "callback_number": NUMBER})
        assert again.status_code == 409
    [wrapped] = [e.body for e in await journal.read("c1") if isinstance(e.body, WrappedUp)]
    assert wrapped.done == "kosten kwijtgescholden"
    assert [p.text for p in wrapped.promises] == ["brief komt"]
    assert wrapped.promises[0].due is not None
    assert wrapped.promises[0].due.astimezone(AMSTERDAM).hour == 14
    [due] = await callbacks.due("Ana")
    assert (due.number, due.about) == (NUMBER, "of de brief er is")
    assert due.due.isoformat() == "2026-11-23T10:00:00+01:00"
