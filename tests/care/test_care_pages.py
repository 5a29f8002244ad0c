"""The pages of care: everybody's own, and for supervisors what they may see."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Route

from bot.events import Language
from handoff import mount
from handoff.accounts import Accounts, Role
from handoff.agents import Profile
from handoff.guard import SESSION_COOKIE
from handoff.wording import wording
from tests.care.centre import Cared
from tests.handoff.conftest import AMSTERDAM, HandClock

SECRET = "ik droomde er vannacht van"
Enter = Callable[..., Awaitable[httpx.AsyncClient]]

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def app(cared: Cared, accounts: Accounts, clock: HandClock) -> FastAPI:
    app = FastAPI()
    dispatcher = cared.centre.dispatcher
    mount(app, cared.journal, accounts, clock, AMSTERDAM, dispatcher=dispatcher, care=cared.care)
    return app


@pytest.fixture
async def enter(app: FastAPI, accounts: Accounts) -> AsyncIterator[Enter]:
    """Open a browser that is logged in as a new user; its CSRF token is a header."""
    opened: list[httpx.AsyncClient] = []

    async def log_in(
        name: str, role: Role = "agent", language: Language = "nl"
    ) -> httpx.AsyncClient:
        session = await accounts.log_in(name, await accounts.add_user(name, role=role), "192.0.2.1")
        assert session is not None
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://kalm.test",
            cookies={SESSION_COOKIE: session.token},
            headers={"Accept-Language": language, "X-CSRF-Token": session.csrf},
        )
        opened.append(client)
        return client

    yield log_in
    for client in opened:
        await client.aclose()


async def post(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await client.post(path, data={"csrf": client.headers["X-CSRF-Token"], **form})


async def test_the_break_is_offered_on_the_desk_and_taken_there(cared: Cared, enter: Enter) -> None:
    """With its length and its reason; taken, it says until when, and ends by a button."""
    ana = await enter("Ana")
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    html = (await ana.get("/desk/care/now")).json()["html"]
    assert "Eerst 10 minuten pauze?" in html
    assert "Na het volgende gesprek" in html
    (path,) = re.findall(r'action="(/desk/care/break/\d+)"', html)
    assert (await post(ana, path, answer="take")).status_code == 303
    html = (await ana.get("/desk/care/now")).json()["html"]
    assert "Pauze tot 14:15" in html
    assert (await post(ana, path, answer="take")).status_code == 409
    assert (await post(ana, "/desk/care/break-end")).status_code == 303
    assert (await ana.get("/desk/care/now")).json()["html"] == ""
    assert (await cared.centre.presences.of("Ana")).state == "available"


async def test_a_buddy_reads_a_kind_line_and_nothing_of_the_call(
    cared: Cared, enter: Enter
) -> None:
    """Who had a heavy call, and what they chose to add; not who called, nor what for."""
    ana, noor, bo = [await enter(name) for name in ("Ana", "Noor", "Bo")]
    await cared.centre.agents.set(Profile(name="Ana", buddy="Noor"))
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    assert "Vertel het Noor" in (await ana.get("/desk/care/now")).json()["html"]
    await post(ana, "/desk/care/tell", to="Noor")
    line = (await noor.get("/desk/care/now")).json()["html"]
    assert "Ana had een zwaar gesprek. Loopt u even langs?" in line
    said = re.sub(r'name="csrf" value="[^"]*"', "", line)
    for detail in ("dreig", "threat", "c1", "hallo", "punt"):
        assert detail not in said
    assert (await bo.get("/desk/care/now")).json()["html"] == ""
    assert "Verteld aan Noor" in (await ana.get("/desk/care/now")).json()["html"]
    (path,) = re.findall(r'action="(/desk/care/lines/\d+)"', line)
    await post(bo, path)
    assert (await noor.get("/desk/care/now")).json()["html"] != ""
    await post(noor, path)
    assert (await noor.get("/desk/care/now")).json()["html"] == ""
    assert (await post(ana, "/desk/care/tell", to="nobody of ours")).status_code == 404


def every(routes: list[BaseRoute]) -> list[str]:
    """Return the paths that can be read, with something in the place of each parameter."""
    found = []
    for route in routes:
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            path = re.sub(r"\{call_id(:\w+)?\}", "c1", route.path)
            found.append(re.sub(r"\{[^}]*\}", "1", path))
        included = getattr(route, "original_router", None)
        if isinstance(included, APIRouter):
            found += every(included.routes)
    return found


async def test_nobody_else_reads_a_debrief_by_any_route(
    app: FastAPI, cared: Cared, enter: Enter, accounts: Accounts
) -> None:
    """Colleague, supervisor, administrator, script: whatever they open, it is not there."""
    ana = await enter("Ana")
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    await cared.care.protocol.keep("c1")
    assert (await post(ana, "/desk/care/debriefs", now=SECRET)).status_code == 303
    assert SECRET in (await ana.get("/desk/care")).text
    paths = [path for path in app.openapi()["paths"] if "{" not in path]
    paths += [path for path in every(app.routes) if not path.endswith("/live")]
    assert {"/desk/care", "/desk/care/team", "/desk", "/desk/incidents/1"} <= set(paths)
    paths += ["/api/calls/c1", "/api/calls/c1/card", "/api/incidents/1", "/desk/calls/c1"]
    others = [
        await enter("Bo"),
        await enter("Kim", "supervisor"),
        await enter("Root", "admin"),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://kalm.test",
            headers={"Authorization": f"Bearer {await accounts.add_token('script')}"},
        ),
    ]
    for client in others:
        for path in dict.fromkeys(paths):
            assert SECRET not in (await client.get(path)).text, path
        for do in ("share", "delete"):
            answer = await client.post("/desk/care/debriefs/1", data={"do": do})
            assert SECRET not in answer.text
        if "X-CSRF-Token" in client.headers:
            assert (await post(client, "/desk/care/debriefs/1", do="share")).status_code == 404
            assert (await post(client, "/desk/care/debriefs/1", do="delete")).status_code == 404
    await others[-1].aclose()
    assert SECRET in (await ana.get("/desk/care")).text


async def test_what_is_shared_is_read_by_supervisors_and_deleted_by_its_writer(
    cared: Cared, enter: Enter
) -> None:
    """Per entry; taken back and deleted at will."""
    ana, bo, kim = await enter("Ana"), await enter("Bo"), await enter("Kim", "supervisor")
    await post(ana, "/desk/care/debriefs", now=SECRET)
    await post(ana, "/desk/care/debriefs/1", do="share")
    assert SECRET in (await kim.get("/desk/care/team")).text
    assert (await bo.get("/desk/care/team")).status_code == 403
    await post(ana, "/desk/care/debriefs/1", do="unshare")
    assert SECRET not in (await kim.get("/desk/care/team")).text
    await post(ana, "/desk/care/debriefs/1", do="delete")
    assert SECRET not in (await ana.get("/desk/care")).text
    again = await post(ana, "/desk/care/debriefs", now=" ")
    assert (again.status_code, "nog niets ingevuld" in again.text) == (422, True)


async def test_what_was_typed_is_not_lost_when_the_page_is_stale(enter: Enter) -> None:
    """A session that ended in between costs nobody what they wrote."""
    ana = await enter("Ana")
    answer = await ana.post("/desk/care/debriefs", data={"now": SECRET})
    assert answer.status_code == 403
    assert SECRET in answer.text


async def test_supervisors_tick_on_the_incident_and_on_the_page_of_the_team(
    cared: Cared, enter: Enter
) -> None:
    """With their name; agents can't, and what is left out needs a reason."""
    ana, kim = await enter("Ana"), await enter("Kim", "supervisor", "en")
    await cared.works("Ana")
    await cared.takes("c1", "Ana", "threat")
    await cared.care.protocol.keep("c1")
    assert "Speak with Ana now" in (await kim.get("/desk/incidents/1")).text
    assert "Speak with Ana now" in (await kim.get("/desk/care/team")).text
    path = "/desk/care/team/steps/1"
    assert (await post(ana, path, item="speak", agent="Ana")).status_code == 403
    bare = await post(kim, path, item="police", agent="Ana", do="leave")
    assert (bare.status_code, "Write why" in bare.text) == (422, True)
    back = "/desk/incidents/1"
    ticked = await post(kim, path, item="speak", agent="Ana", back=back)
    assert (ticked.status_code, ticked.headers["location"]) == (303, back)
    assert (await post(kim, path, item="speak", agent="Ana")).status_code == 409
    page = (await kim.get(back)).text
    assert "done, Kim, 20 November 2026" in page
    refused = await post(kim, f"{back}/decision", measures="nothing", version="1")
    assert refused.status_code == 422
    assert "Something is still open for the agent" in refused.text


