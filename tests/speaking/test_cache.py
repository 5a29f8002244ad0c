"""The cache gives back what was put in or nothing, and never hurts a call."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.speaking.cache import SpeechCache

KEY = SpeechCache.key("tone", "Goedemorgen.", False)


def test_it_outlives_the_process(tmp_path: Path) -> None:
    """What one cache wrote, the next reads."""
    SpeechCache(tmp_path).put(KEY, b"sound", on_disk=True)
    assert SpeechCache(tmp_path).get(KEY) == b"sound"


def test_memory_only(tmp_path: Path) -> None:
    """What is not meant for disk never gets there."""
    cache = SpeechCache(tmp_path)
    cache.put(KEY, b"sound", on_disk=False)
    assert cache.get(KEY) == b"sound"
    assert not list(tmp_path.rglob("*"))


def test_keys_differ() -> None:
    """Another voice, text or speed is another sound."""
    keys = {
        SpeechCache.key(voice, text, slow)
        for voice in ("a", "b")
        for text in ("x", "y")
        for slow in (False, True)
    }
    assert len(keys) == 8


@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=60)), max_size=40))
def test_memory_is_bounded_and_right(puts: list[tuple[int, bytes]]) -> None:
    """Memory never holds more than its limit, and never another key's sound."""
    cache = SpeechCache(None, memory_bytes=100)
    last: dict[str, bytes] = {}
    for number, sound in puts:
        cache.put(str(number), sound, on_disk=True)
        last[str(number)] = sound
        kept = {key: found for key in last if (found := cache.get(key)) is not None}
        assert sum(map(len, kept.values())) <= 100
        assert all(last[key] == found for key, found in kept.items())
        assert cache.get(str(number)) == sound


def test_the_least_lately_used_goes_first() -> None:
    """A sentence that is said often stays."""
    cache = SpeechCache(None, memory_bytes=20)
    cache.put("often", b"x" * 10, on_disk=True)
    cache.put("seldom", b"x" * 10, on_disk=True)
    assert cache.get("often")
    cache.put("new", b"x" * 10, on_disk=True)
    assert cache.get("often")
    assert cache.get("seldom") is None


@pytest.mark.parametrize("damage", [b"", b"KALM1", b"garbage" * 20, None])
def test_a_damaged_file_is_no_sound(
    tmp_path: Path, damage: bytes | None, warnings: list[str]
) -> None:
    """Half a file, or another's, is thrown away and made again."""
    SpeechCache(tmp_path).put(KEY, b"sound" * 100, on_disk=True)
    (file,) = tmp_path.glob("??/*.pcm")
    file.write_bytes(file.read_bytes()[:-1] if damage is None else damage)
    cache = SpeechCache(tmp_path)
    assert cache.get(KEY) is None
    assert not file.exists()
    cache.put(KEY, b"sound", on_disk=True)
    assert SpeechCache(tmp_path).get(KEY) == b"sound"


def test_a_full_disk_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    """With a full disk memory serves on, one line is logged, and nothing half is left."""

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = SpeechCache(tmp_path)
    monkeypatch.setattr(os, "fdopen", full)
    cache.put(KEY, b"sound", on_disk=True)
    cache.put("00" + KEY, b"other", on_disk=True)
    assert cache.get(KEY) == b"sound"
    assert len(warnings) == 1
    assert "No space left" in warnings[0]
    assert not list(tmp_path.rglob("*.p*"))


def test_a_folder_that_is_none(tmp_path: Path, warnings: list[str]) -> None:
    """A path that can't be a folder is logged once and hurts nobody."""
    (tmp_path / "file").write_text("")
    cache = SpeechCache(tmp_path / "file")
    cache.put(KEY, b"sound", on_disk=True)
    assert cache.get(KEY) == b"sound"
    assert cache.get("ff" + KEY) is None
    assert len(warnings) == 1


def test_disk_is_bounded(tmp_path: Path) -> None:
    """The oldest sentences leave the disk before its limit is passed for long."""
    cache = SpeechCache(tmp_path, disk_bytes=2000)
    for number in range(20):
        key = SpeechCache.key("tone", str(number), False)
        cache.put(key, bytes(300), on_disk=True)
        file = tmp_path / key[:2] / f"{key}.pcm"
        os.utime(file, (number, number))
    size = sum(file.stat().st_size for file in tmp_path.glob("??/*.pcm"))
    assert size <= 2000
    assert SpeechCache(tmp_path).get(SpeechCache.key("tone", "19", False)) is not None
    assert SpeechCache(tmp_path).get(SpeechCache.key("tone", "0", False)) is None
