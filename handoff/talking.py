"""Talking: an agent talks with a caller who is still on the line, from the desk's page.

However it ends, it ends on record before the bot has the line again: given back, hung up,
or the agent was lost, and then the card waits again and the caller keeps the place.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, tzinfo
from typing import Any, Protocol

from loguru import logger

from bot.events import Body, Bridged, CallEnded, Returned
from bot.journal import JournalFull
from handoff.cards import Cards
from handoff.relay import Joined, Relay, Relays
from handoff.store.journal import CallUnknown, DurableJournal

SOUND_WITHIN_S = 12.0
"""Seconds after the click in which the agent's sound must arrive."""
BOT_WITHIN_S = 6.0
"""Seconds that the bot has to tell the caller who comes; then it is interrupted."""
STORE_AGAIN_S = 1.0
"""Seconds between tries to store how a talk ended."""
LAST_WORDS_S = 0.3
"""Seconds in which the page gets to know how it ended, before its connection is closed."""

Sleep = Callable[[float], Awaitable[None]]


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


Connect = Callable[[str, Relay], Awaitable[tuple[AgentLine, str]]]
"""Answers a page's SDP: the line, not yet running, and the answer's SDP; raises NotAnOffer."""


async def _no_lines(_sdp: str, _relay: Relay) -> tuple[AgentLine, str]:
    raise NotHere("no calls come in here")


class NotHere(Exception):
    """The caller is not on a line of this process: gone, in a chat, or with another worker."""


class NotTalking(Exception):
    """This agent does not talk with this caller."""


class Talking:
    """What agents do with callers who are on the line."""

    def __init__(
        self,
        relays: Relays,
        journal: DurableJournal,
        clock: Callable[[], datetime],
        zone: tzinfo,
        *,
        connect: Connect = _no_lines,
        tasks: Callable[[], Sequence[str]] = tuple,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Take the calls in progress and the journal.

        Args:
            relays: The calls in progress.
            journal: Where it is stored who talked with whom.
            clock: Tells the time.
            zone: Where times are meant.
            connect: Connects an agent's page.
            tasks: Names of the flows that a bot can take up when a call is given back.
            sleep: Waits for so many seconds; tests pass virtual time.
        """
        self._relays = relays
        self._journal = journal
        self._cards = Cards(journal, clock, zone)
        self._connect = connect
        self.tasks = tasks
        self._sleep = sleep
        self._talks: dict[str, asyncio.Task[None]] = {}

    def possible(self, call_id: str) -> bool:
        """Tell whether the caller is on a line of this process."""
        relay = self._relays.find(call_id)
        return relay is not None and not relay.caller_gone

    async def join(self, call_id: str, agent: str, sdp: str, *, any_call: bool = False) -> str:
        """Accept the card and connect the agent's browser; return the answer's SDP.

        Raises NotHere, Occupied, NotAnOffer; and Taken, NotPossible, NotForYou, CallUnknown,
        JournalFull as `Cards.accept` does.
        """
        relay = self._relays.find(call_id)
        if relay is None or relay.caller_gone:
            raise NotHere(call_id)
        with ExitStack() as place:
            joined = place.enter_context(relay.joining(agent))
            line, answer = await self._connect(sdp, relay)
            try:
                await self._cards.accept(call_id, agent, talk=True, any_call=any_call)
            except BaseException:
                await line.close()
                raise
            talk = self._talk(relay, joined, line, place.pop_all())
            self._talks[call_id] = asyncio.create_task(talk, name=f"{call_id} talks with {agent}")
        return answer

    async def give_back(self, call_id: str, agent: str, task: str | None = None) -> None:
        """Give the caller back to the bot, with a flow to take up; raises NotTalking."""
        await self._end(call_id, agent, lambda joined: joined.end("given_back", task))

    async def hang_up(self, call_id: str, agent: str) -> None:
        """End the call; raises NotTalking."""
        await self._end(call_id, agent, lambda joined: joined.end("agent_hung_up"))

    async def close(self) -> None:
        """Let go of every agent, for the process ends."""
        for task in list(self._talks.values()):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _end(self, call_id: str, agent: str, end: Callable[[Joined], None]) -> None:
        relay = self._relays.find(call_id)
        talk = self._talks.get(call_id)
        if relay is None or relay.joined is None or relay.joined.agent != agent or talk is None:
            raise NotTalking(call_id)
        end(relay.joined)
        await asyncio.shield(talk)

    async def _talk(self, relay: Relay, joined: Joined, line: AgentLine, place: ExitStack) -> None:
        """Run one agent's part in a call, from acceptance until its end is on record."""
        running = asyncio.create_task(line.run(), name=f"{relay.call_id} agent's line")
        try:
            with place:
                watching = asyncio.create_task(self._bring_together(relay, joined, line))
                try:
                    await joined.over.wait()
                finally:
                    watching.cancel()
                    with suppress(asyncio.CancelledError):
                        await watching
                relay.close()
                await self._store(relay, joined)
            await line.tell({"type": "talk", "state": joined.how})
            await self._sleep(LAST_WORDS_S)
        finally:
            self._talks.pop(relay.call_id, None)
            await line.stop()
            await running

    async def _bring_together(self, relay: Relay, joined: Joined, line: AgentLine) -> None:
        """Bring caller and agent together, and tell when the agent is lost."""
        try:
            async with asyncio.timeout(SOUND_WITHIN_S):
                await line.speaks()
            with suppress(TimeoutError):
                async with asyncio.timeout(BOT_WITHIN_S):
                    await joined.bot_is_quiet.wait()
            if joined.how is None and await self._bridged(relay, joined):
                relay.begin_talk()
                await line.tell({"type": "talk", "state": "talking"})
                await line.lost()
        except TimeoutError:
            logger.info(f"call {relay.call_id}: no sound of {joined.agent} arrived")
        except JournalFull as error:
            logger.error(f"call {relay.call_id}: who talks could not be stored: {error}")
        joined.end("lost")

    async def _bridged(self, relay: Relay, joined: Joined) -> bool:
        body = Bridged(agent=joined.agent)
        return bool(await self._journal.append_if("accepted", relay.call_id, body))

    async def _store(self, relay: Relay, joined: Joined) -> None:
        """Put on record how it ended; the caller waits in silence, but for as long as the line."""
        body = _ending(joined)
        while body is not None and not relay.caller_gone:
            try:
                await self._journal.append_if("accepted", relay.call_id, body)
                return
            except CallUnknown:
                return
            except JournalFull as error:
                logger.error(f"call {relay.call_id}: the end of a talk is not stored: {error}")
                await self._sleep(STORE_AGAIN_S)


def _ending(joined: Joined) -> Body | None:
    match joined.how:
        case "given_back":
            return Returned(agent=joined.agent, why="given_back", task=joined.task)
        case "agent_hung_up":
            return CallEnded(outcome="handed_off", by="agent")
        case "lost" | None:
            return Returned(agent=joined.agent, why="lost")
        case "caller_gone":
            return None  # the call itself stores that it is over
