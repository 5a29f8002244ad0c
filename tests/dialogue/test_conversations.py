"""Every conversation in `intents/tests/conversations` goes as it is written there."""

import pytest

from bot.dialogue.content import Content
from bot.events import Language
from tests.dialogue.conftest import MakeStage
from tests.dialogue.scripts import Script, play, scripts

SCRIPTS = scripts()


@pytest.mark.parametrize(
    ("language", "script"), [row[1:] for row in SCRIPTS], ids=[row[0] for row in SCRIPTS]
)
async def test_a_conversation_goes_as_written(
    language: Language, script: Script, make_stage: MakeStage
) -> None:
    """What the caller says leads to what the product owner wrote down."""
    await play(script, make_stage(language, script.number))


def test_there_are_conversations_for_every_flow_in_both_languages(content: Content) -> None:
    """Every wish that a caller can have is tried in Dutch and in English, sixty talks in all."""
    assert len(SCRIPTS) >= 60
    for language in ("nl", "en"):
        files = {name.split(":")[0].split("/")[1] for name, lang, _ in SCRIPTS if lang == language}
        wishes = {flow.name for flow in content.flows.values() if flow.triggers} - {"goodbye"}
        assert wishes <= files, f"no file for {wishes - files} in {language}"
