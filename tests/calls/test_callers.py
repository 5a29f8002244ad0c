"""A caller may call again only when the words were lost, never because the answer was wrong."""

import pytest

from bot.line.robot import Turn
from tests.calls.callers import may_be_misheard, misheard


@pytest.mark.parametrize(
    ("said", "recognised", "lost"),
    [
        ("De eerste.", "dinsdag", True),
        ("No thank you, goodbye.", "No, at one oil.", True),
        ("Has my payment arrived?", "That's my payment arrived.", False),
        ("Ja.", "ja", False),
        ("/key 471109", "", False),
    ],
)
def test_words_are_lost_when_quite_others_were_written(
    said: str, recognised: str, lost: bool
) -> None:
    """A slip that leaves the sense is no excuse; a key is never misheard."""
    assert misheard(Turn(said=said, recognised=recognised)) is lost


async def test_a_call_that_was_heard_rightly_fails_at_once() -> None:
    """Without a misheard word a failing test is not run again."""
    runs = []

    @may_be_misheard
    async def fails() -> None:
        runs.append(1)
        raise AssertionError("the bot was wrong")

    with pytest.raises(AssertionError, match="the bot was wrong"):
        await fails()
    assert len(runs) == 1
