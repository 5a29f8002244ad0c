"""Rewriting: gives a YAML text other content and changes only the lines that say it.

A form changes values; comments, order and quotes of whatever stays the same must stay too.
So the text is never written anew from its values: each difference is put into its lines.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import yaml

from handoff.studio.splicing import NotEditable, as_in, rows

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""


def value_of(text: str) -> Any:
    """Return what a text says, as `bot` reads it; raises NotEditable."""
    return _value(_root(text))


def rewrite(text: str, wanted: Any) -> str:
    """Return the text with these values; raises NotEditable when its layout does not allow it.

    Args:
        text: Of a mapping.
        wanted: Its values as they should be.
    """
    plain = text.replace("\r\n", "\n")
    for _ in range(1000):  # one difference after the other, each on the lines as they are by then
        changed = _one_change(plain, _root(plain), wanted)
        if changed is None:
            break
        plain = changed
    if value_of(plain) != wanted:
        raise NotEditable("a layout in which this can't be written")
    return as_in(text, plain)


def swap(text: str, path: Path, index: int) -> str:
    """Return the text with an item of a list and the one after it in each other's place.

    Comments above an item go with it.
    """
    plain = text.replace("\r\n", "\n")
    wanted = value_of(plain)
    node = _at(_root(plain), path)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise NotEditable("no list of lines")
    if not 0 <= index < len(node.value) - 1:
        raise NotEditable("nothing to change places with")
    lines = rows(plain)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    middle, end = _last_line(node.value[index]), _last_line(node.value[index + 1])
    start = node.value[index].start_mark.line
    while start and lines[start - 1].strip()[:1] in ("", "#"):
        start -= 1
    lines[start : end + 1] = [*lines[middle + 1 : end + 1], *lines[start : middle + 1]]
    inside: Any = wanted
    for step in path:
        inside = inside[step]
    inside[index], inside[index + 1] = inside[index + 1], inside[index]
    changed = "".join(lines)
    if value_of(changed) != wanted:
        raise NotEditable("items that can't change places")
    return as_in(text, changed)


def line_of(text: str, path: Path) -> int:
    """Return the line on which a value, or the key of one, stands, from 1."""
    node = _root(text)
    line = node.start_mark.line
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = _pair(node, str(step))
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            line = node.start_mark.line
    return line + 1


def _root(text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise NotEditable(str(error)) from error
    if not isinstance(root, yaml.MappingNode):
        raise NotEditable("no keys with values")
    if "*" in text:
        _refuse_aliases(root)
    return root


def _refuse_aliases(root: yaml.Node) -> None:
    """Raise NotEditable where something stands for something else, which may hold itself."""
    seen: set[int] = set()
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if id(node) in seen:
            raise NotEditable("a part that stands in two places")
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            ahead += [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            ahead += node.value


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        found = {str(key.value): _value(value) for key, value in node.value}
        if len(found) < len(node.value):
            raise NotEditable("a key that stands twice")
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    """Return a scalar as YAML 1.2 takes it, which `bot` reads: there `no` is a word."""
    said = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:
        return said
    if said in ("", "~", "null", "Null", "NULL"):
        return None
    if said in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return said.lower() == "true"
    for kind in (int, float):
        try:
            if said[:1] in "+-.0123456789" and "_" not in said:
                return kind(said)
        except ValueError:
            continue
    return said


def _at(node: yaml.Node, path: Path) -> yaml.Node:
    for step in path:
        if (
            isinstance(node, yaml.SequenceNode)
            and isinstance(step, int)
            and (0 <= step < len(node.value))
        ):
            node = node.value[step]
            continue
        found = _pair(node, str(step)) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            raise NotEditable(f"nothing at {step}")
        node = found[1]
    return node


def _pair(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((k, v) for k, v in node.value if str(k.value) == key), None)


def _one_change(text: str, node: yaml.Node, wanted: Any) -> str | None:
    """Return the text with the first difference put right; None when there is none."""
    if _value(node) == wanted:
        return None
    if isinstance(node, yaml.MappingNode) and isinstance(wanted, Mapping) and not node.flow_style:
        return _in_mapping(text, node, wanted)
    if isinstance(node, yaml.SequenceNode) and isinstance(wanted, list) and not node.flow_style:
        return _in_list(text, node, wanted)
    return _replaced(text, node, wanted)


def _in_mapping(text: str, node: yaml.MappingNode, wanted: Mapping[str, Any]) -> str | None:
    names = [str(key.value) for key, _ in node.value]
    for place, name in enumerate(names):
        if name not in wanted:
            return _without_key(text, node, place)
    for (key, value), name in zip(node.value, names, strict=True):
        if _value(value) == wanted[name]:
            continue
        within = wanted[name]
        deeper = _nested(value) and type(within) in (dict, list) and bool(within)
        if deeper and isinstance(value, yaml.MappingNode) == isinstance(within, dict):
            return _one_change(text, value, within)
        return _with_value(text, key, value, within)
    new = next(name for name in wanted if name not in names)
    order = list(wanted)
    before = [name for name in order[: order.index(new)] if name in names]
    return _with_key(text, node, names.index(before[-1]) if before else None, new, wanted[new])


def _nested(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _in_list(text: str, node: yaml.SequenceNode, wanted: list[Any]) -> str | None:
    old = [_value(item) for item in node.value]
    matcher = SequenceMatcher(None, [repr(one) for one in old], [repr(one) for one in wanted])
    lines = _lines(text)
    dash = node.start_mark.column
    for tag, start, end, from_, to in matcher.get_opcodes():
        if tag == "equal":
            continue
        if end > start and to > from_:
            item, value = node.value[start], wanted[from_]
            if _nested(item) and isinstance(item, yaml.MappingNode) and isinstance(value, dict):
                return _one_change(text, item, value)
            if isinstance(item, yaml.ScalarNode) and not isinstance(value, dict | list):
                return _replaced(text, item, value)
            lines[_dash(lines, item, dash) : _last_line(item) + 1] = _item(value, dash)
            return "".join(lines)
        if end > start:
            item = node.value[start]
            del lines[_dash(lines, item, dash) : _last_line(item) + 1]
            return "".join(lines)
        at = _last_line(node.value[start - 1]) + 1 if start else _dash(lines, node.value[0], dash)
        lines[at:at] = _item(wanted[from_], dash)
        return "".join(lines)
    return None


def _dash(lines: list[str], item: yaml.Node, column: int) -> int:
    line = item.start_mark.line
    if lines[line][column : column + 1] != "-":
        raise NotEditable("an item that begins below its dash")
    return line


def _lines(text: str) -> list[str]:
    lines = rows(text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def _replaced(text: str, node: yaml.Node, wanted: Any) -> str:
    """Put another value where a scalar, or a list on one line, stands."""
    lines = _lines(text)
    start, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        raise NotEditable("a text of several lines")
    before, after = lines[start.line][: start.column], lines[end.line][end.column :]
    if start.index == end.index and not before.endswith(" "):
        before += " "  # an empty value has no space before it
    lines[start.line : end.line + 1] = [f"{before}{_on_a_line(wanted)}{after}"]
    return "".join(lines)


def _with_value(text: str, key: yaml.Node, value: yaml.Node, wanted: Any) -> str:
    """Give a key a value of another shape."""
    scalar = not isinstance(wanted, dict | list)
    if not _nested(value) and (scalar or (isinstance(value, yaml.CollectionNode) and wanted)):
        return _replaced(text, value, wanted)
    lines = _lines(text)
    first, last = key.start_mark.line, _last_line(value)
    head = lines[first][: key.end_mark.column]
    after = "" if _nested(value) else lines[value.end_mark.line][value.end_mark.column :].strip()
    comment = f"  {after}" if after.startswith("#") else ""
    if value.end_mark.line != first and not _nested(value):
        raise NotEditable("a value of several lines")
    if _nested(value):
        rest = lines[first][key.end_mark.column + 1 :].strip()
        comment = f"  {rest}" if rest.startswith("#") else ""
    column = key.start_mark.column
    if scalar or not wanted:
        made = [f"{head}: {_on_a_line(wanted)}{comment}\n"]
    else:
        made = [f"{head}:{comment}\n", *_indented(_block(wanted), column + 2)]
    lines[first : last + 1] = made
    return "".join(lines)


def _with_key(text: str, node: yaml.MappingNode, after: int | None, name: str, wanted: Any) -> str:
    """Add a key below another, or on top."""
    lines = _lines(text)
    column = node.start_mark.column
    made = _indented(_block({name: wanted}), column)
    if after is not None:
        at = _last_line(node.value[after][1]) + 1
        lines[at:at] = made
        return "".join(lines)
    at = node.start_mark.line
    head = lines[at][:column]
    if head.strip():  # the dash of an item, which goes before the new key
        made[0] = head + made[0][column:]
        lines[at] = " " * column + lines[at][column:]
    lines[at:at] = made
    return "".join(lines)


def _without_key(text: str, node: yaml.MappingNode, place: int) -> str:
    key, value = node.value[place]
    lines = _lines(text)
    first, last = key.start_mark.line, _last_line(value)
    head = lines[first][: key.start_mark.column]
    if head.strip():
        if place + 1 == len(node.value):
            raise NotEditable("the only key of an item")
        following = node.value[place + 1][0].start_mark
        lines[following.line] = head + lines[following.line][following.column :]
        if following.line == first:
            raise NotEditable("several keys on a line")
    del lines[first : last + 1]
    return "".join(lines)


def _last_line(node: yaml.Node) -> int:
    """Return the index of the last line of a value, without the comments below it."""
    if _nested(node) and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)


def _item(value: Any, column: int) -> list[str]:
    return _indented(_block([value]), column)


class _Dumper(yaml.SafeDumper):
    """Writes lists under a key two signs further in, as the files of flows do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _block(value: Any) -> list[str]:
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6,
        default_flow_style=False,
    )  # fmt: skip
    return [f"{line}\n" for line in text.split("\n") if line]


def _on_a_line(value: Any) -> str:
    """Write a value on one line; text with spaces stands in double quotes, as words do here."""
    text = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, width=10**6, default_flow_style=True
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _indented(lines: list[str], column: int) -> list[str]:
    return [" " * column + line for line in lines]
