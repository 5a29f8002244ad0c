"""Archive: all files as a zip, to take along and to bring back, byte for byte."""

import io
import zipfile
import zlib

from handoff.studio.drafts import LARGEST, DraftError
from handoff.studio.folder import Texts, check_path

MOST_FILES = 500
MADE = (2026, 1, 1, 0, 0, 0)
"""The date of every file in a zip: the same files make the same zip."""


def pack(files: Texts) -> bytes:
    """Return a zip of the files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path, MADE), text.encode("utf-8"))
    return out.getvalue()


def unpack(content: bytes) -> dict[str, str]:
    """Return the files of a zip; hidden ones, as of git, are left out.

    Nothing is written to disk, and no more is unpacked than files may be big.

    Raises:
        DraftError: It is no zip, holds too much, a path that leads elsewhere, or no text.
    """
    files: dict[str, str] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise DraftError("too_many_files", most=MOST_FILES)
            for entry in entries:
                if any(part.startswith(".") and part != ".." for part in entry.filename.split("/")):
                    continue
                files[_path(entry.filename)] = _text(archive, entry)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        # All that `zipfile` raises for what a browser may send: no zip, damaged, a compression or
        # a version it can't read (NotImplementedError), a password (RuntimeError), cut short.
        raise DraftError("no_zip") from error
    if not files:
        raise DraftError("no_zip")
    return files


def _path(name: str) -> str:
    try:
        check_path(name)
    except ValueError as error:
        raise DraftError("path", path=name) from error
    return name


def _text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DraftError("too_big", megabytes=LARGEST // 10**6)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DraftError("not_text") from error
