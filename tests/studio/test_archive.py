"""Files go out as a zip and come back byte for byte; a zip can't do harm."""

import io
import zipfile

import pytest
from hypothesis import given, settings

from handoff.studio.archive import MOST_FILES, pack, unpack
from handoff.studio.drafts import LARGEST, DraftError
from tests.studio.test_versions import folders


@settings(deadline=None)
@given(folders)
def test_what_is_packed_is_unpacked(files: dict[str, str]) -> None:
    """Every path and every sign, comments and line ends too; the same files make the same zip."""
    assert unpack(pack(files)) == files
    assert pack(files) == pack(dict(reversed(list(files.items()))))


def made(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def damaged(archive: bytes) -> bytes:
    """Return a zip in which what is packed of its first file is not what was."""
    start = 30 + len("a.yml")
    return archive[:start] + b"\xff" * 9 + archive[start + 9 :]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no_zip"),
        (b"PK\x03\x04 and no more", "no_zip"),
        (made(), "no_zip"),
        (damaged(made(("a.yml", bytes(range(32, 120)) * 9))), "no_zip"),
        (made(("../evil.yml", b"x")), "path"),
        (made(("/etc/passwd", b"x")), "path"),
        (made(("a\\b.yml", b"x")), "path"),
        (made(("big.yml", b"x" * (LARGEST + 1))), "too_big"),
        (made(("sound.wav", b"\xff\xfe\x00")), "not_text"),
        (made(*((f"{n}.yml", b"") for n in range(MOST_FILES + 1))), "too_many_files"),
    ],
    ids=["empty", "cut", "nothing", "damaged", "up", "root", "backslash", "big", "binary", "many"],
)
def test_what_is_no_archive_of_texts_is_refused(content: bytes, reason: str) -> None:
    """Each with its reason; nothing is written to disk on the way."""
    with pytest.raises(DraftError) as told:
        unpack(content)
    assert told.value.reason == reason


def test_hidden_files_are_left_out() -> None:
    """Those of git and of editors are no part of what is published."""
    assert unpack(made((".git/config", b"x"), ("nlu.yml", b"y"))) == {"nlu.yml": "y"}
