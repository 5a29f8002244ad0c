"""Calls that the tests of the human side tell about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.events import (
    ActionTaken,
    Body,
    BotSpoke,
    CallerIdentified,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Event,
    FlowChanged,
    HandoffRequested,
    SlotFilled,
    Understood,
)

START = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
DE_VRIES = {"customer": "471109"}


def told(bodies: Sequence[Body], call_id: str = "c1", apart: float = 5) -> list[Event]:
    """Number and stamp bodies as a journal does, so many seconds apart."""
    return [
        Event(call_id=call_id, seq=n + 1, at=START + timedelta(seconds=apart * n), body=body)
        for n, body in enumerate(bodies)
    ]


def nl(words: str) -> CallerSpoke:
    return CallerSpoke(words=words, language="nl")


def en(words: str) -> CallerSpoke:
    return CallerSpoke(words=words, language="en")


PAYMENT: list[Body] = [
    CallStarted(line="twilio", language="nl", caller_number="+31612345678"),
    BotSpoke(words="Goedemiddag, met Kalm Energie.", language="nl"),
    ActionTaken(action="identify_by_line", result="ok", facts={"customers_on_line": ["471109"]}),
    CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="number_on_line"),
    nl("ik kreeg een herinnering maar ik heb allang betaald"),
    Understood(of=5, intent="check_payment", confidence=0.93),
    FlowChanged(flow="check_payment", change="started"),
    FlowChanged(flow="verify", change="started"),
    nl("twaalf vierendertig a b"),
    ActionTaken(action="verify_caller", arguments={"postcode": "1234AB"}, result="ok"),
    SlotFilled(slot="customer_name", value="mevrouw De Vries", by="company"),
    CallerVerified(customer_id="471109", factors=("number_on_line", "postcode")),
    FlowChanged(flow="verify", change="completed"),
    ActionTaken(
        action="find_contacts",
        arguments=DE_VRIES,
        result="ok",
        facts={
            "contacts": [
                {
                    "at": "2026-11-03T10:00:00+01:00",
                    "channel": "phone",
                    "agent": "Sem",
                    "summary": "vroeg naar de kosten",
                    "promised": "de kosten vervallen",
                },
                {"at": "2026-10-01T09:00:00+02:00", "channel": "mail", "summary": "verhuisd"},
            ]
        },
    ),
    ActionTaken(
        action="find_invoices",
        arguments=DE_VRIES,
        result="ok",
        facts={"invoices": [{"number": "2026-118"}, {"number": "2026-094"}]},
    ),
    SlotFilled(slot="invoice", value="2026-118", by="flow"),
    SlotFilled(slot="paid_amount", value="84.20", by="flow"),
    SlotFilled(slot="paid_on", value="2026-11-12", by="flow"),
    nl("vervallen die kosten van vijftien euro dan ook"),
    Understood(of=19, intent="out_of_scope", confidence=0.4),
    nl("geef me maar iemand"),
    HandoffRequested(reason="caller_asked"),
    FlowChanged(flow="check_payment", change="cancelled"),
    FlowChanged(flow="handoff", change="started"),
]
"""The call that DESIGN.md draws the card of."""
