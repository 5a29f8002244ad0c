"""Real Rasa, trained on Kalm's own intents and served by the command that operators use: it
understands both languages, its loss in mid-call is no loss to the caller, and it comes back.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from bot.dialogue.content import Content
from bot.events import Language, Understood
from bot.rehearsal.stage import Stage, demo_company
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.rasa import RasaUnderstanding
from bot.understanding.rasa_server import RasaServer
from bot.understanding.training_data import load
from tests.understanding.conftest import INTENTS

ROOT = Path(__file__).resolve().parents[2]
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
START_S = 1500
"""Training included, on a machine that is busy."""
TOKEN = "open-sesame"
PATIENT_S = 20.0
"""A budget that a busy machine does not overrun; what a caller's costs is in docs/rasa.md."""

pytestmark = [
    pytest.mark.rasa,
    pytest.mark.timeout(START_S + 300),
    pytest.mark.skipif(not RASA.exists(), reason="Rasa is not installed here: make setup-rasa"),
]


class RealRasa:
    """`deploy/rasa/serve` on a port of its own; Rasa's own commands in the same surroundings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.project = folder / "intents"
        """Kalm's intents as they were at the beginning: nothing is trained twice."""
        shutil.copytree(INTENTS, self.project, symlinks=True)
        self._log = folder / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self._port = free.getsockname()[1]
        # Whoever calls home through a proxy would knock here.
        self._trap = socket.create_server(("127.0.0.1", 0))
        self._trap.setblocking(False)
        outside = "http://{}:{}".format(*self._trap.getsockname())
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "HTTP_PROXY": outside,
            "HTTPS_PROXY": outside,
            "NO_PROXY": "127.0.0.1,localhost",
            "KALM_DATA": str(folder),
            "KALM_INTENTS": str(self.project),
            "KALM_RASA_PORT": str(self._port),
            "KALM_RASA_TOKEN": TOKEN,
            # Nothing is learned twice from the same examples, from one test run to the next.
            "RASA_CACHE_DIRECTORY": str(ROOT / "data" / "rasa" / "cache"),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def model(self) -> Path:
        return self._folder / "rasa" / "kalm.tar.gz"

    def start(self) -> None:
        """Train and serve, and return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [ROOT / "deploy" / "rasa" / "serve"],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self._log.read_text()[-5000:]
            try:
                httpx.get(f"{self.url}/status?token={TOKEN}", trust_env=False).raise_for_status()
                return
            except httpx.HTTPError:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.5)
        raise AssertionError(self._log.read_text()[-5000:])

    def kill(self) -> None:
        """Kill it, and whatever it started, as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def run(self, *arguments: str) -> str:
        """Run one of Rasa's own commands in the intents folder, and return what it printed."""
        done = subprocess.run(
            [RASA, *arguments],
            cwd=self.project,
            env={**self.environment, "RASA_TELEMETRY_ENABLED": "false"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
        return done.stdout + done.stderr

    def somebody_called_home(self) -> bool:
        try:
            self._trap.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self.kill()
        self._trap.close()


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRasa]:
    rasa = RealRasa(tmp_path_factory.mktemp("rasa"))
    try:
        rasa.start()
        yield rasa
    finally:
        rasa.close()


@pytest.mark.parametrize(("language", "bar"), [("nl", 0.82), ("en", 0.77)])
async def test_unseen_utterances_are_understood_in_both_languages(
    rasa: RealRasa, trained: EmbeddedUnderstanding, language: Language, bar: float
) -> None:
    """One model for both, over the client that calls use; a few points below what was measured."""
    examples = load(INTENTS / "tests" / f"understanding.{language}.yml").examples
    async with RasaServer(rasa.url, token=TOKEN, budget_s=PATIENT_S) as server:
        understanding = RasaUnderstanding(server, trained)
        assert server.notice is None
        meanings = [await understanding.parse(one.text, language) for one in examples]
    assert {meaning.by for meaning in meanings} == {"rasa"}
    wrong = [
        f"{one.text}: {meaning.intent}, not {one.intent}"
        for one, meaning in zip(examples, meanings, strict=True)
        if meaning.intent != one.intent
    ]
    assert 1 - len(wrong) / len(examples) >= bar, "\n".join(wrong)


async def test_both_engines_read_the_same_values(
    rasa: RealRasa, trained: EmbeddedUnderstanding
) -> None:
    """A date and a thing that was named come out alike, whoever finds the intent."""
    said = "ik wil een afspraak voor de gasmeter volgende week dinsdag om half drie"
    async with RasaServer(rasa.url, token=TOKEN, budget_s=PATIENT_S) as server:
        theirs = await RasaUnderstanding(server, trained).parse(said, "nl")
    own = await trained.parse(said, "nl")
    assert (theirs.intent, theirs.by) == (own.intent, "rasa") == ("book_appointment", "rasa")
    assert set(own.entities) <= set(theirs.entities)
    assert {"2026-11-24", "14:30", "meter"} <= {one.value for one in theirs.entities}


def test_the_intents_are_a_rasa_project_as_they_stand(rasa: RealRasa) -> None:
    """Rasa's own commands take the folder without options, and measure on unseen utterances."""
    assert "No story structure conflicts found" in rasa.run("data", "validate")
    rasa.run("train", "nlu")
    rasa.run("test", "nlu", "--nlu", "tests")
    report = json.loads((rasa.project / "results" / "intent_report.json").read_text())
    assert report["accuracy"] >= 0.77
    assert report["macro avg"]["support"] > 400


async def test_the_loss_of_rasa_in_mid_call_is_told_and_mended(
    rasa: RealRasa, trained: EmbeddedUnderstanding, tmp_path: Path
) -> None:
    """The call goes on with Kalm's own understanding, and Rasa's answers again once it is back."""
    async with RasaServer(rasa.url, token=TOKEN, budget_s=PATIENT_S) as server:
        understanding = RasaUnderstanding(server, trained)
        stage = Stage(Content.load(INTENTS), understanding, demo_company(tmp_path))
        await stage.start()
        await stage.say("wanneer zijn jullie open")
        rasa.kill()
        for _ in range(3):
            await stage.say("wat is jullie adres")
        assert server.notice is not None and "nobody listens there" in server.notice
        await asyncio.to_thread(rasa.start)
        async with asyncio.timeout(60):
            while server.notice is not None:  # noqa: ASYNC110 - real Rasa comes back in its time
                await asyncio.sleep(0.1)
        await stage.say("wanneer zijn jullie open")
        understood = [one for one in await stage.bodies() if isinstance(one, Understood)]
    assert [(one.intent, one.by) for one in understood] == [
        ("opening_hours", "rasa"),
        *[("office_address", "embedded_instead")] * 3,
        ("opening_hours", "rasa"),
    ]


async def test_who_does_not_know_the_token_is_refused(rasa: RealRasa) -> None:
    """Rasa, started with `--auth-token`, answers nobody else; the operator is told."""
    async with RasaServer(rasa.url, budget_s=PATIENT_S) as server:
        assert server.notice is not None
        assert "KALM_RASA_TOKEN" in server.notice


def test_nobody_calls_home(rasa: RealRasa) -> None:
    """After training, serving and testing, Rasa has asked nothing of the world outside."""
    assert rasa.model.exists()
    assert not rasa.somebody_called_home()
