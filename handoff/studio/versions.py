"""Versions: every state of the intents that was ever published, and which of them is live.

A version never changes. What is in its files is not looked at here; whoever
publishes has checked them before.
"""

import difflib
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NoReturn, cast

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.database import Database
from handoff.studio.folder import Texts, check_path, sha256
from handoff.studio.learned import Learned
from handoff.studio.tables import (
    content_files,
    content_live,
    content_moves,
    content_texts,
    content_versions,
)

LONGEST_WHY = 500
"""Characters."""

Kind = Literal["publish", "rollback"]


@dataclass(frozen=True)
class Version:
    """One state of all files."""

    number: int
    """1, 2, 3, ..."""
    at: datetime
    by: str
    why: str
    based_on: int | None
    """The version that was live when it was published; None for the first."""
    sha256: str
    """Of all paths and texts."""


@dataclass(frozen=True)
class Move:
    """Somebody made a version live."""

    kind: Kind
    version: int
    before: int | None
    """What was live until then."""
    at: datetime
    by: str
    why: str
    although: str | None = None
    """What was found worse than before, and published all the same."""


class VersionError(Exception):
    """A version can't be published or rolled back to; the text says why and what to do."""


class Moved(VersionError):
    """Somebody else published or rolled back meanwhile; nothing was stored, nothing is lost."""

    def __init__(self, based_on: int | None, live: int | None, last: Move | None) -> None:
        mine = f"version {based_on}" if based_on else "a folder that was never published"
        theirs = "nothing is published"
        if last is not None:
            did = "published" if last.kind == "publish" else "rolled back to"
            theirs = f"{last.by} {did} version {live} on {last.at:%Y-%m-%d %H:%M} UTC: {last.why}"
        super().__init__(f"This is based on {mine}, but meanwhile {theirs}")
        self.based_on = based_on
        self.live = live
        self.last = last


class NoSuchVersion(VersionError):
    """There is no version of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no version {number}.")
        self.number = number


class Unchanged(VersionError):
    """The live version holds exactly the same files."""

    def __init__(self, live: int) -> None:
        super().__init__(f"Nothing has changed: version {live} is live with the same files.")
        self.live = live


class VersionsNotKept(VersionError):
    """The database does not take or give versions now; what was live is live."""


class Versions:
    """The versions in the database.

    Args:
        database: Started before the first use.
        clock: Stamps versions and moves.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self.learned = Learned(database, clock)
        """What was learned from their files."""

    async def live(self) -> int | None:
        """Return the number of the live version; None when nothing was ever published.

        Raises:
            VersionsNotKept: The database does not answer.
        """
        try:
            async with self._database.engine.connect() as connection:
                return await _live(connection)
        except (SQLAlchemyError, OSError) as error:
            _not_kept(error)

    async def publish(
        self,
        texts: Texts,
        *,
        by: str,
        why: str,
        based_on: int | None,
        although: str | None = None,
    ) -> Version:
        """Store a version and make it live; both or neither.

        Args:
            texts: All files.
            by: Who publishes.
            why: In their own words.
            based_on: The version that was live when they began; None when none was.
            although: What was found worse, and is published all the same.

        Raises:
            Moved: Another version is live by now.
            Unchanged: The live version holds the same files.
            VersionError: There are no files, a path is none, or there is no word why.
            VersionsNotKept: Nothing could be stored.
        """
        by, why = _words("Who publishes", by), _words("Why it is published", why)
        if not texts:
            raise VersionError("There is nothing to publish: the folder holds no files.")
        try:
            for path, text in texts.items():
                check_path(path)
                text.encode("utf-8")
        except ValueError as error:
            raise VersionError(str(error)) from error
        digest = sha256(texts)
        try:
            async with self._database.writing.begin() as connection:
                live = await take_turn(connection)
                if live != based_on:
                    raise Moved(based_on, live, await _last(connection))
                if live is not None and (await _version(connection, live)).sha256 == digest:
                    raise Unchanged(live)
                newest = select(content_versions.c.number).order_by(
                    content_versions.c.number.desc()
                )
                last = (await connection.execute(newest.limit(1))).scalar()
                number = 1 if last is None else int(last) + 1
                now = self._clock()
                version = Version(number, now, by, why, based_on, digest)
                await connection.execute(insert(content_versions).values(**version.__dict__))
                await _keep_files(connection, number, texts)
                move = Move("publish", number, live, now, by, why, although)
                await _point(connection, move)
        except (SQLAlchemyError, OSError) as error:
            _not_kept(error)
        return version

    async def rollback(self, number: int, *, by: str, why: str, seen: int | None = None) -> Move:
        """Make an earlier version live again.

        Args:
            number: Of the version.
            by: Who.
            why: In their own words.
            seen: What was live when they looked; None takes back whatever is live.

        Raises:
            Moved: Another version is live by now than they saw.
            NoSuchVersion: It was never published.
            VersionError: It is live, or there is no word why.
            VersionsNotKept: Nothing could be stored.
        """
        by, why = _words("Who rolls back", by), _words("Why it is rolled back", why)
        try:
            async with self._database.writing.begin() as connection:
                live = await take_turn(connection)
                if seen is not None and live != seen:
                    raise Moved(seen, live, await _last(connection))
                await _version(connection, number)
                if number == live:
                    raise VersionError(f"Version {number} is live already.")
                move = Move("rollback", number, live, self._clock(), by, why)
                await _point(connection, move)
        except (SQLAlchemyError, OSError) as error:
            _not_kept(error)
        return move

    async def version(self, number: int) -> Version:
        """Return what is known of a version; raises NoSuchVersion, VersionsNotKept."""
        try:
            async with self._database.engine.connect() as connection:
                return await _version(connection, number)
        except (SQLAlchemyError, OSError) as error:
            _not_kept(error)

    async def all(self) -> list[Version]:
        """Return every version, the newest first; raises VersionsNotKept."""
        query = select(content_versions).order_by(content_versions.c.number.desc())
        return [_as_version(row) for row in await self._rows(query)]

    async def moves(self) -> list[Move]:
        """Return who made what live, the latest first; raises VersionsNotKept."""
        query = select(content_moves).order_by(content_moves.c.id.desc())
        return [_as_move(row) for row in await self._rows(query)]

    async def same(self, texts: Texts) -> int | None:
        """Return the newest version that holds exactly these files; None when none does."""
        query = (
            select(content_versions.c.number)
            .where(content_versions.c.sha256 == sha256(texts))
            .order_by(content_versions.c.number.desc())
            .limit(1)
        )
        return next((int(row.number) for row in await self._rows(query)), None)

    async def texts(self, number: int) -> dict[str, str]:
        """Return the files of a version; raises NoSuchVersion, VersionsNotKept."""
        await self.version(number)
        query = (
            select(content_files.c.path, content_texts.c.text)
            .join(content_texts, content_texts.c.sha256 == content_files.c.sha256)
            .where(content_files.c.version == number)
            .order_by(content_files.c.path)
        )
        return {row.path: row.text for row in await self._rows(query)}

    async def diff(self, old: int, new: int) -> dict[str, str]:
        """Return how files changed between two versions; raises NoSuchVersion."""
        return diff(await self.texts(old), await self.texts(new))

    async def _rows(self, query: Any) -> list[Row[Any]]:
        try:
            async with self._database.engine.connect() as connection:
                return list(await connection.execute(query))
        except (SQLAlchemyError, OSError) as error:
            _not_kept(error)


