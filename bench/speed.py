"""Measures how fast Kalm answers, with one call and with many, beside a stock pipecat bot.

    python bench/speed.py [--calls 1 3 8] [--turns 6] [--no-peer] [--json FILE]

Both bots are processes of their own, reached over the Twilio protocol by the same callers with
the same sound at the pace of real calls, on this machine, which carries the callers too. The
peer hears English only, so it is called in English; Kalm's calls are half Dutch, half English,
and all English where the two are compared.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from load import Call, call  # noqa: E402

from bot.commands.robot_voice import robot_voice  # noqa: E402 - on the path only now
from bot.events import Language  # noqa: E402
from bot.line.robot_script import Step, read_step  # noqa: E402
from bot.models import Models  # noqa: E402
from bot.settings import Settings  # noqa: E402

LINES: dict[Language, tuple[str, ...]] = {
    "nl": (
        "Wat zijn uw openingstijden?",
        "Ik wil graag weten of mijn betaling binnen is.",
        "Vier zeven één één nul negen.",
        "Dat weet ik niet precies.",
        "Wat zijn uw openingstijden op zaterdag?",
        "Kunt u dat herhalen?",
        "Nee, dank u wel.",
        "Wat zijn uw openingstijden?",
    ),
    "en": (
        "What are your opening hours?",
        "I would like to know whether my payment has arrived.",
        "Four seven one one zero nine.",
        "I don't know that exactly.",
        "What are your opening hours on Saturday?",
        "Could you repeat that, please?",
        "No, that is not what I mean.",
        "What are your opening hours?",
    ),
}
VOICES: dict[Language, str] = {"nl": "mb-nl2", "en": "en-gb"}
START_S = 180.0


@dataclass
class Bot:
    """A bot that answers calls."""

    name: str
    url: str
    process: "asyncio.subprocess.Process"
    ready_s: float
    """From its start until it answers."""

    def resident_mb(self) -> float:
        """Return its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@dataclass
class Measured:
    """What so many calls at once noticed."""

    bot: str
    calls: int
    languages: str
    p50_s: float
    p95_s: float
    answers: int
    unanswered: int
    lost: int
    gaps: int
    longest_gap_s: float
    memory_mb: float


@asynccontextmanager
async def kalm(folder: Path) -> AsyncIterator[Bot]:
    """Run Kalm as `make run` does, with a database that is thrown away."""
    port = _free_port()
    environment = {
        **os.environ,
        "KALM_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'calls.db'}",
        "KALM_PORT": str(port),
    }
    command = [str(Path(sys.executable).parent / "kalm"), "serve"]
    async with _running(command, environment, folder / "kalm.log") as process:
        ready = await _answers(f"http://127.0.0.1:{port}/healthz", process)
        yield Bot("Kalm", f"ws://127.0.0.1:{port}/lines/twilio", process, ready)


@asynccontextmanager
async def peer(folder: Path) -> AsyncIterator[Bot]:
    """Run the stock pipecat bot on the same weights."""
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
    async with _running(command, dict(os.environ), folder / "peer.log") as process:
        ready = await _answers(f"http://127.0.0.1:{port}/openapi.json", process)
        yield Bot("stock pipecat", f"ws://127.0.0.1:{port}/ws", process, ready)


@asynccontextmanager
async def _running(
    command: Sequence[str], environment: dict[str, str], log: Path
) -> "AsyncIterator[asyncio.subprocess.Process]":
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()


async def _answers(url: str, process: "asyncio.subprocess.Process") -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        while loop.time() - began < START_S:
            if process.returncode is not None:
                raise SystemExit(f"{url}: the bot ended with {process.returncode}")
            try:
                if (await client.get(url)).is_success:
                    return round(loop.time() - began, 1)
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise SystemExit(f"{url}: no answer within {START_S:.0f} s")


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def scripts() -> dict[Language, list[Step]]:
    """Speak the callers' lines once."""
    made: dict[Language, list[Step]] = {}
    for language, lines in LINES.items():
        voice = robot_voice(language, VOICES[language])
        made[language] = [read_step(line, language, voice) for line in lines]
    return made


async def measure(
    bot: Bot,
    count: int,
    languages: Sequence[Language],
    spoken: dict[Language, list[Step]],
    turns: int,
) -> Measured:
    """Let so many callers call at once, a second after one another."""
    chosen = [languages[each % len(languages)] for each in range(count)]
    made: list[Call] = await asyncio.gather(
        *(
            call(bot.url, spoken[language][:turns], language, after_s=1.3 * place)
            for place, language in enumerate(chosen)
        )
    )
    answers = sorted(seconds for one in made for seconds in one.answers_s)
    gaps = [gap for one in made for gap in one.gaps_s]
    return Measured(
        bot=bot.name,
        calls=count,
        languages="+".join(languages),
        p50_s=round(statistics.median(answers), 3) if answers else float("nan"),
        p95_s=round(answers[max(0, -(-95 * len(answers) // 100) - 1)], 3)
        if answers
        else float("nan"),
        answers=len(answers),
        unanswered=sum(one.unanswered for one in made),
        lost=sum(one.lost is not None for one in made),
        gaps=len(gaps),
        longest_gap_s=max(gaps, default=0.0),
        memory_mb=round(bot.resident_mb()),
    )


async def run(arguments: argparse.Namespace) -> list[Measured]:
    """Measure what was asked for."""
    spoken = scripts()
    results: list[Measured] = []
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="kalm-speed-") as temporary:
        folder = Path(temporary)
        async with kalm(folder) as bot:
            console.print(f"Kalm was ready after {bot.ready_s} s")
            await measure(bot, 1, ("en",), spoken, 2)  # what is said for the first time is made now
            await measure(bot, 1, ("nl",), spoken, 2)
            for count in arguments.calls:
                languages: tuple[Language, ...] = ("nl", "en") if count > 1 else ("en",)
                results.append(await measure(bot, count, languages, spoken, arguments.turns))
                console.print(results[-1])
        if not arguments.no_peer:
            async with peer(folder) as bot:
                console.print(f"The peer was ready after {bot.ready_s} s")
                for count in arguments.peer_calls:
                    results.append(await measure(bot, count, ("en",), spoken, arguments.turns))
                    console.print(results[-1])
    return results


def show(results: Sequence[Measured]) -> None:
    """Print the table."""
    table = Table(
        title=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )
    for name in (
        "bot",
        "calls",
        "languages",
        "p50 s",
        "p95 s",
        "MB",
        "answers",
        "unanswered",
        "lost",
        "gaps",
    ):
        table.add_column(name, justify="left" if name in ("bot", "languages") else "right")
    for each in results:
        figures = (f"{each.p50_s:.2f}", f"{each.p95_s:.2f}", f"{each.memory_mb:.0f}")
        counts = [str(n) for n in (each.answers, each.unanswered, each.lost, each.gaps)]
        table.add_row(each.bot, str(each.calls), each.languages, *figures, *counts)
    Console().print(table)
    by_bot = {(each.bot, each.calls): each for each in results}
    ours, theirs = by_bot.get(("Kalm", 1)), by_bot.get(("stock pipecat", 1))
    if ours and theirs:
        Console().print(f"p50 of one call: {ours.p50_s / theirs.p50_s:.2f} of the stock bot's")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description="How fast bots answer.")
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 3, 8])
    parser.add_argument("--peer-calls", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--json", type=Path, help="Write the figures here.")
    arguments = parser.parse_args()
    results = asyncio.run(run(arguments))
    show(results)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in results], indent=1) + "\n")


if __name__ == "__main__":
    main()
