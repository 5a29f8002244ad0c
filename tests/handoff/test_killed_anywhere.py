"""Kill -9 at any moment of a call's way: nobody is lost, nobody is connected twice.

A whole life (`whole_life`) is lived on real files with real timers until right before something
becomes durable; another process goes on (`recovery`). Everyday a few moments are tried, most of
them between a row and its timer; with everything, one after each step. All of them, for minutes:
`python -m tests.handoff.kills $(mktemp -d) sqlite all`.
"""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT

EVERYDAY = "timer offer,after warm,timer callback,timer care_break"


async def kills(folder: Path, url: str, where: str) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.handoff.kills",
        str(folder),
        url,
        where,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await child.communicate()
    assert child.returncode == 0, told.decode()
    return told.decode()


async def test_a_kill_before_a_timer_or_in_a_hand_on(url: str, tmp_path: Path) -> None:
    """Every call stands where it was told to stand, and goes on; what was due is done once."""
    folder = tmp_path / "kills"
    folder.mkdir()
    assert "4 of" in await kills(folder, url, EVERYDAY)


@pytest.mark.kills
async def test_a_kill_after_each_step(url: str, tmp_path: Path) -> None:
    """The same from the first offer to the last timer."""
    folder = tmp_path / "kills"
    folder.mkdir()
    assert " 0 wrong" in await kills(folder, url, "steps")
