"""Editions: the edition in force, exchanged for the next one when a version goes live.

Nothing that does not load is ever put in force, and no call is disturbed: what is new is
learned in one patient thread, once for all processes, and calls in progress end on theirs.
"""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from loguru import logger

from bot import published
from bot.edition import BROKEN, Edition, Intents, Press
from bot.learning import learn
from bot.understanding.classifier import learned_by
from handoff.studio.folder import NotText, Texts, read_folder, sha256, write_folder
from handoff.studio.versions import Versions, VersionsNotKept

POLL_S = 1.0
"""How often every process looks what is live. With the making of an edition, which is learned
once for all processes, it must be in force within 5 seconds."""

KEPT = 3
"""Editions that are kept in memory, so that going back takes no time; some 20 MB each."""

Given = TypeVarTuple("Given")
Result = TypeVar("Result")


class Editions:
    """Follows the live version.

    Args:
        versions: What was published.
        press: Makes editions.
        folder: The product owners' folder; it serves for as long as nothing was published.
        kept: Where the folder's last good state is kept.
    """

    def __init__(self, versions: Versions, press: Press, folder: Path, kept: Path) -> None:
        self._versions = versions
        self._press = press
        self._folder = folder
        self._kept = kept
        self._made: dict[str, Edition] = {}
        self._tried: int | None = None
        self._in_force: int | None = None
        self._notice: str | None = None
        self._folder_notice: str | None = None
        self._thread = ThreadPoolExecutor(1, "edition", initializer=patient)
        # What others learned is taken over in less than a second, which calls do not notice; a
        # patient thread would wait for a busy machine, and new calls with it. So it would at the
        # start, when all models are loaded and nobody calls yet.
        self._quick = ThreadPoolExecutor(1, "edition at once")
        self._asked = asyncio.Event()

    @property
    def notices(self) -> list[str]:
        """What an owner should know: a version that does not load, a folder that differs."""
        return [notice for notice in (self._notice, self._folder_notice) if notice]

    @property
    def in_force(self) -> int | None:
        """The version that new calls are held with; None when it is the folder."""
        return self._in_force

    async def prepare(self, texts: Texts) -> None:
        """Make the edition of files that are about to be published, so that it waits ready.

        What it learned is kept then for other processes too. Raises one of BROKEN.
        """
        digest = sha256(texts)
        edition = self._made.pop(digest, None)
        if edition is None:
            edition = await self._make(texts, 0)
        self._keep(digest, edition)

    async def first(self, learned: Future[None] | None = None) -> Edition:
        """Return the edition to begin with: the live version, or the folder.

        When the live version does not load, as after a change of Kalm itself, the latest
        one that does; then the folder.

        Args:
            learned: Done when another process has learned from the folder what it could.

        Raises:
            NothingToServe: None of them loads.
        """
        live = await self._versions.live()
        if live is None:
            return await self._of_folder(learned)
        self._tried = live
        broken: Exception | None = None
        earlier = [move.version for move in await self._versions.moves()]
        for number in dict.fromkeys([live, *earlier]):
            try:
                edition = await self._of_version(number)
            except BROKEN as error:
                broken = broken or error
                continue
            self._in_force = number
            if broken is not None:
                self._note(live, broken)
            await self._compare_folder(live)
            return edition
        if broken is not None:
            self._note(live, broken)
        return await self._of_folder()

    async def look(self) -> Edition | None:
        """Return the edition of a version that went live; None when none did, or it is broken."""
        try:
            live = await self._versions.live()
        except VersionsNotKept as error:
            logger.warning(f"what is live can't be seen: {error}")
            return None
        if live is None or live == self._tried:
            return None
        self._tried = live
        if live == self._in_force:  # a broken one was rolled back
            self._notice = None
            return None
        try:
            edition = await self._of_version(live)
        except VersionsNotKept as error:
            logger.warning(f"version {live} can't be read: {error}")
            self._tried = self._in_force  # tried again at the next look
            return None
        except BROKEN as error:
            self._note(live, error)
            return None
        except Exception as error:  # whatever it is, the edition in force goes on
            logger.exception(f"version {live} can't be put in force")
            self._note(live, error)
            return None
        self._in_force = live
        self._notice = self._folder_notice = None
        return edition

    async def follow(self, swap: Callable[[Edition], None]) -> None:
        """Hand over each new edition, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), POLL_S)
            self._asked.clear()
            edition = await self.look()
            if edition is None:
                continue
            try:
                swap(edition)
            except Exception:  # the next version is looked for all the same
                logger.exception(f"version {edition.version} was put in force, but not wholly")
            else:
                logger.info(f"version {edition.version} is in force for new calls")

    def look_now(self) -> None:
        """Have the next look taken at once: something was published in this process."""
        self._asked.set()

    def close(self) -> None:
        """Let the threads go."""
        for thread in (self._thread, self._quick):
            thread.shutdown(wait=False, cancel_futures=True)

    async def _of_version(self, number: int) -> Edition:
        digest = (await self._versions.version(number)).sha256
        edition = self._made.pop(digest, None)
        if edition is None:
            texts = await self._versions.texts(number)
            edition = await self._make(texts, number)
        self._keep(digest, edition)
        return replace(edition, version=number)

    def _keep(self, digest: str, edition: Edition) -> None:
        self._made[digest] = edition  # as the latest
        while len(self._made) > KEPT:
            del self._made[next(iter(self._made))]

    async def _of_folder(self, learned: Future[None] | None = None) -> Edition:
        found = await self._run(published.load, self._folder, self._kept, thread=self._quick)
        if found.error:
            self._folder_notice = found.error
        if learned is not None:
            await asyncio.wrap_future(learned)
        return await self._run(self._press.make, found.intents, None, thread=self._quick)

    async def _make(self, texts: Texts, number: int) -> Edition:
        """Make an edition from what another process learned, or learn it for the others."""
        kept, digest, by = self._versions.learned, sha256(texts), learned_by(self._press.encoder)
        known = await kept.get(digest, by)
        thread = self._thread if known is None else self._quick
        edition, learned = await self._run(self._learn, texts, number, known, thread=thread)
        if learned != known:
            await kept.keep(digest, by, learned)
        return edition

    def _learn(self, texts: Texts, number: int, known: bytes | None) -> tuple[Edition, bytes]:
        return learn(self._press, read_texts(texts, f"version-{number}"), number, known)

    async def _compare_folder(self, live: int) -> None:
        """Tell an owner who works in the folder that it is not what callers hear."""
        try:
            differs = sha256(await self._run(read_folder, self._folder)) != (
                (await self._versions.version(live)).sha256
            )
        except (NotText, OSError) as error:
            self._folder_notice = f"{self._folder} can't be compared with version {live}: {error}"
            return
        if differs and self._folder.is_dir():
            self._folder_notice = (
                f"Version {live} is live; the folder {self._folder} differs from it. "
                f'To publish the folder: kalm intents publish -m "why". '
                f"To see version {live}: kalm intents export FOLDER."
            )

    def _note(self, number: int, error: Exception) -> None:
        logger.error(f"version {number} of the intents does not load: {error}")
        serves = f"version {self._in_force}" if self._in_force else "the folder"
        self._notice = (
            f"Version {number} of the intents does not load; {serves} serves. {error} "
            "Publish a mended version, or roll back: kalm intents rollback N."
        )

    async def _run(
        self,
        work: Callable[[*Given], Result],
        *given: *Given,
        thread: ThreadPoolExecutor | None = None,
    ) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(thread or self._thread, work, *given)


def read_texts(texts: Texts, name: str) -> Intents:
    """Read intents that lie in no folder; raises one of BROKEN.

    Args:
        texts: All files.
        name: What errors call the folder.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        write_folder(texts, folder)
        try:
            return Intents.read(folder)
        except BROKEN as error:
            file = error.file.relative_to(place)
            raise type(error)(file, error.line, error.problem, error.cure) from error


def patient() -> None:
    """Let calls go first; on Linux a thread can be nice by itself."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
