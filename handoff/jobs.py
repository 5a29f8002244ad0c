"""Jobs: what must happen though Kalm is killed in between; the one DBOS of a process.

A timer lies on disk until its moment and is then handed to the handler of its kind, by
whichever process runs. A handler that was killed half way is called again: handlers
look on the record whether there is still something to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, Protocol

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import make_url

QUEUE = "timers"
LOOK_S = 0.25
"""Between two looks for timers that are due. DBOS moves them up once a second, so that a
timer rings within about a second and a half of its moment."""
TRIES = 12
"""Of a handler that fails, with pauses that double: for about an hour."""

Payload = dict[str, Any]
"""JSON."""
Handler = Callable[[Payload], Awaitable[None]]


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Timers(Protocol):
    """What rooms need of `Jobs`; tests keep time in their own hands."""

    def on(self, kind: str, handler: Handler) -> None:
        """Say who is called for timers of a kind; before the start."""
        ...

    async def at(self, kind: str, key: str, when: datetime, payload: Payload) -> None:
        """Set a timer; the same kind and key set it once, for ever."""
        ...

    async def cancel(self, kind: str, key: str) -> None:
        """Take a timer back; one that rang or was never set is left as it is."""
        ...


class NoTimers:
    """Timers that never ring, where nothing runs that could ring them: a page under test."""

    def on(self, kind: str, handler: Handler) -> None:
        """Do nothing."""

    async def at(self, kind: str, key: str, when: datetime, payload: Payload) -> None:
        """Do nothing."""

    async def cancel(self, kind: str, key: str) -> None:
        """Do nothing."""


class Jobs:
    """The DBOS of this process: durable timers, and queues of work for who needs more.

    There is one a process. Rooms say `on` and `queue` before `start`.

    Args:
        url: SQLAlchemy URL of the database in which DBOS keeps what is to be done; see
            `jobs_url`.
        clock: Tells the time.
    """

    def __init__(self, url: str, clock: Callable[[], datetime] = utc_now) -> None:
        self._url = url
        self._clock = clock
        self._handlers: dict[str, Handler] = {}
        self._queues: set[str] = set()
        self._started = False

    def on(self, kind: str, handler: Handler) -> None:
        """Say who is called for timers of a kind; before `start`, for some may be due then.

        The handler gets the payload that `at` was given. It may be called again after a
        crash or when it raises, and is then to find on record that it was done.
        """
        if kind in self._handlers:
            raise ValueError(f"timers of kind {kind!r} have a handler already")
        self._handlers[kind] = handler

    def queue(self, name: str) -> None:
        """Declare a queue for a room's own DBOS workflows; before `start`.

        Within a partition (`SetEnqueueOptions(queue_partition_key=...)`) one runs at a time,
        in order.
        """
        self._queues.add(name)

    async def start(self) -> None:
        """Take up what was left, and ring from now on."""
        global _current
        _current = self
        config: DBOSConfig = {
            "name": "kalm",
            "system_database_url": self._url,
            # Work that an older Kalm left is taken up by a newer one.
            "application_version": "1",
            "console_log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        self._started = True
        await DBOS.register_queue_async(QUEUE, polling_interval_sec=LOOK_S)
        for name in sorted(self._queues):
            await DBOS.register_queue_async(name, partition_concurrency=1, polling_interval_sec=0.5)

    async def close(self) -> None:
        """Stop; what is not done is taken up at the next start."""
        if self._started:
            self._started = False
            await asyncio.to_thread(DBOS.destroy)

    async def at(self, kind: str, key: str, when: datetime, payload: Payload) -> None:
        """Ring at a moment, at once when it has passed; durable when this returns.

        The same kind and key ring once, for ever: setting them again, also after they
        rang or were cancelled, changes nothing.
        """
        if kind not in self._handlers:
            raise ValueError(f"nobody handles timers of kind {kind!r}")
        wait = (when - self._clock()).total_seconds()
        # Timers are set from handlers too: in DBOS's eyes that is no part of the first one.
        await _apart(_enqueue(kind, key, wait, payload))

    async def cancel(self, kind: str, key: str) -> None:
        """Take a timer back; one that rang or was never set is left as it is."""
        await _apart(DBOS.cancel_workflow_async(_id(kind, key)))

    async def ring(self, kind: str, payload: Payload) -> None:
        """Call the handler of a kind; for the workflow below."""
        await _apart(_call(self._handlers[kind], payload))


def jobs_url(database_url: str) -> str:
    """Return where DBOS keeps its jobs: beside the journal, or in the same PostgreSQL."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        beside = str(url.database).removesuffix(".db") + "-jobs.db"
        return f"sqlite:///{beside}"
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


_current: Jobs | None = None
"""Whose handlers the workflow below calls."""


def _id(kind: str, key: str) -> str:
    return f"timer-{kind}-{key}"


async def _enqueue(kind: str, key: str, wait: float, payload: Payload) -> None:
    delay = wait if wait > 0 else None
    with SetWorkflowID(_id(kind, key)), SetEnqueueOptions(delay_seconds=delay):
        await DBOS.enqueue_workflow_async(QUEUE, _ring, kind, payload)


async def _call(handler: Handler, payload: Payload) -> None:
    await handler(payload)


async def _apart(work: Awaitable[Any]) -> None:
    """Await outside of whatever workflow or step we are in."""

    async def run() -> None:
        await work

    await asyncio.create_task(run(), context=Context())


@DBOS.workflow(name="ring")
async def _ring(kind: str, payload: Payload) -> None:
    await _handle(kind, payload)


@DBOS.step(name="handle", retries_allowed=True, interval_seconds=1.0, max_attempts=TRIES)
async def _handle(kind: str, payload: Payload) -> None:
    assert _current is not None  # noqa: S101 - DBOS runs nothing before `start`
    await _current.ring(kind, payload)
