"""Talking: an agent talks with a caller who is still on the line, from the desk's page.

However it ends, it ends on record before the bot has the line again: given back, handed on,
hung up, or the agent was lost, and then the card waits again and the caller keeps the place.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, tzinfo

from loguru import logger
from sqlalchemy import Connection

from bot.events import (
    Body,
    Bridged,
    Event,
    HandedOn,
    Language,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
)
from bot.journal import JournalFull
from handoff.agent_line import AgentLine, Connect, Part
from handoff.cards import Cards
from handoff.leaving import Leaving, not_taken, taken_back
from handoff.one_talk import OneTalk
from handoff.relay import Joined, Relay, Relays
from handoff.store.journal import CallSummary, CallUnknown, Decide, DurableJournal
from handoff.whisper import Whisper

SOUND_WITHIN_S = 12.0
"""Seconds after the click in which the agent's sound must arrive."""
BOT_WITHIN_S = 6.0
"""Seconds that the bot has to tell the caller who comes; then it is interrupted."""
STORE_AGAIN_S = 1.0
"""Seconds between tries to store how a talk ended."""
LAST_WORDS_S = 0.3
"""Seconds in which the page gets to know how it ended, before its connection is closed."""

Sleep = Callable[[float], Awaitable[None]]


async def _no_lines(_sdp: str, _relay: Relay, _joined: Joined) -> tuple[AgentLine, str]:
    raise NotHere("no calls come in here")


class NotHere(Exception):
    """The caller is not on a line of this process: gone, in a chat, or with another worker."""


class NotTalking(Exception):
    """This agent does not talk with this caller."""


