"""Training data: the utterances of a Rasa 3 project, read from its NLU files.

A file of which the name ends in `.nl.yml` or `.en.yml` is in that language;
the language of any other file is not known. What is broken is reported with
file, line and cure, because product owners write these files.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

import yaml

from bot.events import Language
from bot.mistake import FileMistake
from bot.understanding.annotations import Annotation, AnnotationError, read_annotations

MOST = 6000
"""Utterances that can be learned from: time grows with the cube of their number, and memory with
the square. 3,000 take 4 seconds of one core and 0.5 GB, 6,000 take 18 seconds and 1.6 GB."""

_KINDS = ("intent", "synonym", "lookup", "regex")
_IGNORED = frozenset({"examples", "metadata", *_KINDS})


class TrainingDataError(FileMistake):
    """Training data that can't be used, with where and what to do about it."""


@dataclass(frozen=True)
class Example:
    """An utterance and what it means."""

    text: str
    """As it is spoken, without annotations."""
    intent: str
    annotations: tuple[Annotation, ...]
    language: Language | None
    file: Path
    line: int


@dataclass(frozen=True)
class TrainingData:
    """Everything that the NLU files of a project say."""

    examples: tuple[Example, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """From words, in lower case, to the value that they mean."""
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """From an entity to words that name it."""
    regexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """From an entity to patterns."""
    conflicts: tuple[TrainingDataError, ...] = ()
    """Utterances with two intents in files of no known language. Rasa warns of these and
    trains; in Kalm's own files, which tell their language, they are an error."""

    @property
    def intents(self) -> tuple[str, ...]:
        """The names of all intents, sorted."""
        return tuple(sorted({example.intent for example in self.examples}))


def too_many(data: TrainingData) -> TrainingDataError | None:
    """Return a mistake when there are more utterances than can be learned from."""
    count = len(data.examples)
    if count <= MOST:
        return None
    first = data.examples[MOST]
    return TrainingDataError(
        first.file,
        first.line,
        f"there are {count} utterances; more than {MOST} can't be learned from",
        "keep the 20 to 40 of each intent that differ most; more of the same teach nothing",
    )


def load(path: Path) -> TrainingData:
    """Read a file, or every NLU file of a folder and of its `data` folder.

    Raises:
        TrainingDataError: When a file is broken, or nothing is found.
    """
    reading = _Reading()
    for file in nlu_files(path):
        reading.read(file)
    return reading.done(path)


def mistakes(path: Path) -> list[TrainingDataError]:
    """Return the first mistake of each NLU file, and every utterance with two intents."""
    found = []
    reading = _Reading(strict=False)
    for file in nlu_files(path):
        try:
            reading.read(file)
        except TrainingDataError as mistake:
            found.append(mistake)
    return [*found, *reading.conflicts]


def nlu_files(path: Path) -> list[Path]:
    """Return the files in which utterances may stand: the file itself, or those of a folder."""
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for pattern in ("*.yml", "*.yaml", "data/**/*.yml", "data/**/*.yaml")
        for file in path.glob(pattern)
        if file.is_file() and not _stands_beside(file, path)
    )


def _stands_beside(file: Path, folder: Path) -> bool:
    """Tell whether a file of `data`, where Rasa looks, is one of the folder's own once more."""
    own = folder / file.name
    if file.parent == folder or not own.is_file():
        return False
    # A copy may have lost the link; names that tell a language are of Kalm's own layout.
    return own.samefile(file) or language_of(own) is not None


def language_of(file: Path) -> Language | None:
    """Return the language that a file's name tells: `nlu.nl.yml` is Dutch."""
    suffixes = [suffix[1:].lower() for suffix in file.suffixes]
    named = suffixes[-2] if len(suffixes) > 1 else ""
    return cast(Language, named) if named in get_args(Language) else None


def same_words(text: str) -> str:
    """Return a text so that two spellings of the same utterance are equal."""
    return " ".join(text.casefold().split())


