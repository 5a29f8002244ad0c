"""Changes: what publishing the draft would change for callers, found out in the background.

One comparison at a time in this process. It belongs to exactly the files and the live
version that it was made from; when either is another by now, it says nothing any more.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from loguru import logger

from bot.events import Language
from handoff.store.database import Database
from handoff.studio.checking import Problem
from handoff.studio.drafts import Drafts
from handoff.studio.folder import Texts, sha256
from handoff.studio.tryout import NotReady
from handoff.studio.utterances import Spoken, last_utterances

REAL = 500
"""Real utterances that are understood anew."""
SAMPLES = 3
"""Utterances shown of each change from one intent to another."""

Tick = Callable[[int, int], None]
"""Told how much is done, of how much."""
Stage = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True)
class Went:
    """A conversation that would not go as it is written."""

    conversation: str
    file: str
    line: int
    stimulus: str
    """What the caller said or did; empty at the end."""
    said: str
    """What the bot said to it."""
    problem: str
    dutch: str | None = None
    """The same in Dutch; None where there is no such."""

    def say(self, language: Language) -> str:
        """Return what went otherwise."""
        return self.dutch if language == "nl" and self.dutch else self.problem


@dataclass(frozen=True)
class Moved:
    """An utterance that would be taken otherwise."""

    words: str
    language: Language
    old: str
    new: str
    wanted: str | None = None
    """The right intent, where it is known."""


@dataclass(frozen=True)
class Outcome:
    """What would change."""

    conversations: int
    otherwise: tuple[Went, ...]
    held_out: int
    """Utterances that training never saw."""
    right: int
    right_live: int | None
    """Of these, understood by what is live; None when nothing can be compared."""
    held_out_moved: tuple[Moved, ...]
    real: int
    real_moved: tuple[Moved, ...]
    """Real utterances that would be taken otherwise, the latest first."""
    reasons: tuple[str, ...]
    """Why it is worse, in words for the record; empty when it is not."""
    worse: tuple[Literal["conversations", "held_out", "real"], ...]
    """In what it is worse."""

    @property
    def pairs(self) -> list[tuple[str, str, int, tuple[Moved, ...]]]:
        """From which intent to which, how often, and samples; the most frequent first."""
        counts = Counter((one.old, one.new) for one in self.real_moved)
        return [
            (
                old,
                new,
                count,
                tuple(m for m in self.real_moved if (m.old, m.new) == (old, new))[:SAMPLES],
            )
            for (old, new), count in counts.most_common()
        ]


class Broken(Exception):
    """Files that do not load can't be compared, learned from or tried."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.at("en"))
        self.problem = problem
        """Where, why, and what to do."""


class Trial(Protocol):
    """Holds two states of the files against each other."""

    async def compare(
        self, live: Texts, candidate: Texts, real: Sequence[Spoken], tick: Tick
    ) -> Outcome:
        """Return what would change; patient, for calls go first.

        Raises:
            Broken: The candidate does not load.
            NotReady: Later.
        """
        ...

    async def prepare(self, candidate: Texts) -> None:
        """Learn what will be live, so that it is in force at once; raises Broken."""
        ...

    def look_now(self) -> None:
        """Tell that something was published."""
        ...

    def in_force(self) -> int | None:
        """Return the version that new calls are held with in this process."""
        ...


@dataclass
class Comparing:
    """One comparison, as it goes on."""

    by: str
    at: datetime
    digest: str
    """Of the draft's files."""
    live: int | None
    stage: Stage = "running"
    done: int = 0
    total: int = 0
    outcome: Outcome | None = None
    problem: Exception | None = None
    """Why it failed: Broken, NotReady, or what nobody thought of."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Changes:
    """Compares the draft with what is live.

    Args:
        database: Where real utterances are.
        drafts: What may be published.
        trial: Compares.
        clock: Tells when a comparison began.
    """

    def __init__(
        self, database: Database, drafts: Drafts, trial: Trial, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._drafts = drafts
        self._trial = trial
        self._clock = clock
        self._last: Comparing | None = None
        self._turn = asyncio.Lock()

    @property
    def last(self) -> Comparing | None:
        """The comparison that runs, or ran last; None when there was none."""
        return self._last

    async def fresh(self) -> Comparing | None:
        """Return the last comparison if it is of the draft and the live version as they are now."""
        last = self._last
        if last is None:
            return None
        draft = await self._drafts.now()
        return last if (last.digest, last.live) == (sha256(draft.texts), draft.live) else None

    async def start(self, by: str) -> Comparing:
        """Begin to compare; one that runs on the same files goes on, one on others is dropped."""
        async with self._turn:  # two who ask at once
            draft = await self._drafts.now()
            digest = sha256(draft.texts)
            running = self._last
            if running is not None and running.stage == "running":
                if (running.digest, running.live) == (digest, draft.live):
                    return running
                await self.cancel()
            real = await last_utterances(self._database, REAL)
            comparing = Comparing(by, self._clock(), digest, draft.live)
            work = self._run(comparing, draft.published, draft.texts, real)
            comparing.task = asyncio.create_task(work, name="what would change")
            self._last = comparing
            return comparing

    async def cancel(self) -> None:
        """Stop the comparison that runs."""
        running = self._last
        if running is None or running.task is None:
            return
        running.task.cancel()
        with suppress(asyncio.CancelledError):
            await running.task
        if running.stage == "running":  # it had not even begun
            running.stage = "cancelled"

    async def _run(
        self, comparing: Comparing, live: Texts, candidate: Texts, real: Sequence[Spoken]
    ) -> None:
        def tick(done: int, total: int) -> None:
            comparing.done, comparing.total = done, total

        try:
            comparing.outcome = await self._trial.compare(live, candidate, real, tick)
            comparing.stage = "done"
        except asyncio.CancelledError:
            comparing.stage = "cancelled"
            raise
        except (Broken, NotReady) as error:
            comparing.stage, comparing.problem = "failed", error
        except Exception as error:  # an owner must learn that it ended, whatever it was
            logger.exception("what would change could not be found out")
            comparing.stage, comparing.problem = "failed", error
