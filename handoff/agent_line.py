"""AgentLine: the connection of somebody at the desk, and their part in a call."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bot.events import HandedOn
from handoff.relay import Joined, Relay


class AgentLine(Protocol):
    """An agent's connection; `handoff.bridge` makes those of browsers."""

    async def run(self) -> None:
        """Carry sound between the agent and the relay until `stop`."""
        ...

    async def stop(self) -> None:
        """End `run`, and let go of the connection."""
        ...

    async def close(self) -> None:
        """Let go of a connection that was never run."""
        ...

    async def speaks(self) -> None:
        """Wait for the agent's first packet of sound."""
        ...

    async def lost(self) -> None:
        """Wait until the page is closed, or nothing has come from it for too long."""
        ...

    async def tell(self, message: dict[str, Any]) -> None:
        """Send the page a message."""
        ...


Connect = Callable[[str, Relay, Joined], Awaitable[tuple[AgentLine, str]]]
"""Answers a page's SDP: the line, not yet running, and the answer's SDP; raises NotAnOffer."""


@dataclass
class Part:
    """One person's part in a call that is under way."""

    relay: Relay
    joined: Joined
    line: AgentLine
    task: asyncio.Task[None] | None = None
    watching: asyncio.Task[None] | None = None
    """Watches what becomes of a caller who is handed on."""
    wish: HandedOn | None = None
    """How the agent hands the caller on and leaves."""
