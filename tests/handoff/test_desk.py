"""The desk's pages: only for who is logged in, safe to click, in the reader's language."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from bot.events import (
    Body,
    BotSpoke,
    BoundarySet,
    CallStarted,
    Evidence,
    HandoffRequested,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
)
from handoff import mount
from handoff.accounts import Accounts
from handoff.desk.login import local
from handoff.desk.view import HERE
from handoff.guard import SESSION_COOKIE
from handoff.store import DurableJournal
from handoff.throttle import LIMITS
from tests.handoff.calls import PAYMENT, nl
from tests.handoff.conftest import AMSTERDAM, HandClock

PASSWORD = "zomer-en-winter"
NOTICES = ["flows/pay.yml, line 3: unknown slot"]
Browser = Callable[[], httpx.AsyncClient]

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def browser(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[Browser]:
    await journal.open("c1", *PAYMENT)
    for name in ("Ana", "Sem"):
        await accounts.add_user(name, PASSWORD)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM, lambda: NOTICES)
    opened: list[httpx.AsyncClient] = []

    def open_browser() -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://kalm.test", headers={"Accept-Language": "nl"}
        )
        opened.append(client)
        return client

    yield open_browser
    for client in opened:
        await client.aclose()


def hidden(page: httpx.Response, name: str = "csrf") -> str:
    """Return what a form of the page sends along."""
    found = re.search(f'name="{name}" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def log_in(client: httpx.AsyncClient, name: str = "Ana", **sent: str) -> httpx.Response:
    form = await client.get("/login")
    data = {"csrf": hidden(form), "name": name, "password": PASSWORD, **sent}
    return await client.post("/login", data=data)


async def test_strangers_are_sent_to_the_login_and_back(browser: Browser) -> None:
    """Every page asks for a login, then leads where one wanted to go."""
    client = browser()
    for path in ("/desk", "/desk/calls/c1", "/desk/password"):
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/login?back={path.replace('/', '%2F')}"
        assert "Vries" not in answer.text
    for path in ("/desk/live", "/desk/calls/c1/live"):
        assert (await client.get(path)).status_code == 401
    for path in ("/desk/calls/c1/accept", "/desk/calls/c1/close"):
        assert (await client.post(path)).headers["location"].startswith("/login")

    answer = await log_in(client, back="/desk/calls/c1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/calls/c1")
    assert "Mw. J. de Vries" in (await client.get("/desk/calls/c1")).text


async def test_the_session_cookie_is_out_of_reach(browser: Browser) -> None:
    """Scripts can't read it and foreign pages can't use it."""
    answer = await log_in(browser())
    (cookie,) = (c for c in answer.headers.get_list("set-cookie") if SESSION_COOKIE in c)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "path", ["//evil.test", "https://evil.test", "/\\evil.test", "evil", "", "/a\nb", "/a\\b"]
)
async def test_the_way_back_never_leaves_the_site(browser: Browser, path: str) -> None:
    """A link that carries a foreign address leads to the desk."""
    assert local(path) == "/desk"
    assert (await log_in(browser(), back=path)).headers["location"] == "/desk"


async def test_wrong_passwords(browser: Browser, clock: HandClock) -> None:
    """A wrong password says no more than that; after a few the page asks to wait."""
    client = browser()
    for _ in range(LIMITS["pair"]):
        answer = await log_in(client, password="geraden-wachtwoord")
        assert answer.status_code == 401
        assert "Naam of wachtwoord klopt niet." in answer.text
    answer = await log_in(client)
    assert answer.status_code == 429
    assert "Wacht 15 min" in answer.text
    clock.now += timedelta(minutes=15)
    assert (await log_in(client)).status_code == 303


async def test_a_login_form_of_another_browser_does_not_work(browser: Browser) -> None:
    """Nobody is logged in by a form that a foreign page filled in."""
    form = await browser().get("/login")
    data = {"csrf": hidden(form), "name": "Ana", "password": PASSWORD}
    victim = browser()
    assert (await victim.post("/login", data=data)).status_code == 403
    assert (await victim.post("/login", data={**data, "csrf": ""})).status_code == 403


async def test_logging_out(browser: Browser) -> None:
    """Out is out; a foreign page can't log anyone out."""
    client = browser()
    await log_in(client)
    await client.post("/logout", data={"csrf": "guess"})
    page = await client.get("/desk")
    assert page.status_code == 200
    await client.post("/logout", data={"csrf": hidden(page)})
    assert (await client.get("/desk")).status_code == 303


