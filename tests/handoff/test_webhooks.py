"""Another system is told of every card: signed, in order, once an event, until it has heard."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from standardwebhooks import Webhook

from bot.events import (
    CallbackPromised,
    CallerVerified,
    CallStarted,
    HandoffRequested,
    OfferAccepted,
    WrappedUp,
)
from handoff.following import following
from handoff.store import DurableJournal
from handoff.webhooks import FIRST_WAIT_S, TRIES, CardWebhook, SecretWrong, wait_s
from tests.handoff.calls import PAYMENT
from tests.handoff.centre import HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CLOSED = WrappedUp(agent="Sem", disposition="solved", done="uitgelegd")


class Receiver:
    """The other system: it answers as told, and keeps what it took."""

    def __init__(self) -> None:
        self.status: int | None = 204
        """None when there is no connection."""
        self.asked: list[dict[str, str]] = []
        self.took: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.asked.append(headers)
        if self.status is None:
            raise httpx.ConnectError("cut")
        if 200 <= self.status < 300:
            self.took.append((headers["webhook-id"], json.loads(body)["type"]))
            self.bodies.append(body)
        return self.status


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def timers() -> HandTimers:
    return HandTimers()


@pytest.fixture
def webhook(
    journal: DurableJournal, clock: HandClock, receiver: Receiver, timers: HandTimers
) -> CardWebhook:
    return CardWebhook(
        journal,
        timers,
        secret=SECRET,
        send=receiver,
        clock=clock,
        zone=AMSTERDAM,
        language="nl",
    )


async def until(journal: DurableJournal, done: Callable[[], bool]) -> None:
    """Wait for the follower to have taken up what was stored."""
    async with asyncio.timeout(60):
        while not done():
            await journal.last_position()


async def told(
    journal: DurableJournal, webhook: CardWebhook, timers: HandTimers, clock: HandClock
) -> None:
    """Have a call that is requested, accepted and closed, and ring what is due."""
    after = await journal.last_position()
    async with following(lambda: webhook.follow(after)):
        await journal.open("before", CallStarted(line="twilio", language="nl"))
        await journal.append("before", HandoffRequested(reason="key_0"))
        await until(journal, lambda: len(timers.set) == 1)
        await journal.open("c1", *PAYMENT)
        await journal.append("c1", OfferAccepted(agent="Sem"), CLOSED)
        await until(journal, lambda: len(timers.set) == 4)
    for _ in range(6):
        await timers.ring(clock())


EXPECTED = [
    ("before-2", "card.requested"),
    ("c1-22", "card.requested"),
    ("c1-25", "card.accepted"),
    ("c1-26", "card.closed"),
]


async def test_a_receiver_can_check_who_sent_it_and_reads_the_card_as_it_was(
    journal: DurableJournal,
    webhook: CardWebhook,
    receiver: Receiver,
    timers: HandTimers,
    clock: HandClock,
) -> None:
    """Signed as the specification says; the card is that of the moment of the event."""
    await told(journal, webhook, timers, clock)
    assert receiver.took == EXPECTED
    requested, closed = (json.loads(receiver.bodies[n])["data"] for n in (1, 3))
    assert (requested["state"], requested["done"]) == ("waiting", None)
    assert (closed["state"], closed["done"]["text"]) == ("closed", "uitgelegd")
    # The library checks times against the machine's own clock: only the signature is ours.
    headers, body = receiver.asked[1], receiver.bodies[1].decode()
    signed = Webhook(SECRET).sign(headers["webhook-id"], clock(), body)
    assert headers["webhook-signature"] == signed
    assert headers["webhook-timestamp"] == str(int(clock().timestamp()))
    assert webhook.notices() == []


async def test_a_receiver_that_is_down_hears_all_in_order_later_and_the_desk_can_see_it(
    journal: DurableJournal,
    webhook: CardWebhook,
    receiver: Receiver,
    timers: HandTimers,
    clock: HandClock,
) -> None:
    """What comes later waits for what failed; each message keeps its id; waits grow."""
    receiver.status = None
    await told(journal, webhook, timers, clock)
    assert [post.state for post in await webhook.posts("c1")] == ["waiting"] * 3
    assert (await webhook.posts("c1"))[0].error == "ConnectError"
    assert {headers["webhook-id"] for headers in receiver.asked} == {"before-2", "c1-22"}
    assert webhook.notices() != []
    receiver.status = 500
    clock.forward(seconds=FIRST_WAIT_S)
    await timers.ring(clock())
    receiver.status = 204
    clock.forward(seconds=FIRST_WAIT_S)
    await timers.ring(clock())
    assert receiver.took == []
    clock.forward(seconds=FIRST_WAIT_S)
    for _ in range(6):
        await timers.ring(clock())
    assert [one for one in receiver.took if one[0] != "before-2"] == EXPECTED[1:]
    assert [post.state for post in await webhook.posts("c1")] == ["sent"] * 3
    assert webhook.notices() == []


async def test_a_receiver_that_wants_no_more_gets_no_more_of_that(
    journal: DurableJournal,
    webhook: CardWebhook,
    receiver: Receiver,
    timers: HandTimers,
    clock: HandClock,
) -> None:
    """410 ends a message at once; the next is tried all the same."""
    receiver.status = 410
    await told(journal, webhook, timers, clock)
    assert [post.state for post in await webhook.posts("c1")] == ["refused"] * 3
    assert len(receiver.asked) == 4


async def test_after_three_days_it_is_given_up_and_stays_visible(
    journal: DurableJournal,
    webhook: CardWebhook,
    receiver: Receiver,
    timers: HandTimers,
    clock: HandClock,
) -> None:
    """A message is tried for about three days, then the next of the call has its turn."""
    receiver.status = None
    await told(journal, webhook, timers, clock)
    for tries in range(1, TRIES + 1):
        clock.forward(seconds=wait_s(tries))
        await timers.ring(clock())
    assert (await webhook.posts("c1"))[0].state == "gave_up"
    assert 2.5 < sum(map(wait_s, range(1, TRIES))) / 86400 < 3.5


async def test_what_was_stored_while_nobody_followed_is_told_after_the_start(
    journal: DurableJournal,
    webhook: CardWebhook,
    receiver: Receiver,
    timers: HandTimers,
    clock: HandClock,
) -> None:
    """Nothing between two lives of Kalm is lost, and nothing that was told is told again."""
    await told(journal, webhook, timers, clock)
    await journal.open("c2", CallStarted(line="twilio", language="nl"))
    await journal.append("c2", CallbackPromised(number="+31612345678"))
    async with following(webhook.follow):
        await until(journal, lambda: len(timers.set) == 1)
    await timers.ring(clock())
    assert receiver.took == [*EXPECTED, ("c2-2", "card.requested")]


async def test_where_there_was_no_webhook_before_nothing_is_told_of_then(
    journal: DurableJournal, webhook: CardWebhook, timers: HandTimers
) -> None:
    """An operator who sets it up does not send out the cards of last week."""
    await journal.open("old", *PAYMENT)
    after = await journal.last_position()
    async with following(lambda: webhook.follow(after)):
        await journal.open("new", *PAYMENT)
        await until(journal, lambda: len(timers.set) == 1)
    assert [payload["call_id"] for _, payload in timers.set.values()] == ["new"]


async def test_what_is_told_is_of_the_customer_who_was_proven(
    journal: DurableJournal,
    webhook: CardWebhook,
    receiver: Receiver,
    timers: HandTimers,
    clock: HandClock,
) -> None:
    """Two customers on one number: nothing of the other one's calls goes out."""
    theirs = [CallerVerified(customer_id="515742", factors=("customer_number", "postcode"))]
    await journal.open("other", PAYMENT[0], *theirs, HandoffRequested(reason="key_0"))
    await journal.append("other", OfferAccepted(agent="Sem"), CLOSED)
    await told(journal, webhook, timers, clock)
    assert not any("uitgelegd" in json.dumps(c) for c in map(contacts, receiver.bodies))


def contacts(body: bytes) -> list[object]:
    found: list[object] = json.loads(body)["data"]["contacts"]
    return found


@pytest.mark.parametrize("secret", ["", "geheim", "whsec_", "kort", "!!!"])
def test_a_secret_that_protects_nothing_is_refused(secret: str, journal: DurableJournal) -> None:
    """Not base64, or too short: the operator is told, and nothing goes out."""
    with pytest.raises(SecretWrong, match="base64"):
        CardWebhook(
            journal,
            HandTimers(),
            secret=secret,
            send=Receiver(),
            clock=HandClock(),
            zone=AMSTERDAM,
            language="nl",
        )
