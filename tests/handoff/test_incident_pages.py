"""Supervisors read and decide on their pages; agents and strangers can't, and nothing gets lost."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from bot.events import CallStarted, HandoffRequested
from handoff import mount
from handoff.accounts import Accounts, Role
from handoff.guard import SESSION_COOKIE
from handoff.incidents import Incidents
from handoff.store import DurableJournal
from handoff.store.tables import calls, events
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock, only_sqlite
from tests.handoff.incident_calls import HEAVY, STARTED, THREAT, report

PAGES = ["/desk/incidents", "/desk/incidents/1"]
FORMS = ["/desk/incidents/1/decision", "/desk/incidents/1/revocation"]
Enter = Callable[[str, Role], Awaitable[httpx.AsyncClient]]

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def enter(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[Enter]:
    """Open a browser that is logged in as a new user; its CSRF token is a header."""
    await journal.open("c1", *THREAT)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    opened: list[httpx.AsyncClient] = []

    async def log_in(name: str, role: Role) -> httpx.AsyncClient:
        session = await accounts.log_in(name, await accounts.add_user(name, role=role), "192.0.2.1")
        assert session is not None
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://kalm.test",
            cookies={SESSION_COOKIE: session.token},
            headers={"Accept-Language": "nl"},
        )
        opened.append(client)
        return client

    yield log_in
    for client in opened:
        await client.aclose()


@pytest.fixture
def incidents(journal: DurableJournal, clock: HandClock) -> Incidents:
    return Incidents(journal, clock, AMSTERDAM)


def hidden(page: httpx.Response) -> dict[str, str]:
    """Return what the form for a decision sends along."""
    form = page.text[page.text.index('/decision"') :]
    return {
        name: re.findall(f'name="{name}" value="([^"]+)"', form)[0] for name in ("csrf", "version")
    }


async def test_agents_are_kept_out(enter: Enter, incidents: Incidents) -> None:
    """An agent sees no incident and no link to them, and can't decide."""
    agent = await enter("Ana", "agent")
    for path in PAGES:
        answer = await agent.get(path)
        assert answer.status_code == 403
        assert "voor teamleiders" in answer.text
        assert "Vries" not in answer.text
        assert "brand" not in answer.text
    for path in FORMS:
        assert (await agent.post(path, data={"why": "x"})).status_code == 403
    assert (await agent.get("/desk/incidents/live")).status_code == 401
    assert "/desk/incidents" not in (await agent.get("/desk")).text
    (threat,) = await incidents.listed("open")
    assert threat.version == 1


async def test_strangers_are_sent_to_the_login(enter: Enter) -> None:
    """Without a session there is nothing but the login."""
    stranger = await enter("Ana", "supervisor")
    stranger.cookies.clear()
    for path in PAGES:
        answer = await stranger.get(path)
        assert answer.headers["location"].startswith("/login?back=%2Fdesk%2Fincidents")
    for path in FORMS:
        assert (await stranger.post(path)).headers["location"].startswith("/login")
    assert (await stranger.get("/desk/incidents/live")).status_code == 401


@pytest.mark.parametrize("role", ["supervisor", "admin"])
async def test_supervisors_have_a_link(enter: Enter, role: Role) -> None:
    """Every page of a supervisor leads to the incidents and tells how many there are."""
    page = (await (await enter("Kim", role)).get("/desk")).text
    assert 'href="/desk/incidents" data-live="/desk/incidents/live"' in page
    assert 'role="alert"' in page


async def test_the_list(enter: Enter, journal: DurableJournal, clock: HandClock) -> None:
    """Open ones are grouped under their call, urgent first; decided ones are elsewhere."""
    clock.forward(minutes=5)
    await journal.append("c1", nl("sukkel"), report(7, "insult_person"))
    other = CallStarted(line="twilio", language="nl", caller_number="+31201234567")
    await journal.open("c0", other, nl("x"), report(2, "discrimination"))
    kim = await enter("Kim", "supervisor")
    page = (await kim.get("/desk/incidents")).text
    places = ["Mw. J. de Vries", "dreiging", "belediging van een persoon", "020 123 4567"]
    assert sorted(places, key=page.index) == places
    assert page.count("<h2") == 2
    form = hidden(await kim.get("/desk/incidents/1"))
    await kim.post(FORMS[0], data={**form, "measures": "letter", "why": "brief"})
    assert '/desk/incidents/1"' not in (await kim.get("/desk/incidents")).text
    assert '/desk/incidents/1"' in (await kim.get("/desk/incidents?show=decided")).text
    assert "Er is niets." in (await kim.get("/desk/incidents?show=revoked")).text