async def test_loads_come_by_the_alphabet(cared: Cared, enter: Enter) -> None:
    """Whoever carries most stands where their name stands."""
    kim = await enter("Kim", "supervisor")
    for name in ("Zoë", "Ana", "bram"):
        await enter(name)
    await cared.works("Zoë")
    await cared.takes("c1", "Zoë", "threat")
    page = (await kim.get("/desk/care/team")).text
    names = re.findall(r"<li><b>(.*?)</b>: draagt", page)
    assert names == ["Ana", "bram", "Kim", "Zoë"]
    assert "geen rangorde" in page


async def test_strangers_are_sent_to_the_login(app: FastAPI) -> None:
    """Without a session there is nothing but the login."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://kalm.test"
    ) as stranger:
        for path in ("/desk/care", "/desk/care/team"):
            assert (await stranger.get(path)).headers["location"].startswith("/login")
        assert (await stranger.get("/desk/care/now")).status_code == 401
        for path in ("break/1", "break-end", "tell", "lines/1", "debriefs", "debriefs/1"):
            answer = await stranger.post(f"/desk/care/{path}")
            assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_pages_speak_both_languages(
    cared: Cared, enter: Enter, language: Language
) -> None:
    """No name of a phrase shows where its words should be."""
    kim = await enter("Kim", "supervisor", language)
    await cared.works("Kim")
    await cared.takes("c1", "Kim", "threat")
    await cared.care.protocol.keep("c1")
    title = wording(language).phrase("care", "title")
    for path in ("/desk/care", "/desk/care/team"):
        page = (await kim.get(path)).text
        assert f'lang="{language}"' in page
        assert title in page
        assert "{" not in re.sub(r'data-texts="[^"]*"', "", page)
    flat = yaml_paths(wording("nl").get("care"))
    assert flat == yaml_paths(wording("en").get("care"))


def yaml_paths(found: object, path: str = "") -> set[str]:
    if isinstance(found, dict):
        return {each for key, value in found.items() for each in yaml_paths(value, f"{path}/{key}")}
    return {path}
