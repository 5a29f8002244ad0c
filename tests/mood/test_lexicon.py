"""Lexicon: what owners write is read, and a mistake is told with file, line and cure."""

from pathlib import Path

import pytest

from bot.mood.lexicon import LexiconError, load_lexicon
from bot.mood.tokens import tokens
from bot.mood.vocabulary import FOLDER, Vocabulary


def test_the_shipped_lexicons_load() -> None:
    """Both lexicons are whole, and a word of each is known."""
    vocabulary = Vocabulary.load(FOLDER)
    assert vocabulary.known("klootzak")
    assert vocabulary.known("asshole")


@pytest.mark.parametrize(
    ("written", "line", "cure"),
    [
        ("insults:\n  vulgr: [a]\n", 2, "Use one of vulgar"),
        ("insult:\n  vulgar: [a]\n", 1, "Use one of"),
        ("insults:\n  vulgar: word\n", 2, "Write [one, two]"),
        ("signs:\n  threat:\n    - 'kom ((langs)'\n", 3, "Use words"),
        ("signs:\n  threat:\n    - '{nobody} komt'\n", 3, "Use a list of this file"),
        ("signs:\n  threat:\n    - '...'\n", 3, "Add one"),
        ("insults:\n  vulgar: [a\n", 3, "Check the indentation"),
        ("insults:\n  vulgar: [a]\n  vulgar: [b]\n", 3, "Join the two"),
        ("insults:\n  vulgar:\n    -\n", 3, "Put it in 'quotes'"),
        ("", 1, "Begin it with"),
    ],
)
def test_a_mistake_has_line_and_cure(tmp_path: Path, written: str, line: int, cure: str) -> None:
    """An owner reads where the mistake is and what to do."""
    file = tmp_path / "lexicon.nl.yml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(LexiconError) as told:
        load_lexicon(file)
    assert told.value.line == line
    assert cure in str(told.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A lexicon that is not there gives the same kind of error."""
    with pytest.raises(LexiconError, match="can't be read"):
        load_lexicon(tmp_path / "lexicon.nl.yml")


@pytest.mark.parametrize(
    ("written", "said", "matches"),
    [
        ("kom (ik|we) langs", "dan kom ik langs", True),
        ("kom (ik|we|) langs", "dan kom langs", True),
        ("kom (ik|we) langs", "dan kom jij langs", False),
        ("pak ... mes", "pak dan toch maar dat mes", True),
        ("pak ... mes", "pak een twee drie vier vijf mes", False),
        ("steek* aan", "hij steekt aan", True),
        ("{you} stinkt", "u stinkt", True),
        ("aan de beurt", "aan de beurten", False),
    ],
)
def test_phrases_mean_what_the_file_says(
    tmp_path: Path, written: str, said: str, matches: bool
) -> None:
    """Choices, gaps, beginnings and lists work as the head of the lexicon tells."""
    file = tmp_path / "lexicon.nl.yml"
    file.write_text(f"grammar:\n  you: [u]\nsigns:\n  threat:\n    - '{written}'\n", "utf-8")
    [phrase] = load_lexicon(file).phrases["signs.threat"]
    assert bool(phrase.pattern.search(said + " ")) == matches


def test_words_know_where_they_stand() -> None:
    """Each word of a text points at the caller's own letters."""
    said = "you're a f*cking 1d10t, kuuuut!"
    found = tokens(said, Vocabulary.load().known)
    assert [token.word for token in found] == ["you", "are", "a", "fucking", "idiot", "kut"]
    assert said[found[3].start : found[3].end] == "f*cking"
    assert said[found[4].start : found[4].end] == "1d10t"
