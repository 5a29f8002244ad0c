"""Compares Kalm's embedded understanding with Rasa's, on the same sentences.

    python bench/parity.py [--data FOLDER] [--engine embedded|rasa] [--set kalm|xsid|banking77]
        [--epochs N]

Kalm's own content always; of FOLDER, `xsid/nl.valid.conll` (xSID, 300 sentences: two halves,
each tested on the other) and `banking77/train.csv` (the five draws of `bench/bars.py`: ten
examples an intent, tested on twenty others). Rasa trains with `intents/config.yml` whatever the
set, in the environment that `make setup-rasa` makes; with `--epochs` for so many rounds. Times
are seconds of one core, not of the clock, but for a parse, which is what a caller waits. Each
engine and set has a process of its own.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx
import numpy as np
import yaml
from bars import banking

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.dialogue.content import Content  # noqa: E402 - after the path is set
from bot.encoder import SentenceEncoder  # noqa: E402
from bot.events import Language  # noqa: E402
from bot.mood.state import MoodSense  # noqa: E402
from bot.mood.words import WordJudge  # noqa: E402
from bot.rehearsal.play import rehearse  # noqa: E402
from bot.rehearsal.script import load as load_conversations  # noqa: E402
from bot.rehearsal.stage import ZONE, clock  # noqa: E402
from bot.understanding.classifier import EmbeddedUnderstanding  # noqa: E402
from bot.understanding.meaning import OUT_OF_SCOPE, Understanding  # noqa: E402
from bot.understanding.rasa import RasaUnderstanding  # noqa: E402
from bot.understanding.rasa_server import RasaServer  # noqa: E402
from bot.understanding.training_data import Example, load  # noqa: E402

INTENTS = ROOT / "intents"
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
ENGINES, SETS = ("embedded", "rasa"), ("kalm", "xsid", "banking77")
BANDS = ((0.0, 0.3), (0.3, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01))
"""Of confidence; below .3 nothing is acted on."""
PATIENT_S = 30.0
"""So that a busy machine does not turn Rasa's answers into Kalm's; callers wait 0.3."""

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Cast:
    """Who takes part in a written conversation."""

    content: Content
    understanding: Understanding
    mood: MoodSense


@dataclass
class Cost:
    """What an engine costs."""

    learn: float = 0.0
    """Seconds of one core until it answers, with nothing remembered."""
    start: float = 0.0
    """The same, with everything remembered."""
    memory: float = 0.0
    """Megabytes of the process that answers."""


def memory_mb(pid: int | str = "self") -> float:
    """Return the resident memory of a process."""
    [line] = [x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in x]
    return int(line.split()[1]) / 1024


def busy_s(pid: int) -> float:
    """Return the seconds that cores have worked for a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_s() -> float:
    """Return the seconds that cores have worked for processes which this one has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@asynccontextmanager
async def embedded(
    folder: Path, cost: Cost, _epochs: int | None = None
) -> AsyncIterator[Understanding]:
    """Train the embedded engine on an intents folder, twice."""
    cache = folder.parent / "cache"
    before = time.process_time()
    encoder = SentenceEncoder()
    loading = time.process_time() - before
    taken = []
    for _ in range(2):
        before = time.process_time()
        understanding = EmbeddedUnderstanding.train(load(folder), cache, clock, ZONE, encoder)
        await understanding.parse("hallo", "nl")
        taken.append(loading + time.process_time() - before)
    cost.learn, cost.start = taken
    cost.memory = memory_mb()
    yield understanding
    understanding.close()


@asynccontextmanager
async def rasa(folder: Path, cost: Cost, epochs: int | None = None) -> AsyncIterator[Understanding]:
    """Train Rasa on an intents folder and serve it."""
    config = folder.parent / "config.yml"
    config.write_text(pipeline(epochs))
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    before = children_s()
    assert _rasa(folder, "train", "nlu", "--config", str(config)).wait() == 0
    trained = children_s() - before
    process = _rasa(folder, "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port))
    own = EmbeddedUnderstanding.train(load(folder), folder.parent / "cache", clock, ZONE)
    try:
        url = f"http://127.0.0.1:{port}"
        while not _answers(url):
            assert process.poll() is None, (folder.parent / "rasa.log").read_text()[-3000:]
            await asyncio.sleep(0.5)
        async with RasaServer(url, budget_s=PATIENT_S) as server:
            assert server.notice is None, server.notice
            cost.start = busy_s(process.pid)
            cost.learn = trained + cost.start
            yield RasaUnderstanding(server, own)
            cost.memory = memory_mb(process.pid)
    finally:
        process.terminate()
        process.wait()


def pipeline(epochs: int | None) -> str:
    """Return the pipeline of `intents/config.yml`, with DIET for so many rounds."""
    config = yaml.safe_load((INTENTS / "config.yml").read_text())
    for component in config["pipeline"]:
        if component["name"] == "DIETClassifier" and epochs is not None:
            component["epochs"] = epochs
    return yaml.safe_dump(config, sort_keys=False)


def _rasa(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start one of Rasa's commands in a folder; what it prints goes beside that."""
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2"}
    with (folder.parent / "rasa.log").open("ab") as log:
        return subprocess.Popen(
            [RASA, *arguments],
            cwd=folder,
            env={**os.environ, **quiet},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/status", trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@dataclass
class Tried:
    """One utterance, tried."""

    right: bool
    sure: float | None
    """Confidence; None for out of scope."""
    took: float
    """Seconds."""


async def tries(understanding: Understanding, test: Pairs, language: Language) -> list[Tried]:
    """Try each utterance."""
    tried = []
    for text, intent in test:
        before = time.perf_counter()
        meaning = await understanding.parse(text, language)
        took = time.perf_counter() - before
        sure = None if meaning.intent == OUT_OF_SCOPE else meaning.confidence
        tried.append(Tried(meaning.intent == intent, sure, took))
    return tried


def share(tried: list[Tried]) -> str:
    """Return the share that is right, as text."""
    return f"{sum(one.right for one in tried) / len(tried):.3f} of {len(tried)}" if tried else "-"


async def conversations(understanding: Understanding) -> tuple[int, int]:
    """Return how many of the written conversations go as written, and of how many."""
    cast = Cast(Content.load(INTENTS), understanding, MoodSense(WordJudge.load(SentenceEncoder())))
    good = count = 0
    async for written, otherwise in rehearse(load_conversations(INTENTS), cast):
        count += 1
        good += otherwise is None
        if otherwise is not None:
            print(f"  {written.title}: {otherwise.problem}", file=sys.stderr)
    return good, count


def write(pairs: Pairs, folder: Path) -> None:
    """Write a Rasa project that holds these utterances."""
    said: dict[str, list[str]] = defaultdict(list)
    for text, intent in pairs:
        said[intent.replace("/", "_")].append(text)
    nlu = [{"intent": one, "examples": [{"text": x} for x in said[one]]} for one in sorted(said)]
    (folder / "data").mkdir(parents=True)
    _dump(folder / "data" / "nlu.yml", {"version": "3.1", "nlu": nlu})
    _dump(folder / "domain.yml", {"version": "3.1", "intents": sorted(said)})


def _dump(file: Path, content: object) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True, width=10_000))


