"""The forecast's page says what the forecast says, to supervisors, in words, lines and a file."""

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from handoff import mount
from handoff.accounts import Accounts
from handoff.desk.forecast_chart import HEIGHT, TOP, chart
from handoff.forecast import HalfHour
from handoff.forecast_table import days, row, write_csv
from handoff.past_calls import PastCall
from handoff.store import DurableJournal
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_forecast import drawn
from tests.handoff.test_incidents_api import client, user

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def app(journal: DurableJournal, accounts: Accounts, clock: HandClock) -> FastAPI:
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    return app


@pytest.fixture
async def kim(app: FastAPI, accounts: Accounts) -> httpx.AsyncClient:
    return await user(app, accounts, "Kim", "supervisor")


@pytest.fixture
def weeks(monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
    """A record of three weeks."""

    async def past(_database: object) -> list[PastCall]:
        return drawn(21, clock().date() - timedelta(21))

    monkeypatch.setattr("handoff.desk.forecast.from_record", past)


async def test_with_too_little_history_it_says_so(kim: httpx.AsyncClient) -> None:
    """How many days there are and how many it takes; no empty chart, and no empty file."""
    page = await kim.get("/desk/forecast")
    assert page.status_code == 200
    assert "Er zijn nog maar 0 dagen met gesprekken bekend" in page.text
    assert "14 nodig" in page.text
    assert "<figure" not in page.text
    assert (await kim.get("/desk/forecast.csv")).status_code == 409


async def test_it_is_for_supervisors(app: FastAPI, accounts: Accounts) -> None:
    """An agent reads that it is not theirs; a stranger is led to the login."""
    async with await user(app, accounts, "Ana", "agent") as ana, client(app) as stranger:
        for path in ("/desk/forecast", "/desk/forecast.csv"):
            assert (await ana.get(path)).status_code == 403
            assert (await stranger.get(path)).status_code == 303


@pytest.mark.usefixtures("weeks")
async def test_page_and_file_hold_two_weeks(kim: httpx.AsyncClient) -> None:
    """Every half hour is in the file and every day on the page, with what the bot takes off."""
    page = (await kim.get("/desk/forecast?handle=6&patience=2,5")).text
    assert page.count('<th scope="row">') > 14
    assert "zaterdag 21 november" in page
    assert "handle=6&amp;patience=2.5" in page
    file = await kim.get("/desk/forecast.csv?handle=6&patience=2.5")
    assert file.headers["content-disposition"].endswith('"kalm-forecast-2026-11-21.csv"')
    lines = list(csv.DictReader(io.StringIO(file.text)))
    assert len(lines) == 14 * 48
    calls = sum(float(line["calls"]) for line in lines)
    for_people = sum(float(line["for_people"]) for line in lines)
    assert 0.4 < for_people / calls < 0.6  # half of the drawn calls were resolved
    longer = (await kim.get("/desk/forecast.csv?handle=12")).text
    most = [
        max(int(x["agents"]) for x in csv.DictReader(io.StringIO(f))) for f in (file.text, longer)
    ]
    assert most[1] > most[0]


@pytest.mark.usefixtures("weeks")
async def test_a_new_day_begins_at_midnight_where_the_centre_is(
    kim: httpx.AsyncClient, clock: HandClock
) -> None:
    """What was reckoned a minute before it is not shown after it: two weeks begin tomorrow."""
    at = clock().astimezone(AMSTERDAM)
    before = at.replace(hour=23, minute=59)
    clock.forward(seconds=(before - at).total_seconds())
    assert "2026-11-21" in (await kim.get("/desk/forecast.csv")).headers["content-disposition"]
    clock.forward(minutes=2)
    assert "2026-11-22" in (await kim.get("/desk/forecast.csv")).headers["content-disposition"]


@pytest.mark.usefixtures("weeks")
async def test_what_makes_no_sense_is_reckoned_as_usual(kim: httpx.AsyncClient) -> None:
    """No number from an address breaks the page."""
    for wrong in ("x", "-1", "nan", "inf", "1e9"):
        page = await kim.get("/desk/forecast", params={"handle": wrong, "patience": wrong})
        assert page.status_code == 200
        assert 'name="handle" inputmode="decimal" value="7"' in page.text


def halves(clock: HandClock) -> list[HalfHour]:
    start = clock().astimezone(AMSTERDAM).replace(hour=0, minute=0)
    return [
        HalfHour(start + timedelta(minutes=30 * n), n % 7, 0, 9, {"a": n % 7}, (n % 7) / 2, n % 3)
        for n in range(96)
    ]


def test_the_days_add_up(clock: HandClock) -> None:
    """What the bot takes off and what is left for people are all calls of that day."""
    ahead = halves(clock)
    told = days(ahead)
    assert len(told) == 2
    assert sum(day.calls for day in told) == pytest.approx(sum(half.calls for half in ahead))
    for day in told:
        assert day.by_bot + day.for_people == pytest.approx(day.calls)
        assert day.agents == max(h.agents for h in ahead if h.start.date() == day.date)
        assert all(half.calls for half in day.halves)


def test_the_lines_stay_within_the_drawing(clock: HandClock) -> None:
    """A point a half hour; the highest value is not above the highest number beside it."""
    ahead = halves(clock)
    drawing = chart(ahead, [half.calls for half in ahead], [half.for_people for half in ahead])
    assert len(drawing.days) == 2
    assert drawing.grid[-1].value >= 6
    for points in drawing.lines:
        ys = [float(y) for y in re.findall(r",(\S+)", points)]
        assert len(ys) == len(ahead)
        assert min(ys) >= TOP
        assert max(ys) <= drawing.base < HEIGHT


def test_a_file_has_every_value_of_a_half_hour(clock: HandClock) -> None:
    """The command and the page write the same file."""
    out = io.StringIO()
    write_csv(halves(clock)[:1], out)
    assert set(out.getvalue().splitlines()[0].split(",")) == {
        *(name for name in row(halves(clock)[0]) if name != "by_intent"),
        "a",
    }