async def test_one_incident(enter: Enter, journal: DurableJournal) -> None:
    """The page has the words, where they were said, what was answered, and what is proposed."""
    await journal.open("c2", *HEAVY)
    kim = await enter("Kim", "supervisor")
    page = (await kim.get("/desk/incidents/2")).text
    for text in (
        "seksuele intimidatie",
        "ernstig",
        "kom hier dan zal ik je pakken",
        "door: zal ik je pakken",
        "Als dit doorgaat, beëindig ik het gesprek.",
        "1 waarschuwing vooraf",
        "Het gesprek is daarom beëindigd.",
        "Kalm neemt gesprekken niet op.",
        "geverifieerd (telefoonnummer, postcode)",
        "06 12345678",
        'href="/desk/calls/c2#e12"',
        "de tweede keer binnen 90 dagen",
        '<a class="item" href="/desk/incidents/1">dreiging, dringend, 20 november 2026',
    ):
        assert text in page
    assert re.search(r'value="warning_on_file" >[^<]*waarschuwing in het dossier <small>', page)
    assert 'type="checkbox" name="measures" value="letter" checked' not in page  # not for them
    missing = [(await kim.get(f"/desk/incidents/{n}")).status_code for n in ("9", "x", "9" * 30)]
    assert missing == [404, 404, 404]


async def test_in_english(enter: Enter) -> None:
    """Everything on the page is there in English, but for what was said."""
    kim = await enter("Kim", "supervisor")
    page = (await kim.get("/desk/incidents/1", headers={"Accept-Language": "en"})).text
    for text in ("threat", "Your decision", "a threat to a person or a building", "20 November"):
        assert text in page
    assert "ik steek jullie kantoor in brand" in page
    listed = (await kim.get("/desk/incidents", headers={"Accept-Language": "en"})).text
    assert "reported 1 time" in listed


async def test_what_callers_say_is_text(enter: Enter, journal: DurableJournal) -> None:
    """Words with markup in them are shown, not obeyed, whoever typed them."""
    nasty = '<img src=x onerror="alert(1)">'
    await journal.append("c1", nl(nasty), report(7, "threat", nasty))
    kim = await enter("Kim", "supervisor")
    form = hidden(await kim.get("/desk/incidents/1"))
    await kim.post(FORMS[0], data={**form, "measures": "letter", "why": nasty})
    page = (await kim.get("/desk/incidents/1")).text
    assert nasty not in page
    assert page.count("&lt;img src=x") >= 3


async def test_deciding_and_revoking(enter: Enter, incidents: Incidents) -> None:
    """A decision is made with a reason, shown with who and until when, and can be taken back."""
    kim = await enter("Kim", "supervisor")
    form = hidden(await kim.get("/desk/incidents/1"))
    data = {
        **form,
        "measures": ["letter", "trained_team"],
        "until": "2027-02-28",
        "why": "dreigde met brand",
    }
    done = await kim.post(FORMS[0], data=data)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/incidents/1")
    page = await kim.get("/desk/incidents/1")
    for text in (
        "brief, naar het getrainde team",
        "dreigde met brand",
        "20 november 2026, 14:00, Kim",
        "geldt tot en met 28 februari 2027, nummer 06 12345678",
        "Wie belde is niet bewezen.",
    ):
        assert text in page.text
    form = hidden(page)
    bare = await kim.post(FORMS[1], data={**form, "why": ""})
    assert (bare.status_code, "Schrijf op waarom." in bare.text) == (422, True)
    done = await kim.post(FORMS[1], data={**form, "why": "bezwaar gegrond"})
    assert done.status_code == 303
    page = await kim.get("/desk/incidents/1")
    assert "gestopt op 20 november 2026" in page.text
    assert "bezwaar gegrond" in page.text
    assert "/revocation" not in page.text


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Kies wat u beslist."),
        ({"measures": ["letter"]}, "Schrijf op waarom."),
        ({"measures": ["nothing", "letter"], "why": "x"}, "Niets kan niet samen"),
        ({"measures": ["trained_team"], "why": "x", "until": "2020-01-01"}, "al voorbij"),
        ({"measures": ["trained_team"], "why": "x", "until": "morgen"}, "geen datum"),
        ({"measures": ["hanging"], "why": "x"}, "Kies wat u beslist."),
    ],
)
async def test_what_was_typed_is_not_lost(
    enter: Enter, incidents: Incidents, sent: dict[str, str], told: str
) -> None:
    """A form that can't be stored comes back with what is wrong and what was filled in."""
    kim = await enter("Kim", "supervisor")
    form = hidden(await kim.get("/desk/incidents/1"))
    answer = await kim.post(FORMS[0], data={**form, **sent})
    assert answer.status_code == 422
    assert told in answer.text
    assert f">{sent.get('why', '')}</textarea>" in answer.text
    for chosen in set(sent.get("measures", [])) - {"hanging"}:
        assert f'value="{chosen}" checked' in answer.text
    (threat,) = await incidents.listed("open")
    assert threat.version == 1
    assert (await kim.get(FORMS[0])).headers["location"] == "/desk/incidents/1"


