"""Published: the intents folder in force, and the last good one when it is broken.

A product owner's slip of the keyboard must not silence the telephone: each
version that loads is kept aside, and serves until the folder loads again.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from loguru import logger

from bot.dialogue.content import Content, ContentError
from bot.mood.lexicon import LexiconError
from bot.mood.vocabulary import FOLDER as OWN_LEXICONS
from bot.mood.vocabulary import Vocabulary
from bot.understanding.training_data import TrainingData, TrainingDataError
from bot.understanding.training_data import load as load_training_data

BROKEN = (ContentError, TrainingDataError, LexiconError)
"""What a slip of the keyboard makes of the folder."""


@dataclass(frozen=True)
class Published:
    """Flows, answers and training data that fit together."""

    content: Content
    training_data: TrainingData
    folder: Path
    """Where they were read from."""
    vocabulary: Vocabulary
    """Words that tell a mood: of the folder, or Kalm's own where it has none."""
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
        published = _read(intents)
    except BROKEN as error:
        logger.error(f"the intents do not load: {error}")
        if not kept.is_dir():
            raise NothingToServe(str(error)) from error
        logger.warning("the last good version of the intents serves until they do")
        try:
            good = _read(kept)
        except BROKEN as older:
            raise NothingToServe(f"{error} (nor does the last good version: {older})") from older
        return replace(good, error=str(error))
    _keep(intents, kept)
    return published


def _read(folder: Path) -> Published:
    lexicons = folder / "mood"
    return Published(
        Content.load(folder),
        load_training_data(folder),
        folder,
        Vocabulary.load(lexicons if lexicons.is_dir() else OWN_LEXICONS),
    )


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
