"""Machine: what this process may use of it."""

import os
from pathlib import Path

CONTROL_GROUP = Path("/sys/fs/cgroup")
MEMORY = Path("/proc/meminfo")


def cores(folder: Path = CONTROL_GROUP) -> int:
    """Return the cores that this process may use: its container's share, when it has one."""
    try:
        usable = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        usable = os.cpu_count() or 1
    quota = _words(folder / "cpu.max")
    if len(quota) == 2 and quota[0].isdigit() and quota[1].isdigit():
        usable = min(usable, int(quota[0]) // int(quota[1]))
    return max(1, usable)


def memory_left(folder: Path = CONTROL_GROUP, machine: Path = MEMORY) -> int | None:
    """Return the bytes that this process may still take; None where nothing tells."""
    left: list[int] = []
    told = _words(machine)
    if "MemAvailable:" in told:
        left.append(int(told[told.index("MemAvailable:") + 1]) * 1024)
    limit, used = _words(folder / "memory.max"), _words(folder / "memory.current")
    if limit and used and limit[0].isdigit() and used[0].isdigit():
        left.append(max(0, int(limit[0]) - int(used[0])))
    return min(left, default=None)


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
