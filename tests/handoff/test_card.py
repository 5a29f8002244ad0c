"""The card says what the events say, in the agent's language, each with its event."""

import re
from collections.abc import Iterator
from cProfile import Profile
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.events import (
    ActionStarted,
    ActionTaken,
    Body,
    CallbackPromised,
    CallEnded,
    CallerIdentified,
    CallerVerified,
    CallStarted,
    FlowChanged,
    HandoffRequested,
    Language,
    OfferAccepted,
    PromiseMade,
    SlotFilled,
    Understood,
    WrappedUp,
)
from handoff.card import card
from handoff.parts import Card
from handoff.wording import TEXTS
from tests.handoff.calls import PAYMENT, START, en, nl, told

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def card_of(bodies: list[Body], language: Language = "nl", after: float = 600) -> Card:
    now = (START + timedelta(seconds=after)).astimezone(AMSTERDAM)
    return card(told(bodies), language, now)


def texts(parts: Any) -> list[str]:
    return [part.text for part in parts]


def test_the_card_that_the_design_draws() -> None:
    """Every field of the drawn card stands there, in Dutch, with its event."""
    drawn = card_of(PAYMENT)
    assert drawn.state == "waiting"
    assert drawn.who.name is not None
    assert (drawn.who.name.text, drawn.who.name.seq) == ("Mw. J. de Vries", 4)
    assert drawn.who.proof is not None
    assert drawn.who.proof.text == "geverifieerd (telefoonnummer, postcode)"
    assert drawn.who.verified
    assert drawn.spoken is not None
    assert drawn.spoken.text == "Nederlands"
    assert drawn.reason is not None
    assert (drawn.reason.text, drawn.reason.seq) == (
        "wil weten of de betaling van factuur 2026-118 binnen is",
        6,
    )
    assert drawn.asked is not None
    assert (drawn.asked.text, drawn.asked.seq) == ("vroeg om een medewerker", 22)
    assert texts(drawn.wants) == [
        "ik kreeg een herinnering maar ik heb allang betaald",
        "vervallen die kosten van vijftien euro dan ook",
    ]
    assert [(s.text, s.seq, s.result) for s in drawn.steps] == [
        ("betaling van 12 november gevonden: EUR 84,20", 15, "ok")
    ]
    assert texts(drawn.open) == ["betaling van factuur 2026-118 nakijken"]
    assert drawn.promised == ()
    assert texts(drawn.earlier) == ["3 november, collega Sem: “de kosten vervallen”"]
    assert texts(drawn.contacts) == [
        "3 november, telefoon, Sem: vroeg naar de kosten",
        "1 oktober, e-mail: verhuisd",
    ]
    assert [(f.label, f.text, f.seq) for f in drawn.facts] == [
        ("factuur", "2026-118", 16),
        ("betaald", "EUR 84,20 op 12 november", 17),
    ]
    assert drawn.first_sentence is not None
    assert drawn.first_sentence.text == "Mevrouw De Vries, ik zie uw betaling van 12 november."
    assert drawn.next_step is not None
    assert drawn.next_step.text == "rond af: betaling van factuur 2026-118 nakijken"
    assert drawn.flags == ()
    assert (drawn.waited_s, drawn.talked_s) == (600 - 21 * 5, 600)
    assert drawn.agent is drawn.outcome is drawn.disposition is drawn.note is None


def test_the_same_card_in_english() -> None:
    """An English agent reads English, and the caller's own words as they were said."""
    drawn = card_of(PAYMENT, "en")
    assert drawn.reason is not None
    assert drawn.reason.text == "wants to know if the payment of invoice 2026-118 has arrived"
    assert texts(drawn.steps) == ["payment of 12 November found: EUR 84.20"]
    assert texts(drawn.earlier) == ["3 November, colleague Sem: “de kosten vervallen”"]
    assert drawn.wants[0].text == "ik kreeg een herinnering maar ik heb allang betaald"
    assert drawn.first_sentence is not None
    assert drawn.first_sentence.text == "Mrs De Vries, I see your payment of 12 November."


