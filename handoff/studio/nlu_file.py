"""NLU file: puts an utterance into a file of examples, and takes it out, and touches nothing else.

Comments, order, quotes and line ends stay as they are: only lines come and go.
"""

import re
from dataclasses import dataclass

import yaml

from bot.events import Language

LONGEST = 200
"""Characters of an utterance."""

_MARKUP = re.compile(r"[\[\](){}<>|`\\]|[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

# The same in C, where PyYAML was built with it: ten times as fast, and calls go on meanwhile.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
"""An entity as it is marked in an example: its words are what is said."""


class NotFileable(ValueError):
    """An utterance or a file that can't be used.

    Args:
        why: "no_words", "too_long", "broken_file" or "elsewhere".
        intent: The intent under which the same words stand.
    """

    def __init__(self, why: str, intent: str = "") -> None:
        super().__init__(f"{why} {intent}".strip())
        self.why = why
        self.intent = intent


@dataclass(frozen=True)
class _Block:
    """Where the examples of an intent stand."""

    item: int
    """Index of the line where the intent begins."""
    first: int
    """Index of the line of the first example."""
    end: int
    """Index of the line after the last one."""
    indent: str


def path_of(language: Language) -> str:
    """Return the file in which utterances of a language are kept."""
    return f"nlu.{language}.yml"


def clean(words: str) -> str:
    """Return words as they can stand in the file: one line, no signs that mean something there.

    Raises:
        NotFileable: Nothing that can be learned from is left, or it is too long.
    """
    text = " ".join(_MARKUP.sub(" ", words).split()).lstrip("-# ").strip()
    if not any(sign.isalpha() for sign in text):
        raise NotFileable("no_words")
    if len(text) > LONGEST:
        raise NotFileable("too_long")
    return text


def add(file: str, intent: str, words: str) -> str:
    """Return the file with an utterance more; as it was when it is there already.

    Args:
        file: The text of an NLU file.
        intent: One that the file may not have yet.
        words: As `clean` leaves them.

    Raises:
        NotFileable: The file can't be read as YAML, is not laid out as such files are, or
            the same words stand under another intent.
    """
    elsewhere = intent_with(file, words)
    if elsewhere is not None:
        if elsewhere == intent:
            return file
        raise NotFileable("elsewhere", elsewhere)
    lines = file.split("\n")
    block = _find(file, intent)
    if block is None:
        return _with_intent(file, intent, words)
    end = "\r" if lines[block.end - 1].endswith("\r") else ""
    lines.insert(block.end, f"{block.indent}- {words}{end}")
    return "\n".join(lines)


def take_out(file: str, intent: str, words: str) -> str:
    """Return the file without an utterance that `add` put there; as it was when it is not there.

    Raises:
        NotFileable: The file can't be read as YAML.
    """
    lines = file.split("\n")
    block = _find(file, intent)
    if block is None:
        return file
    for number in range(block.end - 1, block.first - 1, -1):
        if _said(lines[number]) == _same(words):
            if block.end - block.first > 1:
                return "\n".join(lines[:number] + lines[number + 1 :])
            # It was the only one: the intent goes with it.
            return "\n".join(lines[: block.item] + lines[block.end :])
    return file


def intent_with(file: str, words: str) -> str | None:
    """Return the intent under which these words stand; None when they stand nowhere.

    Raises:
        NotFileable: The file can't be read as YAML.
    """
    for name, examples in _items(_composed(file)):
        if isinstance(examples, yaml.ScalarNode) and _same(words) in {
            _said(_PLAIN.sub(r"\1", line)) for line in examples.value.split("\n")
        }:
            return name
    return None


def intents_of(file: str) -> list[str]:
    """Return the names of the intents in a file, in its order; none when it can't be read."""
    try:
        return [name for name, _ in _items(_composed(file))]
    except NotFileable:
        return []


def _with_intent(file: str, intent: str, words: str) -> str:
    """Add an intent at the end, where the list of them ends."""
    end = "\r\n" if "\r\n" in file else "\n"
    nlu = _values_of(_composed(file)).get("nlu")
    margin = " " * nlu.start_mark.column if isinstance(nlu, yaml.SequenceNode) else ""
    head = file if file.endswith("\n") or not file else f"{file}{end}"
    if nlu is None:
        head = (
            f'{head}version: "3.1"{end}{end}nlu:{end}' if not file.strip() else f"{head}nlu:{end}"
        )
    block = [f"- intent: {intent}", "  examples: |", f"    - {words}"]
    made = head + "".join(f"{margin}{line}{end}" for line in block)
    if intent_with(made, words) != intent:
        raise NotFileable("broken_file")
    return made


def _find(file: str, intent: str) -> _Block | None:
    lines = file.split("\n")
    for item in _values(_values_of(_composed(file)).get("nlu")):
        table = _values_of(item)
        name, examples = table.get("intent"), table.get("examples")
        if not (isinstance(name, yaml.ScalarNode) and name.value == intent):
            continue
        if isinstance(examples, yaml.ScalarNode) and examples.style == "|":
            first = _line(file, examples.start_mark) + 1
            # The mark of a block's end lies after empty lines and comments that follow it.
            end = min(_line(file, examples.end_mark), len(lines) - 1) + 1
            while end > first and not (
                lines[end - 1].lstrip().startswith("- ")
                and _said(lines[end - 1]) in {_said(line) for line in examples.value.split("\n")}
            ):
                end -= 1
            last = lines[end - 1] if end > first else "    "
            indent = last[: len(last) - len(last.lstrip())] or "    "
            return _Block(_line(file, item.start_mark), first, max(end, first), indent)
    return None


def _line(file: str, mark: yaml.Mark) -> int:
    # Not the mark's own line: YAML ends lines at more signs than an editor does.
    return file.count("\n", 0, mark.index)


def _composed(file: str) -> yaml.Node | None:
    try:
        root: yaml.Node | None = yaml.compose(file, _LOADER)
    except yaml.YAMLError as error:
        raise NotFileable("broken_file") from error
    return root


def _items(root: yaml.Node | None) -> list[tuple[str, yaml.Node | None]]:
    """Return each intent of the file with the node of its examples."""
    found: list[tuple[str, yaml.Node | None]] = []
    for item in _values(_values_of(root).get("nlu")):
        table = _values_of(item)
        name = table.get("intent")
        if isinstance(name, yaml.ScalarNode):
            found.append((name.value, table.get("examples")))
    return found


def _values_of(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _values(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _said(line: str) -> str:
    return _same(line.strip().removeprefix("-"))


def _same(words: str) -> str:
    return " ".join(words.casefold().split())