class _Reading:
    """What has been read so far, over all files."""

    def __init__(self, strict: bool = True) -> None:
        self._strict = strict
        self._examples: list[Example] = []
        self._seen: dict[str, Example] = {}
        self._synonyms: dict[str, str] = {}
        self._lookups: dict[str, list[str]] = {}
        self._regexes: dict[str, list[str]] = {}
        self.conflicts: list[TrainingDataError] = []

    def read(self, file: Path) -> None:
        """Add what a file says; a file without `nlu` says nothing."""
        root = _compose(file)
        if root is None:
            return
        top = _mapping(file, root, "the file", "begin it with version: and nlu:")
        if (nlu := top.get("nlu")) is None:
            return
        items = _sequence(file, nlu, "nlu", "write a list of - intent: ... below nlu:")
        for item in items:
            self._read_item(file, item)

    def done(self, path: Path) -> TrainingData:
        """Return all of it."""
        if not self._examples:
            raise TrainingDataError(
                path, 1, "there are no examples", "add a file with nlu: and at least one intent"
            )
        return TrainingData(
            tuple(self._examples),
            self._synonyms,
            {name: tuple(words) for name, words in self._lookups.items()},
            {name: tuple(words) for name, words in self._regexes.items()},
            tuple(self.conflicts),
        )

    def _read_item(self, file: Path, item: yaml.Node) -> None:
        cure = "write - intent: name and examples: | below nlu:"
        keys = _mapping(file, item, "an item of nlu", cure)
        line = item.start_mark.line + 1
        kind = next((kind for kind in _KINDS if kind in keys), None)
        if kind is None:
            raise TrainingDataError(file, line, "this is no intent, synonym, lookup or regex", cure)
        if unknown := sorted(set(keys) - _IGNORED):
            raise TrainingDataError(
                file, line, f"{unknown[0]!r} is not known here", "use intent, examples and metadata"
            )
        name = _text(file, keys[kind], f"the name of the {kind}", "write a name").strip()
        if not name:
            raise TrainingDataError(file, line, f"the {kind} has no name", "write a name after it")
        if "examples" not in keys:
            raise TrainingDataError(
                file, line, f"{kind} {name} has no examples", "add examples: | and lines below it"
            )
        count = 0
        for count, (number, text) in enumerate(_examples(file, keys["examples"]), 1):  # noqa: B007
            self._read_example(file, number, kind, name, text)
        if not count:
            raise TrainingDataError(
                file, line, f"{kind} {name} is empty", "add a line of the form - some words"
            )

    def _read_example(self, file: Path, line: int, kind: str, name: str, text: str) -> None:
        if kind == "synonym":
            self._synonyms[same_words(text)] = name
        elif kind == "lookup":
            self._lookups.setdefault(name, []).append(text)
        elif kind == "regex":
            try:
                re.compile(text)
            except re.error as error:
                problem = f"{text!r} is not a regular expression ({error})"
                raise TrainingDataError(file, line, problem, "correct the pattern") from error
            self._regexes.setdefault(name, []).append(text)
        else:
            self._add(file, line, name, text)

    def _add(self, file: Path, line: int, intent: str, annotated: str) -> None:
        try:
            text, annotations = read_annotations(annotated)
        except AnnotationError as error:
            raise TrainingDataError(file, line, error.problem, error.cure) from None
        example = Example(text, intent, annotations, language_of(file), file, line)
        first = self._seen.setdefault(same_words(text), example)
        if first.intent != intent:
            conflict = TrainingDataError(
                file,
                line,
                f"{text!r} is an example of {intent} and, in {first.file}:{first.line},"
                f" of {first.intent}",
                "keep it in one of the two",
            )
            if example.language and self._strict:
                raise conflict
            self.conflicts.append(conflict)
        for found in annotations:
            if found.value is not None:
                self._synonyms.setdefault(same_words(text[found.start : found.end]), found.value)
        self._examples.append(example)


def _compose(file: Path) -> yaml.Node | None:
    """Return the file as YAML nodes, which know their lines; None when it is empty."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrainingDataError(file, 1, "the file is not UTF-8", "save it as UTF-8") from error
    except OSError as error:
        problem = f"the file can't be read ({error.strerror})"
        raise TrainingDataError(file, 1, problem, "check its name and rights") from error
    cure = "check the indentation, quotes and colons on this line and the one above"
    try:
        return yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = f"this is not valid YAML ({error.problem or error.context})"
        raise TrainingDataError(file, line, problem, cure) from error
    except yaml.reader.ReaderError as error:
        line = content.count("\n", 0, error.position) + 1
        problem = "there is a character here that YAML does not allow"
        raise TrainingDataError(file, line, problem, "remove it") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TrainingDataError(file, 1, "this is not valid YAML", cure) from error


def _mapping(file: Path, node: yaml.Node, what: str, cure: str) -> dict[str, yaml.Node]:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise TrainingDataError(file, line, f"{what} is not a mapping with keys", cure)
    keys: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise TrainingDataError(file, line, f"a key of {what} is not a word", cure)
        if key.value in keys:
            line = key.start_mark.line + 1
            problem = f"{key.value!r} stands here for the second time"
            raise TrainingDataError(file, line, problem, "keep one of the two")
        keys[key.value] = value
    return keys


def _sequence(file: Path, node: yaml.Node, what: str, cure: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise TrainingDataError(file, node.start_mark.line + 1, f"{what} is not a list", cure)
    return list(node.value)


def _text(file: Path, node: yaml.Node, what: str, cure: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise TrainingDataError(file, node.start_mark.line + 1, f"{what} is not a text", cure)
    return str(node.value)


def _examples(file: Path, node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Yield line and text of each example, from a block of `- ` lines or a list."""
    if isinstance(node, yaml.SequenceNode):
        cure = "write - text: some words, or plain words"
        for item in node.value:
            line = item.start_mark.line + 1
            if isinstance(item, yaml.MappingNode):
                keys = _mapping(file, item, "an example", cure)
                if "text" not in keys:
                    raise TrainingDataError(file, line, "this example has no text", cure)
                item = keys["text"]
                line = _first_line(item)
            text = _text(file, item, "an example", cure).strip().removeprefix("- ").strip()
            if text:
                yield line, text
        return
    block = _text(file, node, "examples", "write examples: | and lines of - words below it")
    first = _first_line(node)
    for offset, raw in enumerate(block.split("\n")):
        text = raw.strip()
        if not text:
            continue
        if not (text == "-" or text.startswith("- ")):
            problem = f"{text[:40]!r} does not begin with a hyphen and a space"
            raise TrainingDataError(file, first + offset, problem, f"write - {text[:40]}")
        if text := text[1:].strip():
            yield first + offset, text


def _first_line(node: yaml.Node) -> int:
    """Return where a text begins; a block begins below its sign."""
    is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return int(node.start_mark.line) + (2 if is_block else 1)
