"""Wordings: how answers are worded, read from a file of answers and written back into it.

Only wordings that changed are written anew; comments, order and quotes of all else stay.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

import yaml

from bot.events import Language
from handoff.studio.folder import Texts
from handoff.studio.rewriting import rewrite, value_of
from handoff.studio.splicing import Emptied, NotEditable, composed, items, keys, line_end, rows
from handoff.studio.utterance_list import UNPRINTED


@dataclass(frozen=True)
class Wordings:
    """How one answer is worded in one file."""

    name: str
    texts: tuple[str, ...]
    line: int
    """Where the answer stands, from 1."""
    lines: tuple[int, ...]
    """Of each wording, from 1."""
    language: str | None = None
    """Of the words, where it is another than the file's."""


def path_of(language: Language) -> str:
    """Return the file of a language's answers."""
    return f"answers/{language}.yml"


def names(files: Texts) -> set[str]:
    """Return the answers of all languages; none of a file that can't be read."""
    found: set[str] = set()
    for language in get_args(Language):
        with suppress(NotEditable):
            found |= set(read(files.get(path_of(language), "")))
    return found


def first_of(files: Texts, language: Language) -> dict[str, str]:
    """Return the first wording of each answer; nothing when the file can't be read."""
    try:
        found = read(files.get(path_of(language), ""))
    except NotEditable:
        return {}
    return {name: each.texts[0] for name, each in found.items() if each.texts}


def read(text: str) -> dict[str, Wordings]:
    """Return the answers of a file in its order; raises NotEditable."""
    found = {}
    answers = composed(text).get("answers")
    if not isinstance(answers, yaml.MappingNode):
        raise NotEditable("no answers")
    for key, value in answers.value:
        name = str(key.value)
        listed = _list(value)
        nodes = listed.value if listed is not None else []
        spoken = keys(value).get("language") if isinstance(value, yaml.MappingNode) else None
        found[name] = Wordings(
            name,
            tuple(str(node.value) for node in nodes if isinstance(node, yaml.ScalarNode)),
            key.start_mark.line + 1,
            tuple(node.start_mark.line + 1 for node in nodes),
            str(spoken.value) if spoken is not None else None,
        )
    return found


def write(text: str, name: str, wanted: list[str]) -> str:
    """Return the file with other wordings for an answer.

    Args:
        text: Of the file of answers.
        name: Of an answer that is in it.
        wanted: In their order; empty ones are left out.

    Raises:
        NotEditable: The file is laid out otherwise, or a wording holds what no file can.
    """
    wanted = [" ".join(each.split()) for each in wanted if each.strip()]
    if any(UNPRINTED.search(each) for each in wanted):
        raise NotEditable("a sign that no file can hold")
    if not wanted:
        raise Emptied(name)
    listed = _list(keys(composed(text).get("answers")).get(name))
    if listed is None or listed.flow_style or not listed.value:
        raise NotEditable("the wordings are no list of lines")
    nodes = items(listed)
    if any(not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">") for node in nodes):
        raise NotEditable("a wording that is no plain text")
    lines, end = rows(text), line_end(text)
    # From the end to the top: what is above keeps its lines.
    at = nodes[-1].end_mark.line + 1
    if at == len(lines) and lines[-1][-1:] not in ("\n", "\r"):
        lines[-1] += end
    dash = lines[nodes[0].start_mark.line][: listed.start_mark.column]
    lines[at:at] = [f"{dash}- {_quoted(words)}{end}" for words in wanted[len(nodes) :]]
    for node in reversed(nodes[len(wanted) :]):
        del lines[node.start_mark.line : node.end_mark.line + 1]
    for node, words in reversed(list(zip(nodes, wanted, strict=False))):
        if " ".join(str(node.value).split()) != words:
            _replace(lines, node, words)
    changed = "".join(lines)
    if [" ".join(words.split()) for words in read(changed)[name].texts] != wanted:
        raise NotEditable("an answer that is laid out as no other")
    return changed


def add(text: str, name: str, wanted: list[str]) -> str:
    """Return the file with an answer more, at the end of the answers.

    Args:
        text: Of the file of answers.
        name: Of an answer that is not in it.
        wanted: Its wordings; empty ones are left out.

    Raises:
        NotEditable: The file is laid out otherwise, or a wording holds what no file can.
    """
    wanted = [" ".join(each.split()) for each in wanted if each.strip()]
    if any(UNPRINTED.search(each) for each in wanted):
        raise NotEditable("a sign that no file can hold")
    values = value_of(text)
    answers = values.get("answers")
    if not isinstance(answers, dict) or name in answers or not wanted:
        raise NotEditable("no answers to add to")
    return rewrite(text, {**values, "answers": {**answers, name: wanted}})


def _list(node: yaml.Node | None) -> yaml.SequenceNode | None:
    if isinstance(node, yaml.MappingNode):
        node = keys(node).get("wordings")
    return node if isinstance(node, yaml.SequenceNode) else None


def _replace(lines: list[str], node: yaml.Node, words: str) -> None:
    """Put other words where a scalar stands, which may go over several lines."""
    start, end = node.start_mark, node.end_mark
    before, after = lines[start.line][: start.column], lines[end.line][end.column :]
    lines[start.line : end.line + 1] = [f"{before}{_quoted(words)}{after}"]


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
