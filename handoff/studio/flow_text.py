"""Flow text: one flow as it stands in its file, cut out to be edited and put back."""

from dataclasses import dataclass

import yaml

from handoff.studio.folder import Texts
from handoff.studio.splicing import NotEditable, as_in, composed, keys, rows

SLOTS = "flows/slots.yml"


@dataclass(frozen=True)
class FlowText:
    """Where a flow stands."""

    name: str
    description: str
    triggers: tuple[str, ...]
    """Intents that start it."""
    start: int
    """Index of its first line."""
    end: int
    """Index of the line after its last."""


def paths(files: Texts) -> list[str]:
    """Return the files of flows."""
    return sorted(
        path
        for path in files
        if path.startswith("flows/") and path.endswith(".yml") and path != SLOTS
    )


def read(text: str) -> dict[str, FlowText]:
    """Return the flows of a file in its order; raises NotEditable."""
    flows = composed(text).get("flows")
    if not isinstance(flows, yaml.MappingNode) or flows.flow_style:
        raise NotEditable("no flows")
    lines = rows(text)
    found: dict[str, FlowText] = {}
    starts = [key.start_mark.line for key, _ in flows.value]
    for index, (key, value) in enumerate(flows.value):
        end = starts[index + 1] if index + 1 < len(starts) else len(lines)
        start = starts[index]
        while end > start + 1 and _apart(lines[end - 1], key.start_mark.column):
            end -= 1
        name = str(key.value)
        table = keys(value)
        found[name] = FlowText(name, _plain(table.get("description")), _triggers(table), start, end)
    return found


def names(files: Texts, path: str) -> list[str]:
    """Return the names of a file's flows; none when it can't be read."""
    try:
        return list(read(files[path]))
    except NotEditable:
        return []


def unreadable(files: Texts) -> list[str]:
    """Return the files of flows that can't be read."""
    found = []
    for path in paths(files):
        try:
            read(files[path])
        except NotEditable:
            found.append(path)
    return found


def path_of(files: Texts, name: str) -> str | None:
    """Return the file in which a flow stands; None when there is none."""
    return next((path for path in paths(files) if name in names(files, path)), None)


def cut(text: str, name: str) -> str:
    """Return a flow's own lines; raises NotEditable when there is no such flow."""
    flow = _flow(text, name)
    return "".join(rows(text)[flow.start : flow.end])


def put(text: str, name: str, wanted: str) -> str:
    """Return the file with other lines for a flow; raises NotEditable when there is none."""
    flow = _flow(text, name)
    lines = rows(text)
    wanted = as_in(text, wanted)
    last = flow.end == len(lines) and lines[-1][-1:] not in ("\n", "\r")
    if not last and wanted and not wanted.endswith(("\n", "\r")):
        wanted += as_in(text, "\n")
    return "".join([*lines[: flow.start], wanted, *lines[flow.end :]])


def first_line(text: str, name: str) -> int:
    """Return the line where a flow begins, from 1; raises NotEditable when there is none."""
    return _flow(text, name).start + 1


def _flow(text: str, name: str) -> FlowText:
    flow = read(text).get(name)
    if flow is None:
        raise NotEditable(f"no flow {name}")
    return flow


def _apart(line: str, column: int) -> bool:
    """Tell whether a line after a flow belongs to what follows: empty, or a comment of its own."""
    words = line.strip()
    return not words or (words.startswith("#") and len(line) - len(line.lstrip(" ")) <= column)


def _plain(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _triggers(table: dict[str, yaml.Node]) -> tuple[str, ...]:
    node = table.get("nlu_trigger")
    listed = node.value if isinstance(node, yaml.SequenceNode) else []
    tables = [keys(item) for item in listed if isinstance(item, yaml.MappingNode)]
    return tuple(_plain(each["intent"]) for each in tables if "intent" in each)
