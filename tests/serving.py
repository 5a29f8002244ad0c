"""Kalm as an operator starts it: `kalm serve` in a process and a data folder of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
KALM = Path(sys.executable).parent / "kalm"
START_SECONDS = 120


@dataclass
class Served:
    """A Kalm that answers."""

    process: subprocess.Popen[str]
    url: str
    """http://localhost:PORT"""
    words: str
    """What the operator was told."""

    @property
    def password(self) -> str:
        """Of the first administrator; only at the first start of a data folder."""
        return _told(r"with password: (\S+)", self.words)

    @property
    def token(self) -> str:
        """For scripts; only at the first start of a data folder."""
        return _told(r"Bearer \.\.\.\): (\S+)", self.words)

    def api(self, token: str | None = None) -> httpx.Client:
        """Return a client that may read calls and cards."""
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token or self.token}"}
        )

    def kill(self) -> None:
        """Kill it as a power cut would: kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def data_folder(folder: Path) -> Path:
    """Return a data folder with nothing but the models, which `make test` has fetched."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    models = ROOT / "data" / "models"
    if not models.is_dir():
        raise RuntimeError("The models are missing. Run: .venv/bin/kalm models fetch")
    (data / "models").symlink_to(models)
    return data


@contextmanager
def serving(data: Path, settings: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Start `kalm serve`, wait until it answers calls, and stop it by its id at the end."""
    log = data / f"serve-{time.monotonic_ns()}.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KALM_")},
        "KALM_DATA": str(data),
        "KALM_PORT": "0",
        "KALM_OFFLINE": "true",
        "KALM_CALLS_AT_MOST": "20",  # however slow the machine is now, callers are taken
        "KALM_SPEAK_AHEAD": "false",  # the machine has enough to do
        "COLUMNS": "200",
        **(settings or {}),
    }
    with log.open("w") as out:
        process = subprocess.Popen(
            [KALM, "serve"],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=data,
        )
    try:
        words = _wait_until_ready(process, log)
        yield Served(process, _told(r"Call from the browser: (\S+?)/?\s", words), words)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[str], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        words = log.read_text()
        if "Stop with Ctrl-C" in words:
            return words
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"kalm serve ended with {process.returncode}:\n{log.read_text()}")
    raise RuntimeError(f"kalm serve was not ready in {START_SECONDS} s:\n{log.read_text()}")


def _told(pattern: str, words: str) -> str:
    found = re.search(pattern, words)
    assert found is not None, f"{pattern!r} not in:\n{words}"
    return found[1]
