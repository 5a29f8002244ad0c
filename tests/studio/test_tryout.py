"""Owners try the bot in text and by voice; nothing of it is kept, and nobody can wear it out."""

import httpx
import pytest

from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal
from handoff.store.tables import calls
from handoff.studio.tryout import IDLE, LARGEST_SOUND, LONGEST, MOST_A_MINUTE, MOST_CALLS
from tests.handoff.conftest import HandClock
from tests.studio.learners import FILES, Studio, open_studio

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def studio(journal: DurableJournal, clock: HandClock) -> Studio:
    return open_studio(journal, Accounts(journal.database, clock), clock)


async def begin(owner: httpx.AsyncClient, on: str = "draft") -> str:
    sent = await owner.post("/studio/try", data={"on": on, "language": "nl"})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


async def test_a_call_on_the_draft_or_on_what_is_live(studio: Studio) -> None:
    """The bot begins with the files that the owner chose, and says what it makes of a sentence."""
    await studio.drafts.change("nlu.nl.yml", lambda text: text + "    - stuk\n", by="Iris")
    async with studio.visit() as owner:
        call = await begin(owner)
        page = await owner.post(call, data={"words": "  hallo  daar "})
        assert "U zei hallo daar" in page.text
        assert "90% zeker" in page.text
        assert "83% gelijk" in page.text
        assert "Goedendag &lt;b&gt;" in page.text
        assert (await owner.get(call)).text.count("U zei") == 1  # a reload says nothing twice
        await begin(owner, "live")
    [(draft, live, first), (below, live_too, _second)] = studio.bench.begun
    assert (live, live_too) == (False, True)
    assert (below, draft["nlu.nl.yml"]) == (FILES, FILES["nlu.nl.yml"] + "    - stuk\n")
    assert first.hung_up


async def test_nothing_is_kept(studio: Studio) -> None:
    """A call that is tried is on no record."""
    async with studio.visit() as owner:
        await owner.post(await begin(owner), data={"words": "hallo"})
    async with studio.journal.database.engine.connect() as connection:
        assert list(await connection.execute(calls.select())) == []


async def test_a_call_is_its_owners_and_ends(studio: Studio, clock: HandClock) -> None:
    """Nobody else can go on with a call, nor anybody after its end, or after a long silence."""
    async with studio.visit() as owner, studio.visit("Noor") as other:
        call = await begin(owner)
        assert (await other.post(call, data={"words": "hallo"})).status_code == 410
        assert (await other.get(call)).status_code == 303
        assert "beëindigt" in (await owner.post(call, data={"words": "dag"})).text
        assert (await owner.post(call, data={"words": "hallo"})).status_code == 409
        clock.now += IDLE + IDLE
        await begin(other)
        assert (await owner.post(call, data={"words": "hallo"})).status_code == 410


async def test_what_is_said_is_heard(studio: Studio) -> None:
    """A recording becomes words; silence and what is no sound are told apart."""
    async with studio.visit() as owner:
        heard = await owner.post("/studio/try/voice?language=en", content=b"hello")
        assert heard.json() == {"words": "hello", "language": "en", "confidence": 0.8}
        assert (await owner.post("/studio/try/voice", content=b"")).status_code == 422
        assert (await owner.post("/studio/try/voice", content=b"\0")).status_code == 415
        del owner.headers["X-CSRF-Token"]
        assert (await owner.post("/studio/try/voice", content=b"hello")).status_code == 403


async def test_nobody_wears_it_out(studio: Studio, clock: HandClock) -> None:
    """Too much, too long and too many are refused, and a minute later it goes on."""
    async with studio.visit() as owner:
        call = await begin(owner)
        assert (await owner.post(call, data={"words": "a" * (LONGEST + 1)})).status_code == 413
        large = b"a" * (LARGEST_SOUND + 1)
        assert (await owner.post("/studio/try/voice", content=large)).status_code == 413
        for _ in range(MOST_A_MINUTE - 1):
            assert (await owner.post(call, data={"words": "hallo"})).status_code == 200
        assert (await owner.post(call, data={"words": "hallo"})).status_code == 429
        assert (await owner.post("/studio/try/voice", content=b"hello")).status_code == 429
        clock.forward(seconds=61)
        assert (await owner.post(call, data={"words": "hallo"})).status_code == 200


async def test_there_is_room_for_so_many_calls(studio: Studio, clock: HandClock) -> None:
    """One owner more than there is room for is asked to wait."""
    for number in range(MOST_CALLS):
        async with studio.visit(f"owner {number}") as owner:
            await begin(owner)
    async with studio.visit() as owner:
        assert (await owner.post("/studio/try", data={"on": "live"})).status_code == 429
        clock.forward(hours=1)
        await begin(owner)
