"""RuleChanges: the few numbers of routing that a supervisor sets, kept with who and when.

What the file says is the default. A change is checked as the file is, stored, and in force at
once in this process; other processes look for it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from loguru import logger
from pydantic import ValidationError
from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.routing_rules import Rules
from handoff.store.journal import DurableJournal
from handoff.store.tables import routing_changes

Number = Literal["answer_s", "overflow_after_s", "most", "rest_grace_s"]
NUMBERS: tuple[Number, ...] = get_args(Number)
"""What a supervisor may set."""
_PART: dict[Number, str] = {
    "answer_s": "offer",
    "overflow_after_s": "place",
    "most": "load",
    "rest_grace_s": "load",
}
LOOK_S = 2.0
"""Seconds after which another process has seen a change, at most."""
Numbers = Mapping[Number, float]


@dataclass(frozen=True)
class Change:
    """One change, as it was stored."""

    number: int
    """1, 2, 3, ... in the order in which they were made."""
    at: datetime
    by: str
    why: str
    numbers: Numbers
    """All that differ from the file since then."""
    undoes: int | None = None


class Wrong(ValueError):
    """A number that can't be: the text names it and what is allowed."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the rules since they were read."""


class RuleChanges:
    """The changes, and the rules in force.

    Args:
        journal: Whose database keeps them; who follows it is told of changes.
        rules: In force in this process; changed in place.
        clock: Tells the time.
    """

    def __init__(
        self, journal: DurableJournal, rules: Rules, clock: Callable[[], datetime]
    ) -> None:
        self.rules = rules
        self._file = rules.model_copy()
        self._journal = journal
        self._clock = clock
        self._in_force = 0

    def by_file(self) -> dict[Number, float]:
        """Return the numbers of the file."""
        return {name: getattr(getattr(self._file, _PART[name]), name) for name in NUMBERS}

    async def history(self) -> list[Change]:
        """Return all changes, oldest first."""
        async with self._journal.database.engine.connect() as connection:
            return await _history(connection)

    async def change(
        self, numbers: Numbers, *, by: str, after: int, why: str = "", undoes: int | None = None
    ) -> Change:
        """Store which numbers hold from now on; those not named are the file's.

        Args:
            numbers: What differs from the file.
            by: Who changes them.
            after: The latest change that they saw; 0 for none.
            why: Their reason.
            undoes: The change that is taken back.

        Raises:
            Wrong: A number is not allowed; nothing was stored.
            ChangedMeanwhile: There is a later change than they saw.
        """
        self._checked(numbers)
        file = self.by_file()
        kept = {name: value for name, value in numbers.items() if value != file[name]}
        change = Change(after + 1, self._clock(), by, why, kept, undoes)
        values = {
            "number": change.number,
            "at": change.at,
            "by": by,
            "why": why,
            "numbers": kept,
            "undoes": undoes,
        }
        try:
            async with self._journal.database.writing.begin() as connection:
                found = await _history(connection)
                if (found[-1].number if found else 0) != after:
                    raise ChangedMeanwhile
                await connection.execute(insert(routing_changes).values(values))
        except IntegrityError as error:
            raise ChangedMeanwhile from error
        self._adopt(change)
        self._journal.tell_change()
        return change

    async def undo(self, number: int, *, by: str, after: int) -> Change:
        """Let hold what held before a change. Raises ChangedMeanwhile, Wrong, LookupError."""
        found = await self.history()
        if not any(change.number == number for change in found):
            raise LookupError(number)
        before = next((c.numbers for c in found if c.number == number - 1), {})
        return await self.change(before, by=by, after=after, undoes=number)

    async def follow(self) -> None:
        """Keep the rules in force as they were changed last, in whichever process."""
        while True:
            ring = self._journal.next_change()
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await ring.wait()

    async def look(self) -> None:
        """Take over the latest change, if there is one that is not in force here."""
        query = select(routing_changes).order_by(routing_changes.c.number.desc()).limit(1)
        async with self._journal.database.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or row.number == self._in_force:
            return
        try:
            self._adopt(_change(row))
        except Wrong as error:  # the file's checks became stricter since
            logger.error(f"the change of routing number {row.number} does not hold: {error}")
            self._in_force = row.number

    def _adopt(self, change: Change) -> None:
        self.rules.adopt(self._checked(change.numbers))
        self._in_force = change.number

    def _checked(self, numbers: Numbers) -> Rules:
        content = self._file.model_dump()
        for name, value in numbers.items():
            content[_PART[name]][name] = value
        try:
            return Rules.model_validate(content)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise Wrong(f"{where}: {problem['msg']}") from error


def undoable(found: Sequence[Change]) -> int | None:
    """Return the number of the latest change, which alone can be undone."""
    return found[-1].number if found else None


async def _history(connection: AsyncConnection) -> list[Change]:
    query = select(routing_changes).order_by(routing_changes.c.number)
    return [_change(row) for row in await connection.execute(query)]


def _change(row: Row[tuple[object, ...]]) -> Change:
    known = {name: float(row.numbers[name]) for name in NUMBERS if name in row.numbers}
    return Change(row.number, row.at, row.by, row.why, known, row.undoes)
