"""Rasa's entity annotations inside an utterance: `[gas meter](subject:meter)`.

Three spellings are read: `[text](entity)`, `[text](entity:value)` and
`[text]{"entity": "..", "value": "..", "role": "..", "group": ".."}`, and a list
of the last. A bracketed text with nothing of this after it is plain text.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_DECODER = json.JSONDecoder()
_DETACHED = re.compile(r"\s+\(\w[\w-]*(:[^()]*)?\)")
_KEYS = frozenset({"entity", "value", "role", "group"})


@dataclass(frozen=True)
class Annotation:
    """A piece of an example that names an entity."""

    entity: str
    value: str | None
    """What is meant; None when the words themselves are."""
    start: int
    end: int
    """Character span in the text without the annotation's signs, end exclusive."""
    role: str | None = None
    group: str | None = None


class AnnotationError(ValueError):
    """An annotation that can't be read."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure


def read_annotations(line: str) -> tuple[str, tuple[Annotation, ...]]:
    """Return the text as it is spoken and the entities annotated in it.

    Raises:
        AnnotationError: When a bracket is open, or what follows it is no annotation.
    """
    text = ""
    found: list[Annotation] = []
    at = 0
    while (opening := line.find("[", at)) >= 0:
        closing = line.find("]", opening)
        if closing < 0:
            raise AnnotationError(
                f"the bracket before {line[opening + 1 : opening + 21]!r} is never closed",
                "write [words](entity), or leave the bracket out",
            )
        text += line[at:opening]
        words = line[opening + 1 : closing]
        at = closing + 1
        follows = line[at : at + 1]
        if follows == "(":
            entries, at = _round(line, at, words)
        elif follows == "{" or line.startswith("[{", at):
            entries, at = _curly(line, at, words)
        elif _DETACHED.match(line, at):
            raise AnnotationError(
                f"there is a space between [{words}] and its entity",
                f"write [{words}](entity) without a space",
            )
        else:
            text += line[opening:at]
            continue
        if not words.strip():
            raise AnnotationError("an annotation holds no words", "write the words between [ and ]")
        start = len(text)
        text += words
        found += [Annotation(start=start, end=len(text), **entry) for entry in entries]
    return text + line[at:], tuple(found)


def _round(line: str, at: int, words: str) -> tuple[list[dict[str, Any]], int]:
    """Read `(entity)` or `(entity:value)` that starts at `at`."""
    closing = line.find(")", at)
    if closing < 0:
        raise AnnotationError(
            f"the entity of [{words}] is never closed", f"write [{words}](entity)"
        )
    entity, colon, value = line[at + 1 : closing].partition(":")
    entity, value = entity.strip(), value.strip()
    if not entity or (colon and not value):
        raise AnnotationError(
            f"the annotation of [{words}] lacks its {'value' if entity else 'entity'}",
            f"write [{words}](entity) or [{words}](entity:value)",
        )
    return [{"entity": entity, "value": value or None}], closing + 1


def _curly(line: str, at: int, words: str) -> tuple[list[dict[str, Any]], int]:
    """Read `{"entity": ...}`, or a list of these, that starts at `at`."""
    cure = f'write [{words}]{{"entity": "name", "value": "what is meant"}}'
    try:
        read, end = _DECODER.raw_decode(line, at)
    except (ValueError, RecursionError):
        raise AnnotationError(f"what follows [{words}] is not valid JSON", cure) from None
    entries = read if isinstance(read, list) else [read]
    clean = []
    for entry in entries:
        name = entry.get("entity") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise AnnotationError(f"the annotation of [{words}] names no entity", cure)
        if unknown := sorted(set(entry) - _KEYS):
            raise AnnotationError(f"the annotation of [{words}] has an unknown key {unknown[0]!r}",
                                  "use entity, value, role and group")  # fmt: skip
        given = {key: str(value) for key, value in entry.items() if value is not None}
        clean.append({"value": None, **given})
    return clean, end
