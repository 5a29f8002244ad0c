"""A Rasa server with bad luck: it speaks `POST /model/parse` on loopback, and fails as it is told.

Real Rasa is served in test_rasa_served.py; what it can't be made to do on demand is done here.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

Answer = Mapping[str, Any]


def answer(intent: str, confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    """Return what Rasa answers, in the shape that its documentation gives."""
    one = {"name": intent, "confidence": confidence}
    return {
        "text": "of no consequence",
        "intent": one,
        "entities": [],
        "text_tokens": [[0, 2]],
        "intent_ranking": [one, {"name": "greet", "confidence": (1 - confidence) / 2}],
        **more,
    }


class RasaDouble:
    """Answers every utterance alike."""

    def __init__(self) -> None:
        self.says: bytes = b""
        self.status = "200 OK"
        self.luck = "good"
        """good; silent: no answer ever; cut: hangs up in mid-answer; trickle: a byte at a time."""
        self.token: str | None = None
        """As `rasa run --auth-token`: who asks without it is refused."""
        self.asked: list[str] = []
        """The texts of all requests, in order."""
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0
        self.url = ""
        self._open: set[asyncio.Task[None]] = set()
        self.say(answer("check_payment"))

    def say(self, said: Answer) -> None:
        self.says = json.dumps(said).encode()

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.url = "http://{}:{}".format(*server.sockets[0].getsockname())
        try:
            yield
        finally:
            server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while await self._answer_one(reader, writer):
                    pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take a request and answer it; False when the connection is of no more use."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = "/model/parse" if self.token is None else f"/model/parse?token={self.token}"
        refused = not head.startswith(f"POST {path} HTTP/1.1\r\n")
        assert not refused or self.token is not None
        headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
        asked = json.loads(await reader.readexactly(int(headers["content-length"])))
        assert set(asked) == {"text"}
        self.asked.append(asked["text"])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._reply(writer, "401 Unauthorized" if refused else self.status)
        finally:
            self.at_once -= 1

    async def _reply(self, writer: asyncio.StreamWriter, status: str) -> bool:
        if self.luck == "silent":
            await asyncio.Event().wait()
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(self.says)}\r\n\r\n"
        writer.write(head.encode())
        if self.luck == "trickle":
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)  # a slow wire; who waits for it gives up
        said = self.says[: len(self.says) // 2] if self.luck == "cut" else self.says
        writer.write(said)
        await writer.drain()
        return self.luck != "cut"