class Elsewhere(NotTalking):
    """No such talk goes on in this process: it is over, or it is with another worker."""


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
        whisper: Whisper | None = None,
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
            whisper: Tells agents what a call is about before they hear the caller.
        """
        self._relays = relays
        self.journal = journal
        self._cards = Cards(journal, clock, zone)
        self.connect = connect
        self.tasks = tasks
        self._sleep = sleep
        self._whisper = whisper
        self._talks: dict[tuple[str, str], Part] = {}
        self.one_talk = OneTalk(self._talks)

    def possible(self, call_id: str) -> bool:
        """Tell whether the caller is on a line of this process."""
        relay = self._relays.find(call_id)
        return relay is not None and not relay.caller_gone

    def part_of(self, call_id: str, agent: str) -> Part | None:
        """Return somebody's part in a call that is under way."""
        return self._talks.get((call_id, agent))

    def relay(self, call_id: str) -> Relay | None:
        """Return the relay of a call that somebody talks in; None when nobody does here."""
        relay = self._relays.find(call_id)
        return relay if relay is not None and relay.open else None

    async def join(
        self,
        call_id: str,
        agent: str,
        sdp: str,
        *,
        any_call: bool = False,
        language: Language = "nl",
    ) -> str:
        """Accept the card and connect the agent's browser; return the answer's SDP.

        Who takes a card that is being handed on comes to the talk beside who hands it on.

        Raises NotHere, InAnotherTalk, Occupied, NotAnOffer; and Taken, NotPossible, NotForYou,
        CallUnknown, JournalFull as `Cards.accept` does.
        """
        relay = self._relays.find(call_id)
        found = await self.journal.summary(call_id)
        # Hung up a moment ago, the line may be there still.
        over = found is not None and found.ended is not None
        if relay is None or relay.caller_gone or over:
            raise NotHere(call_id)
        there = relay.joined
        beside = there is not None and there.handing_on and there.agent != agent
        with self.one_talk.coming(call_id, agent), ExitStack() as place:
            joined = place.enter_context(relay.joining(agent, "colleague" if beside else "agent"))
            line, answer = await self.connect(sdp, relay, joined)
            try:
                await self._cards.accept(call_id, agent, talk=True, any_call=any_call)
            except BaseException:
                await line.close()
                raise
            joined.has_card = beside
            talk = Part(relay, joined, line)
            doing = self._bring_together(talk, language, tell=not beside)
            self.begin(talk, doing, place.pop_all())
        return answer

    def begin(self, talk: Part, doing: Awaitable[None], place: ExitStack) -> None:
        """Begin somebody's part in a call, which `doing` goes through until they leave."""
        call_id, agent = talk.relay.call_id, talk.joined.agent
        self._talks[call_id, agent] = talk
        running = self._part(talk, doing, place)
        talk.task = asyncio.create_task(running, name=f"{call_id} talks with {agent}")

    async def give_back(self, call_id: str, agent: str, task: str | None = None) -> None:
        """Give the caller back to the bot, with a flow to take up; raises NotTalking."""
        await self._end(call_id, agent, lambda joined: joined.end("given_back", task))

    async def hang_up(self, call_id: str, agent: str) -> None:
        """End the call; raises NotTalking."""
        await self._end(call_id, agent, lambda joined: joined.end("agent_hung_up"))

    async def hand_on(
        self,
        call_id: str,
        agent: str,
        *,
        to: str | None = None,
        skill: str | None = None,
        note: str = "",
        warm: bool = True,
    ) -> None:
        """Hand the caller on, to a colleague or to whoever fits.

        Args:
            call_id: The call.
            agent: Who hands on.
            to: The colleague who is asked first.
            skill: What the next must be able to do.
            note: What the next should know.
            warm: Stay with the caller until the next is there; else leave at once.

        Raises:
            NotTalking: It is not this agent's talk, or it is being handed on.
            JournalFull: It could not be stored.
        """
        talk = self.own(call_id, agent)
        here = talk.relay.at("colleague")
        if not talk.joined.heard or (warm and (talk.joined.handing_on or here is not None)):
            raise NotTalking(call_id)
        wish = HandedOn(agent=agent, to=to, skill=skill, note=note, warm=warm)
        if not warm:
            talk.wish = wish
            await self._end(call_id, agent, lambda joined: joined.end("handed_on"))
            return
        talk.joined.handing_on = True
        stored: Sequence[Event] = ()
        try:
            stored = await self.journal.append_when(call_id, if_has(agent, wish))
        finally:
            if not stored:  # it is not so: the agent has the caller as before
                talk.joined.handing_on = False
        if not stored:
            raise NotTalking(call_id)
        await self.say(talk, "handing_on", to or "")
        watch = self._watch(talk, stored[-1].seq, to)
        talk.watching = asyncio.create_task(watch, name=f"{call_id} is handed on")

    async def take_back(self, call_id: str, agent: str, why: str = "kept") -> None:
        """Keep a caller whom one was handing on; raises NotTalking, JournalFull."""
        talk = self.own(call_id, agent)
        if not talk.joined.handing_on:
            raise NotTalking(call_id)
        if not await self.journal.append_when(call_id, taken_back(agent)):
            raise NotTalking(call_id)
        talk.joined.handing_on = False
        await self.say(talk, why)

    async def leave(self, call_id: str, agent: str) -> None:
        """Leave caller and colleague to each other; raises NotTalking for who has the card."""
        talk = self._talks.get((call_id, agent))
        if talk is None or talk.task is None or not self._may_leave(talk):
            raise NotTalking(call_id)
        talk.joined.end("left")
        await asyncio.shield(talk.task)

    async def close(self) -> None:
        """Let go of every agent, for the process ends."""
        for talk in list(self._talks.values()):
            if talk.task is not None:
                talk.task.cancel()
                with suppress(asyncio.CancelledError):
                    await talk.task

    def _may_leave(self, talk: Part) -> bool:
        heir = talk.relay.at("colleague")
        role = talk.relay.role_of(talk.joined)
        return role != "agent" or (heir is not None and heir.has_card)

    def own(self, call_id: str, agent: str) -> Part:
        """Return the part of the agent who talks with the caller; raises NotTalking, Elsewhere."""
        if not self.possible(call_id):
            raise Elsewhere(call_id)
        talk = self._talks.get((call_id, agent))
        if talk is None or talk.relay.joined is not talk.joined or talk.joined.how is not None:
            raise NotTalking(call_id)
        return talk

    async def _end(self, call_id: str, agent: str, end: Callable[[Joined], None]) -> None:
        talk = self.own(call_id, agent)
        end(talk.joined)
        if talk.task is not None:
            await asyncio.shield(talk.task)

    async def _part(self, talk: Part, doing: Awaitable[None], place: ExitStack) -> None:
        """Run one person's part in a call, from acceptance until its end is on record."""
        relay, joined, line = talk.relay, talk.joined, talk.line
        running = asyncio.create_task(line.run(), name=f"{relay.call_id} agent's line")
        try:
            with place:
                watching = asyncio.ensure_future(doing)
                try:
                    await joined.over.wait()
                finally:
                    for each in (watching, talk.watching):
                        if each is not None:
                            each.cancel()
                            with suppress(asyncio.CancelledError):
                                await each
                leaving = Leaving.of(relay, joined, talk.wish)
                relay.silence(joined)
                await self._store(relay, leaving)
                await self._tell_left(relay, joined)
            await self.say(talk, joined.how)
            await self._sleep(LAST_WORDS_S)
        finally:
            if self.part_of(relay.call_id, joined.agent) is talk:  # else they came again
                del self._talks[relay.call_id, joined.agent]
            await line.stop()
            await running

    async def _bring_together(self, talk: Part, language: Language, *, tell: bool) -> None:
        """Bring caller and agent together, and tell when the agent is lost.

        Args:
            talk: The agent's part.
            language: The agent's, of what is whispered.
            tell: The bot tells the caller who comes; else who is there does.
        """
        relay, joined, line = talk.relay, talk.joined, talk.line
        try:
            async with asyncio.timeout(SOUND_WITHIN_S):
                await line.speaks()
            async with asyncio.TaskGroup() as first:
                if self._whisper is not None:
                    call_id, agent = relay.call_id, joined.agent
                    first.create_task(self._whisper.to(joined.ear, call_id, agent, language))
                if tell:
                    first.create_task(_bot_is_quiet(joined))
            if joined.how is None and await self._bridged(relay, joined):
                before = relay.joined
                if relay.role_of(joined) == "colleague" and before is not None:
                    before.handing_on = False
                    relay.take_place(joined)
                    await self.tell(relay, before, "with", joined.agent)
                    await self.say(talk, "talking", before.agent)
                    await self.say(talk, "with", before.agent)  # they are three
                else:
                    relay.begin_talk()
                    await self.say(talk, "talking")
                await line.lost()
        except TimeoutError:
            logger.info(f"call {relay.call_id}: no sound of {joined.agent} arrived")
        except JournalFull as error:
            logger.error(f"call {relay.call_id}: who talks could not be stored: {error}")
        joined.end("lost")

    async def _bridged(self, relay: Relay, joined: Joined) -> bool:
        body = Bridged(agent=joined.agent)
        return bool(await self.journal.append_if("accepted", relay.call_id, body))

    async def _watch(self, talk: Part, after: int, to: str | None) -> None:
        """Tell who hands on how it goes; a colleague who says no leaves them the caller."""
        call_id, agent = talk.relay.call_id, talk.joined.agent
        async for event in self.journal.follow(call_id, after):
            match event.body:
                case OfferMade(agent=asked):
                    await self.say(talk, "asked", asked)
                case OfferDeclined(agent=asked) | OfferExpired(agent=asked) if asked == to:
                    with suppress(NotTalking, JournalFull):
                        await self.take_back(call_id, agent, event.body.kind)
                    return
                case OfferAccepted(agent=asked):
                    if asked != agent:
                        await self.say(talk, "comes", asked)
                    return
                case _:
                    pass

    async def say(self, talk: Part, state: str | None, who: str = "") -> None:
        """Tell somebody's page what is new, and what stands: their place, and who is heard."""
        message = {"type": "talk", "state": state, "who": who, **_stands(talk)}
        await talk.line.tell(message)

    async def tell(self, relay: Relay, joined: Joined, state: str, who: str) -> None:
        """Tell somebody's page, unless they have left by now."""
        talk = self._talks.get((relay.call_id, joined.agent))
        if talk is not None and talk.joined is joined and joined.how is None:
            await self.say(talk, state, who)

    async def _tell_left(self, relay: Relay, joined: Joined) -> None:
        """Tell the others that somebody left."""
        for role in ("agent", "colleague", "supervisor"):
            other = relay.at(role)
            if other is not None and other is not joined:
                await self.tell(relay, other, "alone", joined.agent)

    async def _store(self, relay: Relay, leaving: Leaving) -> None:
        """Put on record how it ended; the caller waits in silence, but for as long as the line."""
        while leaving.may_be_stored(relay):
            try:
                stored = await self.journal.append_when(relay.call_id, leaving.bodies)
                if any(not_taken(event.body) for event in stored):
                    leaving.stays(relay)
                return
            except CallUnknown:
                return
            except JournalFull as error:
                logger.error(f"call {relay.call_id}: the end of a talk is not stored: {error}")
                await self._sleep(STORE_AGAIN_S)


async def _bot_is_quiet(joined: Joined) -> None:
    """Wait until the bot has told the caller who comes, but not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(BOT_WITHIN_S):
            await joined.bot_is_quiet.wait()


def _stands(talk: Part) -> dict[str, str]:
    role, stand = talk.relay.role_of(talk.joined), talk.relay.conference
    stage: str = stand.supervisor
    if role != "supervisor":
        stage = "talking" if stand.colleague == "out" else stand.colleague
        stage = "handing_on" if talk.joined.handing_on else stage
    return {"role": role or "", "stage": stage}


def if_has(agent: str, *bodies: Body) -> Decide:
    """Return these bodies if this agent has the card just then, else nothing."""

    def decide(_connection: Connection, found: CallSummary) -> Sequence[Body]:
        return bodies if found.state == "accepted" and found.agent == agent else ()

    return decide
