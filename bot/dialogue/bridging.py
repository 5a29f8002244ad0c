"""Bridging: what the bot does around a talk of caller and agent: announce, be silent, come back."""

from collections.abc import AsyncIterator

from bot.dialogue.effects import Effect
from bot.dialogue.flow_checks import ROOT
from bot.dialogue.machine import Machine
from bot.dialogue.reflexes import Reflexes
from bot.dialogue.staying import Staying
from bot.dialogue.taking_in import TakingIn
from bot.dialogue.talk import Talk
from bot.events import CallerSpoke, SlotFilled

Turn = AsyncIterator[Effect]


class Bridging:
    """The bot's part in handing a caller over to a person who talks from the desk."""

    def __init__(self, talk: Talk, machine: Machine, reflexes: Reflexes, staying: Staying) -> None:
        """Take the pieces of the conversation."""
        self._talk = talk
        self._machine = machine
        self._reflexes = reflexes
        self._staying = staying

    async def joining(self, agent: str) -> Turn:
        """Tell in one sentence who comes on the line."""
        await self._talk.record.catch_up()
        if self._talk.state.bridge.agent != "coming":
            return  # by now it went another way
        await self._talk.record.append(SlotFilled(slot="colleague", value=agent, by="flow"))
        yield await self._talk.say("colleague_joins")

    async def aside(self, utterance: CallerSpoke, taking_in: TakingIn) -> None:
        """Put on record what was said to the bot while an agent comes; nobody answers it.

        Danger that is told just then is on the agent's card before the first word.
        """
        if self._talk.state.bridge.agent != "coming":
            return
        [spoke] = await self._talk.record.append(utterance)
        if await taking_in.notice(spoke) == "crisis":
            await self._staying.fetch_help(spoke.seq)

    async def returned(self, task: str | None) -> Turn:
        """Go on with a caller who was given back: with the task, or with what else there is."""
        await self._forget_colleague()
        yield await self._talk.say("back_with_me")
        await self._talk.unwind()
        if task is not None and task in self._talk.content.flows:
            await self._talk.start(task, fresh=True)
        else:
            async for effect in self._machine.come_back():
                yield effect
        async for effect in self._machine.run():
            yield effect

    async def lost(self) -> Turn:
        """Stay with a caller whose agent was lost, and wait on at the same place."""
        await self._forget_colleague()
        talked = self._talk.state.bridge.lost_in_talk
        async for effect in self._wait_on("colleague_lost" if talked else "colleague_not_there"):
            yield effect

    async def handed_on(self) -> Turn:
        """Wait on with a caller whom an agent handed on, at the same place."""
        await self._forget_colleague()
        if self._talk.state.bridge.agent is not None:
            return  # by now another is coming
        async for effect in self._wait_on("colleague_hands_on"):
            yield effect

    async def _wait_on(self, words: str) -> Turn:
        yield await self._talk.say(words)
        frame = self._talk.frame
        if frame is not None and frame.flow != ROOT and self._talk.question is not None:
            turn = self._reflexes.ask_again()
        else:
            await self._talk.unwind()
            await self._talk.start("handoff", fresh=False)
            turn = self._machine.run()
        async for effect in turn:
            yield effect

    async def _forget_colleague(self) -> None:
        await self._talk.record.catch_up()
        await self._talk.record.append(SlotFilled(slot="colleague", value=None, by="flow"))
