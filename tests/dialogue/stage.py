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

    async def check(self) -> None:
        """Assert what holds for every call, whatever was said."""
        events = await self.events()
        assert fold(events) == self.state
        spoken = [event.body for event in events if isinstance(event.body, BotSpoke)]
        for one, two in pairwise(spoken):
            assert one.words != two.words, f"said twice in a row: {one.words}"
        for turn in self.turns:
            for said in turn.says:
                assert said.words.strip()
                assert said.spoken.strip()
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
