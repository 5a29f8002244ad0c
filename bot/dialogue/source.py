"""Table: one mapping of a YAML file that knows its file and line, for errors with a cure."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class ContentError(Exception):
    """Something in `intents/` is wrong: says where, what, and what to do."""

    def __init__(self, file: Path, line: int, problem: str, cure: str) -> None:
        super().__init__(f"{file}:{line}: {problem} {cure}")
        self.file = file
        self.line = line
        self.problem = problem
        self.cure = cure


def one_of(name: str, known: Iterable[str]) -> str:
    """Return a cure that names the likeliest right spelling, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Use one of: {', '.join(names)}."


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: Path
    line: int

    def error(self, problem: str, cure: str) -> ContentError:
        """Return an error at this place."""
        return ContentError(self.file, self.line, problem, cure)


class Table:
    """A YAML mapping with its place."""

    def __init__(self, data: CommentedMap, file: Path) -> None:
        self.data = data
        self.file = file

    def place(self, key: str | None = None) -> Place:
        """Return where the mapping starts, or where one of its keys stands."""
        line = self.data.lc.key(key)[0] if key in self.data else self.data.lc.line
        return Place(self.file, line + 1)

    def error(self, problem: str, cure: str, key: str | None = None) -> ContentError:
        """Return an error at the mapping or at one of its keys."""
        return self.place(key).error(problem, cure)

    def only(self, *allowed: str) -> None:
        """Refuse keys that mean nothing here."""
        for key in self.data:
            if key not in allowed:
                raise self.error(f"Unknown key {key!r}.", one_of(str(key), allowed), key)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def keys(self) -> list[str]:
        """Return the keys in the order of the file; raises ContentError at one that is no text."""
        for key in self.data:
            if not isinstance(key, str):
                raise self.error(f"{str(key)!r} is no name.", "Put it in quotes.", key)
        return [str(key) for key in self.data]

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; the default when it is absent and has one."""
        value = self.data.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{key!r} must be a text.", f"Write {key}: some text", key)
        return str(value)

    def whole(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self.data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(f"{key!r} must be a whole number.", f"Write {key}: {default}", key)
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """Return yes or no."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key!r} must be true or false.", f"Write {key}: true", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty when absent."""
        values = self.data.get(key, ())
        if not isinstance(values, list | tuple) or not all(isinstance(v, str) for v in values):
            raise self.error(f"{key!r} must be a list of texts.", f"Write {key}: [one, two]", key)
        return tuple(str(value) for value in values)

    def table(self, key: str) -> "Table":
        """Return the mapping under a key."""
        return as_table(self.data.get(key), self.place(key), key)

    def tables(self) -> Iterator[tuple[str, "Table"]]:
        """Yield every key with the mapping under it."""
        for key in self.keys():
            yield key, self.table(key)

    def rows(self, key: str) -> list["Table"]:
        """Return the list of mappings under a key."""
        return rows(self.data.get(key), self.place(key), key)


def as_table(value: Any, place: Place, what: str) -> Table:
    """Return a YAML value as a mapping."""
    if not isinstance(value, CommentedMap):
        raise place.error(f"{what!r} must hold keys with values.", "Indent `key: value` under it.")
    return Table(value, place.file)


def rows(value: Any, place: Place, what: str) -> list[Table]:
    """Return a YAML value as a list of mappings."""
    if not isinstance(value, CommentedSeq) or not value:
        raise place.error(f"{what!r} must be a list.", "Start each item with '- '.")
    return [
        as_table(item, Place(place.file, value.lc.item(index)[0] + 1), f"item of {what}")
        for index, item in enumerate(value)
    ]


def read(file: Path) -> Table:
    """Read a YAML file whose top is a mapping."""
    try:
        data = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(
            file, line, f"Not readable as YAML: {error.problem}.", "Check indents, colons, quotes."
        ) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise ContentError(file, 1, f"Not readable: {error}.", "Save it as UTF-8 YAML.") from error
    except (RecursionError, ValueError) as error:  # brackets in brackets, a date that is none
        problem = f"Not readable as YAML: {error}."
        raise ContentError(file, 1, problem, "Write it more plainly.") from error
    except OSError as error:
        raise ContentError(file, 1, f"Can't be opened: {error}.", "Put the file there.") from error
    return as_table(data, Place(file, 1), file.name)
