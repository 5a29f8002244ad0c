"""Packing: a cache of training as bytes that another process takes over.

The arrays lie in it as the cache wrote them, which reads nothing that could run code;
what does not fit the process that takes them is trained anew there.
"""

import io
import zipfile
from pathlib import Path, PurePosixPath

from loguru import logger

SUFFIX = ".npz"
"""Of the files of a cache."""
LARGEST = 200_000_000
"""Bytes in all that are taken over: 6,000 utterances take some 25 million."""


def pack(cache: Path) -> bytes:
    """Return what a cache holds; the same bytes for the same files."""
    content = io.BytesIO()
    # Stored as it is: arrays of floats hardly get smaller, and time is what is to be won.
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as packed:
        for file in sorted(cache.glob(f"*{SUFFIX}")):
            packed.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
    return content.getvalue()


def unpack(content: bytes, cache: Path) -> None:
    """Have a cache hold what was packed; what is no cache is left alone."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            found = packed.infolist()
            if sum(each.file_size for each in found) > LARGEST:
                raise ValueError("it is larger than any training")
            cache.mkdir(parents=True, exist_ok=True)
            for each in found:
                if PurePosixPath(each.filename).name != each.filename or not (
                    each.filename.endswith(SUFFIX)
                ):
                    raise ValueError(f"{each.filename!r} is no file of a cache")
                _replace(cache / each.filename, packed.read(each))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        logger.warning("What was learned elsewhere can't be used and is learned here: {}", error)


def _replace(file: Path, content: bytes) -> None:
    unfinished = file.with_name(f"{file.name}.unpacked")
    unfinished.write_bytes(content)
    unfinished.replace(file)  # a reader sees the old file or the new, never a half
