"""The 50 calls that are made by voice reach the same rung of the ladder when they are typed."""

import pytest

from tests.dialogue.conftest import MakeStage
from tests.dialogue.rungs import CALLER, Call, acknowledging, calls, reached

CALLS = calls()


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
async def test_a_call_reaches_the_rung_it_must(call: Call, make_stage: MakeStage) -> None:
    """What is wrong by voice and right here was misheard, or spoken over."""
    stage = make_stage(call.language, CALLER)
    await stage.start()
    heard: list[str] = []
    for line in call.lines:
        if stage.over:
            break
        [(manner, what)] = line.items()
        turn = await (stage.keys(what) if manner == "key" else stage.say(what))
        heard.append(f"{what} -> {turn.answers}")
    if not stage.over:
        await stage.hang_up()
    await stage.check()
    assert reached(await stage.events(), acknowledging()) in call.rung, "\n".join(heard)


def test_there_are_50_calls() -> None:
    """As many as the figure in docs/mood.md is about, in both languages."""
    assert len(CALLS) == len({call.name for call in CALLS}) == 50
    assert {call.language for call in CALLS} == {"nl", "en"}
