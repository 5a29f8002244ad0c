"""Pronunciations are data: right ones are applied, wrong ones are named with their cure."""

from pathlib import Path
from typing import get_args

import pytest

from bot.events import Language
from bot.speaking.free_text import spoken_text
from bot.speaking.pronunciations import FOLDER, PronunciationsError, load

LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_house_files_can_be_said(language: Language) -> None:
    """Every word of our own files is said without being changed once more."""
    words = load(FOLDER, language)
    for read, said in words.words.items():
        assert spoken_text(said, language) == said, read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mw. De Vries", "mevrouw De Vries"),
        ("Mw. De Vries", "mevrouw De Vries"),
        ("nr.12", "nummer12"),
        ("de kwh-prijs", "de kilowattuur-prijs"),
        ("een bic en een BIC", "een bic en een bik"),
        ("btwx", "btwx"),
        ("xbtw", "xbtw"),
    ],
)
def test_whole_words_only(text: str, said: str) -> None:
    """Small letters fit any case, capitals only themselves, and never inside a word."""
    assert load(FOLDER, "nl").apply(text) == said


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        ("- a list", "as read"),
        ("yes: ja", "quotes"),
        ("a: 5", "quotes"),
        ("a: '5 keer'", "in words"),
        ("a: ''", "two texts"),
        ("a: [", "can't be read"),
    ],
)
def test_a_wrong_file_names_its_cure(tmp_path: Path, content: str, cure: str) -> None:
    """A file that can't be used is refused with its path and what to do."""
    (tmp_path / "nl.yml").write_text(content)
    with pytest.raises(PronunciationsError, match=cure) as error:
        load(tmp_path, "nl")
    assert str(tmp_path / "nl.yml") in str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    """A missing file is an error of its own, not an empty list."""
    with pytest.raises(PronunciationsError, match=r"en\.yml"):
        load(tmp_path, "en")


def test_an_empty_list_is_allowed(tmp_path: Path) -> None:
    """A product owner may say that nothing needs another pronunciation."""
    (tmp_path / "nl.yml").write_text("{}")
    assert load(tmp_path, "nl").apply("btw") == "btw"
