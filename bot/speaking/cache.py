"""Cache: sentences already spoken once, kept in memory and on disk.

What a bot says repeats itself all day. A sentence is found by voice, text and
settings. The disk is a convenience: when it is full or broken this is logged
once, and the call goes on from memory and synthesis. Only what is nobody's
private matter goes to disk; who puts a sound in, says so.
"""

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path

from loguru import logger

from bot.files import write_whole

_MAGIC = b"KALM1"
_DIGEST = 32


class SpeechCache:
    """Sound by key; safe in any thread."""

    def __init__(
        self,
        folder: Path | None,
        *,
        memory_bytes: int = 16 * 2**20,
        disk_bytes: int = 512 * 2**20,
    ) -> None:
        """Open a cache.

        Args:
            folder: Where sentences are kept between runs; None for memory only.
            memory_bytes: What may be kept in memory; the least lately used goes first.
            disk_bytes: What may be kept on disk; the oldest goes first.
        """
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._in_memory = 0
        self._on_disk = self._measure()
        self._complained = False

    @staticmethod
    def key(voice: str, text: str, slow: bool) -> str:
        """Return the key of a sentence as one voice says it."""
        return hashlib.sha256("\x1f".join((voice, str(slow), text)).encode()).hexdigest()

    def get(self, key: str) -> bytes | None:
        """Return the sound kept under a key, or None."""
        with self._lock:
            sound = self._memory.get(key)
            if sound is not None:
                self._memory.move_to_end(key)
                return sound
        sound = self._read(key)
        if sound is not None:
            self._remember(key, sound)
        return sound

    def put(self, key: str, sound: bytes, on_disk: bool) -> None:
        """Keep a sound in memory and, if asked and the disk lets us, there."""
        self._remember(key, sound)
        if on_disk:
            self._write(key, sound)

    def on_disk(self, key: str) -> bool:
        """Tell whether a sound is kept on disk; True when there is no disk to keep it on."""
        path = self._path(key)
        return path is None or path.exists()

    def lay_by(self, key: str, sound: bytes) -> None:
        """Keep a sound on disk alone, if the disk lets us: nobody has asked for it yet."""
        self._write(key, sound)

    def _remember(self, key: str, sound: bytes) -> None:
        with self._lock:
            self._in_memory -= len(self._memory.pop(key, b""))
            self._memory[key] = sound
            self._in_memory += len(sound)
            while self._in_memory > self._memory_bytes:
                _, oldest = self._memory.popitem(last=False)
                self._in_memory -= len(oldest)

    def _path(self, key: str) -> Path | None:
        return self._folder / key[:2] / f"{key}.pcm" if self._folder else None

    def _read(self, key: str) -> bytes | None:
        path = self._path(key)
        if path is None:
            return None
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain("read", error)
            return None
        digest, sound = stored[len(_MAGIC) : len(_MAGIC) + _DIGEST], stored[len(_MAGIC) + _DIGEST :]
        if not stored.startswith(_MAGIC) or hashlib.sha256(sound).digest() != digest:
            logger.warning(f"{path} is damaged and will be made again")
            self._forget(path)
            return None
        return sound

    def _write(self, key: str, sound: bytes) -> None:
        path = self._path(key)
        if path is None:
            return
        stored = _MAGIC + hashlib.sha256(sound).digest() + sound
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, stored)
        except OSError as error:
            self._complain("written", error)
            return
        with self._lock:
            self._on_disk += len(stored)
            full = self._on_disk > self._disk_bytes
        if full:
            self._make_room()

    def _make_room(self) -> None:
        """Delete the oldest files until nine tenths of the limit are used."""
        files = sorted(self._files(), key=lambda file: file[0])
        size = sum(size for _, size, _ in files)
        for _, bytes_, path in files:
            if size <= self._disk_bytes * 0.9:
                break
            self._forget(path)
            size -= bytes_
        with self._lock:
            self._on_disk = size

    def _measure(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.glob("??/*.pcm") if self._folder else ():
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((status.st_mtime, status.st_size, path))
        return found

    def _forget(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._complain("deleted", error)

    def _complain(self, what: str, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            logger.warning(
                f"spoken sentences can't be {what} in {self._folder} ({error}); "
                "calls go on without, a little slower"
            )
