"""Models: finds, fetches and checks the weights that Kalm listens and speaks with.

Each manifest in `voices/` names the sources of one model, in the order they
are tried, with size and sha256 of every file. A model is there when all the
files of any one source are on disk and have that digest.
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.clock import Clock, utc_now
from bot.events import Language
from bot.files import sha256
from bot.model_sources import Hub, HubSource, PackSource, SourceFailed, SourceFile, unpacked
from bot.settings import Settings

Progress = Callable[[str, int, int], None]
"""Told a model's name, how many bytes are in, and how many there will be."""

ASK_AGAIN = timedelta(days=1)
"""An optional model that no source had is not looked for at every start."""


class ModelError(Exception):
    """Something is wrong with a model; the text says what to do."""


class ModelMissing(ModelError):
    """A model is not on disk, or no source has it."""


class Manifest(BaseModel):
    """One file of `voices/`: what a model is and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    what: str
    language: tuple[Language, ...]
    licence: str
    optional: bool = False
    """Kalm works without it, less well."""
    file: str | None = None
    """The file to hand out; the whole folder when unset."""
    sources: tuple[HubSource | PackSource, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Listed:
    """What is known of one model, for `kalm models list`."""

    name: str
    what: str
    language: tuple[Language, ...]
    licence: str
    optional: bool
    ready: bool
    size: int
    """Bytes: of what is on disk, else of what would be fetched."""
    path: Path


@dataclass(frozen=True)
class Fetched:
    """What a fetch did for one model."""

    name: str
    status: Literal["present", "fetched", "missing"]
    source: str = ""
    """Where it came from."""
    message: str = ""
    """When missing: why, and what to do."""
    optional: bool = False


class Models:
    """The weights in `settings.models`, described by the manifests in `settings.voices`."""

    def __init__(self, settings: Settings, *, clock: Clock = utc_now, hub: Hub | None = None):
        """Read the manifests; `hub` is for tests. Raises ModelError on a broken manifest."""
        self._folder = settings.models
        self._offline = settings.offline
        self._clock = clock
        self._hub = hub
        self._manifests = {m.name: m for m in map(_read, sorted(settings.voices.glob("*.yml")))}
        self._notes = _Notes(self._folder / "checked.json")

    @property
    def names(self) -> tuple[str, ...]:
        """The models that have a manifest."""
        return tuple(self._manifests)

    def path(self, name: str) -> Path:
        """Return the model's file, or its folder when it is many; raises ModelMissing."""
        manifest = self._manifest(name)
        if self._complete(manifest) is None:
            raise ModelMissing(self._by_hand(manifest, ["it is not on this machine"]))
        return self._handed_out(manifest)

    def listing(self) -> list[Listed]:
        """Return every model, present or not."""
        return [self._listed(manifest) for manifest in self._manifests.values()]

    def fetch(
        self, names: Iterable[str] = (), progress: Progress = lambda name, done, total: None
    ) -> list[Fetched]:
        """Fetch what is missing of the named models, or of all; never raises for a missing one.

        A model that is in place is not touched and no source is asked. Half
        a file is kept, and gone on with next time.
        """
        chosen = [self._manifest(name) for name in names]
        by_name = bool(chosen)
        results = []
        hub = self._hub or Hub()
        for manifest in chosen or list(self._manifests.values()):
            try:
                results.append(self._ensure(manifest, hub, progress, by_name=by_name))
            except OSError as error:
                size = sum(file.size for file in manifest.sources[0].files)
                raise ModelError(
                    f"{manifest.name} can't be stored in {self._folder.absolute()}: {error}. "
                    f"It needs {size / 1e6:.0f} MB there, and twice that while it is fetched; "
                    "KALM_DATA sets another folder."
                ) from error
        if self._hub is None:
            hub.close()
        return results

    def _ensure(
        self, manifest: Manifest, hub: Hub, progress: Progress, *, by_name: bool
    ) -> Fetched:
        if self._complete(manifest):
            return Fetched(manifest.name, "present", optional=manifest.optional)
        if manifest.optional and not by_name and self._asked_lately(manifest):
            why = "not found at the last try; not looked for again today"
            return self._missing(manifest, [why])
        half = self._folder / ".half" / manifest.name
        half.mkdir(parents=True, exist_ok=True)
        with FileLock(half.with_suffix(".lock")):
            if self._complete(manifest):  # another process fetched it while we waited
                return Fetched(manifest.name, "present", optional=manifest.optional)
            failures = []
            for source in manifest.sources:
                if isinstance(source, HubSource) and self._offline:
                    failures.append(f"{source}: not asked, because KALM_OFFLINE is set")
                    continue
                try:
                    self._take(manifest, source, half, hub, progress)
                except SourceFailed as failed:
                    failures.append(str(failed))
                    continue
                _clear(half)
                return Fetched(manifest.name, "fetched", str(source), optional=manifest.optional)
        self._notes.asked(manifest.name, self._clock())
        return self._missing(manifest, failures)

    def _take(
        self,
        manifest: Manifest,
        source: HubSource | PackSource,
        half: Path,
        hub: Hub,
        progress: Progress,
    ) -> None:
        """Bring all of a source's files into place, each one checked first."""
        folder = self._folder / manifest.name
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [f for f in source.files if not self._matches(folder / f.name, f)]
        total = sum(f.size for f in source.files)
        done = total - sum(f.size for f in wanted)

        def advance(count: int) -> None:
            nonlocal done
            done += count
            progress(manifest.name, min(done, total), total)

        advance(0)
        if isinstance(source, HubSource):
            for file in wanted:
                # Named by digest: half a file of one source is no start for another's.
                part = half / f"{file.sha256[:16]}.part"
                resumed = part.exists()
                hub.download(source, file, part, advance)
                if resumed and not _is(part, file):
                    part.unlink()  # what was kept was bad; once more from the start
                    advance(-file.size)
                    hub.download(source, file, part, advance)
                self._accept(source, file, part, folder)
        else:
            with unpacked(source, half / "packs") as packs:
                for file in wanted:
                    part = half / f"{file.sha256[:16]}.part"
                    packs.extract(file, part, advance)
                    self._accept(source, file, part, folder)
        keep = {f.name for f in source.files}
        for other in {f.name for s in manifest.sources for f in s.files} - keep:
            (folder / other).unlink(missing_ok=True)  # half of another source's set

    def _accept(
        self, source: HubSource | PackSource, file: SourceFile, part: Path, folder: Path
    ) -> None:
        """Move a fetched file into place; a wrong one is thrown away and refused."""
        if not _is(part, file):
            size, digest = part.stat().st_size, sha256(part)
            if size < file.size and isinstance(source, HubSource):
                raise SourceFailed(
                    f"{source}: {file.name} broke off at {size} of {file.size} bytes"
                )
            part.unlink()
            raise SourceFailed(
                f"{source}: REFUSED {file.name}: it is not the file we know "
                f"(sha256 {digest}, {size} bytes; expected {file.sha256}, {file.size} bytes)"
            )
        place = folder / file.name
        part.replace(place)
        self._notes.checked(self._key(place), place, file.sha256)

    def _complete(self, manifest: Manifest) -> HubSource | PackSource | None:
        folder = self._folder / manifest.name
        for source in manifest.sources:
            if all(self._matches(folder / f.name, f) for f in source.files):
                return source
        return None

    def _matches(self, path: Path, file: SourceFile) -> bool:
        """Say whether the file is the right one; hashes it only when it changed."""
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        digest = self._notes.digest(self._key(path), path)
        if digest is None:
            digest = sha256(path)
            self._notes.checked(self._key(path), path, digest)
        return digest == file.sha256

    def _key(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _manifest(self, name: str) -> Manifest:
        try:
            return self._manifests[name]
        except KeyError:
            known = ", ".join(self._manifests) or "none: is KALM_VOICES the right folder?"
            raise ModelError(f"There is no model named {name}. Known: {known}.") from None

    def _handed_out(self, manifest: Manifest) -> Path:
        folder = self._folder / manifest.name
        return folder / manifest.file if manifest.file else folder

    def _asked_lately(self, manifest: Manifest) -> bool:
        asked = self._notes.last_asked(manifest.name)
        return asked is not None and self._clock() - asked < ASK_AGAIN

    def _missing(self, manifest: Manifest, failures: list[str]) -> Fetched:
        message = self._by_hand(manifest, failures)
        return Fetched(manifest.name, "missing", message=message, optional=manifest.optional)

    def _by_hand(self, manifest: Manifest, failures: list[str]) -> str:
        """Say what is missing and how to bring it in without us."""
        source = manifest.sources[0]
        folder = (self._folder / manifest.name).absolute()
        lines = [f"Model {manifest.name} is missing ({manifest.what})."]
        lines += [f"  - {failure}" for failure in failures]
        lines += [
            f"Try `kalm models fetch {manifest.name}`, or put these files of the {source}",
            f"into {folder} by hand:",
        ]
        for file in source.files:
            lines.append(f"  {file.name}  {file.size} bytes  sha256 {file.sha256}")
            lines.append(f"    there: {' + '.join(file.path)}")
        return "\n".join(lines)

    def _listed(self, manifest: Manifest) -> Listed:
        source = self._complete(manifest)
        return Listed(
            name=manifest.name,
            what=manifest.what,
            language=manifest.language,
            licence=manifest.licence,
            optional=manifest.optional,
            ready=source is not None,
            size=sum(f.size for f in (source or manifest.sources[0]).files),
            path=self._handed_out(manifest),
        )


class _Notes:
    """What was checked before, so that 145 MB need not be hashed at every start.

    A file that changed in size or time is checked anew. Losing the notes
    costs a second, so failing to write them is no error.
    """

    def __init__(self, path: Path):
        self._path = path

    def digest(self, key: str, file: Path) -> str | None:
        noted = self._read().get("files", {}).get(key)
        stat = file.stat()
        if noted and noted["size"] == stat.st_size and noted["mtime_ns"] == stat.st_mtime_ns:
            return str(noted["sha256"])
        return None

    def checked(self, key: str, file: Path, digest: str) -> None:
        stat = file.stat()
        noted = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": digest}
        self._write("files", key, noted)

    def last_asked(self, name: str) -> datetime | None:
        at = self._read().get("asked", {}).get(name)
        return datetime.fromisoformat(at) if at else None

    def asked(self, name: str, at: datetime) -> None:
        self._write("asked", name, at.isoformat())

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            notes = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return notes if isinstance(notes, dict) else {}

    def _write(self, part: str, key: str, value: object) -> None:
        notes = self._read()
        notes.setdefault(part, {})[key] = value
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            fresh.write_text(json.dumps(notes, indent=1))
            fresh.replace(self._path)
        except OSError:
            return


def _read(path: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate(yaml.safe_load(path.read_text()))
    except (ValidationError, yaml.YAMLError) as error:
        raise ModelError(f"{path} is not a model manifest: {error}") from error
    if manifest.name != path.stem:
        raise ModelError(f"{path} names itself {manifest.name}; name and file must agree.")
    return manifest


def _is(path: Path, file: SourceFile) -> bool:
    return path.stat().st_size == file.size and sha256(path) == file.sha256


def _clear(folder: Path) -> None:
    for left in folder.glob("*.part"):
        left.unlink()
