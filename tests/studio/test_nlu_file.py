"""An utterance comes into a file of examples and goes out of it, and nothing else changes."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.training_data import load
from handoff.studio.nlu_file import NotFileable, add, clean, intent_with, intents_of, take_out

OURS = Path("intents/nlu.nl.yml").read_text(encoding="utf-8")
WORDS = st.text(st.sampled_from("abcdefg éü'?!:#-*&%@\",."), min_size=1, max_size=60)


def cleaned(words: str) -> str | None:
    try:
        return clean(words)
    except NotFileable:
        return None


@settings(deadline=None, max_examples=60)
@given(WORDS.map(cleaned).filter(bool), st.sampled_from([*intents_of(OURS), "quite_new"]))
def test_adding_changes_one_place_and_taking_out_gives_the_file_back(
    words: str, intent: str
) -> None:
    """Whatever is filed is found under its intent, every line that was there stays, and undoing
    it gives the very same file.
    """
    more = add(OURS, intent, words)
    assert intent_with(more, words) == intent
    rest = iter(more.split("\n"))
    assert all(line in rest for line in OURS.split("\n"))
    assert add(more, intent, words) == more
    assert take_out(more, intent, words) == OURS


def test_it_is_learned_from(tmp_path: Path) -> None:
    """What was added is what training reads, beside all that was there."""
    file = tmp_path / "nlu.nl.yml"
    file.write_text(OURS, encoding="utf-8")
    before = {(e.text, e.intent) for e in load(file).examples}
    file.write_text(add(OURS, "tariff", "wat kost een kuub bij jullie: nu"), encoding="utf-8")
    after = {(e.text, e.intent) for e in load(file).examples}
    assert after - before == {("wat kost een kuub bij jullie: nu", "tariff")}
    assert before <= after


def test_windows_lines_comments_and_what_follows_stay() -> None:
    """Line ends are kept, and a comment below a block stays below it."""
    file = (
        'version: "3.1"\r\nnlu:\r\n- intent: a # first\r\n  examples: |\r\n    - een\r\n'
        "# about b\r\n- intent: b\r\n  examples: |\r\n    - [twee](count)\r\n\r\nother: 1\r\n"
    )
    more = add(file, "a", "nog een")
    assert more == file.replace("    - een\r\n", "    - een\r\n    - nog een\r\n")
    assert take_out(more, "a", "Nog  Een") == file


def test_the_same_words_stand_in_one_intent_only() -> None:
    """Words that another intent has are refused, and the other is named."""
    file = add(add("", "greet", "hallo"), "goodbye", "dag")
    assert yaml.safe_load(file)["nlu"][1]["intent"] == "goodbye"
    with pytest.raises(NotFileable) as refused:
        add(file, "goodbye", "Hallo")
    assert (refused.value.why, refused.value.intent) == ("elsewhere", "greet")


@pytest.mark.parametrize("file", ["nlu: [", "nlu: 3\nx: 1", "- a\n- b"])
def test_a_file_that_is_none_is_refused(file: str) -> None:
    """A file that can't be read, or is laid out otherwise, is not made worse."""
    with pytest.raises(NotFileable):
        add(file, "greet", "hallo")


@pytest.mark.parametrize("words", ["", "…", "12 34", "-- # ", "a" * 300])
def test_what_teaches_nothing_is_refused(words: str) -> None:
    """No words, or a whole speech, are no example."""
    with pytest.raises(NotFileable):
        clean(words)


def test_signs_that_mean_something_in_the_file_are_left_out() -> None:
    """Brackets, templates and signs that turn text around do not come into the file."""
    assert clean("- hallo [meter](subject) {{ x }}\n<b>\u202e ja") == "hallo meter subject x b ja"
