"""Base: which version a folder was made from, remembered in the folder itself.

A hidden file, so that it is no part of a version, and goes with the folder through
git: whoever merges a colleague's published work merges this too.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from handoff.studio.versions import Version, Versions

NAME = ".kalm-version"


@dataclass(frozen=True)
class Base:
    """The version that a folder was published as, or exported from."""

    number: int
    sha256: str
    """Of its files: another database may count otherwise."""


def read_base(folder: Path) -> Base | None:
    """Return what a folder was made from; None when nobody knows."""
    try:
        row = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Base(int(row["number"]), str(row["sha256"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_base(folder: Path, version: Version) -> None:
    """Remember what a folder was made from."""
    row = json.dumps(asdict(Base(version.number, version.sha256)))
    (folder / NAME).write_text(row + "\n", encoding="utf-8")


async def base_here(versions: Versions, base: Base | None) -> int | None:
    """Return the number that the base has in this database; None when it has none."""
    if base is None:
        return None
    for version in await versions.all():
        if version.sha256 == base.sha256:
            return version.number
    return None
