"""Trial: compares the draft with what is live in a patient thread, and prepares what goes live."""

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bot.checks.messages import translated
from bot.comparison import Changed, Comparison, Utterance, compare, held_out
from bot.edition import BROKEN, Edition, Intents, Press
from bot.editions import Editions, patient, read_texts
from bot.rehearsal import script, stage
from bot.studio.draft_checks import problem_of
from handoff.studio.changes import Broken, Moved, Outcome, Tick, Went
from handoff.studio.folder import Texts, write_folder
from handoff.studio.tryout import NotReady
from handoff.studio.utterances import Spoken

THREAD = "what would change"


class Stopped(Exception):
    """Nobody waits for the comparison any more."""


class EditionTrial:
    """Implements `handoff.studio.changes.Trial`.

    Args:
        press: Returns what makes editions; None for as long as it is being loaded.
        editions: Returns what is in force; None as long.
    """

    def __init__(
        self, press: Callable[[], Press | None], editions: Callable[[], Editions | None]
    ) -> None:
        self._press = press
        self._editions = editions
        self._thread = ThreadPoolExecutor(1, THREAD, initializer=patient)

    async def compare(
        self, live: Texts, candidate: Texts, real: Sequence[Spoken], tick: Tick
    ) -> Outcome:
        """Return what would change; raises Broken, NotReady. One that is cancelled ends soon."""
        press = self._press()
        if press is None:
            raise NotReady("The models are still being loaded; try again in a moment.")
        stopped = threading.Event()
        loop = asyncio.get_running_loop()

        def told(done: int, total: int) -> None:
            if stopped.is_set():
                raise Stopped
            loop.call_soon_threadsafe(tick, done, total)

        try:
            return await loop.run_in_executor(
                self._thread, _compare, press, live, candidate, real, told
            )
        finally:
            stopped.set()

    async def prepare(self, candidate: Texts) -> None:
        """Learn what will be live, so that it is in force at once; raises Broken."""
        editions = self._editions()
        if editions is None:
            return
        try:
            await editions.prepare(candidate)
        except BROKEN as error:
            raise Broken(problem_of(error, Path(error.file.parts[0]))) from error

    def look_now(self) -> None:
        """Have the editions look what is live."""
        editions = self._editions()
        if editions is not None:
            editions.look_now()

    def in_force(self) -> int | None:
        """Return the version that new calls are held with."""
        editions = self._editions()
        return editions.in_force if editions is not None else None

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _compare(
    press: Press, live: Texts, candidate: Texts, real: Sequence[Spoken], tick: Tick
) -> Outcome:
    """Compare in this thread, which has a loop of its own."""
    # On a stage it is always one Monday, and nobody but the embedded engine understands.
    press = replace(press, clock=stage.clock, zone=stage.ZONE, engine=lambda embedded: embedded)
    _hush()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "intents"
        write_folder(candidate, folder)
        try:
            tick(0, 0)
            served = _live(press, live)
            tick(0, 0)
            # The candidate last: what it learned is what the cache keeps.
            new = press.make(Intents.read(folder), None)
            tick(0, 0)
            scripts, unseen = script.load(folder), held_out(folder)
        except BROKEN as error:
            raise Broken(problem_of(error, folder)) from error
        said = [Utterance(one.words, one.language) for one in real]
        found = asyncio.run(
            compare(served, new, scripts=scripts, unseen=unseen, real=said, tick=tick)
        )
        return _outcome(found, folder)


def _live(press: Press, live: Texts) -> Edition | None:
    """Return what serves now; None when it does not load, so that nothing can be compared."""
    try:
        return press.make(read_texts(live, "live"), None)
    except BROKEN:
        return None


def _outcome(found: Comparison, folder: Path) -> Outcome:
    return Outcome(
        conversations=found.conversations,
        otherwise=tuple(
            Went(
                one.conversation.replace(f"{folder}/", ""),
                one.file.relative_to(folder).as_posix(),
                one.line,
                one.stimulus,
                one.said,
                one.problem,
                translated(one.problem, "nl"),
            )
            for one in found.otherwise
        ),
        held_out=found.held_out,
        right=found.right,
        right_live=found.right_live,
        held_out_moved=_moved(found.held_out_changed),
        real=found.real,
        real_moved=_moved(found.real_changed),
        reasons=tuple(found.reasons),
        worse=tuple(found.worse_in),
    )


def _moved(changed: Sequence[Changed]) -> tuple[Moved, ...]:
    return tuple(Moved(one.words, one.language, one.old, one.new, one.wanted) for one in changed)


class _NotOnStage(logging.Filter):
    """Keeps out of the log what conversations on a stage tell: companies fail there as written."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.threadName or "").startswith(THREAD)


_NOT_ON_STAGE = _NotOnStage()


def _hush() -> None:
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("bot.dialogue"):
            logging.getLogger(name).addFilter(_NOT_ON_STAGE)