def test_what_is_unknown_is_blank() -> None:
    """Of a caller who only pressed 0 nothing is said but that."""
    blank = card_of([CallStarted(line="browser", language="nl"), HandoffRequested(reason="key_0")])
    assert blank.who.model_dump(exclude_none=True) == {"verified": False}
    assert blank.spoken is blank.reason is blank.first_sentence is blank.next_step is None
    assert (blank.wants, blank.steps, blank.open, blank.facts) == ((), (), (), ())
    assert blank.asked is not None
    assert blank.asked.text == "koos toets 0"


def test_an_identified_caller_is_not_a_verified_one() -> None:
    """Until proven, the card says so, does not suggest the name, and advises to ask."""
    bodies = [*PAYMENT[:7], HandoffRequested(reason="caller_asked")]
    drawn = card_of(bodies)
    assert drawn.who.proof is not None
    assert drawn.who.proof.text == "nog niet geverifieerd (telefoonnummer)"
    assert not drawn.who.verified
    assert drawn.first_sentence is not None
    assert "Vries" not in drawn.first_sentence.text
    assert drawn.next_step is not None
    assert "geverifieerd" in drawn.next_step.text


def test_nothing_of_another_customer_stays() -> None:
    """A caller who turns out to be someone else gets nobody else's contacts or invoices."""
    corrected: list[Body] = [
        *PAYMENT[:18],
        ActionTaken(action="verify_caller", result="ok"),
        SlotFilled(slot="customer_name", value="meneer Yılmaz", by="company"),
        CallerIdentified(customer_id="471203", name="Dhr. A. Yılmaz", how="customer_number"),
        HandoffRequested(reason="flow"),
    ]
    drawn = card_of(corrected)
    assert not drawn.who.verified
    assert drawn.who.name is not None
    assert drawn.who.name.text == "Dhr. A. Yılmaz"
    assert (drawn.contacts, drawn.earlier, drawn.steps, drawn.facts) == ((), (), (), ())

    drawn = card_of([*corrected, CallerVerified(customer_id="471203", factors=("a", "b"))])
    assert drawn.first_sentence is not None
    assert drawn.first_sentence.text.startswith("Meneer Yılmaz,")


def test_a_change_whose_end_is_unknown_is_to_be_checked_first() -> None:
    """What was sent and never answered is neither done nor undone: the card says that."""
    sent = ActionStarted(
        action="book", arguments={"customer": "471109", "slot": "s1"}, idempotency_key="k1"
    )
    cut_off: list[Body] = [
        *PAYMENT[:13],
        sent,
        HandoffRequested(reason="failure"),
        CallEnded(outcome="interrupted", by="system"),
    ]
    drawn = card_of(cut_off)
    assert [(s.text, s.result, s.seq) for s in drawn.steps] == [
        ("afspraak boeken: onbekend of het gelukt is", "unknown", 14)
    ]
    assert drawn.next_step is not None
    assert drawn.next_step.text == "controleer eerst of dit gelukt is: afspraak boeken"
    assert {flag.name for flag in drawn.flags} == {"unknown_result", "failure", "interrupted"}

    booked = ActionTaken(
        action="book",
        result="ok",
        facts={"start": "2026-11-24T13:30:00Z", "subject": "meter"},
        idempotency_key="k1",
    )
    done = card_of([*PAYMENT[:13], sent, booked, HandoffRequested(reason="caller_asked")])
    assert texts(done.steps) == ["afspraak geboekt: dinsdag 24 november, 14:30"]
    assert done.flags == ()


def test_what_failed_is_open_until_it_succeeds() -> None:
    """A refusal names its reason, stays open, and is gone once the change is made."""
    refused: list[Body] = [
        *PAYMENT[:13],
        ActionTaken(action="move", result="refused", idempotency_key="k1"),
        SlotFilled(slot="refusal", value="slot_taken", by="company"),
    ]
    drawn = card_of([*refused, HandoffRequested(reason="caller_asked")])
    assert texts(drawn.steps) == ["afspraak verzetten: de tijd was net bezet"]
    assert "nog te doen: afspraak verzetten" in texts(drawn.open)

    # Refused for the same reason again, the slot is not told again; then it works.
    again = ActionTaken(action="move", result="refused", idempotency_key="k2")
    drawn = card_of([*refused, again])
    assert texts(drawn.steps) == ["afspraak verzetten: de tijd was net bezet"]
    moved = ActionTaken(action="move", result="ok", idempotency_key="k3")
    assert "nog te doen: afspraak verzetten" not in texts(card_of([*refused, moved]).open)


