"""Utterance list: the utterances of intents, read from an NLU file and written back into it.

Only lines of utterances that came or went change; comments, order, quotes and line
ends of everything else stay.
"""

import re
from dataclasses import dataclass

import yaml

from bot.events import Language
from handoff.studio.folder import Texts
from handoff.studio.splicing import (
    Emptied,
    NotEditable,
    composed,
    items,
    kept_where_same,
    keys,
    rows,
)

INTENT = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
"""How an intent may be called."""
UNPRINTED = re.compile("[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that YAML does not allow in a line."""


@dataclass(frozen=True)
class Utterances:
    """The utterances of one intent in one file."""

    intent: str
    texts: tuple[str, ...]
    """With their marks, as `[meter](subject:meter)`."""
    line: int
    """Where the intent stands, from 1."""
    starts: tuple[int, ...]
    """Index of each utterance's line."""
    first: int
    """Index of the line after `examples: |`."""
    indent: str
    """Before the hyphen."""
    editable: bool
    """Whether it is a block of lines, as forms can change."""


def read(text: str) -> dict[str, Utterances]:
    """Return the intents of a file in its order; raises NotEditable."""
    top = composed(text)
    if "nlu" not in top:
        return {}
    lines = rows(text)
    found: dict[str, Utterances] = {}
    for item in items(top["nlu"]):
        table = keys(item)
        if "intent" not in table or "examples" not in table:
            continue
        intent, examples = str(table["intent"].value), table["examples"]
        if intent not in found:
            found[intent] = _utterances(intent, item.start_mark.line + 1, examples, lines)
    return found


def write(text: str, intent: str, wanted: list[str]) -> str:
    """Return the file with other utterances for an intent.

    Args:
        text: Of the NLU file; an empty one is begun.
        intent: One that is in it, or a new one, which goes to the end.
        wanted: In their order; empty ones and those that were there already are left out.

    Raises:
        NotEditable: The file is laid out otherwise, or an utterance holds what no line can.
    """
    wanted = list(dict.fromkeys(" ".join(each.split()) for each in wanted if each.strip()))
    if any(UNPRINTED.search(each) for each in wanted):
        raise NotEditable("a sign that no file can hold")
    end = "\r\n" if "\r\n" in text else "\n"
    block = read(text).get(intent) if text.strip() else None
    if block is None:
        return _with_new(text, intent, wanted, end)
    if not wanted:
        raise Emptied(intent)
    if not block.editable:
        raise NotEditable("the utterances are no block of lines")
    lines = rows(text)
    after = _content_end(lines, block)
    if after == len(lines) and lines[-1][-1:] not in ("\n", "\r"):
        lines[-1] += end
    spans = [*block.starts, after]
    kept = kept_where_same([" ".join(t.split()) for t in block.texts], wanted)
    new = lines[block.first : block.starts[0]]
    for words, old in zip(wanted, kept, strict=True):
        if old is None:
            new.append(f"{block.indent}- {words}{end}")
        else:
            new += lines[spans[old] : spans[old + 1]]
    return "".join([*lines[: block.first], *new, *lines[after:]])


def path_of(files: Texts, intent: str, language: Language) -> str:
    """Return the file in which an owner keeps an intent's utterances in a language."""
    usual = f"nlu.{language}.yml"
    for path in nlu_paths(files, language):
        try:
            if intent in read(files[path]):
                return path
        except NotEditable:
            continue
    return usual


def nlu_paths(files: Texts, language: Language) -> list[str]:
    """Return the files of utterances that people write, in a language; the usual one first."""
    usual = f"nlu.{language}.yml"
    found = [p for p in files if re.fullmatch(rf"nlu[^/]*\.{language}\.ya?ml", p)]
    return sorted(found, key=lambda path: (path != usual, path))


def _utterances(intent: str, line: int, node: yaml.Node, lines: list[str]) -> Utterances:
    if not (isinstance(node, yaml.ScalarNode) and node.style == "|"):
        return Utterances(intent, tuple(_listed(node)), line, (), 0, "", editable=False)
    first = node.start_mark.line + 1
    texts, starts, indent, editable = [], [], "", True
    for index in range(first, len(lines)):
        row = lines[index]
        if not row.strip():
            continue
        spaces = row[: len(row) - len(row.lstrip(" "))]
        indent = indent or spaces
        if len(spaces) < len(indent) or not spaces:
            break
        words = row.strip()
        editable = editable and words.startswith("- ") and spaces == indent
        texts.append(words.removeprefix("-").strip())
        starts.append(index)
    return Utterances(
        intent, tuple(texts), line, tuple(starts), first, indent, editable and bool(starts)
    )


def _listed(node: yaml.Node) -> list[str]:
    if not isinstance(node, yaml.SequenceNode):
        return []
    return [str(item.value) for item in node.value if isinstance(item, yaml.ScalarNode)]


def _content_end(lines: list[str], block: Utterances) -> int:
    return block.starts[-1] + 1 if block.starts and lines else block.first


def _with_new(text: str, intent: str, wanted: list[str], end: str) -> str:
    if not INTENT.match(intent):
        raise NotEditable("no name for an intent")
    if not wanted:
        return text
    if not text.strip():
        text = f'version: "3.1"{end}{end}nlu:{end}'
    elif "nlu" not in composed(text):
        raise NotEditable("no nlu")
    nlu = composed(text)["nlu"]
    within = " " * nlu.start_mark.column if isinstance(nlu, yaml.SequenceNode) else ""
    if isinstance(nlu, yaml.SequenceNode) and nlu.flow_style:
        raise NotEditable("the list is in brackets")
    if not text.endswith(("\n", "\r")):
        text += end
    block = [f"- intent: {intent}", "  examples: |", *(f"    - {words}" for words in wanted)]
    made = text + end + "".join(f"{within}{row}{end}" for row in block)
    if intent not in read(made):
        raise NotEditable("nothing can be added at the end of the file")
    return made
