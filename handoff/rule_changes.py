"""RuleChanges: the few numbers of routing and breaks that supervisors set, with who and when.

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

from handoff.care.rules import LEAST_MINUTES, MOST_MINUTES, BreakRules, PauseInForce
from handoff.routing_rules import Rules
from handoff.store.journal import DurableJournal
from handoff.store.tables import routing_changes

Break = Literal["break_1", "break_2", "break_3"]
"""Minutes of a break, by the line of `handoff/care/care.yml`."""
Number = Literal["answer_s", "overflow_after_s", "most", "rest_grace_s", "heavy_from", Break]
NUMBERS: tuple[Number, ...] = (
    *("answer_s", "overflow_after_s", "most", "rest_grace_s", "heavy_from"),
    *get_args(Break),
)
"""What a supervisor may set."""
_PART: dict[Number, str] = {
    "answer_s": "offer",
    "overflow_after_s": "place",
    "most": "load",
    "rest_grace_s": "load",
    "heavy_from": "weight",
}
_LINE: dict[Number, int] = {name: place for place, name in enumerate(get_args(Break))}
LEAST_HEAVY = 0.5
"""Points below which every call would be a heavy one."""
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
    """A number that can't be: the text says why."""

    def __init__(self, why: str, number: Number | None = None) -> None:
        super().__init__(why)
        self.number = number
        """Which one, when it is outside its limits; None when they don't fit together."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the rules since they were read."""


class RuleChanges:
    """The changes, and the rules in force.

    Args:
        journal: Whose database keeps them; who follows it is told of changes.
        rules: In force in this process; changed in place.
        clock: Tells the time.
        pause: How long breaks are in this process; changed in place.
    """

    def __init__(
        self,
        journal: DurableJournal,
        rules: Rules,
        clock: Callable[[], datetime],
        pause: PauseInForce,
    ) -> None:
        self.rules = rules
        self._pause = pause
        lines = len(pause.file.minutes)
        self.numbers = tuple(name for name in NUMBERS if _LINE.get(name, 0) < lines)
        """Those that can be set: the file may have fewer lengths of breaks."""
        self._file = rules.model_copy()
        self._journal = journal
        self._clock = clock
        self._in_force = 0

    def by_file(self) -> dict[Number, float]:
        """Return the numbers of the file."""
        lines = self._pause.file.minutes
        return {
            name: lines[_LINE[name]].minutes
            if name in _LINE
            else getattr(getattr(self._file, _PART[name]), name)
            for name in self.numbers
        }

    def points(self, name: Number) -> float | None:
        """Return from how many points on a break is so long; None for what is no break."""
        return self._pause.file.minutes[_LINE[name]].points if name in _LINE else None

    def limits(self, name: Number) -> tuple[float, float]:
        """Return the least and the most that a number may be."""
        if name in _LINE:
            return LEAST_MINUTES, MOST_MINUTES
        if name == "heavy_from":  # a threat and a crisis bring a break whatever is set
            weight = self._file.weight
            return LEAST_HEAVY, min(weight.threat, weight.crisis)
        field = type(getattr(self._file, _PART[name])).model_fields[name]
        found = {
            kind: value
            for rule in field.metadata
            for kind in ("ge", "gt", "le")
            if (value := getattr(rule, kind, None)) is not None
        }
        return found.get("ge", found.get("gt", 0.0)), found["le"]

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
        routing, pause = self._checked(change.numbers)
        self.rules.adopt(routing)
        self._pause.now = pause
        self._in_force = change.number

    def _checked(self, numbers: Numbers) -> tuple[Rules, BreakRules]:
        content = self._file.model_dump()
        file = self.by_file()
        for name, value in numbers.items():
            low, high = self.limits(name)
            if not low <= value <= high and value != file.get(name):
                raise Wrong(f"{name} is {value:g}, and may be {low:g} to {high:g}", name)
            if name not in _LINE:
                content[_PART[name]][name] = value
        try:
            pause = self._pause.set({_LINE[n]: v for n, v in numbers.items() if n in _LINE})
            return Rules.model_validate(content), pause
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise Wrong(f"{where}: {problem['msg']}") from error
        except ValueError as error:
            raise Wrong(str(error)) from error


def undoable(found: Sequence[Change]) -> int | None:
    """Return the number of the latest change, which alone can be undone."""
    return found[-1].number if found else None


async def _history(connection: AsyncConnection) -> list[Change]:
    query = select(routing_changes).order_by(routing_changes.c.number)
    return [_change(row) for row in await connection.execute(query)]


def _change(row: Row[tuple[object, ...]]) -> Change:
    known = {name: float(row.numbers[name]) for name in NUMBERS if name in row.numbers}
    return Change(row.number, row.at, row.by, row.why, known, row.undoes)
