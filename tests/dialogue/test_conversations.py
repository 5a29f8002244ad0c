"""Every conversation in `intents/tests/conversations` goes as it is written there."""

import pytest

from bot.dialogue.content import Content
from tests.dialogue.conftest import MakeStage
from tests.dialogue.scripts import Written, play, written

SCRIPTS = written()


@pytest.mark.parametrize("script", SCRIPTS, ids=[one.title for one in SCRIPTS])
async def test_a_conversation_goes_as_written(script: Written, make_stage: MakeStage) -> None:
    """What the caller says leads to what the product owner wrote down."""
    await play(script, make_stage(script.language, script.script.number, script.given_queue()))


def test_there_are_conversations_for_every_flow_in_both_languages(content: Content) -> None:
    """Every wish that a caller can have is tried in Dutch and in English, sixty talks in all."""
    assert len(SCRIPTS) >= 60
    for language in ("nl", "en"):
        files = {one.file.stem for one in SCRIPTS if one.language == language}
        wishes = {flow.name for flow in content.flows.values() if flow.triggers} - {"goodbye"}
        assert wishes <= files, f"no file for {wishes - files} in {language}"
