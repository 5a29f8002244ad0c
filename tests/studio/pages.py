"""A studio that is served to tests, with owners who are logged in."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.studio.draft_checks import DraftChecks
from handoff import mount
from handoff.accounts import Accounts, Role
from handoff.guard import SESSION_COOKIE
from handoff.store import DurableJournal
from handoff.studio.checking import Checks, Problem
from handoff.studio.drafts import Drafts
from handoff.studio.folder import Texts, read_folder
from handoff.studio.versions import Versions
from handoff.studio.workshop import Workshop
from tests.handoff.conftest import AMSTERDAM, HandClock


class NoLooks(DraftChecks):
    """The bot's checks without the look at all files, which takes a second for each new state."""

    def check(self, files: Texts) -> list[Problem]:
        """Find nothing; tests of what is found there use the whole."""
        return []


class Owner:
    """A browser in which somebody is logged in."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client = client
        self.csrf = csrf

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def send(self, path: str, /, **data: str | list[str]) -> httpx.Response:
        """Send a form with its CSRF token."""
        return await self.client.post(path, data={"csrf": self.csrf, **data})

    async def ask(self, path: str, /, **what: object) -> httpx.Response:
        """Ask as the page's script does."""
        return await self.client.post(path, json=what, headers={"X-CSRF-Token": self.csrf})


Enter = Callable[[str, Role], Awaitable[Owner]]


@asynccontextmanager
async def studio(
    journal: DurableJournal, clock: HandClock, folder: Path, checks: Checks
) -> AsyncIterator[tuple[Enter, Workshop]]:
    """Serve a studio over a folder; gives who enters it, and what it works with."""
    versions = Versions(journal.database, clock)
    drafts = Drafts(journal.database, versions, lambda: read_folder(folder), clock)
    workshop = Workshop(drafts, versions, checks)
    accounts = Accounts(journal.database, clock)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM, workshop=workshop)
    opened: list[httpx.AsyncClient] = []

    async def enter(name: str, role: Role = "owner") -> Owner:
        session = await accounts.log_in(name, await accounts.add_user(name, role=role), "192.0.2.1")
        assert session is not None
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://kalm.test",
            cookies={SESSION_COOKIE: session.token},
            headers={"Accept-Language": "nl", "Accept": "text/html"},
        )
        opened.append(client)
        return Owner(client, session.csrf)

    yield enter, workshop
    for client in opened:
        await client.aclose()


def hidden(page: httpx.Response, name: str) -> str:
    """Return the value of a hidden field."""
    return unescape(re.findall(f'name="{name}" value="([^"]*)"', page.text)[0])


def typed(page: httpx.Response, name: str) -> list[str]:
    """Return what stands in the boxes of a name."""
    found = re.findall(rf'<textarea[^>]* name="{name}"[^>]*>\n(.*?)</textarea>', page.text, re.S)
    return [unescape(text) for text in found]
