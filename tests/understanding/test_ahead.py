"""Ahead: what was understood during a pause is not understood again."""

import pytest

from bot.events import Language
from bot.understanding.ahead import Ahead
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning


class Engine:
    """Understands one wish, and counts; `broken` it fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    async def parse(self, text: str, language: Language) -> Meaning:
        self.asked.append(text)
        if self.broken:
            raise RuntimeError("no")
        bare = "inform" if text.isdigit() else OUT_OF_SCOPE
        intent = "pay" if "pay" in text else bare
        return Meaning(text, language, intent, 0.4 if "perhaps" in text else 0.9)


async def test_the_turn_takes_what_the_pause_understood() -> None:
    """The same words are parsed once; in another language they are other words."""
    engine = Engine()
    ahead = Ahead(engine)
    assert await ahead.meant("pay", "en")
    assert (await ahead.parse("pay", "en")).intent == "pay"
    assert engine.asked == ["pay"]
    await ahead.parse("pay", "nl")
    assert engine.asked == ["pay", "pay"]


@pytest.mark.parametrize("words", ["perhaps pay", "the weather", "8"])
async def test_what_is_doubtful_foreign_or_a_bare_value_ends_no_turn(words: str) -> None:
    """Only what can be acted upon counts as meant."""
    assert not await Ahead(Engine()).meant(words, "en")


async def test_an_engine_that_fails_at_the_pause_is_asked_again() -> None:
    """A pause never raises, and its failure is not the turn's."""
    engine = Engine()
    engine.broken = True
    ahead = Ahead(engine)
    assert not await ahead.meant("pay", "en")
    engine.broken = False
    assert (await ahead.parse("pay", "en")).intent == "pay"


async def test_little_is_kept() -> None:
    """A call of an hour keeps the last few utterances, not all."""
    engine = Engine()
    ahead = Ahead(engine)
    for number in range(50):
        await ahead.parse(f"pay {number}", "en")
    await ahead.parse("pay 49", "en")
    assert len(engine.asked) == 50
    await ahead.parse("pay 0", "en")
    assert len(engine.asked) == 51