def test_systems_that_falter_are_flagged() -> None:
    """A time-out is told as what it is, never as done."""
    drawn = card_of(
        [
            CallStarted(line="twilio", language="nl"),
            ActionTaken(action="find_invoices", result="timeout"),
            HandoffRequested(reason="company_down"),
        ]
    )
    assert texts(drawn.steps) == ["facturen opzoeken: systeem te traag"]
    assert [flag.name for flag in drawn.flags] == ["company_down"]


def test_a_wish_that_the_caller_dropped_is_not_open() -> None:
    """'Laat maar' closes a flow; being put through to a person does not."""
    dropped: list[Body] = [
        *PAYMENT[:7],
        nl("laat maar"),
        Understood(of=8, intent="stop", confidence=0.9),
        FlowChanged(flow="check_payment", change="cancelled"),
    ]
    assert card_of(dropped).open == ()
    assert len(card_of(PAYMENT).open) == 1


def test_promises_of_this_call() -> None:
    """What was promised stands there once, with its day in the agent's time zone."""
    drawn = card_of(
        [
            *PAYMENT,
            CallbackPromised(number="+31201234567"),
            PromiseMade(what="callback"),
            PromiseMade(what="payment_plan_decision", due=START + timedelta(days=7, hours=10)),
        ]
    )
    assert texts(drawn.promised) == [
        "antwoord op betalen in delen, uiterlijk 28 november",
        "we bellen terug op 020 123 4567",
    ]
    assert drawn.next_step is not None
    assert drawn.next_step.text == "bel terug op 020 123 4567"


def test_a_caller_who_is_not_understood() -> None:
    """Two utterances beyond the bot are flagged and quoted."""
    drawn = card_of(
        [
            CallStarted(line="browser", language="en"),
            en("my cat ate the meter"),
            Understood(of=2, intent="out_of_scope", confidence=0.3),
            en("the cat, the meter"),
            Understood(of=4, intent="out_of_scope", confidence=0.3),
            HandoffRequested(reason="not_understood"),
        ],
        "en",
    )
    assert texts(drawn.wants) == ["my cat ate the meter", "the cat, the meter"]
    assert [flag.name for flag in drawn.flags] == ["not_understood"]
    assert drawn.reason is None
    assert drawn.next_step is not None
    assert drawn.next_step.text == "ask what it is about"


def test_states_and_clocks() -> None:
    """Waiting stops when someone accepts; a caller who hangs up is told and stays waiting."""
    hung_up = [*PAYMENT, CallEnded(outcome="abandoned", by="caller")]
    drawn = card_of(hung_up)
    assert drawn.state == "waiting"
    assert drawn.waited_s == 15
    assert drawn.talked_s == 120
    assert [flag.name for flag in drawn.flags] == ["hung_up"]
    assert drawn.next_step is not None
    assert drawn.next_step.text == "bel terug op 06 12345678"

    drawn = card_of([*PAYMENT, OfferAccepted(agent="Ana")], after=3600)
    assert (drawn.state, drawn.waited_s, drawn.talked_s) == ("accepted", 15, 3600)
    assert drawn.agent is not None
    assert drawn.agent.text == "Ana"

    closed = WrappedUp(agent="Ana", disposition="solved", note="kosten\nkwijtgescholden")
    drawn = card_of([*hung_up, OfferAccepted(agent="Ana"), closed])
    assert drawn.state == "closed"
    assert drawn.disposition is not None
    assert drawn.disposition.text == "opgelost"
    assert drawn.note is not None
    assert drawn.note.text == "kosten\nkwijtgescholden"
    assert drawn.next_step is None


