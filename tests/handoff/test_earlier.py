"""What happened before is on the card of the customer it happened to, and on no other."""

from bot.events import (
    ActionTaken,
    AgentPromise,
    Body,
    CallbackPlanned,
    CallbackTried,
    CallEnded,
    CallerIdentified,
    CallerVerified,
    CallStarted,
    HandoffRequested,
    OfferAccepted,
    Understood,
    WrappedUp,
)
from handoff.cards import Cards
from handoff.parts import Card
from handoff.store import DurableJournal
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock

SHARED = "+31612345678"
"""A number at which two customers live."""
JANSEN, VRIES = "515742", "471109"


def called(customer: str | None, *, verified: bool) -> list[Body]:
    bodies: list[Body] = [CallStarted(line="twilio", language="nl", caller_number=SHARED)]
    if customer is not None:
        bodies.append(
            CallerIdentified(customer_id=customer, name=f"Mw. {customer}", how="customer_number")
        )
        if verified:
            proof = ("customer_number", "postcode")
            bodies.append(CallerVerified(customer_id=customer, factors=proof))
    return [*bodies, nl("is mijn betaling binnen"), *ASKS]


ASKS: list[Body] = [HandoffRequested(reason="caller_asked"), OfferAccepted(agent="Sem")]
WRAPPED = WrappedUp(
    agent="Sem",
    disposition="solved",
    done="kosten kwijtgescholden",
    promises=(AgentPromise(text="brief komt vóór vrijdag"),),
)


async def card(journal: DurableJournal, clock: HandClock, call_id: str) -> Card:
    made = await Cards(journal, clock, AMSTERDAM).card(call_id, "nl")
    assert made is not None
    return made


async def test_the_next_agent_reads_what_was_done_and_promised_and_by_whom(
    journal: DurableJournal, clock: HandClock
) -> None:
    """An earlier call of a proven customer is a contact, and each promise names who made it."""
    await journal.open("before", *called(VRIES, verified=True), WRAPPED)
    clock.forward(days=2)
    await journal.open("now", *called(VRIES, verified=True))
    made = await card(journal, clock, "now")
    [contact] = made.contacts
    assert contact.text == "20 november, telefoon, Sem: kosten kwijtgescholden"
    [promise] = made.earlier
    assert promise.text == "20 november, collega Sem: “brief komt vóór vrijdag”"
    assert {contact.call_id, promise.call_id} == {"before"}


async def test_two_customers_on_one_number_never_read_each_others_calls(
    journal: DurableJournal, clock: HandClock
) -> None:
    """The number proves nothing: not who called before, and not who calls now."""
    await journal.open("of-jansen", *called(JANSEN, verified=True), WRAPPED)
    await journal.open("unproven", *called(VRIES, verified=False), WRAPPED)
    await journal.open("nobody", *called(None, verified=False), WRAPPED)
    # Taken for Jansen first, then proven to be De Vries: the summary row says De Vries alone.
    corrected = [*called(JANSEN, verified=True)[:3], *called(VRIES, verified=False)[1:]]
    await journal.open("corrected", *corrected, WRAPPED)
    clock.forward(days=1)
    for call_id, bodies in {
        "proven": called(VRIES, verified=True),
        "only known by number": called(JANSEN, verified=False),
        "unknown": called(None, verified=False),
        "jansen, then someone else": corrected,
    }.items():
        await journal.open(call_id, *bodies)
        made = await card(journal, clock, call_id)
        assert (made.contacts, made.earlier) == ((), ()), call_id


async def test_a_call_that_was_filed_with_the_company_is_told_once(
    journal: DurableJournal, clock: HandClock
) -> None:
    """The company gives back what Kalm filed: one contact, one promise."""
    [began, *_] = await journal.open("before", *called(VRIES, verified=True), WRAPPED)
    other = {"at": "2026-11-03T10:00:00+01:00", "channel": "mail", "summary": "verhuisd"}
    filed = {
        "at": began.at.astimezone(AMSTERDAM).isoformat(),
        "channel": "phone",
        "agent": "Sem",
        "summary": "kosten kwijtgescholden",
        "promised": "brief komt vóór vrijdag",
    }
    clock.forward(days=1)
    known = ActionTaken(
        action="find_contacts",
        arguments={"customer": VRIES},
        result="ok",
        facts={"contacts": [filed, other]},
    )
    await journal.open("now", *called(VRIES, verified=True), known)
    made = await card(journal, clock, "now")
    assert [fact.text for fact in made.contacts] == [
        "20 november, telefoon, Sem: kosten kwijtgescholden",
        "3 november, e-mail: verhuisd",
    ]
    assert len(made.earlier) == 1


async def test_a_promise_to_call_back_is_open_until_somebody_was_reached(
    journal: DurableJournal, clock: HandClock
) -> None:
    """Who was called back is not told again that they will be."""
    planned = CallbackPlanned(agent="Sem", due=clock(), number=SHARED, about="de brief")
    events = await journal.open("before", *called(VRIES, verified=True), WRAPPED, planned)
    await journal.open("now", *called(VRIES, verified=True))
    assert any("terug" in fact.text for fact in (await card(journal, clock, "now")).earlier)
    reached = CallbackTried(of=events[-1].seq, agent="Sem", result="reached")
    await journal.append("before", reached)
    assert not any("terug" in fact.text for fact in (await card(journal, clock, "now")).earlier)


async def test_what_the_bot_solved_before_is_a_contact_too(
    journal: DurableJournal, clock: HandClock
) -> None:
    """In the agent's language, though the caller spoke another."""
    bodies = called(VRIES, verified=True)[:4]
    understood = Understood(of=4, intent="opening_hours", confidence=0.9)
    await journal.open("before", *bodies, understood, CallEnded(outcome="resolved", by="caller"))
    await journal.open("now", *called(VRIES, verified=True))
    made = await Cards(journal, clock, AMSTERDAM).card("now", "en")
    assert made is not None
    [contact] = made.contacts
    assert contact.text == (
        "20 November, telephone: wants to know the opening hours; helped by the bot"
    )
