"""A call hears of the measure in force for its caller, of no other, and never fails for it."""

import asyncio
from datetime import date, timedelta

import pytest

from bot.events import CallerIdentified, CallerVerified, CallStarted
from bot.measures import Measures
from handoff import KeptMeasures
from handoff.deciding import Deciding
from handoff.numbers import e164
from handoff.rules import Decision
from handoff.store import DurableJournal
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock, only_sqlite
from tests.handoff.incident_calls import NUMBER, report

ANNA, BO = "471109", "471203"
OTHER = "+31687654321"


@pytest.fixture
def kept(journal: DurableJournal, clock: HandClock) -> KeptMeasures:
    return KeptMeasures(journal.database, clock)


@pytest.fixture
def deciding(journal: DurableJournal, clock: HandClock) -> Deciding:
    return Deciding(journal, clock, AMSTERDAM)


async def incident(
    journal: DurableJournal,
    call: str,
    number: str | None = NUMBER,
    customer: str | None = None,
    *,
    proven: bool = True,
) -> None:
    """Report a threat in a new call."""
    await journal.open(call, CallStarted(line="twilio", language="nl", caller_number=number))
    if customer is not None:
        who = CallerIdentified(customer_id=customer, name="N", how="customer_number")
        await journal.append(call, who)
        if proven:
            factors = ("customer_number", "postcode")
            await journal.append(call, CallerVerified(customer_id=customer, factors=factors))
    (spoke,) = await journal.append(call, nl("pas maar op"))
    await journal.append(call, report(spoke.seq))


async def decide(
    deciding: Deciding, number: int, *chosen: Decision, until: date | None = None
) -> None:
    await deciding.decide(number, chosen, by="Kim", why="x", until=until, version=1)


async def test_they_are_measures(kept: KeptMeasures) -> None:
    """The bot's Protocol is met; mypy reads this line too."""
    as_the_bot_sees_it: Measures = kept
    assert await as_the_bot_sees_it.find(number=NUMBER, customer=ANNA) is None


async def test_found_by_number_and_by_customer(
    kept: KeptMeasures, deciding: Deciding, journal: DurableJournal, clock: HandClock
) -> None:
    """Either is enough, in any way a number is written; nobody else is touched."""
    await incident(journal, "c1", customer=ANNA)
    assert await kept.find(number=NUMBER, customer=ANNA) is None
    clock.forward(minutes=5)
    await decide(deciding, 1, "trained_team")
    for number, customer in [(NUMBER, None), ("06 1234 5678", None), (None, ANNA), (OTHER, ANNA)]:
        found = await kept.find(number=number, customer=customer)
        assert found is not None
        assert (found.kind, found.incident, found.since) == ("trained_team", "1", clock.now)
    for number, customer in [(OTHER, None), (None, BO), ("anonymous", BO), (None, None), ("", "")]:
        assert await kept.find(number=number, customer=customer) is None


async def test_who_is_not_proven_is_not_measured(
    kept: KeptMeasures, deciding: Deciding, journal: DurableJournal
) -> None:
    """Somebody who says to be another brings a measure on their own number only."""
    await incident(journal, "c1", customer=ANNA, proven=False)
    await decide(deciding, 1, "trained_team")
    assert await kept.find(number=None, customer=ANNA) is None
    assert await kept.find(number=NUMBER, customer=None) is not None


@pytest.mark.parametrize("decision", ["note", "letter", "nothing"])
async def test_other_decisions_are_no_measures(
    kept: KeptMeasures, deciding: Deciding, journal: DurableJournal, decision: Decision
) -> None:
    """What is done once asks nothing of later calls."""
    await incident(journal, "c1")
    await decide(deciding, 1, decision)
    assert await kept.find(number=NUMBER, customer=None) is None


