"""Splicing: changes lines of a YAML file where they stand, so that all others stay as they are."""

from difflib import SequenceMatcher

import yaml


class NotEditable(Exception):
    """The file is not laid out so that a form can change it: it can be edited as a whole."""


class Emptied(NotEditable):
    """Nothing is left of something that a form can change, and not take out."""


def composed(text: str) -> dict[str, yaml.Node]:
    """Return the values of a file's top keys as nodes, which know their lines.

    Raises:
        NotEditable: It is no YAML, or holds no keys.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise NotEditable(str(error)) from error
    return keys(root)


def keys(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the values of a mapping by key; raises NotEditable."""
    if not isinstance(node, yaml.MappingNode):
        raise NotEditable("no keys with values")
    return {str(key.value): value for key, value in node.value}


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """Return the items of a list; raises NotEditable."""
    if not isinstance(node, yaml.SequenceNode):
        raise NotEditable("no list")
    return list(node.value)


def rows(text: str) -> list[str]:
    """Return the lines with their ends, as YAML counts them."""
    found: list[str] = []
    row = ""
    for index, sign in enumerate(text):
        row += sign
        if sign in "\n\x85\u2028\u2029" or (sign == "\r" and text[index + 1 : index + 2] != "\n"):
            found.append(row)
            row = ""
    return [*found, row] if row else found


def line_end(text: str) -> str:
    """Return how lines end in this file."""
    return "\r\n" if "\r\n" in text else "\n"


def as_in(text: str, typed: str) -> str:
    """Return what a browser sent with the line ends of the file it is to stand in."""
    plain = typed.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\n", line_end(text))


def kept_where_same(old: list[str], new: list[str]) -> list[int | None]:
    """Return, for each new item, the old one that it is; None for one that was not there."""
    found: list[int | None] = [None] * len(new)
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            found[block.b + offset] = block.a + offset
    return found
