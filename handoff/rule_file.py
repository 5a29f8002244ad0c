"""Rule file: reads rules that somebody wrote by hand, and tells a mistake with its line."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Rules = TypeVar("Rules", bound=BaseModel)


class RuleFileError(ValueError):
    """The file can't be used; the text names file, line and cure."""


def read_rules(kind: type[Rules], file: Path, cure: str) -> Rules:
    """Read and check a file of rules.

    Args:
        kind: What it must hold.
        file: A YAML file.
        cure: Where all rules can be looked up, as a sentence.

    Raises:
        RuleFileError: The file can't be read, is no YAML, or sets what is not allowed.
    """
    try:
        content: Any = YAML(typ="rt").load(file)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RuleFileError(f"{file}, line {line}: {error.problem}. Mend the YAML.") from error
    except (OSError, UnicodeError, YAMLError) as error:
        raise RuleFileError(f"{file}: {error}. Put it back, or name another.") from error
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        path = problem["loc"]
        named = ".".join(str(part) for part in path) or "the whole file"
        where = f"{file}, line {_line(content, path)}: {named}"
        raise RuleFileError(f"{where}: {problem['msg']}. {cure}") from error


def _line(content: Any, path: tuple[int | str, ...]) -> int:
    """Return the line that a path leads to, or the last one on the way that is there."""
    line = 1
    for part in path:
        marks = getattr(content, "lc", None)
        if marks is None:
            break
        if isinstance(part, int) and isinstance(content, list) and part < len(content):
            line = marks.item(part)[0] + 1
        elif isinstance(content, dict) and part in content:
            line = marks.key(part)[0] + 1
        else:
            break
        content = content[part]
    return line
