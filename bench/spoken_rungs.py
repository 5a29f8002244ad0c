"""Calls a real Kalm by voice, 50 times, and tells whether each call reached the right rung.

    python bench/spoken_rungs.py [--out CALLS.jsonl] [--only NAME...]

Starts `kalm serve` by itself, with real recognition and voices, and calls it over the
Twilio protocol at the pace of real time, two calls at a time: some 35 minutes. The
callers are espeak-ng and MBROLA voices (tests/needs.sh); who is angry is made louder,
faster and higher with sox. Each call is written to --out as it ends, and calls that are
there already are not made again. The last line on standard output is one JSON object:
calls, right_rung, by_rung, misheard.
"""

import argparse
import asyncio
import json
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.events import CallerSpoke  # noqa: E402 - the path has to be known first
from bot.line.robot import CallReport, Manners, Robot  # noqa: E402
from bot.line.robot_api import RobotApi  # noqa: E402
from bot.line.robot_script import Step  # noqa: E402
from tests.dialogue.rungs import (  # noqa: E402
    CALLER,
    Call,
    Manner,
    acknowledging,
    calls,
    reached,
)
from tests.serving import Served, data_folder, serving  # noqa: E402

Temper = Literal["calm", "angry"]

SOX: dict[Temper, list[str]] = {
    "calm": ["gain", "-n", "-17"],
    "angry": ["speed", "1.08", "gain", "-n", "-5"],
}
"""How a temper sounds: anger is 12 dB louder, and faster and higher by 8 percent."""
AT_A_TIME = 2
PAUSE = 1.5
"""Seconds of silence after which the caller speaks: the bot may breathe between two sentences, and
a caller who talks over a warning has not been warned."""


def _sound(text: str, temper: Temper, call: Call, folder: Path) -> bytes:
    """Return a sentence as PCM16 at 8 kHz."""
    spoken = folder / f"{secrets.token_hex(8)}.wav"
    try:
        subprocess.run(
            ["espeak-ng", "-v", call.voice, "-s", str(call.pace), "-w", spoken, "--", text],
            check=True,
            capture_output=True,
        )
        shaped = [
            "sox",
            "-D",
            str(spoken),
            "-t",
            "raw",
            "-b",
            "16",
            "-e",
            "signed",
            "-r",
            "8000",
            "-c",
            "1",
        ]
        done = subprocess.run([*shaped, "-", *SOX[temper]], check=True, capture_output=True)
    finally:
        spoken.unlink(missing_ok=True)
    return done.stdout


def _step(line: dict[Manner, str], call: Call, folder: Path) -> Step:
    [(how, what)] = line.items()
    if how == "key":
        return Step(f"/key {what}", keys=what)
    return Step(what, sound=_sound(what, how, call, folder))


def _misheard(call: Call, recognised: str) -> list[str]:
    """Return the decisive words that recognition made something else of."""
    heard = set(re.findall(r"\w+", recognised.lower()))
    return [word for word in call.decisive if word not in heard]


async def make(call: Call, kalm: Served, folder: Path, met: frozenset[str]) -> dict[str, Any]:
    """Make one call, and return its line of the results."""
    url = re.sub("^http", "ws", kalm.url) + "/lines/twilio"
    api = RobotApi(url, kalm.token)
    robot = Robot(url, api, language=call.language, manners=Manners(pause=PAUSE))
    steps = [await asyncio.to_thread(_step, line, call, folder) for line in call.lines]
    try:
        report: CallReport = await robot.call(
            steps, "CA" + secrets.token_hex(16), parameters={"from": CALLER}
        )
        events = await api.events(report.call_id)
    finally:
        await api.close()
    rung = reached(events, met)
    right = report.error is None and rung in call.rung
    recognised = " ".join(e.body.words for e in events if isinstance(e.body, CallerSpoke))
    return {
        "name": call.name,
        "must": call.rung,
        "rung": rung,
        "right": right,
        "misheard": [] if right or report.error else _misheard(call, recognised),
        "outcome": report.outcome,
        "error": report.error,
        "turns": [[turn.said, turn.recognised, turn.heard] for turn in report.turns],
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of all calls."""
    by_rung: dict[str, dict[str, int]] = defaultdict(lambda: {"calls": 0, "right": 0})
    for row in rows:
        of = by_rung[row["must"][0]]
        of["calls"] += 1
        of["right"] += row["right"]
    return {
        "calls": len(rows),
        "right_rung": sum(row["right"] for row in rows),
        "by_rung": dict(by_rung),
        "misheard": [row["name"] for row in rows if row["misheard"]],
        "wrong": [[r["name"], r["must"], r["rung"]] for r in rows if not r["right"]],
    }


async def _all(wanted: list[Call], kalm: Served, out: Path, folder: Path) -> None:
    gate = asyncio.Semaphore(AT_A_TIME)
    met = acknowledging()

    async def one(call: Call) -> None:
        async with gate:
            row = await make(call, kalm, folder, met)
        if row["error"]:
            print(f"{call.name}: no call, {row['error']}", file=sys.stderr, flush=True)
            return  # made again the next time
        with out.open("a") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        verdict = "right" if row["right"] else f"WRONG, must be {row['must']}"
        if row["misheard"]:
            verdict += f", misheard {row['misheard']}"
        print(f"{call.name}: {row['rung']} ({verdict})", file=sys.stderr, flush=True)

    await asyncio.gather(*(one(call) for call in wanted))


def main() -> None:
    """Make the calls that were not made yet, and print the figures of all."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--out", type=Path, default=Path("spoken_rungs.jsonl"))
    options.add_argument("--only", nargs="*", help="names of calls; all when not given")
    given = options.parse_args()
    wanted = [call for call in calls() if not given.only or call.name in given.only]
    made = _made(given.out)
    left = [call for call in wanted if call.name not in made]
    print(f"{len(left)} calls to make, {len(wanted) - len(left)} made before", file=sys.stderr)
    if lacking := _missing(left):
        sys.exit(f"These Debian packages are needed first: {', '.join(lacking)}")
    if left:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(data_folder(Path(folder))) as kalm,
        ):
            health = kalm.api().get("/healthz")
            if not health.is_success:
                sys.exit(f"Kalm takes no calls: {health.text}")
            asyncio.run(_all(left, kalm, given.out, Path(folder)))
        made = _made(given.out)
    print(json.dumps(summary([made[call.name] for call in wanted if call.name in made])))
    if any(call.name not in made for call in wanted):
        sys.exit("Some calls could not be made: run this again, and they are.")


def _missing(wanted: Sequence[Call]) -> list[str]:
    """Return the Debian packages that callers' voices need and that are not here."""
    programs = [name for name in ("espeak-ng", "mbrola", "sox") if shutil.which(name) is None]
    voices = {call.voice.removeprefix("mb-") for call in wanted if call.voice.startswith("mb-")}
    absent = [name for name in sorted(voices) if not Path("/usr/share/mbrola", name).exists()]
    return [*programs, *(f"mbrola-{name}" for name in absent)]


def _made(out: Path) -> dict[str, dict[str, Any]]:
    """Return the calls of an earlier run, by name."""
    if not out.exists():
        return {}
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    return {row["name"]: row for row in rows}


if __name__ == "__main__":
    main()
