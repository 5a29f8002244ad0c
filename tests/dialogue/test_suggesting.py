"""An answer is suggested to an agent only when the bot itself could honestly give it."""

from datetime import date
from pathlib import Path

import pytest

from bot.dialogue.content import Content
from bot.dialogue.suggesting import Suggesting
from bot.events import (
    ActionTaken,
    Body,
    CallerIdentified,
    CallerVerified,
    CallStarted,
    Event,
    Language,
    SlotFilled,
)
from tests.handoff.calls import told

INTENTS = Path(__file__).parents[2] / "intents"
KNOWN: list[Body] = [
    CallStarted(line="twilio", language="nl"),
    CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="customer_number"),
]
VERIFIED = CallerVerified(customer_id="471109", factors=("customer_number", "postcode"))
FOUND: list[Body] = [
    ActionTaken(action="find_invoices", arguments={"customer": "471109"}, result="ok"),
    SlotFilled(slot="invoice_count", value=2, by="company"),
    SlotFilled(slot="invoice", value="2026-118", by="flow"),
    SlotFilled(slot="invoice_status", value="paid", by="flow"),
    SlotFilled(slot="reminder_crossed", value=False, by="flow"),
    SlotFilled(slot="invoice_amount", value="84.20", by="flow"),
    SlotFilled(slot="paid_amount", value="84.20", by="flow"),
    SlotFilled(slot="paid_on", value="2026-11-12", by="flow"),
]


@pytest.fixture(scope="module")
def suggesting() -> Suggesting:
    content = Content.load(INTENTS)
    return Suggesting(lambda: content, "Kalm Energie", lambda: date(2026, 11, 20))


def answers(
    suggesting: Suggesting, bodies: list[Body], intent: str, language: Language = "nl"
) -> list[str]:
    events: list[Event] = told(bodies)
    return suggesting.answers(events, intent, language)


@pytest.mark.parametrize(("language", "day"), [("nl", "12 november"), ("en", "12 November")])
def test_the_answer_that_the_bot_would_give_in_the_agents_language(
    suggesting: Suggesting, language: Language, day: str
) -> None:
    """The owners' own words, with what the company's systems told."""
    [*_, told_last] = answers(suggesting, [*KNOWN, VERIFIED, *FOUND], "check_payment", language)
    assert "84" in told_last
    assert day in told_last


def test_nothing_private_is_suggested_of_who_is_not_verified(suggesting: Suggesting) -> None:
    """Two customers may share a number: the agent verifies first, as the bot would."""
    assert answers(suggesting, [*KNOWN, *FOUND], "check_payment") == []


def test_what_is_not_known_ends_the_way(suggesting: Suggesting) -> None:
    """No "it has not arrived" of what nobody looked up, and no change that was not made."""
    assert answers(suggesting, [*KNOWN, VERIFIED], "check_payment") == []
    half = [*KNOWN, VERIFIED, *FOUND[:3]]
    assert answers(suggesting, half, "check_payment") == []
    wanted = [SlotFilled(slot="confirm_link", value=True, by="caller")]
    unpaid = [SlotFilled(slot="unpaid_count", value=1, by="company")]
    told_of_link = answers(suggesting, [*KNOWN, VERIFIED, *FOUND, *unpaid, *wanted], "payment_link")
    assert told_of_link == []


def test_an_unknown_wish_and_content_that_is_not_loaded_suggest_nothing(
    suggesting: Suggesting,
) -> None:
    """An intent that starts no flow, and the seconds before the content is there."""
    assert answers(suggesting, [*KNOWN, VERIFIED, *FOUND], "out_of_scope") == []
    empty = Suggesting(lambda: None, "Kalm Energie", lambda: date(2026, 11, 20))
    assert answers(empty, [*KNOWN, VERIFIED, *FOUND], "check_payment") == []