async def test_the_stricter_of_two(
    kept: KeptMeasures, deciding: Deciding, journal: DurableJournal, clock: HandClock
) -> None:
    """The trained team goes before a warning on file, whichever came later."""
    await incident(journal, "c1", customer=ANNA)
    await incident(journal, "c2", number=OTHER)
    await decide(deciding, 2, "trained_team", "warning_on_file")
    clock.forward(days=1)
    await decide(deciding, 1, "warning_on_file")
    both = await kept.find(number=OTHER, customer=ANNA)
    assert both is not None
    assert (both.kind, both.incident) == ("trained_team", "2")
    one = await kept.find(number=None, customer=ANNA)
    assert one is not None
    assert (one.kind, one.incident) == ("warning_on_file", "1")


@pytest.mark.parametrize(
    ("decision", "until", "days"),
    [
        ("warning_on_file", None, 180),
        ("trained_team", None, 365),
        ("trained_team", date(2026, 11, 20), 0),
        ("trained_team", date(2027, 3, 28), 128),  # the day on which the clock goes forward
    ],
)
async def test_a_measure_ends(
    kept: KeptMeasures,
    deciding: Deciding,
    journal: DurableJournal,
    clock: HandClock,
    decision: Decision,
    until: date | None,
    days: int,
) -> None:
    """It holds until the end of its last day where Kalm stands, and not a moment longer."""
    await incident(journal, "c1")
    await decide(deciding, 1, decision, until=until)
    last = clock.now.astimezone(AMSTERDAM).date() + timedelta(days=days)
    assert until in (None, last)
    # 23:59 on the last day and midnight after it, in the time of the place.
    clock.now = clock.now.astimezone(AMSTERDAM).replace(
        year=last.year, month=last.month, day=last.day, hour=23, minute=59
    )
    assert await kept.find(number=NUMBER, customer=None) is not None
    clock.forward(minutes=1)
    assert await kept.find(number=NUMBER, customer=None) is None


async def test_another_decision_takes_its_place(
    kept: KeptMeasures, deciding: Deciding, journal: DurableJournal
) -> None:
    """A milder decision makes it milder; taken back, it is gone."""
    await incident(journal, "c1")
    await decide(deciding, 1, "trained_team")
    await deciding.decide(1, ["warning_on_file"], by="Sam", why="x", version=2)
    found = await kept.find(number=NUMBER, customer=None)
    assert found is not None
    assert found.kind == "warning_on_file"
    await deciding.revoke(1, by="Sam", why="bezwaar", version=3)
    assert await kept.find(number=NUMBER, customer=None) is None


@only_sqlite
async def test_a_broken_database_does_not_stop_a_call(
    kept: KeptMeasures, journal: DurableJournal
) -> None:
    """When measures can't be looked up the caller is treated as anyone else."""
    async with journal.database.writing.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE measures")
    assert await kept.find(number=NUMBER, customer=None) is None


async def test_a_slow_database_does_not_hold_up_a_call(
    kept: KeptMeasures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that does not answer is not waited for."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("handoff.measures.PATIENCE", 0)
    monkeypatch.setattr(kept, "_find", never)
    assert await kept.find(number=NUMBER, customer=None) is None


@only_sqlite
async def test_it_is_looked_up_by_an_index(journal: DurableJournal) -> None:
    """However many measures there are, a call does not read them all."""
    query = "SELECT kind FROM measures WHERE (number = '1' OR customer = '2') AND ended IS NULL"
    async with journal.database.engine.connect() as connection:
        plan = str((await connection.exec_driver_sql("EXPLAIN QUERY PLAN " + query)).all())
    assert "measures_by_number" in plan
    assert "measures_by_customer" in plan
    assert "SCAN" not in plan


@pytest.mark.parametrize(
    ("written", "kept_as"),
    [
        ("+31612345678", NUMBER),
        ("0612345678", NUMBER),
        ("0031 6 1234 5678", NUMBER),
        ("+44 151 496 0000", "+441514960000"),
        ("+266696687", None),  # what Twilio sends for a hidden number, and the next three
        ("+7378742833", None),
        ("+2562533", None),
        ("+86282452253", None),
        ("anonymous", None),
        ("sip:anna@example.com", None),
        ("112", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers(written: str | None, kept_as: str | None) -> None:
    """One caller has one number however it is written; a hidden one is nobody's."""
    assert e164(written) == kept_as