async def test_two_supervisors(enter: Enter, journal: DurableJournal) -> None:
    """Who comes second is told who was first, and what they wrote is still there."""
    kim, sam = await enter("Kim", "supervisor"), await enter("Sam", "supervisor")
    first = hidden(await kim.get("/desk/incidents/1"))
    second = hidden(await sam.get("/desk/incidents/1"))
    won = await kim.post(FORMS[0], data={**first, "measures": "note", "why": "gebeld"})
    lost = await sam.post(FORMS[0], data={**second, "measures": "letter", "why": "mijn brief"})
    assert (won.status_code, lost.status_code) == (303, 409)
    assert "Kim was u voor." in lost.text
    assert "mijn brief</textarea>" in lost.text
    await journal.append("c1", nl("nu weer"), report(7))
    late = await sam.post(FORMS[0], data={**hidden(lost), "measures": "letter", "why": "x"})
    assert (late.status_code, "Er is intussen iets bijgekomen." in late.text) == (409, True)


async def test_a_foreign_page_can_not_decide(enter: Enter, incidents: Incidents) -> None:
    """Without the session's CSRF token nothing is decided, and the page says so."""
    kim = await enter("Kim", "supervisor")
    version = hidden(await kim.get("/desk/incidents/1"))["version"]
    for path in FORMS:
        for csrf in ("", "guess"):
            data = {"csrf": csrf, "version": version, "measures": "letter", "why": "x"}
            answer = await kim.post(path, data=data)
            assert (answer.status_code, "verlopen" in answer.text) == (403, True)
    (threat,) = await incidents.listed("open")
    assert threat.version == 1


@only_sqlite
async def test_a_full_disk_is_told(enter: Enter, journal: DurableJournal) -> None:
    """A decision that could not be stored is not shown as if it were."""
    kim = await enter("Kim", "supervisor")
    form = hidden(await kim.get("/desk/incidents/1"))
    async with journal.database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON incident_decisions "
            "BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    answer = await kim.post(FORMS[0], data={**form, "measures": "letter", "why": "x"})
    assert (answer.status_code, "kon niet worden opgeslagen" in answer.text) == (503, True)


async def test_someone_in_need(enter: Enter, journal: DurableJournal) -> None:
    """The page of a crisis says that it is about safety and offers nothing against the caller."""
    await journal.open("c2", STARTED, nl("ik wil niet meer leven"), report(2, "crisis"))
    kim = await enter("Kim", "supervisor")
    page = (await kim.get("/desk/incidents/2")).text
    assert "veiligheid van de beller" in page
    assert re.findall(r'name="measures" value="(\w+)"', page) == ["note", "nothing"]
    assert 'name="until"' not in page


async def test_a_conversation_that_is_gone(enter: Enter, journal: DurableJournal) -> None:
    """When the words are no longer kept the page says that, not that nothing was said."""
    async with journal.database.writing.begin() as connection:
        await connection.execute(delete(events))
        await connection.execute(delete(calls))
    kim = await enter("Kim", "supervisor")
    page = await kim.get("/desk/incidents/1")
    assert (page.status_code, page.text.count("niet meer bewaard")) == (200, 3)
    assert "nog niets" not in page.text
    assert "06 12345678" in page.text
    done = await kim.post(FORMS[0], data={**hidden(page), "measures": "nothing"})
    assert done.status_code == 303


async def test_supervisors_close_anyones_card(enter: Enter, journal: DurableJournal) -> None:
    """What an agent left open can be closed by a supervisor."""
    ana, kim = await enter("Ana", "agent"), await enter("Kim", "supervisor")
    csrf = re.findall('name="csrf" value="([^"]+)"', (await ana.get("/desk")).text)[0]
    await journal.append("c1", nl("iemand"))
    await journal.append("c1", HandoffRequested(reason="threat"))
    await ana.post("/desk/calls/c1/accept", data={"csrf": csrf})
    assert 'action="/desk/calls/c1/close"' in (await kim.get("/desk/calls/c1")).text
    csrf = re.findall('name="csrf" value="([^"]+)"', (await kim.get("/desk")).text)[0]
    closed = await kim.post("/desk/calls/c1/close", data={"csrf": csrf, "disposition": "passed_on"})
    assert closed.status_code == 303
    assert (await journal.summaries("closed"))[0].call_id == "c1"


async def test_nothing_comes_from_elsewhere(enter: Enter) -> None:
    """Pages name no other server and run no inline script; what they load is there."""
    kim = await enter("Kim", "supervisor")
    for path in [*PAGES, "/desk/incidents/9"]:
        answer = await kim.get(path)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"(https?:)?//[a-z]", answer.text)
        assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=| style=", answer.text)
        for asset in re.findall(r'(?:src|href)="(/desk/static/[^"]+)"', answer.text):
            assert (await kim.get(asset)).status_code == 200
