"""Tables: reads the case files, every value as the text it is written as."""

from dataclasses import dataclass
from pathlib import Path

import yaml

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """What a person says, and what is meant by it."""

    text: str
    meant: dict[str, list[str]]
    """Kind to values in order; empty when nothing may be found at all."""
    now: str = ""
    """The moment at which it is said, when the table has one."""


class _Text(yaml.SafeLoader):
    """Reads every scalar as text: 2026-11-24 is no date here."""


_Text.yaml_implicit_resolvers = {}


def _meant(value: object) -> dict[str, list[str]]:
    if value == "nothing":
        return {}
    assert isinstance(value, dict)
    return {
        kind: [str(one) for one in said] if isinstance(said, list) else [str(said)]
        for kind, said in value.items()
    }


def read_cases(name: str) -> list[Case]:
    """Return the cases of a file; a row `now: ...` sets the clock of the rows below it."""
    rows = yaml.load((CASES / name).read_text(encoding="utf-8"), Loader=_Text)  # noqa: S506
    cases, now = [], ""
    for row in rows:
        ((text, value),) = row.items()
        if text == "now":
            now = str(value)
        else:
            cases.append(Case(str(text), _meant(value), now))
    return cases
