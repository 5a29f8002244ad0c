"""What one process learned reaches another whole, or not at all."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bot.understanding.packing import pack, unpack


def test_a_cache_arrives_as_it_was(tmp_path: Path) -> None:
    """Every array comes over to the bit, in place of what was there, and packs to the same."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    np.savez(here / "one.npz", a=np.arange(5), b=np.array(0.1))
    np.savez(here / "two.npz", key=np.array("x"))
    (here / "notes.txt").write_text("no part of it")
    (there / "one.npz").write_bytes(b"older")
    packed = pack(here)
    unpack(packed, there)
    assert pack(there) == packed
    assert not (there / "notes.txt").exists()
    with np.load(there / "one.npz", allow_pickle=False) as arrays:
        assert arrays["a"].tolist() == [0, 1, 2, 3, 4]
    assert sorted(file.name for file in there.iterdir()) == ["one.npz", "two.npz"]


@pytest.mark.parametrize("name", ["../out.npz", "in/out.npz", "out.py"])
def test_nothing_is_written_outside_of_the_cache(tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere, or is of something else, is not taken over."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr(name, b"x")
    unpack(content.getvalue(), tmp_path / "cache")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_half_of_it_is_no_mistake_of_the_reader(tmp_path: Path) -> None:
    """Bytes that are no archive leave the cache as it was: it is learned anew."""
    here = tmp_path / "here"
    here.mkdir()
    np.savez(here / "one.npz", a=np.arange(5))
    packed = pack(here)
    for broken in (b"", b"no archive", packed[: len(packed) // 2]):
        unpack(broken, tmp_path / "there")
        assert not list((tmp_path / "there").glob("*"))
