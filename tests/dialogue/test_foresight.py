"""What the bot would say is known before the turn is over, and nothing comes of it but sound."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bot.company.api import Company
from bot.dialogue.content import Content
from bot.dialogue.conversation import Conversation
from bot.dialogue.foresight import Foresight
from bot.events import CallerSpoke, Language
from bot.journal import Journal
from bot.mood.state import MoodSense
from bot.mood.words import WordJudge
from bot.rehearsal.stage import Moody
from bot.understanding.meaning import Understanding
from tests.dialogue.scripts import Written, play, written
from tests.dialogue.stage import Stage, Turn, clock, demo_company

SCRIPTS = [one for one in written() if one.script.queue is None]
HARMLESS = {"office"}
"""What the company tells anybody."""


class Watched(Moody):
    """A company that notes what it is asked."""

    def __init__(self, company: Moody) -> None:
        super().__init__(cast(Company, company))
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        call = super().__getattr__(name)

        async def noted(*args: Any) -> Any:
            self.asked.append(name)
            return await call(*args)

        return noted


class Foresighted(Stage):
    """A call in which every turn is foreseen before it is taken."""

    def __init__(
        self,
        content: Content,
        understanding: Understanding,
        company: Watched,
        *,
        language: Language,
        number: str | None,
        mood: MoodSense,
    ) -> None:
        super().__init__(
            content, understanding, company, language=language, number=number, mood=mood
        )
        self.watched = company
        self.foresight = Foresight(self.conversation, cast(Company, company), clock, self._another)
        self.foreseen = 0

    def _another(self, company: Company, journal: Journal) -> Conversation:
        return self.converse(company=company, journal=journal)

    async def hear(self, utterance: CallerSpoke) -> Turn:
        """Foresee, look whether anything came of it, and only then take the turn."""
        await self.settled()  # what still goes on beside the talk is the call's own
        before = self.state.copy(), await self.events(), len(self.watched.asked)
        say = await self.foresight.first_words(utterance) if self.watched.mood == "well" else None
        assert (self.state, await self.events()) == before[:2]
        assert HARMLESS.issuperset(self.watched.asked[before[2] :])
        turn = await super().hear(utterance)
        if say is not None:
            self.foreseen += 1
            first = turn.says[0]
            assert (say.words, say.spoken, say.language, say.slow) == (
                first.words,
                first.spoken,
                first.language,
                first.slow,
            )
        return turn


@pytest.fixture
def stage(
    content: Content, understanding: Understanding, judge: WordJudge, tmp_path: Path
) -> Callable[[Written], Foresighted]:
    def make(script: Written) -> Foresighted:
        return Foresighted(
            content,
            understanding,
            Watched(demo_company(tmp_path)),
            language=script.language,
            number=script.script.number,
            mood=MoodSense(judge),
        )

    return make


@pytest.mark.parametrize("script", SCRIPTS, ids=[one.title for one in SCRIPTS])
async def test_what_is_foreseen_is_what_is_said(
    script: Written, stage: Callable[[Written], Foresighted]
) -> None:
    """Word for word; until then nothing is stored, known, or asked that is somebody's own."""
    await play(script, stage(script))


async def test_what_needs_nothing_of_the_company_is_foreseen(
    content: Content, understanding: Understanding, judge: WordJudge, tmp_path: Path
) -> None:
    """Questions, refusals and anger are; what the company's systems must tell is not."""
    company = Watched(demo_company(tmp_path))
    mood = MoodSense(judge)
    call = Foresighted(content, understanding, company, language="en", number=None, mood=mood)
    await call.start()
    for times, words in enumerate(
        (
            "what are your opening hours?",
            "is my payment in",
            "I don't know that exactly",
            "you are a bloody idiot",
        ),
        start=1,
    ):
        await call.say(words)
        assert call.foreseen == times, words
    await call.say("four eight two double zero six")
    before = call.foreseen
    turn = await call.say("three zero seven two A K")
    assert "payment_missing_overdue" in turn.answers
    assert call.foreseen == before
