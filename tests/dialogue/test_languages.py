"""The language of a call changes when another is named, and at nothing else."""

from pathlib import Path

import pytest

from bot.dialogue.content import Content
from bot.events import Language
from bot.understanding.meaning import Meaning
from tests.dialogue.stage import Stage, demo_company


class Changing:
    """An understanding that takes everything for a wish to change the language."""

    async def parse(self, text: str, language: Language) -> Meaning:
        return Meaning(text, language, "change_language", 0.95)


@pytest.mark.parametrize(
    ("language", "words", "answer", "then"),
    [
        ("nl", "ik wil een echte Nederlander spreken", "ask_language", "nl"),
        ("nl", "kunnen we van taal wisselen", "ask_language", "nl"),
        ("nl", "Nederlands of Engels", "ask_language", "nl"),
        ("nl", "mag het in het Engels", "language_changed", "en"),
        ("nl", "ik spreek geen Nederlands", "language_changed", "en"),
        ("nl", "praat eens Vlaams", "language_changed", "nl"),
        ("en", "can I speak to a real Englishman", "ask_language", "en"),
        ("en", "another language please", "ask_language", "en"),
        ("en", "Dutch please", "language_changed", "nl"),
        ("en", "my English is not good", "language_changed", "nl"),
    ],
)
async def test_only_a_language_that_is_named_is_changed_to(
    content: Content, tmp_path: Path, language: Language, words: str, answer: str, then: Language
) -> None:
    """Where none is named, or both are, the caller is asked which."""
    stage = Stage(content, Changing(), demo_company(tmp_path), language=language)
    await stage.start()
    turn = await stage.say(words, language)
    assert turn.answers[0].partition("/")[0] == answer
    assert stage.state.language == then
    await stage.check()
