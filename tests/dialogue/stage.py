"""The stage of `bot.rehearsal`, with what holds for every call whatever was said."""

from itertools import pairwise
from pathlib import Path

from bot.dialogue.state import fold
from bot.events import BotSpoke
from bot.rehearsal import stage as rehearsal
from bot.rehearsal.stage import NOW, ZONE, Moody, Turn, clock, demo_company

__all__ = ["INTENTS", "NOW", "ZONE", "Moody", "Stage", "Turn", "clock", "demo_company"]

INTENTS = Path(__file__).parents[2] / "intents"


class Stage(rehearsal.Stage):
    """One call."""

    async def noise(self) -> Turn:
        """Cut the bot off with noise, after which it says once more what it was saying."""
        lost = self.turns[-1].says
        for say in lost:
            await self.conversation.barged_in(say, "")
        return await self.take(self.conversation.again(lost))

    async def check(self) -> None:
        """Assert what holds for every call, whatever was said."""
        events = await self.events()
        assert fold(events) == self.state
        bodies = [event.body for event in events if isinstance(event.body, BotSpoke)]
        spoken = [body for body in bodies if body.answer is not None]  # else noise cut it off
        for one, two in pairwise(spoken):
            assert one.words != two.words, f"said twice in a row: {one.words}"
        for turn in self.turns:
            for said in turn.says:
                assert said.words.strip()
                assert said.spoken.strip()
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