def test_names_that_have_no_phrase_stay_readable() -> None:
    """A flow, action, slot or intent of a product owner shows as plain words."""
    drawn = card_of(
        [
            CallStarted(line="carrier_pigeon", language="nl"),
            nl("ik wil mijn zonnepanelen aanmelden"),
            Understood(of=2, intent="register_solar", confidence=0.9),
            FlowChanged(flow="register_solar", change="started"),
            SlotFilled(slot="panel_count", value=12, by="caller"),
            SlotFilled(slot="panels_confirmed", value=True, by="caller"),
            SlotFilled(slot="internal_counter", value=3, by="flow"),
            ActionTaken(action="check_roof", result="ok"),
            ActionTaken(action="send_form", result="refused", idempotency_key="k"),
            SlotFilled(slot="refusal", value="roof_too_small", by="company"),
            HandoffRequested(reason="flow"),
        ]
    )
    assert drawn.line is not None
    assert drawn.line.text == "carrier pigeon"
    assert drawn.reason is not None
    assert drawn.reason.text == "register solar"
    assert [(f.label, f.text) for f in drawn.facts] == [("panel count", "12")]
    assert texts(drawn.steps) == ["check roof", "send form: roof too small"]
    assert texts(drawn.open) == ["register solar", "nog te doen: send form"]


def test_facts_stand_in_one_order_and_once() -> None:
    """Agents find a fact where it always stands; the same value is not told twice."""
    drawn = card_of(
        [
            *PAYMENT[:13],
            SlotFilled(slot="subject", value="repair", by="caller"),
            SlotFilled(slot="chosen_start", value="2026-11-24T14:30:00+01:00", by="caller"),
            SlotFilled(slot="appointment_start", value="2026-11-24T14:30:00+01:00", by="company"),
            SlotFilled(slot="invoice_amount", value="118.30", by="flow"),
            SlotFilled(slot="open_amount", value="118.30", by="flow"),
            SlotFilled(slot="customer_number", value="471109", by="caller"),
        ],
        "en",
    )
    assert [(f.label, f.text, f.seq) for f in drawn.facts] == [
        ("still open", "EUR 118.30", 18),
        ("appointment", "Tuesday 24 November, 14:30", 16),
        ("wanted", "repair", 14),
    ]


def test_broken_facts_leave_blanks() -> None:
    """Values that are not what a phrase expects are left out, not printed as garbage."""
    drawn = card_of(
        [
            *PAYMENT[:13],
            ActionTaken(
                action="find_contacts",
                result="ok",
                facts={"contacts": [7, {"at": "soon"}, {"at": "2026-11-03", "summary": None}]},
            ),
            ActionTaken(action="find_invoices", result="ok", facts={"invoices": {"a": [1]}}),
            SlotFilled(slot="paid_amount", value="a lot", by="flow"),
            SlotFilled(slot="due", value="2026-99-99", by="flow"),
            SlotFilled(slot="invoice", value="none", by="flow"),
        ]
    )
    assert drawn.contacts == ()
    assert drawn.facts == ()
    assert texts(drawn.steps) == ["facturen opgezocht"]


def test_the_work_of_a_fold_grows_with_the_call_and_no_faster() -> None:
    """A call that is twice as long takes twice the work to draw, not four times.

    Counted in calls of functions, which no other job on the machine changes.
    """

    def work(turns: int) -> int:
        bodies = [*PAYMENT[:22], *([nl("en dan nog iets"), PAYMENT[14]] * turns)]
        events = told(bodies)
        card(events, "nl", START)
        with Profile() as profile:
            card(events, "nl", START)
        return sum(entry.callcount for entry in profile.getstats())

    assert work(480) < 2.2 * work(240)


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from leaves(value, f"{path}/{name}")
    elif isinstance(tree, list):
        yield path, " ".join(tree)
    else:
        yield path, tree


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.yml")), ids=lambda path: path.stem)
def test_both_languages_say_the_same_things(path: Path) -> None:
    """Every phrase exists in Dutch and English, with the same values in it."""
    dutch = dict(leaves(yaml.safe_load((TEXTS / "nl.yml").read_text())))
    other = dict(leaves(yaml.safe_load(path.read_text())))
    assert dutch.keys() == other.keys()
    for name, phrase in dutch.items():
        values = [sorted(re.findall(r"{.*?}", str(p))) for p in (phrase, other[name])]
        assert values[0] == values[1], name