def diff(old: Texts, new: Texts) -> dict[str, str]:
    """Return a unified diff for each file that differs, by path."""
    found = {}
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        changes = difflib.unified_diff(
            lines(before or ""),
            lines(after or ""),
            "/dev/null" if before is None else path,
            "/dev/null" if after is None else path,
        )
        found[path] = "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in changes
        )
    return found


def lines(text: str) -> list[str]:
    """Return the lines of a text with their ends, as git counts them."""
    return list(io.StringIO(text, newline="\n"))  # not `splitlines`, which splits at more signs


async def _live(connection: AsyncConnection) -> int | None:
    found = (await connection.execute(select(content_live.c.version))).scalar_one()
    return None if found is None else int(found)


async def take_turn(connection: AsyncConnection) -> int | None:
    """Wait for whoever else publishes, or saves in the draft, and return what is live then."""
    query = select(content_live.c.version).with_for_update()
    found = (await connection.execute(query)).scalar_one()
    return None if found is None else int(found)


async def _version(connection: AsyncConnection, number: int) -> Version:
    query = select(content_versions).where(content_versions.c.number == number)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NoSuchVersion(number)
    return _as_version(row)


async def _last(connection: AsyncConnection) -> Move | None:
    query = select(content_moves).order_by(content_moves.c.id.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _as_move(row)


async def _keep_files(connection: AsyncConnection, number: int, texts: Texts) -> None:
    keys = {path: hashlib.sha256(text.encode("utf-8")).hexdigest() for path, text in texts.items()}
    query = select(content_texts.c.sha256).where(content_texts.c.sha256.in_(set(keys.values())))
    known = set((await connection.execute(query)).scalars())
    new = {key: texts[path] for path, key in keys.items() if key not in known}
    if new:
        rows = [{"sha256": key, "text": text} for key, text in new.items()]
        await connection.execute(insert(content_texts), rows)
    await connection.execute(
        insert(content_files),
        [{"version": number, "path": path, "sha256": key} for path, key in keys.items()],
    )


async def _point(connection: AsyncConnection, move: Move) -> None:
    await connection.execute(insert(content_moves).values(**move.__dict__))
    await connection.execute(update(content_live).values(version=move.version))


def _words(what: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise VersionError(f"{what} is not told. Say it in a few words.")
    if len(text) > LONGEST_WHY:
        raise VersionError(f"{what} takes {len(text)} characters; say it in {LONGEST_WHY}.")
    return text


def _as_version(row: Row[Any]) -> Version:
    return Version(row.number, row.at, row.by, row.why, row.based_on, row.sha256)


def _as_move(row: Row[Any]) -> Move:
    kind = cast(Kind, row.kind)
    return Move(kind, row.version, row.before, row.at, row.by, row.why, row.although)


def _not_kept(error: Exception) -> NoReturn:
    raise VersionsNotKept(f"The database does not take or give versions now: {error}") from error
