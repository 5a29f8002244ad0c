"""RasaServer: asks a Rasa server, for no longer than a caller can wait, and knows when it is away.

After two failures in a row it counts as away: nobody waits for it, and one task asks
again now and then until it answers in time. No number of calls makes that more than one.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import httpx
from loguru import logger

from bot.understanding.rasa_answer import RasaAnswer, RasaMistake, read_answer

BUDGET_S = 0.3
"""Seconds that an utterance may take, from question to checked answer."""
TOLERATED = 2
"""Failures in a row after which it is away: one may be a hiccup, and each costs the budget."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Seconds between two attempts to find it back: doubled each time, up to the longest."""
LARGEST_ANSWER = 256 * 1024
"""Bytes; Rasa's own answers are some thousands."""
PROBE = "hallo"
_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)

# httpx logs a line for each request, thousands an hour.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

Sleep = Callable[[float], Awaitable[None]]


class RasaServer:
    """One Rasa server, shared by all calls; an async context manager.

    Args:
        url: Where it listens: http://127.0.0.1:5005.
        token: What it was started with as `--auth-token`, if it was.
        budget_s: Seconds that an utterance may take.
        sleep: Waits for so many seconds; a test gives one that does not.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        budget_s: float = BUDGET_S,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._budget_s = budget_s
        self._sleep = sleep
        self._failures = 0
        self._away: str | None = "it was not asked yet"
        self._stranger: str | None = None
        self._seeking: asyncio.Task[None] | None = None
        self._http = httpx.AsyncClient(
            base_url=self.url,
            # Rasa takes it there and nowhere else (its HTTP API, "Token Based Auth").
            params={} if token is None else {"token": token},
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            timeout=budget_s,
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=8),
            # What callers say goes where the operator said, by no proxy of the environment.
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Find out whether it is there; the first call need not."""
        self._away = await self._problem(PROBE)
        if self._away is not None:
            self._lose(self._away)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop looking for it and close the connections."""
        if self._seeking is not None:
            self._seeking.cancel()
            with suppress(asyncio.CancelledError):
                await self._seeking
        await self._http.aclose()

    @property
    def notice(self) -> str | None:
        """What an operator should mend, None when all is well."""
        if self._away is not None:
            return (
                f"Rasa was asked for and does not answer at {self.url}: {self._away}."
                " Kalm's own understanding answers in its place. Start Rasa (make rasa), or"
                " set KALM_RASA_URL; Kalm notices by itself when it is back."
            )
        if self._stranger is not None:
            return (
                f"Rasa at {self.url} knows an intent that the intents folder lacks:"
                f" {self._stranger}. Train it on the same folder: make rasa"
            )
        return None

    async def ask(self, text: str) -> RasaAnswer | None:
        """Return what a text means to it; None, at once or within the budget, when it fails."""
        if self._away is not None:
            return None
        try:
            answer = await self._answer(text)
        except (TimeoutError, httpx.HTTPError, RasaMistake) as error:
            self._failures += 1
            if self._failures >= TOLERATED and self._away is None:
                self._lose(_told(error))
            return None
        self._failures = 0
        return answer

    def met(self, stranger: str | None) -> None:
        """Remember an intent of its answer that the project lacks; None when it lacks none."""
        if stranger is not None and self._stranger is None:
            logger.warning("Rasa knows an intent that the intents folder lacks: {}", stranger)
        self._stranger = stranger

    async def _answer(self, text: str) -> RasaAnswer:
        async with asyncio.timeout(self._budget_s):
            # Escaped, since half a surrogate pair is no UTF-8, and may be in what a script sends.
            asked = json.dumps({"text": text})
            async with self._http.stream("POST", "/model/parse", content=asked) as response:
                response.raise_for_status()
                body = b""
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise RasaMistake("its answer is too large")
            return read_answer(text, body)

    async def _problem(self, text: str) -> str | None:
        """Ask it, and return what went wrong."""
        try:
            await self._answer(text)
        except (TimeoutError, httpx.HTTPError, RasaMistake) as error:
            return _told(error)
        return None

    def _lose(self, why: str) -> None:
        logger.warning("Rasa does not answer ({}); Kalm's own understanding does meanwhile", why)
        self._away = why
        self._seeking = asyncio.create_task(self._seek(), name="look for Rasa")

    async def _seek(self) -> None:
        pause = FIRST_PAUSE_S
        while self._away is not None:
            # Not all processes of one Kalm at the same moment.
            await self._sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
            pause = min(2 * pause, LONGEST_PAUSE_S)
            self._away = await self._problem(PROBE)
        self._failures = 0
        logger.info("Rasa answers again")


def _told(error: Exception) -> str:
    """Return what an operator can do something with; never the caller's words."""
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return "no answer in time"
        case httpx.HTTPStatusError(response=response) if response.status_code in _REFUSED:
            return f"it answered {response.status_code}: set KALM_RASA_TOKEN to its --auth-token"
        case httpx.HTTPStatusError(response=response):
            return f"it answered {response.status_code}"
        case httpx.ConnectError():
            return "nobody listens there"
        case RasaMistake():
            return str(error)
        case _:
            return f"the connection broke ({type(error).__name__})"
