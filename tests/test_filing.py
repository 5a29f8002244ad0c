"""A contact is filed with the company: once, in order, and until it is done."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.company.client import HttpCompany
from bot.company.demo import create_demo
from bot.crm import CompanyCrm
from bot.events import (
    AgentPromise,
    CallerIdentified,
    CallerVerified,
    CallStarted,
    ContactFiled,
    Event,
    HandoffRequested,
    OfferAccepted,
    WrappedUp,
)
from handoff.filing import Filing
from handoff.jobs import Jobs, jobs_url
from handoff.store.journal import DurableJournal
from tests.serving import ROOT

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")


class Lines(httpx.AsyncBaseTransport):
    """The way to the demo company, which can be cut."""

    def __init__(self, folder: Path) -> None:
        self._demo = httpx.ASGITransport(create_demo(folder, lambda: NOW, ZONE))
        self.cut = False
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.cut:
            raise httpx.ConnectError("the line is cut")
        return await self._demo.handle_async_request(request)


class Centre:
    """A journal and a company, with filing between them."""

    def __init__(self, folder: Path) -> None:
        self.lines = Lines(folder)
        self.url = f"sqlite+aiosqlite:///{folder / 'kalm.db'}"
        self.company = HttpCompany("http://demo.company", transport=self.lines)
        self.journal = DurableJournal(self.url, lambda: NOW)

    @asynccontextmanager
    async def filing(self) -> AsyncIterator[None]:
        jobs = Jobs(jobs_url(self.url))
        filing = Filing(
            self.journal,
            CompanyCrm(self.company),
            jobs=jobs,
            clock=lambda: NOW,
            zone=ZONE,
            language="nl",
            first_wait_s=0.05,
        )
        await jobs.start()
        await filing.start()
        try:
            yield
        finally:
            await filing.close()
            await jobs.close()

    async def wrapped_up(
        self, call_id: str, note: str, *, verified: bool = True, wrapped: WrappedUp | None = None
    ) -> None:
        """A call that an agent closes."""
        known = CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="number_on_line")
        proven = CallerVerified(customer_id="471109", factors=("number_on_line", "postcode"))
        await self.journal.open(call_id, CallStarted(line="twilio", language="nl"), known)
        if verified:
            await self.journal.append(call_id, proven)
        await self.journal.append(
            call_id,
            HandoffRequested(reason="caller_asked"),
            OfferAccepted(agent="Sem"),
            wrapped or WrappedUp(agent="Sem", disposition="solved", note=note),
        )

    async def until(self, call_id: str, result: str) -> list[Event]:
        """Wait until it is on record what became of a contact."""
        async with asyncio.timeout(30):
            async for event in self.journal.follow(call_id):
                if isinstance(event.body, ContactFiled) and event.body.result == result:
                    return await self.journal.read(call_id)
        raise AssertionError("the journal ended")

    async def notes_of_demo(self) -> list[str]:
        """What was filed for the customer, newest first."""
        return [c.summary for c in await self.company.contacts("471109") if c.disposition]


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path)
    async with centre.journal, centre.company:
        yield centre


async def test_what_an_agent_did_is_read_by_the_next_one(centre: Centre) -> None:
    """A wrap-up becomes a contact at the company, with agent, note and disposition."""
    async with centre.filing():
        await centre.wrapped_up("c1", "kosten kwijtgescholden")
        await centre.until("c1", "filed")
    [filed] = [c for c in await centre.company.contacts("471109") if c.disposition]
    assert filed.agent == "Sem"
    assert filed.channel == "phone"
    assert filed.summary.endswith("kosten kwijtgescholden")


async def test_a_long_note_and_what_was_promised_are_filed_whole(centre: Centre) -> None:
    """What an agent wrote at wrap-up reaches the company, with the promises and their moments."""
    due = datetime(2026, 11, 20, 16, tzinfo=UTC)
    wrapped = WrappedUp(
        agent="Sem",
        disposition="solved",
        done="kosten kwijtgescholden",
        promises=(AgentPromise(text="brief komt", due=due),),
        note="n" * 2000,
    )
    async with centre.filing():
        await centre.wrapped_up("c1", "", wrapped=wrapped)
        await centre.until("c1", "filed")
    [filed] = [c for c in await centre.company.contacts("471109") if c.disposition]
    assert filed.summary == "kosten kwijtgescholden; " + "n" * 2000
    assert filed.promised == "brief komt, uiterlijk vrijdag 20 november, 17:00 (Sem)"


async def test_nobody_gets_the_contact_of_a_caller_who_was_not_verified(centre: Centre) -> None:
    """Two customers may share a number: who is only identified is nobody's contact."""
    async with centre.filing():
        await centre.wrapped_up("c1", "x", verified=False)
        await centre.until("c1", "nobody")
    assert await centre.notes_of_demo() == []


async def test_a_company_that_is_down_is_asked_again_and_the_desk_can_see_it(
    centre: Centre,
) -> None:
    """While there is no answer it says retrying, once; then it is filed, once."""
    centre.lines.cut = True
    async with centre.filing():
        await centre.wrapped_up("c1", "later")
        await centre.until("c1", "retrying")
        centre.lines.cut = False
        events = await centre.until("c1", "filed")
    told = [e.body.result for e in events if isinstance(e.body, ContactFiled)]
    assert told == ["retrying", "filed"]
    assert len(await centre.notes_of_demo()) == 1


async def test_a_wrap_up_before_a_stop_is_filed_after_the_start(centre: Centre) -> None:
    """What was wrapped up while nobody filed, or could file, is filed at the next start."""
    await centre.wrapped_up("c1", "gisteren")
    centre.lines.cut = True
    async with centre.filing():
        await centre.until("c1", "retrying")
    centre.lines.cut = False
    async with centre.filing():
        await centre.until("c1", "filed")
    async with centre.filing():
        pass  # a third start files nothing more
    assert len(await centre.notes_of_demo()) == 1


async def test_the_contacts_of_one_customer_are_filed_in_order(centre: Centre) -> None:
    """A contact waits for the earlier one of the same customer, however long that takes."""
    centre.lines.cut = True
    async with centre.filing():
        await centre.wrapped_up("c1", "eerst")
        await centre.until("c1", "retrying")
        await centre.wrapped_up("c2", "daarna")
        centre.lines.cut = False
        await centre.until("c2", "filed")
    # Both began at the same moment: the demo tells them in the order in which they came.
    first, second = await centre.notes_of_demo()
    assert first.endswith("eerst")
    assert second.endswith("daarna")


async def test_a_contact_is_filed_though_kalm_is_killed_while_it_tries(
    centre: Centre, tmp_path: Path
) -> None:
    """Kill -9 between two tries loses nothing and files nothing twice."""
    await centre.wrapped_up("c1", "overleefd")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.filing_writer", str(tmp_path), cwd=ROOT
    )
    try:
        await centre.until("c1", "retrying")
    finally:
        child.kill()
        await child.wait()
    async with centre.filing():
        await centre.until("c1", "filed")
    assert len(await centre.notes_of_demo()) == 1
