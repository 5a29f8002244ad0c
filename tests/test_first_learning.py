"""At the first start, what the intents folder teaches is learned by a process of its own."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

import pytest

from bot import first_learning
from bot.clock import utc_now
from bot.encoder import SentenceEncoder, Vectors
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import load
from tests.intents_folder import small_intents

PATIENCE_S = 120


class NothingNew:
    """An encoder that is asked for nothing: all vectors are known."""

    version = SentenceEncoder().version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Fail."""
        raise AssertionError(f"these were not learned: {texts}")


def test_what_another_process_learned_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is done, this process learns nothing of the same folder, and no other is begun."""
    monkeypatch.setattr(first_learning, "cores", lambda: 2)
    folder, cache = small_intents(tmp_path), tmp_path / "understanding"
    assert first_learning.begin(folder, cache).result(PATIENCE_S) is None
    EmbeddedUnderstanding.train(load(folder), cache, utc_now, UTC, NothingNew())
    kept = {file: file.stat().st_mtime_ns for file in cache.iterdir()}
    assert first_learning.begin(folder, cache).done()
    assert {file: file.stat().st_mtime_ns for file in cache.iterdir()} == kept


def test_a_folder_that_can_not_be_learned_from_is_left_to_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to wait for any longer, and what was wrong is told by who reads it."""
    monkeypatch.setattr(first_learning, "cores", lambda: 2)
    (tmp_path / "nlu.nl.yml").write_text("nlu:\n  - intent: [half\n")
    assert first_learning.begin(tmp_path, tmp_path / "cache").result(PATIENCE_S) is None
    assert not (tmp_path / "cache").exists()


def test_on_one_core_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes would take turns there, and read everything twice."""
    monkeypatch.setattr(first_learning, "cores", lambda: 1)
    assert first_learning.begin(small_intents(tmp_path), tmp_path / "cache").done()


def test_it_does_not_outlive_the_start(tmp_path: Path) -> None:
    """When Kalm ends, however it ends, nothing goes on learning for it."""
    command = [sys.executable, "-m", "bot.first_learning", str(small_intents(tmp_path))]
    with subprocess.Popen([*command, str(tmp_path / "cache")], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 1
    assert not (tmp_path / "cache").exists()
