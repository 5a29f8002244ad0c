"""Serving: real servers on a free loopback port, for what only a real connection can show."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Stage(uvicorn.Server):
    """A real HTTP server in a thread of its own; whichever app is on it answers.

    One for all tests: a start and a stop for each would take most of their time.
    """

    def __init__(self) -> None:
        options: dict[str, Any] = {"interface": "asgi3", "lifespan": "off", "port": 0}
        super().__init__(uvicorn.Config(self._pass_on, log_level="critical", **options))
        self.app: Any = never_answers
        self.url = ""
        self._ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    @contextmanager
    def open(self) -> Iterator[str]:
        """Serve; yields the URL."""
        thread = threading.Thread(target=self.run)
        thread.start()
        assert self._ready.wait(10)
        try:
            yield f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"
        finally:
            self.should_exit = self.force_exit = True
            thread.join(10)


class Scripted:
    """An ASGI app that gives the answers it was given, one a request, the last for ever after."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[bytes, bytes]]] = []
        """Method, path and headers of each request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append((scope["method"], scope["path"], dict(scope["headers"])))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


async def never_answers(scope: Scope, receive: Receive, send: Send) -> None:
    """Take a request and wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class RawServer:
    """Speaks bytes, not HTTP: writes one given answer a connection and hangs up."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        """The head of each request."""

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Serve; yields the URL."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        await writer.drain()
        writer.close()