async def test_the_list(browser: Browser, journal: DurableJournal) -> None:
    """The list shows who waits and who has what, and what is wrong with Kalm."""
    await journal.open("c2", CallStarted(line="chat", language="nl", caller_number="+31201234567"))
    await journal.append("c2", HandoffRequested(reason="key_0"), OfferAccepted(agent="Sem"))
    client = browser()
    await log_in(client)
    page = (await client.get("/desk")).text
    assert page.index("Mw. J. de Vries") < page.index("Aangenomen") < page.index("020 123 4567")
    assert NOTICES[0] in page
    assert '<p class="quiet" id="nobody" hidden>' in page
    await journal.append("c1", OfferAccepted(agent="Ana"))
    page = (await client.get("/desk")).text
    assert '<p class="quiet" id="nobody">Er wacht niemand.' in page


async def test_the_card_with_the_conversation(browser: Browser) -> None:
    """The page has the card of the call, its transcript, and a button to accept."""
    client = browser()
    await log_in(client)
    page = (await client.get("/desk/calls/c1")).text
    for text in (
        "geverifieerd (telefoonnummer, postcode)",
        "betaling van 12 november gevonden: EUR 84,20",
        "“Mevrouw De Vries, ik zie uw betaling van 12 november.”",
        "Goedemiddag, met Kalm Energie.",
        "Neem aan",
    ):
        assert text in page
    missing = await client.get("/desk/calls/c9")
    assert (missing.status_code, "Dit gesprek is er niet." in missing.text) == (404, True)


UPSET: list[Body] = [
    CallStarted(line="twilio", language="nl", caller_number="+31687654321"),
    nl("jij bent een <b>trut"),
    MoodHeard(
        of=2,
        anger=0.9,
        by_words=0.9,
        signs=("insult_person",),
        evidence=(Evidence(source="words", name="insult_person", words="<b>trut"),),
    ),
    MoodChanged(level="angry", trend="rising", anger_kind="emotional", anger=0.8),
    BoundarySet(of=2, sign="insult_person"),
    BotSpoke(words="Ik wil u graag helpen. Zo kan dat niet.", language="nl"),
    HandoffRequested(reason="upset"),
]


async def test_the_mood_on_the_card(browser: Browser, journal: DurableJournal) -> None:
    """In words, as a line that leads to the conversation, and as a table for who sees no line."""
    await journal.open("c2", *UPSET)
    client = browser()
    await log_in(client)
    page = (await client.get("/desk/calls/c2")).text
    for text in (
        "boos, wordt bozer (om de situatie, niet tegen u)",
        '<a class="source" href="#e2">&lt;b&gt;trut</a></q> <i>scheldt iemand uit</i>',
        '<title id="course-title">Verloop van de stemming</title>',
        "Boosheid over het gesprek, van 80 naar 80 van 100, hoogste 80.",
        '<a href="#e2" tabindex="0" aria-label="0:00, boosheid 80 van 100, scheldt iemand uit">',
        '<td><a href="#e2">0:00</a></td><td>80</td><td>scheldt iemand uit</td>',
        "Grens gesteld: ",
        '<q lang="nl">Ik wil u graag helpen. Zo kan dat niet.</q>',
        "grens gesteld: scheldt iemand uit",
        'aria-label="boosheid 90 van 100"',
        'aria-label="Stemming: boos, wordt bozer (om de situatie, niet tegen u)"',
    ):
        assert text in page, text
    assert "<b>trut" not in page
    assert not re.search(r"<style| on\w+=| style=", page)
    without = (await client.get("/desk/calls/c1")).text
    assert 'data-part="mood"' not in without
    assert '<svg class="course"' not in without


async def test_an_alarm_stands_on_every_page_of_the_desk(
    browser: Browser, journal: DurableJournal
) -> None:
    """List, card, closed cards: each shows who is in danger, until somebody accepts."""
    await journal.open("c2", *UPSET[:2], HandoffRequested(reason="crisis"))
    ana, sem = browser(), browser()
    await log_in(ana, "Ana")
    await log_in(sem, "Sem")
    for path in ("/desk", "/desk/calls/c1", "/desk?show=closed"):
        for client in (ana, sem):
            page = (await client.get(path)).text
            assert "Noodsituatie: 06 87654321 wacht op een medewerker" in page
            assert "<title>(!) " in page
            assert 'data-live="/desk/live' in page
    page = (await ana.get("/desk")).text
    assert page.index('data-call="c2"') < page.index('data-call="c1"')
    accepting = await ana.get("/desk/calls/c2")
    assert "vraag of de beller nu veilig is" in accepting.text
    await ana.post("/desk/calls/c2/accept", data={"csrf": hidden(accepting)})
    for path in ("/desk", "/desk/calls/c1", "/desk/calls/c2"):
        page = (await sem.get(path)).text
        assert "Noodsituatie:" not in page
        assert "(!)" not in page


async def test_what_callers_say_is_text(browser: Browser, journal: DurableJournal) -> None:
    """Words with markup in them are shown, not obeyed."""
    nasty = '<img src=x onerror="alert(1)">'
    await journal.append("c1", nl(nasty), OfferAccepted(agent="<b>Ana"))
    client = browser()
    await log_in(client)
    page = (await client.get("/desk/calls/c1")).text
    assert nasty not in page
    assert "&lt;img src=x" in page
    assert "<b>Ana" not in page