def plain_intent(intent: str) -> str:
    """Return an intent's name as `write` writes it; a slash means something to Rasa."""
    return intent.replace("/", "_")


def xsid(data: Path) -> list[tuple[Pairs, Pairs]]:
    """Return the two halves of xSID's Dutch validation part, each way round."""
    pairs, text = [], ""
    for line in (data / "xsid" / "nl.valid.conll").read_text().splitlines():
        if line.startswith("# text = "):
            text = line.removeprefix("# text = ").replace("[", "(").replace("]", ")")
        elif line.startswith("# intent = "):
            pairs.append((text, plain_intent(line.removeprefix("# intent = "))))
    order = np.random.default_rng(7).permutation(len(pairs))
    halves = [[pairs[i] for i in order[part::2]] for part in range(2)]
    return [(halves[0], halves[1]), (halves[1], halves[0])]


def banking77(data: Path) -> list[tuple[Pairs, Pairs]]:
    """Return the draws of BANKING77 that `bench/bars.py` measures."""

    def pairs(rows: tuple[Example, ...]) -> Pairs:
        return [(" ".join(one.text.split()), one.intent) for one in rows]

    return [(pairs(draw.training), pairs(draw.test)) for draw in banking(data)]


async def measure(engine: str, name: str, data: Path | None, epochs: int | None) -> dict[str, str]:
    """Measure one engine on one set, in this process."""
    open_engine, row = (embedded if engine == "embedded" else rasa), {}
    tried: list[Tried] = []
    cost = Cost()
    with tempfile.TemporaryDirectory() as place:
        if name == "kalm":
            folder = Path(place) / "project" / "intents"
            shutil.copytree(INTENTS, folder, symlinks=True)
            async with open_engine(folder, cost, epochs) as understanding:
                language: Language
                for language in ("nl", "en"):
                    for file in ("understanding", "understanding_final"):
                        test = [
                            (one.text, one.intent)
                            for one in load(INTENTS / "tests" / f"{file}.{language}.yml").examples
                        ]
                        of_file = await tries(understanding, test, language)
                        row[f"{file}.{language}"] = share(of_file)
                        tried += of_file
                for low, high in BANDS:
                    sure = [one for one in tried if one.sure and low <= one.sure < high]
                    row[f"right where sure from {low} to {min(high, 1)}"] = share(sure)
                row["right where out of scope is said"] = share(
                    [one for one in tried if one.sure is None]
                )
                good, count = await conversations(understanding)
                row["conversations as written"] = f"{good} of {count}"
        else:
            assert data is not None
            for number, (train, test) in enumerate((xsid if name == "xsid" else banking77)(data)):
                folder = Path(place) / str(number) / "intents"
                write(train, folder)
                async with open_engine(folder, cost, epochs) as understanding:
                    spoken: Language = "nl" if name == "xsid" else "en"
                    tried += await tries(understanding, test, spoken)
            row["accuracy"] = share(tried)
    row["learn, s"], row["start, s"] = f"{cost.learn:.0f}", f"{cost.start:.1f}"
    took = [one.took for one in tried]
    row["a parse, ms"] = f"{median(took) * 1000:.1f}"
    row["19 of 20 within, ms"] = f"{quantiles(took, n=20)[-1] * 1000:.1f}"
    row["memory, MB"] = f"{cost.memory:.0f}"
    return row


