"""Supervisors hear at once what waits for them, and that it no longer does."""

from collections.abc import AsyncIterator

import httpx
import pytest

from handoff.accounts import Accounts
from handoff.deciding import Deciding
from handoff.desk import live
from handoff.store import DurableJournal
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.incident_calls import STARTED, THREAT, report
from tests.handoff.test_live import listening, serving

PATH = "/desk/incidents/live"

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def site(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[httpx.AsyncClient]:
    """A server, and a supervisor."""
    async with serving(journal, accounts, clock, name="Kim", role="supervisor") as client:
        yield client


async def test_what_waits_is_told_as_it_changes(
    site: httpx.AsyncClient, journal: DurableJournal, clock: HandClock
) -> None:
    """Nothing, one that is urgent, another that is not, and the decision of someone else."""
    async with listening(site, PATH) as told:
        assert (await anext(told))[1] == {
            "open": 0,
            "urgent": 0,
            "count": "",
            "urgent_ones": [],
            "steps": [],
            "marks": "",
        }
        await journal.open("c1", *THREAT)
        first = (await anext(told))[1]
        assert (first["open"], first["count"]) == (1, "(1, 1 dringend)")
        assert first["urgent_ones"] == [{"id": 1, "sign": "threat", "text": "Dringend: dreiging"}]

        await journal.append("c1", nl("goedemiddag"))  # is not told: nothing waits that did not
        await journal.open("c2", STARTED, nl("x"), report(2, "insult_person"))
        second = (await anext(told))[1]
        assert (second["open"], second["urgent"], second["marks"]) == (2, 1, "1.1 2.1")

        deciding = Deciding(journal, clock, AMSTERDAM)
        await deciding.decide(1, ["letter"], by="Sam", why="x", version=1)
        third = (await anext(told))[1]
        assert (third["count"], third["urgent_ones"]) == ("(1)", [])


async def test_what_waited_already_is_told_at_once(
    site: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """A page that opens later knows as much."""
    await journal.open("c1", *THREAT)
    async with listening(site, PATH) as told:
        assert (await anext(told))[1]["open"] == 1


async def test_a_decision_in_another_process_is_seen(
    site: httpx.AsyncClient,
    journal: DurableJournal,
    url: str,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What no event tells of is looked for now and then."""
    monkeypatch.setattr("handoff.desk.incident_live.LOOK_S", 0.01)
    await journal.open("c1", *THREAT)
    async with listening(site, PATH) as told, DurableJournal(url, clock) as other:
        assert (await anext(told))[1]["open"] == 1
        deciding = Deciding(other, clock, AMSTERDAM)
        await deciding.decide(1, ["nothing"], by="Sam", version=1)
        assert (await anext(told))[1]["open"] == 0


async def test_a_stream_ends_so_that_the_login_is_checked_again(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page can't listen for ever: after a while it has to show its session again."""
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.05)
    async with listening(site, PATH) as told:
        assert [data["open"] async for _, data in told] == [0]