async def test_accepting_and_closing(browser: Browser, journal: DurableJournal) -> None:
    """One of two agents gets the card, the other reads who; then it is closed with a note."""
    ana, sem = browser(), browser()
    await log_in(ana, "Ana")
    await log_in(sem, "Sem")
    ana_page, sem_page = await ana.get("/desk/calls/c1"), await sem.get("/desk/calls/c1")

    won = await ana.post("/desk/calls/c1/accept", data={"csrf": hidden(ana_page)})
    lost = await sem.post("/desk/calls/c1/accept", data={"csrf": hidden(sem_page)})
    assert (won.status_code, won.headers["location"]) == (303, "/desk/calls/c1")
    assert lost.status_code == 409
    assert "Ana was u voor" in lost.text
    assert 'action="/desk/calls/c1/close"' not in lost.text

    page = await ana.get("/desk/calls/c1")
    assert 'action="/desk/calls/c1/close"' in page.text
    form = {"csrf": hidden(page), "note": "belt morgen terug"}
    unclear = await ana.post("/desk/calls/c1/close", data={**form, "disposition": "perfect"})
    assert unclear.status_code == 400
    assert "belt morgen terug" in unclear.text
    done = await ana.post("/desk/calls/c1/close", data={**form, "disposition": "solved"})
    assert (done.status_code, done.headers["location"]) == (303, "/desk")
    assert (await journal.summaries("closed"))[0].agent == "Ana"
    assert "Mw. J. de Vries" in (await ana.get("/desk?show=closed")).text
    assert "Mw. J. de Vries" not in (await ana.get("/desk")).text


async def test_a_foreign_page_can_not_click(browser: Browser, journal: DurableJournal) -> None:
    """Forms without the session's CSRF token change nothing."""
    before = await journal.last_position()
    client = browser()
    await log_in(client)
    for csrf in ("", "guess"):
        accept = await client.post("/desk/calls/c1/accept", data={"csrf": csrf})
        close = await client.post(
            "/desk/calls/c1/close", data={"csrf": csrf, "disposition": "solved"}
        )
        password = {"csrf": csrf, "old": PASSWORD, "new": "x" * 12, "again": "x" * 12}
        change = await client.post("/desk/password", data=password)
        assert (accept.status_code, close.status_code, change.status_code) == (403, 403, 400)
    assert await journal.last_position() == before
    assert (await log_in(browser())).status_code == 303


async def test_changing_the_password(browser: Browser) -> None:
    """The page says what is wrong, and when it worked."""
    client = browser()
    await log_in(client)
    csrf = hidden(await client.get("/desk/password"))
    for old, new, again, answer in [
        (PASSWORD, "lente-en-herfst", "lente-en-hersft", "niet gelijk"),
        (PASSWORD, "kort", "kort", "Minstens 10 tekens"),
        ("geraden-wachtwoord", "lente-en-herfst", "lente-en-herfst", "klopt niet"),
        (PASSWORD, "lente-en-herfst", "lente-en-herfst", "is gewijzigd"),
    ]:
        data = {"csrf": csrf, "old": old, "new": new, "again": again}
        assert answer in (await client.post("/desk/password", data=data)).text
    assert (await log_in(browser(), password="lente-en-herfst")).status_code == 303


async def test_the_reader_chooses_the_language(browser: Browser) -> None:
    """The browser's language counts, and the reader's own choice counts more."""
    client = browser()
    await log_in(client)
    english = {"Accept-Language": "fr, en-GB;q=0.8, nl;q=0.5"}
    assert "Accept" in (await client.get("/desk/calls/c1", headers=english)).text
    assert "Neem aan" in (await client.get("/desk/calls/c1")).text
    switched = await client.post("/desk/language", data={"language": "en", "back": "/desk"})
    assert switched.headers["location"] == "/desk"
    assert "asked for a person" in (await client.get("/desk/calls/c1")).text
    await client.post("/desk/language", data={"language": "xx"})
    assert "asked for a person" in (await client.get("/desk/calls/c1")).text


async def test_nothing_comes_from_elsewhere(browser: Browser) -> None:
    """Pages name no other server, run no inline script, and forbid both."""
    client = browser()
    await log_in(client)
    for path in ("/desk", "/desk/calls/c1", "/desk/password"):
        answer = await client.get(path)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"(https?:)?//[a-z]", answer.text)
        assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=| style=", answer.text)
        for asset in re.findall(r'(?:src|href)="(/desk/static/[^"]+)"', answer.text):
            assert (await client.get(asset)).status_code == 200
    for file in (HERE / "static").iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, file.name
