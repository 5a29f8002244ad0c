"""Bots under test: Kalm and a stock pipecat bot, each in a process of its own, and what they cost.

Both are started anew, with the cached models, and stopped by their process id.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.models import Models
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
START_S = 180.0
"""Seconds in which a bot must answer."""
AHEAD_S = 600.0
"""Seconds in which it must have spoken what never changes."""
STOP_S = 20.0
"""Seconds after which a bot that does not stop is killed."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Bot:
    """A bot that answers calls."""

    name: str
    url: str
    """Of its Twilio-protocol websocket."""
    process: "asyncio.subprocess.Process"
    ready_s: float
    """From its start until it answers calls."""
    token: str | None = None
    """For its API, where it has one."""

    def resident_mb(self) -> float:
        """Return the resident memory of its process and its children."""
        return sum(_resident_kb(each) for each in tree(self.process.pid)) / 1024

    async def capacity(self) -> int | None:
        """Return how many calls it says that it can carry; None when it does not say."""
        address = re.sub("^ws(.*)/lines/twilio$", r"http\1/healthz", self.url)
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            told = (await client.get(address)).json().get("capacity")
        return told if isinstance(told, int) else None

    async def spoken_ahead(self) -> None:
        """Wait until it has spoken once what never changes, as on any day but its first."""
        address = re.sub("^ws(.*)/lines/twilio$", r"http\1/metrics", self.url)
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            for _ in range(int(AHEAD_S)):
                if "kalm_sentences_to_speak 0.0" in (await client.get(address)).text:
                    return
                await asyncio.sleep(1)
        raise SystemExit(f"{self.name} has not spoken all that never changes in {AHEAD_S:.0f} s.")

    def cpu_s(self) -> float:
        """Return the processor's seconds that it has used, with its children."""
        return sum(_cpu_s(each) for each in tree(self.process.pid))


class Cost:
    """What a stretch of time cost: the bot's processor and memory, and the callers' processor."""

    def __init__(self, bot: Bot) -> None:
        """Count from now on."""
        self._bot = bot
        self._began = time.monotonic()
        self._cpu, self._own = bot.cpu_s(), time.process_time()
        self._memory = bot.resident_mb()

    async def watch(self) -> None:
        """Look at the memory each second, until cancelled."""
        while True:
            await asyncio.sleep(1)
            self._memory = max(self._memory, self._bot.resident_mb())

    @property
    def memory_mb(self) -> float:
        """The most resident memory so far."""
        self._memory = max(self._memory, self._bot.resident_mb())
        return self._memory

    @property
    def cores(self) -> tuple[float, float]:
        """Processor cores that were busy on the mean: the bot's, the callers'."""
        seconds = max(time.monotonic() - self._began, 1e-6)
        bot = (self._bot.cpu_s() - self._cpu) / seconds
        return bot, (time.process_time() - self._own) / seconds


@asynccontextmanager
async def kalm(folder: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Bot]:
    """Run `kalm serve` with a data folder that is empty but for the models, or was used before.

    Args:
        folder: Where its data and its log go; it must exist.
        settings: More of the environment.

    Raises:
        SystemExit: It does not start, or the models are missing.
    """
    models = Settings().models.absolute()
    if not models.is_dir():
        raise SystemExit("The models are missing. Run: .venv/bin/kalm models fetch")
    data = folder / "data"
    data.mkdir(exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to(models)
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KALM_")},
        "KALM_DATA": str(data),
        "KALM_PORT": str(port),
        "KALM_OFFLINE": "true",
        "COLUMNS": "200",
        **(settings or {}),
    }
    log = folder / "kalm.log"
    command = [str(Path(sys.executable).parent / "kalm"), "serve"]
    async with _running(command, environment, log) as process:
        began = time.monotonic()
        ready = await _answers(f"http://127.0.0.1:{port}/healthz", process, log, began)
        # What the operator is told comes right after: the first token among it.
        token = await _told(log, r"Bearer \.\.\.\): (\S+)")
        yield Bot("Kalm", f"ws://127.0.0.1:{port}/lines/twilio", process, ready, token)


@asynccontextmanager
async def peer(folder: Path) -> AsyncIterator[Bot]:
    """Run the stock pipecat bot on the same weights.

    Raises:
        SystemExit: It does not start.
    """
    port = _free_port()
    models = Models(Settings())
    voice = models.path("piper-en")
    command = [
        sys.executable,
        str(ROOT / "bench/peers/stock_pipecat.py"),
        str(port),
        str(models.path("whisper-base")),
        str(voice.parent),
        voice.stem,
    ]
    log = folder / "peer.log"
    async with _running(command, dict(os.environ), log) as process:
        began = time.monotonic()
        ready = await _answers(f"http://127.0.0.1:{port}/openapi.json", process, log, began)
        yield Bot("stock pipecat", f"ws://127.0.0.1:{port}/ws", process, ready)


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, as far as they live."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for task in tasks:
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from tree(int(child))


def _resident_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0  # it has just ended
    found = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0


def _cpu_s(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces
    return (int(fields[11]) + int(fields[12])) / _TICKS


@asynccontextmanager
async def _running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> "AsyncIterator[asyncio.subprocess.Process]":
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _answers(
    url: str, process: "asyncio.subprocess.Process", log: Path, began: float
) -> float:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        while time.monotonic() - began < START_S:
            if process.returncode is not None:
                raise SystemExit(f"the bot ended with {process.returncode}:\n{_end(log)}")
            try:
                if (await client.get(url)).is_success:
                    return round(time.monotonic() - began, 2)
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise SystemExit(f"{url}: no answer within {START_S:.0f} s:\n{_end(log)}")


async def _told(log: Path, pattern: str) -> str | None:
    for _ in range(50):
        if found := re.search(pattern, await asyncio.to_thread(log.read_text)):
            return found[1]
        await asyncio.sleep(0.1)
    return None


def _end(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-20:])


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])
