"""Measures all that docs/performance.md tells, writes that page, and prints the table of bars.

    python bench/performance.py [--data FOLDER] [--into FOLDER] [--only-write]

Runs bench/speed.py, bench/hearing.py and bench/interruptions.py one after the other, some twenty
minutes on a quiet machine of two cores; each is stopped when it takes far longer than it should.
Their figures go to FOLDER as JSON; `--only-write` writes the page from what lies there. A figure
that was not measured says so.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import hearing
import interruptions
import pictures
import speed
from bots import STOP_S
from figures import table
from rich.console import Console
from scorecard import Results, Row, growth, profile, rows, stages

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
TEMPLATE = Path(__file__).with_name("performance.template.md")
MEASUREMENTS: dict[str, tuple[tuple[str, ...], float]] = {
    "speed": ((), 1500),
    "hearing": (("--most-s", "240"), 900),
    "interruptions": (("--most-s", "270"), 900),
}
"""Arguments of each, and the seconds after which it is stopped."""
SPOKEN: dict[str, str] = {
    "pause": "silence noticed",
    "turn_end": "end of the turn",
    "words": "recognition",
    "meaning": "understanding, mood",
    "decided": "dialogue, company",
    "sound": "speech",
    "first_sound": "to the line",
}
"""What is on the picture, by stage."""


def measure(into: Path, data: Path | None, console: Console) -> list[str]:
    """Run all measurements; return the names of those that failed."""
    into.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, (arguments, most_s) in MEASUREMENTS.items():
        told = into / f"{name}.json"
        told.unlink(missing_ok=True)  # an old figure is no figure of this run
        of_data = ("--data", str(data)) if data is not None and name != "speed" else ()
        command = [sys.executable, str(Path(__file__).with_name(f"{name}.py"))]
        command += [*arguments, *of_data, "--json", str(told)]
        console.print(f"{name} ...")
        log = into / f"{name}.log"
        if not _run(command, log, most_s):
            console.print(f"{name} failed; see {log}", style="red")
            failed.append(name)
    return failed


def _run(command: Sequence[str], log: Path, most_s: float) -> bool:
    """Run a measurement to its end, or stop it with the bots that it has started."""
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            return process.wait(most_s) == 0
        except subprocess.TimeoutExpired:
            out.write(f"stopped after {most_s:.0f} s\n")
            return False
        finally:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):  # all of them have ended
                    os.killpg(process.pid, sign)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_S)


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the results that lie in a folder, by measurement."""
    paths = {name: folder / f"{name}.json" for name in MEASUREMENTS}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


def page(results: Results, template: str, today: str) -> str:
    """Return the page; what was not measured says so."""
    told = results.get("speed", {})
    return Template(template).substitute(
        machine=told.get("machine", "Machine not measured"),
        date=told.get("at", today),
        table=_table(rows(results)),
        growth=_picture(growth(results), "Answer times by number of calls", "growth"),
        profile=_picture(profile(stages(results)), "Seconds by stage of a turn", "profile"),
        **{name: _section(results, name, shown) for name, shown in _SHOWN.items()},
    )


def draw(results: Results, folder: Path) -> None:
    """Draw the pictures of the page."""
    (folder / "performance-timeline.svg").write_text(pictures.timeline())
    if grown := growth(results):
        (folder / "performance-growth.svg").write_text(pictures.growth(grown))
    if spent := profile(stages(results)):
        named = {SPOKEN[stage]: seconds for stage, seconds in spent.items()}
        (folder / "performance-profile.svg").write_text(pictures.profile(named))


_SHOWN: dict[str, Callable[[Any], str]] = {
    "speed": speed.shown,
    "hearing": lambda told: hearing.shown(told["figures"]),
    "interruptions": lambda told: interruptions.shown(told["figures"]),
}


def _section(results: Results, name: str, shown: Callable[[Any], str]) -> str:
    return shown(results[name]) if name in results else "Not measured."


def _picture(figures: object, words: str, name: str) -> str:
    return f"![{words}](images/performance-{name}.svg)" if figures else "Not measured."


def _table(found: Sequence[Row]) -> str:
    head = ["measure", "bar", "Kalm", "", "peer", "ratio", "again with"]
    cells = [
        [r.measure, r.bar, r.value, r.verdict, r.peer, r.ratio, f"`{r.command}`"] for r in found
    ]
    return table(head, cells)


def main() -> None:
    """Run it; ends with 1 when a measurement failed, not when a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="Folder of the public speech sets.")
    parser.add_argument("--into", type=Path, default=ROOT / "data" / "bench")
    parser.add_argument("--only-write", action="store_true", help="Measure nothing.")
    options = parser.parse_args()
    console = Console(stderr=True)
    failed = [] if options.only_write else measure(options.into, options.data, console)
    results = read(options.into)
    PAGE.write_text(page(results, TEMPLATE.read_text(), datetime.now(UTC).date().isoformat()))
    draw(results, PAGE.parent / "images")
    found = rows(results)
    print(table(["measure", "bar", "Kalm", "", "peer", "ratio"], [_short(row) for row in found]))
    print(f"\n{sum(row.met is True for row in found)} of {len(found)} bars reached; {PAGE}")
    sys.exit(1 if failed else 0)


def _short(row: Row) -> list[str]:
    return [row.measure, row.bar, row.value, row.verdict, row.peer, row.ratio]


if __name__ == "__main__":
    main()
