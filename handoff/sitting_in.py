"""SittingIn: who takes part in a talk beside the agent: a colleague who is asked, a supervisor.

A colleague talks with the agent while the caller hears music, or with both. A supervisor hears
the talk, whispers to the agent, or takes the talk over. The agent's page is told first, always.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Literal

from loguru import logger
from sqlalchemy import Connection

from bot.events import Body, Bridged, HandedOn, OfferAccepted, TookPart
from handoff.agent_line import Part
from handoff.conference import Role
from handoff.relay import FRAME_S, Joined, Relay
from handoff.store.journal import CallSummary, Decide
from handoff.talking import SOUND_WITHIN_S, Elsewhere, NotHere, NotTalking, Talking, if_has

Watching = Literal["listen", "whisper"]
How = Literal["consult", "listen", "whisper"]
Hold = Callable[[int], bytes]
"""Returns music to be repeated, PCM16 mono at so many samples a second; silence where none is."""


def _silence(rate: int) -> bytes:
    return bytes(2 * rate)


class NotAsked(Exception):
    """Nobody asks this colleague, or no longer."""


class NotReached(Exception):
    """This colleague has no desk open at this worker, and would not see that they are asked."""

    def __init__(self, colleague: str) -> None:
        super().__init__(f"{colleague} has no desk open here")
        self.colleague = colleague


class SittingIn:
    """Lets others take part in the talks of one process.

    Sound is mixed in the process that has the caller's line, so with several workers all who
    take part are to have their desks open at that one. Who has not is told so.
    """

    def __init__(self, talking: Talking, hold: Hold = _silence) -> None:
        """Take the talks, and what a caller hears while agent and colleague consult."""
        self._talking = talking
        self._hold = hold
        self._asked: dict[tuple[str, str], str] = {}
        self.reaches: Callable[[str], bool] = lambda _colleague: True
        """Tells whether somebody has the desk open in this process."""

    def asked(self, colleague: str) -> list[tuple[str, str]]:
        """Return by whom this colleague is asked to come: call and agent."""
        return [
            (call_id, agent) for (call_id, name), agent in self._asked.items() if name == colleague
        ]

    async def ask(self, call_id: str, agent: str, colleague: str) -> None:
        """Ask a colleague to come to a talk; the caller talks on until they are there.

        Raises NotTalking, NotReached.
        """
        talk = self._talking.own(call_id, agent)
        if talk.joined.handing_on or talk.relay.at("colleague") or colleague == agent:
            raise NotTalking(call_id)
        if not self.reaches(colleague):
            raise NotReached(colleague)
        self._forget(call_id)
        self._asked[call_id, colleague] = agent
        self._talking.journal.tell_change()
        await self._talking.say(talk, "asking", colleague)

    async def refuse(self, call_id: str, colleague: str) -> None:
        """Say no to a colleague who asks; raises NotAsked."""
        agent = self._asked.pop((call_id, colleague), None)
        if agent is None:
            raise NotAsked(call_id)
        self._talking.journal.tell_change()
        await self._tell_agent(call_id, "not_coming", colleague)

    async def sit_in(self, call_id: str, who: str, how: How, sdp: str) -> str:
        """Connect a colleague's or a supervisor's browser; return the answer's SDP.

        Raises NotHere when nobody talks with this caller, Elsewhere, InAnotherTalk, NotAsked,
        Occupied, NotAnOffer, JournalFull.
        """
        if not self._talking.possible(call_id):
            raise Elsewhere(call_id)
        relay = self._talking.relay(call_id)
        if relay is None or relay.caller_gone or relay.joined is None or relay.joined.agent == who:
            raise NotHere(call_id)
        if how == "consult" and self._asked.get((call_id, who)) != relay.joined.agent:
            raise NotAsked(call_id)
        role: Role = "colleague" if how == "consult" else "supervisor"
        with self._talking.one_talk.coming(call_id, who), ExitStack() as place:
            joined = place.enter_context(relay.joining(who, role))
            line, answer = await self._talking.connect(sdp, relay, joined)
            try:
                told = await self._talking.journal.append_when(call_id, _if_talked(who, how))
            except BaseException:
                await line.close()
                raise
            if not told:
                await line.close()
                raise NotHere(call_id)
            self._asked.pop((call_id, who), None)
            talk = Part(relay, joined, line)
            self._talking.begin(talk, self._take_part(talk, how), place.pop_all())
        self._talking.journal.tell_change()
        return answer

    async def speak(self, call_id: str, supervisor: str, how: Watching) -> None:
        """Whisper to the agent from now on, or only listen; raises NotTalking."""
        talk = self._beside(call_id, supervisor, "supervisor")
        if not talk.relay.conference.announced:
            raise NotTalking(call_id)
        stored = await self._talking.journal.append_when(call_id, _if_talked(supervisor, how))
        if not stored:
            raise NotTalking(call_id)
        await self._tell_agent(call_id, _TOLD[how], supervisor)
        talk.relay.watch(how, announced=True)
        await self._talking.say(talk, how)

    async def all_three(self, call_id: str, agent: str) -> None:
        """Let the caller hear agent and colleague again, and be heard; raises NotTalking."""
        talk = self._talking.own(call_id, agent)
        colleague = talk.relay.at("colleague")
        if colleague is None or not talk.relay.conference.on_hold:
            raise NotTalking(call_id)
        talk.relay.consult(with_caller=True)
        await self._talking.say(talk, "with", colleague.agent)
        await self._talking.tell(talk.relay, colleague, "with", agent)

    async def back(self, call_id: str, agent: str) -> None:
        """Go on with the caller alone; the colleague leaves. Raises NotTalking."""
        talk = self._talking.own(call_id, agent)
        colleague = talk.relay.at("colleague")
        self._forget(call_id)
        if colleague is None or talk.joined.handing_on:
            raise NotTalking(call_id)
        talk.relay.silence(colleague)
        colleague.end("over")

    async def give(self, call_id: str, agent: str, note: str = "") -> None:
        """Give the caller to the colleague who is there; the agent stays until they leave.

        Raises NotTalking, JournalFull.
        """
        talk = self._talking.own(call_id, agent)
        colleague = talk.relay.at("colleague")
        if colleague is None or talk.joined.handing_on:
            raise NotTalking(call_id)
        await self._change(talk, colleague, note)
        await self._talking.say(talk, "with", colleague.agent)
        await self._talking.tell(talk.relay, colleague, "talking", agent)

    async def take_over(self, call_id: str, supervisor: str) -> None:
        """Take a talk over that one listens to; the agent is told. Raises NotTalking."""
        talk = self._beside(call_id, supervisor, "supervisor")
        agent = talk.relay.joined
        if agent is None or not talk.relay.conference.announced or agent.handing_on:
            raise NotTalking(call_id)
        before = self._talking.own(call_id, agent.agent)
        await self._change(before, talk.joined, "")
        await self._talking.say(talk, "talking")
        agent.end("taken_over")

    async def _change(self, before: Part, after: Joined, note: str) -> None:
        """Put on record that the talk is somebody else's, and make it so."""
        call_id, agent = before.relay.call_id, before.joined.agent
        bodies: tuple[Body, ...] = (
            HandedOn(agent=agent, to=after.agent, note=note, warm=True),
            OfferAccepted(agent=after.agent, talk=True),
            Bridged(agent=after.agent),
        )
        if not await self._talking.journal.append_when(call_id, if_has(agent, *bodies)):
            raise NotTalking(call_id)
        before.relay.take_place(after)

    async def _take_part(self, talk: Part, how: How) -> None:
        """Go through somebody's part, until they are lost."""
        relay, joined = talk.relay, talk.joined
        try:
            async with asyncio.timeout(SOUND_WITHIN_S):
                await talk.line.speaks()
            if how == "consult":
                relay.consult(with_caller=False)
                await self._tell_agent(relay.call_id, "consult", joined.agent)
                await self._talking.say(talk, "consult")
                await self._play_while_lost(talk)
            else:
                # Told first, heard after: nobody is listened to without knowing it.
                await self._tell_agent(relay.call_id, _TOLD[how], joined.agent)
                if relay.role_of(joined) == "supervisor":
                    relay.watch(how, announced=True)
                await self._talking.say(talk, how)
                await talk.line.lost()
        except TimeoutError:
            logger.info(f"call {relay.call_id}: no sound of {joined.agent} arrived")
        joined.end("lost")

    async def _play_while_lost(self, talk: Part) -> None:
        music = asyncio.create_task(self._play(talk.relay), name=f"{talk.relay.call_id} on hold")
        try:
            await talk.line.lost()
        finally:
            music.cancel()
            with suppress(asyncio.CancelledError):
                await music

    async def _play(self, relay: Relay) -> None:
        """Play music to the caller for as long as the consult goes on, at the line's pace."""
        rate = relay.to_caller.rate
        loop = await asyncio.to_thread(self._hold, rate)
        size, at = 2 * int(rate * FRAME_S), 0
        looped = loop + loop[:size]
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            relay.play(looped[at : at + size], rate)
            at = (at + size) % len(loop)
            due = max(due + FRAME_S, clock() - FRAME_S)
            await asyncio.sleep(max(0.0, due - clock()))

    def _beside(self, call_id: str, who: str, role: Role) -> Part:
        if not self._talking.possible(call_id):
            raise Elsewhere(call_id)
        talk = self._talking.part_of(call_id, who)
        if talk is None or talk.relay.role_of(talk.joined) != role or talk.joined.how is not None:
            raise NotTalking(call_id)
        return talk

    def _forget(self, call_id: str) -> None:
        self._asked = {key: who for key, who in self._asked.items() if key[0] != call_id}
        self._talking.journal.tell_change()

    async def _tell_agent(self, call_id: str, state: str, who: str) -> None:
        relay = self._talking.relay(call_id)
        if relay is not None and relay.joined is not None:
            await self._talking.tell(relay, relay.joined, state, who)


_TOLD = {"listen": "listened_to", "whisper": "whispered_to"}


def _if_talked(who: str, how: How) -> Decide:
    """Return that somebody takes part, if an agent has the caller just then."""

    def decide(_connection: Connection, found: CallSummary) -> Sequence[Body]:
        talks = found.state == "accepted" and found.ended is None
        return (TookPart(agent=who, how=how),) if talks else ()

    return decide
