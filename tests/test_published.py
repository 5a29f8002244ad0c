"""A broken intents folder never silences the telephone, and never hides that it is broken."""

import shutil
from pathlib import Path

import pytest

from bot import published
from bot.published import NothingToServe
from bot.settings import ROOT


@pytest.fixture
def intents(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "intents", tmp_path / "intents"))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "data" / "intents-last-good"


def test_a_good_folder_is_served_and_kept(intents: Path, kept: Path) -> None:
    """What loads is what serves, and a copy of it is put aside."""
    loaded = published.load(intents, kept)
    assert loaded.error is None
    assert loaded.folder == intents
    assert (kept / "answers" / "nl.yml").read_text() == (intents / "answers" / "nl.yml").read_text()


@pytest.mark.parametrize(
    "file",
    ["flows/payments.yml", "answers/en.yml", "nlu.nl.yml", "ladder.yml", "mood/lexicon.nl.yml"],
)
def test_half_a_file_leaves_the_last_good_version_in_force(
    intents: Path, kept: Path, file: str
) -> None:
    """With a file cut in half, the last good version serves and the error names file and line."""
    published.load(intents, kept)
    text = (intents / file).read_text()
    (intents / file).write_text(text[: len(text) // 2] + '\n  "')
    loaded = published.load(intents, kept)
    assert loaded.folder == kept
    assert loaded.error is not None
    assert Path(file).name in loaded.error
    assert any(part.isdigit() for part in loaded.error.replace(":", " ").replace(",", " ").split())


def test_the_broken_folder_is_not_kept(intents: Path, kept: Path) -> None:
    """A broken version never replaces the last good one, however often Kalm starts."""
    published.load(intents, kept)
    (intents / "flows" / "payments.yml").write_text("flows: [")
    for _ in range(2):
        assert published.load(intents, kept).folder == kept


def test_a_missing_file_leaves_the_last_good_version_in_force(intents: Path, kept: Path) -> None:
    """A whole folder that vanished is a broken version too."""
    published.load(intents, kept)
    shutil.rmtree(intents)
    assert published.load(intents, kept).error


def test_without_a_good_version_the_start_says_what_to_mend(intents: Path, kept: Path) -> None:
    """With nothing to fall back on, the error still names the file to mend."""
    (intents / "flows" / "payments.yml").write_text("flows: [")
    with pytest.raises(NothingToServe, match=r"payments\.yml"):
        published.load(intents, kept)


def test_a_full_disk_costs_the_copy_and_not_the_start(
    intents: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When no copy can be kept, what loaded serves all the same."""

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    assert published.load(intents, kept).error is None
    assert not kept.exists()


def test_a_folder_without_words_of_mood_is_served_with_kalms_own(intents: Path, kept: Path) -> None:
    """A company that keeps no lexicons of its own still has its callers' danger heard."""
    shutil.rmtree(intents / "mood")
    loaded = published.load(intents, kept)
    assert loaded.error is None
    assert loaded.folder == intents
