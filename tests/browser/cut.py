"""A network that can be cut: a TCP proxy between a browser and what is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

How = Literal["whole", "reset", "frozen", "refused"]
"""`reset`: connections break off and no new ones are made; `frozen`: as when a cable is pulled,
nothing comes through and nobody is told; `refused`: a proxy answers 502, as while Kalm restarts."""
REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Network:
    """Between whoever connects to `port` and the server at `behind`."""

    def __init__(self, behind: int) -> None:
        self.how: How = "whole"
        self.port = 0
        self.only_answers = False
        """With `frozen`: what is sent arrives still, and only the answers don't."""
        self._behind = behind
        self._open: set[asyncio.StreamWriter] = set()
        self._frozen: set[asyncio.StreamWriter] = set()

    async def be(self, how: How) -> None:
        """Be cut, or whole again; a connection that was frozen stays so for ever."""
        self.how = how
        if how == "frozen":
            self._frozen |= self._open
        elif how != "whole":
            for writer in self._open:
                writer.transport.abort()

    async def connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry what one connection says, both ways."""
        if self.how == "reset":
            return back.transport.abort()
        if self.how == "refused":
            with suppress(OSError):
                await near.read(1)
                back.write(REFUSAL)
                await back.drain()
                back.close()
            return None
        far, there = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open |= {back, there}
        if self.how == "frozen":
            self._frozen |= {back, there}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(near, there, answers=False))
                both.create_task(self._carry(far, back, answers=True))
        except* OSError:
            pass
        finally:
            self._open -= {back, there}
            for writer in (back, there):
                writer.transport.abort()

    async def _carry(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while said := await source.read(65536):
            if to in self._frozen and (answers or not self.only_answers):
                continue
            to.write(said)
            await to.drain()
        raise ConnectionResetError


@asynccontextmanager
async def network(behind: int) -> AsyncIterator[Network]:
    """Serve on a port of its own what is served on another one."""
    made = Network(behind)
    server = await asyncio.start_server(made.connected, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        await made.be("reset")
        server.close()
