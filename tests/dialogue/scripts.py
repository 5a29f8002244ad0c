"""The conversations that product owners wrote down, as tests play them."""

from bot.rehearsal import play as rehearsal
from bot.rehearsal.script import Written, load
from tests.dialogue.stage import INTENTS, Stage


def written() -> list[Written]:
    return load(INTENTS)


async def play(script: Written, stage: Stage) -> None:
    """Fail at the first step that goes otherwise, and at what no call may do."""
    otherwise = await rehearsal.play(script, stage)
    assert otherwise is None, str(otherwise)
    await stage.check()


__all__ = ["Written", "play", "written"]