def table(name: str, rows: dict[str, dict[str, str]]) -> str:
    """Return the engines side by side, as Markdown."""
    lines = [f"| {name} | {' | '.join(rows)} |", f"|---|{'---:|' * len(rows)}"]
    for key in next(iter(rows.values())):
        lines.append(f"| {key} | {' | '.join(row[key] for row in rows.values())} |")
    return "\n".join(lines)


def own_process(
    engine: str, name: str, data: Path | None, epochs: int | None
) -> dict[str, str] | None:
    """Measure in a process of its own; None when that fails."""
    command = [sys.executable, __file__, "--engine", engine, "--set", name, "--one"]
    command += ["--data", str(data)] if data else []
    command += ["--epochs", str(epochs)] if epochs else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(f"{engine} on {name} left out", file=sys.stderr)
        return None
    measured: dict[str, str] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Print a table a set."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, help="folder of the public data sets")
    options.add_argument("--engine", choices=ENGINES, help="only this one")
    options.add_argument("--set", choices=SETS, help="only this one")
    options.add_argument("--epochs", type=int, help="rounds that DIET trains")
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    data = given.data.resolve() if given.data else None
    if given.one:
        print(json.dumps(asyncio.run(measure(given.engine, given.set, data, given.epochs))))
        return
    engines = [given.engine] if given.engine else ENGINES
    if "rasa" in engines and not RASA.exists():
        sys.exit("Rasa is not installed here: make setup-rasa")
    for name in [given.set] if given.set else SETS:
        if name != "kalm" and data is None:
            continue
        rows = {engine: own_process(engine, name, data, given.epochs) for engine in engines}
        if kept := {engine: row for engine, row in rows.items() if row is not None}:
            print(table(name, kept), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
