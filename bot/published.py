"""Published: the intents folder in force, and the last good one when it is broken.

For a Kalm of which no version was published. A product owner's slip of the keyboard
must not silence the telephone: each state of the folder that loads is kept aside, and
serves until the folder loads again.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from bot.edition import BROKEN, Intents


@dataclass(frozen=True)
class Published:
    """Intents that can serve."""

    intents: Intents
    folder: Path
    """Where they were read from."""
    error: str | None = None
    """Why this is the last good version and not the owner's newest; names file, line and cure."""


class NothingToServe(Exception):
    """The intents folder is broken and no earlier version is kept."""


def load(intents: Path, kept: Path) -> Published:
    """Load the intents folder, or the copy of its last good version.

    Args:
        intents: The product owners' folder.
        kept: Folder in which the last good version is kept; made when needed.

    Raises:
        NothingToServe: Neither loads; the text tells what is wrong and where.
    """
    try:
        read = Intents.read(intents)
    except BROKEN as error:
        logger.error(f"the intents do not load: {error}")
        if not kept.is_dir():
            raise NothingToServe(str(error)) from error
        logger.warning("the last good version of the intents serves until they do")
        try:
            return Published(Intents.read(kept), kept, str(error))
        except BROKEN as older:
            raise NothingToServe(f"{error} (nor does the last good version: {older})") from older
    _keep(intents, kept)
    return Published(read, intents)


def _keep(intents: Path, kept: Path) -> None:
    """Replace the kept copy; a disk that is full costs the copy, not the start."""
    fresh = kept.with_name(kept.name + ".new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(intents, fresh)
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)
    except OSError as error:
        logger.warning(f"the intents load, but no copy of them could be kept: {error}")
