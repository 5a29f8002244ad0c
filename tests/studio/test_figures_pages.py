"""The page of figures shows what the record says, and no share without who came back."""

import csv
import io
from datetime import timedelta

import pytest

from bot.events import Body, CallStarted, FlowChanged, SlotFilled, Understood
from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal
from tests.handoff.calls import nl
from tests.handoff.conftest import HandClock
from tests.studio.learners import Studio, open_studio

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def studio(journal: DurableJournal, clock: HandClock) -> Studio:
    return open_studio(journal, Accounts(journal.database, clock), clock)


async def pays(studio: Studio, call_id: str, *more: Body) -> None:
    await studio.journal.open(
        call_id,
        CallStarted(line="chat", language="nl", caller_number="+31612345678"),
        nl("is mijn betaling binnen"),
        Understood(of=2, intent="check_payment", confidence=0.9),
        FlowChanged(flow="check_payment", change="started"),
        *more,
        FlowChanged(flow="check_payment", change="completed"),
    )


async def test_table_and_csv_say_what_is_on_record(studio: Studio, clock: HandClock) -> None:
    """Two calls of one caller in a week: all resolved, half of them called again."""
    await pays(studio, "a")
    clock.now += timedelta(days=3)
    await pays(studio, "b", SlotFilled(slot="language", value="en", by="caller"))
    clock.forward(seconds=1)
    async with studio.visit() as owner:
        page = await owner.get("/studio/numbers")
        assert '100% <span class="again">belde opnieuw: 50%' in page.text
        assert "2 van deze gesprekken zijn nog geen 7 dagen oud" in page.text
        rows = list(csv.DictReader(io.StringIO((await owner.get("/studio/numbers.csv")).text)))
        assert [row["intent"] for row in rows] == ["check_payment", "(all calls)"]
        assert rows[0] == {**rows[1], "intent": "check_payment"}
        assert (rows[0]["calls"], rows[0]["resolved"], rows[0]["repeat_share"]) == ("2", "2", "0.5")
        english = await owner.get("/studio/numbers.csv?language=en")
        assert next(csv.DictReader(io.StringIO(english.text)))["calls"] == "1"
        odd = await owner.get("/studio/numbers?days=-1&language=xx")
        assert "30 dagen" in odd.text


async def test_a_period_is_whole_days(studio: Studio, clock: HandClock) -> None:
    """A call of the first day of the period counts from midnight on, one of the day before not."""
    await pays(studio, "a")  # 14:00 in Amsterdam
    clock.now += timedelta(days=6, hours=9)  # 23:00, six days on
    async with studio.visit() as owner:
        assert "check_payment" in (await owner.get("/studio/numbers.csv?days=7")).text
        clock.forward(hours=2)
        assert "check_payment" not in (await owner.get("/studio/numbers.csv?days=7")).text


async def test_the_picture_loads_and_runs_nothing(studio: Studio, clock: HandClock) -> None:
    """It is SVG of its own, with the three colours' names, and no script or foreign address."""
    await pays(studio, "a")
    clock.forward(seconds=1)
    async with studio.visit() as owner:
        picture = await owner.get("/studio/numbers.svg")
        assert 'src="/studio/numbers.svg?' in (await owner.get("/studio/numbers")).text
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "script" not in picture.text
    assert "href=" not in picture.text.replace("xmlns", "")
    assert all(name in picture.text for name in ("Opgelost", "Doorverbonden", "Geen van beide"))


async def test_without_calls_it_says_so(studio: Studio) -> None:
    """An empty period is told in words, not as an empty table."""
    async with studio.visit() as owner:
        page = await owner.get("/studio/numbers")
        assert "geen gesprekken in deze periode" in page.text
        assert (await owner.get("/studio/numbers.svg")).status_code == 200
