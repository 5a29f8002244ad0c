"""Made files: what is made of a model once, and kept on disk for the next start.

The files have a note beside them that tells their digests and is written last, so what was
damaged, or only half written, is made anew.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from loguru import logger
from pydantic import BaseModel

from bot.files import sha256, write_whole

T = TypeVar("T")


class _Note(BaseModel):
    """What is known of files that lie on disk."""

    digests: dict[str, str]
    """The sha256 of each, by its name."""
    figures: dict[str, float]
    """What was found when they were made."""


class MadeFiles:
    """The files of one model, made by one rule."""

    def __init__(self, folder: Path, model: Path, rule: int) -> None:
        """Say where they lie.

        Args:
            folder: Theirs; it need not be there.
            model: What they are made of. Another one, or one of another size, has other files.
            rule: To be raised when they are made in another way than before.

        Raises:
            OSError: There is no such model.
        """
        self._folder = folder
        self._name = f"{model.stem}-{model.stat().st_size}-{rule}"

    @property
    def noted(self) -> bool:
        """Whether they were made before; whether they are whole shows when they are read."""
        return self._note.is_file()

    @property
    def _note(self) -> Path:
        return self._folder / f"{self._name}.json"

    def _path(self, name: str) -> Path:
        return self._folder / f"{self._name}-{name}"

    def load(self, load: Callable[[Mapping[str, Path], Mapping[str, float]], T]) -> T | None:
        """Return what `load` makes of the files, by name, and of the figures kept with them.

        None when they are not there, or not as they were written; the second is logged.
        """
        try:
            note = _Note.model_validate_json(self._note.read_bytes())
            paths = {name: self._path(name) for name in note.digests}
            for name, digest in note.digests.items():
                if sha256(paths[name]) != digest:
                    raise ValueError(f"{paths[name].name} is not what was written")
            return load(paths, note.figures)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:  # whatever is wrong with them, new ones can be made
            logger.warning(f"{self._name} in {self._folder} is made anew: {error}")
            return None

    def try_to_write(self) -> None:
        """Raise OSError when nothing can be written to the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder):
            pass

    def keep(self, files: Mapping[str, bytes], figures: Mapping[str, float]) -> None:
        """Write the files, by name, and last the note; raises OSError when the disk won't."""
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        note = _Note(digests=digests, figures=dict(figures))
        written = [(self._path(name), content) for name, content in files.items()]
        for path, content in [*written, (self._note, note.model_dump_json().encode())]:
            write_whole(path, content, 0o644)  # as the model beside it: another user may serve
