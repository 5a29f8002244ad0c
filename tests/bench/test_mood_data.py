"""Mood data: what is kept to measure the judge of moods is never learned from."""

import json
from pathlib import Path
from typing import Any

import pytest
from mood_data import angry_labels, goemotions

COMMENTS = "goemotions/dev.tsv"
LABELS = Path(__file__).parents[2] / "bench" / "mood_labels.json"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder of comments that say nothing but which line they are, and of tweets."""
    (tmp_path / "goemotions").mkdir()
    (tmp_path / "tweeteval" / "emotion").mkdir(parents=True)
    lines = [f"comment {number}\t3\tx" for number in range(1, 5427)]
    (tmp_path / COMMENTS).write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "goemotions" / "labels.txt").write_text("\n".join("abcdefgh"), encoding="utf-8")
    for name in ("train", "val"):
        tweets = "\n".join(f"tweet {number}" for number in range(1, 3300))
        (tmp_path / "tweeteval" / "emotion" / f"{name}_text.txt").write_text(tweets)
    return tmp_path


def test_what_measures_is_never_learned(data: Path) -> None:
    """No comment that was labelled to measure the finished judge is among what it learns."""
    told: dict[str, Any] = json.loads(LABELS.read_text(encoding="utf-8"))
    kept = {f"comment {one['line']}" for one in told["fresh"] if one["source"] == COMMENTS}
    learned = {row.text for row in goemotions(data)}
    assert len(kept) == 100
    assert not kept & learned
    fresh = [row for row in angry_labels(data) if row.source == f"{COMMENTS}, fresh"]
    assert {row.text for row in fresh} <= kept


def test_no_comment_is_read_twice() -> None:
    """A comment that we read stands in one list, so that it can't be learned as two things."""
    told: dict[str, Any] = json.loads(LABELS.read_text(encoding="utf-8"))
    read = [*told["goemotions"]["abuse"], *told["goemotions"]["none"]]
    for name in ("texts", "unseen", "fresh"):
        read += [one["line"] for one in told[name] if one["source"] == COMMENTS]
    assert len(read) == len(set(read))
