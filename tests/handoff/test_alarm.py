"""Every open page is told of a caller in danger until somebody accepts, and of nobody else."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.events import (
    Body,
    CallEnded,
    CallStarted,
    HandoffRequested,
    IncidentReported,
    MoodHeard,
    OfferAccepted,
    Returned,
)
from handoff.cards import Cards
from handoff.desk import alarms
from handoff.desk.alarms import AlarmTeller, with_beats
from handoff.store import DurableJournal
from tests.handoff.calls import PAYMENT, nl
from tests.handoff.conftest import AMSTERDAM, HandClock

STARTED = CallStarted(line="twilio", language="nl", caller_number="+31201234567")
CRISIS = HandoffRequested(reason="crisis")


@pytest.fixture
def cards(journal: DurableJournal, clock: HandClock) -> Cards:
    return Cards(journal, clock, AMSTERDAM)


@pytest.fixture
def teller(cards: Cards) -> AlarmTeller:
    return AlarmTeller(cards, "nl")


def told(event: Any) -> str:
    """Return what a page shows, without its markup."""
    return " ".join(re.sub(r"<.*?>", " ", event.data).replace("\\n", " ").split())


async def news(teller: AlarmTeller, journal: DurableJournal, call: str, body: Body) -> str | None:
    (event,) = await journal.append(call, body)
    alarm = await teller.after(event)
    return None if alarm is None else told(alarm)


async def test_a_caller_in_danger_is_told_until_somebody_accepts(
    journal: DurableJournal, teller: AlarmTeller
) -> None:
    """From the moment the card waits, with who it is and where, until it is accepted."""
    assert await teller.begin() is None
    await journal.open("c1", STARTED, nl("ik wil niet meer leven"))
    heard = MoodHeard(of=2, anger=0, by_words=0, signs=("crisis",))
    assert await news(teller, journal, "c1", heard) is None  # the bot still has the call
    alarm = await news(teller, journal, "c1", CRISIS)
    assert alarm is not None
    assert "Noodsituatie: 020 123 4567 wacht op een medewerker" in alarm
    assert '"calls": ["c1"]' in alarm
    assert teller.due() == alarms.REPEAT_SECONDS
    accepted = await news(teller, journal, "c1", OfferAccepted(agent="Ana"))
    assert accepted is not None
    assert '"calls": []' in accepted
    assert teller.due() is None


async def test_others_raise_no_alarm(journal: DurableJournal, teller: AlarmTeller) -> None:
    """Not anger, not a threat, not a long wait."""
    await journal.open("c1", *PAYMENT)
    await journal.open("c2", STARTED, nl("hallo"))
    for body in (
        MoodHeard(of=2, anger=1, by_words=1, signs=("threat", "angry"), unsure=("crisis",)),
        IncidentReported(of=2, sign="threat", urgent=True),
        HandoffRequested(reason="threat"),
    ):
        assert await news(teller, journal, "c2", body) is None
    assert await teller.begin() is None
    assert teller.due() is None


async def test_a_call_that_waits_already_may_become_an_alarm(
    journal: DurableJournal, teller: AlarmTeller, clock: HandClock
) -> None:
    """Danger that shows later alarms then, and half a minute counts from then."""
    await journal.open("c1", STARTED, HandoffRequested(reason="caller_asked"), nl("help"))
    clock.forward(minutes=10)
    alarm = await news(
        teller, journal, "c1", MoodHeard(of=3, anger=0, by_words=0, signs=("crisis",))
    )
    assert alarm is not None
    assert '"again": 0' in alarm


async def test_what_nobody_accepts_is_told_again(
    journal: DurableJournal, teller: AlarmTeller, clock: HandClock
) -> None:
    """Every half minute, the same on every page, with how long it has been; also who hung up."""
    await journal.open("c1", STARTED, CRISIS)
    clock.forward(seconds=10)
    first = await teller.begin()
    assert first is not None
    assert "heeft niemand aangenomen" not in told(first)
    assert teller.due() == 20
    clock.forward(seconds=25)
    again = told(await teller.tell())
    assert "Al 0:35 heeft niemand aangenomen." in again
    assert '"again": 1' in again
    assert teller.due() == 25
    gone = await news(teller, journal, "c1", CallEnded(outcome="abandoned", by="caller"))
    assert gone is not None
    assert "heeft opgehangen voordat iemand aannam" in gone
    clock.forward(seconds=30)
    assert '"again": 2' in told(await teller.tell())


async def test_who_loses_an_agent_is_an_alarm_again(
    journal: DurableJournal, teller: AlarmTeller, clock: HandClock
) -> None:
    """Half a minute counts from the loss: that nobody accepted before would not be true."""
    await journal.open("c1", STARTED, CRISIS, OfferAccepted(agent="Ana"))
    assert await teller.begin() is None
    clock.forward(minutes=5)
    alarm = await news(teller, journal, "c1", Returned(agent="Ana", why="lost"))
    assert alarm is not None
    assert "Noodsituatie" in alarm
    assert "heeft niemand aangenomen" not in alarm
    assert teller.due() == alarms.REPEAT_SECONDS


async def test_a_page_from_before_is_told_that_it_is_over(
    journal: DurableJournal, cards: Cards
) -> None:
    """A page may show an alarm that was accepted before it listened: the event itself tells."""
    await journal.open("c1", STARTED, CRISIS)
    (accepted,) = await journal.append("c1", OfferAccepted(agent="Ana"))
    late = AlarmTeller(cards, "nl")
    assert await late.begin() is None
    alarm = await late.after(accepted)
    assert alarm is not None
    assert '"calls": []' in told(alarm)


async def test_the_longest_in_danger_is_first(
    journal: DurableJournal, cards: Cards, clock: HandClock
) -> None:
    """Two at once are two lines, in English for who reads English."""
    await journal.open("c2", STARTED, CRISIS)
    clock.forward(seconds=5)
    await journal.open("c1", *PAYMENT, CRISIS)
    await journal.open("<b>", CallStarted(line="chat", language="nl"), CRISIS)
    alarm = await AlarmTeller(cards, "en").begin()
    assert alarm is not None
    text = told(alarm)
    assert text.index("020 123 4567 is waiting") < text.index("Unknown caller is waiting")
    assert "/desk/calls/%3Cb%3E" in str(alarm.data)


async def test_beats_come_between_what_happens() -> None:
    """Silence is filled at the given pace; nothing that happens is lost, and the end is the end."""
    ready = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        yield 1
        await ready.wait()
        yield 2

    heard: list[int | None] = []
    async for item in with_beats(source(), lambda: 0.001 if heard else None):
        heard.append(item)
        if heard.count(None) == 3:
            ready.set()
    assert heard[0] == 1
    assert heard.count(None) >= 3
    assert [item for item in heard if item is not None] == [1, 2]


async def test_who_stops_listening_leaves_nothing_behind() -> None:
    """A page that is closed ends what it waited for."""
    closed = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed.set()

    beats = with_beats(source(), lambda: 0.001)
    assert await anext(beats) == 1
    assert await anext(beats) is None
    await beats.aclose()
    assert closed.is_set()
