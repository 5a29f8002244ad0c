"""OwnBot: a whole Kalm on a free port of this machine, for one robot call."""

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from bot.clock import utc_now
from bot.events import Event, Language
from bot.server import create_app
from bot.settings import Settings
from handoff.card import card
from handoff.store.journal import DurableJournal

STARTING = 300.0
"""Seconds that models may take to load, fetching aside."""


class BotFailed(RuntimeError):
    """The bot can't answer calls; the text says why."""


class OwnBot:
    """A bot in a thread of its own, and the record of its calls.

    It keeps its calls in a database that is thrown away: a robot's calls are
    nothing that agents should find on their desk.
    """

    def __init__(self, url: str, journal: DurableJournal, settings: Settings) -> None:
        self.url = url
        self._journal = journal
        self._settings = settings

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Settings, language: Language) -> "AsyncIterator[OwnBot]":
        """Start a bot, wait until it answers calls, and stop it at the end.

        Args:
            settings: The operator's own; address, database and Twilio's token aside.
            language: Of the greeting and of the card.

        Raises:
            BotFailed: It will not answer calls.
        """
        with tempfile.TemporaryDirectory(prefix="kalm-call-") as folder:
            database = f"sqlite+aiosqlite:///{Path(folder) / 'calls.db'}"
            changed = {
                "database_url": database,
                "language": language,
                "twilio_auth_token": None,
                "calls_at_most": settings.calls_at_most or 2,  # one is made: nothing to measure
            }
            settings = settings.model_copy(update=changed)
            server = uvicorn.Server(
                uvicorn.Config(create_app(settings), "127.0.0.1", 0, log_level="warning")
            )
            thread = threading.Thread(target=server.run, name="bot")
            thread.start()
            try:
                address = await _ready(server, thread)
                async with DurableJournal(database, utc_now) as journal:
                    yield cls(f"ws://{address}/lines/twilio", journal, settings)
            finally:
                server.should_exit = True
                await asyncio.to_thread(thread.join)

    async def events(self, call_id: str) -> list[Event]:
        """Return the events of a call so far."""
        return await self._journal.read(call_id)

    async def card(self, call_id: str) -> dict[str, Any] | None:
        """Return the card of a call as it is now."""
        events = await self._journal.read(call_id)
        if not events:
            return None
        now = utc_now().astimezone(self._settings.zone)
        return card(events, self._settings.language, now).model_dump(mode="json")


async def _ready(server: uvicorn.Server, thread: threading.Thread) -> str:
    """Wait for 200 from /healthz; return the address."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        for _ in range(int(STARTING / 0.2)):
            if not thread.is_alive():
                raise BotFailed("it stopped while it started")
            if server.started:
                port = server.servers[0].sockets[0].getsockname()[1]
                health = await client.get(f"http://127.0.0.1:{port}/healthz")
                if health.is_success:
                    return f"127.0.0.1:{port}"
                told = health.json()
                if told.get("status") == "failed":
                    raise BotFailed(told.get("detail") or "loading failed")
            await asyncio.sleep(0.2)
    raise BotFailed(f"it was not ready after {STARTING:.0f} s")
