"""Folder: a folder of texts as a mapping from path to text, and back, byte for byte."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from bot.mistake import FileMistake

LONGEST = 5_000_000
"""Bytes that one file may hold."""

Texts = Mapping[str, str]
"""From a path within the folder, with slashes, to what the file says."""


class NotText(FileMistake):
    """A file that can't be part of a version, with where and what to do about it."""


def read_folder(folder: Path) -> dict[str, str]:
    """Return every file of a folder and of those below it, sorted by path.

    Names that begin with a dot are left out: they are of editors, git and tools. So are
    links, which show elsewhere what the folder holds already.
    Nothing is changed: line ends, comments and byte order marks come back as they are.

    Raises:
        NotText: When a file is too big, or is no text.
    """
    return {
        file.relative_to(folder).as_posix(): _text(file)
        for file in sorted(_files(folder), key=lambda file: file.relative_to(folder).as_posix())
    }


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            file
            for name in names
            # A link is another name of a file, such as Rasa's in `data/`, and no file itself.
            if not name.startswith(".") and not (file := Path(place) / name).is_symlink()
        )


def write_folder(texts: Texts, folder: Path) -> None:
    """Make a folder that holds these files; one that exists is replaced, hidden files stay.

    Raises:
        OSError: When the disk does not take it.
    """
    for path, text in texts.items():
        check_path(path)
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))
    for file in list(_files(folder)):
        if file.relative_to(folder).as_posix() not in texts:
            file.unlink()
    for place, folders, names in os.walk(folder, topdown=False):
        if place != str(folder) and not folders and not names:
            shutil.rmtree(place)


def check_path(path: str) -> None:
    """Raise ValueError when a path leads out of its folder, or is hidden."""
    parts = PurePosixPath(path).parts
    if (
        not parts
        or path != "/".join(parts)
        or "\\" in path
        or ":" in path
        or any(part.startswith(".") for part in parts)
        or any(ord(sign) < 32 for sign in path)
    ):
        raise ValueError(f"{path!r} is no path of a file within a folder")


def sha256(texts: Texts) -> str:
    """Return a number that is the same for the same paths and texts, and for no others."""
    digest = hashlib.sha256()
    for path in sorted(texts):
        for part in (path.encode(), texts[path].encode("utf-8")):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        problem = f"the file can't be read ({error.strerror})"
        raise NotText(file, 1, problem, "check its name and rights") from error
    if len(content) > LONGEST:
        problem = f"the file holds {len(content) / 1e6:.1f} MB, more than {LONGEST / 1e6:.0f}"
        raise NotText(file, 1, problem, "take out of the folder what the bot does not need")
    if (at := content.find(b"\0")) >= 0:
        line = content.count(b"\n", 0, at) + 1
        raise NotText(file, line, "the file is no text", "move it out of the folder")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotText(file, line, "the file is not UTF-8", "save it as UTF-8") from error
