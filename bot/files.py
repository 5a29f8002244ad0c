"""Files that are there whole or not at all, and are known by their digest."""

import hashlib
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file so that nobody ever reads half of it, but for a power cut.

    Args:
        path: Of the file; its folder must be there.
        content: All of it.
        mode: Who may read it.

    Raises:
        OSError: It could not be written; what was there before is there still.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        os.fchmod(handle, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def sha256(path: Path) -> str:
    """Return a file's sha256 in hexadecimal; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
