"""Draft: what owners change together before it is published, with nobody's work lost.

A draft is what is live with some files otherwise. Each save of a file is a row that
stays; whoever saves names the state that they read, and is told when it is not the last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loguru import logger
from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.database import Database
from handoff.studio.draft_rows import add_save, add_settled, last_row, last_rows
from handoff.studio.folder import Texts, check_path
from handoff.studio.merging import merge
from handoff.studio.tables import drafts
from handoff.studio.versions import Version, Versions, VersionsNotKept, take_turn

LARGEST = 1_000_000
"""Bytes that a file of the studio may hold."""
MOST = 10_000
"""Utterances, or other list items, that a file of the studio may hold."""


@dataclass(frozen=True)
class Edit:
    """A file that differs from what is live, or did when it was saved."""

    path: str
    text: str | None
    """None when it is taken out."""
    base: str | None
    """What was live when work on it began; None when there was no such file."""
    by: str
    """Who saved last."""
    at: datetime


@dataclass(frozen=True)
class Draft:
    """The working copy, as it is now."""

    live: int | None
    """The version below it; None when nothing was published, and the folder is below it."""
    published: Texts
    """The files of that version, or of the folder."""
    edits: Mapping[str, Edit]
    """By path: what was saved and neither published nor given up."""
    saves: Mapping[str, int]
    """By path: the number of its last row."""

    @property
    def texts(self) -> dict[str, str]:
        """All files, with the edits in them."""
        merged = dict(self.published)
        for path, edit in self.edits.items():
            if edit.text is None:
                merged.pop(path, None)
            else:
                merged[path] = edit.text
        return dict(sorted(merged.items()))

    @property
    def changed(self) -> list[str]:
        """Paths of the files that differ from what is live."""
        return sorted(p for p, edit in self.edits.items() if edit.text != self.published.get(p))

    @property
    def behind(self) -> list[str]:
        """Paths of changed files that somebody else published since: both must be joined."""
        return [p for p in self.changed if self.edits[p].base != self.published.get(p)]

    def joined(self, path: str) -> str | None:
        """Return a file that is behind with both changes; None where they touch the same lines."""
        edit, theirs = self.edits[path], self.published.get(path)
        if edit.text is None or theirs is None:
            return None
        return merge(edit.base or "", edit.text, theirs)

    def read_at(self, path: str) -> str:
        """Return what a page that shows this file remembers, to save on."""
        return f"{self.saves.get(path, 0)}-{self.live or 0}"


class DraftError(Exception):
    """Something can't be saved; the reason is a key of `studio: refused:` in the texts."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"{reason}: {values}" if values else reason)
        self.reason = reason
        self.values = values


class SavedMeanwhile(DraftError):
    """Somebody else saved or published this file meanwhile; nothing was stored, nothing is lost."""

    def __init__(
        self, path: str, mine: str | None, theirs: str | None, base: str | None, **told: object
    ) -> None:
        super().__init__("meanwhile", **told)
        self.path = path
        self.mine = mine
        self.theirs = theirs
        self.base = base

    @property
    def merged(self) -> str | None:
        """Both changes in one; None where they touch the same lines."""
        if self.mine is None or self.theirs is None:
            return None
        return merge(self.base or "", self.mine, self.theirs)


class Drafts:
    """The shared draft, in the database.

    Args:
        database: Started before the first use.
        versions: What was published.
        folder: Returns the files that serve for as long as nothing was published; may raise
            NotText.
        clock: Stamps saves.
    """

    def __init__(
        self,
        database: Database,
        versions: Versions,
        folder: Callable[[], Texts],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._versions = versions
        self._folder = folder
        self._clock = clock
        self._texts: tuple[int, Texts] | None = None

    async def now(self) -> Draft:
        """Return the draft; raises VersionsNotKept, NotText."""
        try:
            async with self._database.engine.connect() as connection:
                rows = await last_rows(connection)
        except (SQLAlchemyError, OSError) as error:
            raise VersionsNotKept(f"The draft can't be read now: {error}") from error
        live = await self._versions.live()
        edits = {row.path: _edit(row) for row in rows if row.kind == "saved"}
        saves = {row.path: int(row.id) for row in rows}
        return Draft(live, await self._below(live), edits, saves)

    async def text_at(self, path: str, read_at: str) -> str | None:
        """Return what a file said when it was read; None when there was no such file.

        Raises:
            DraftError: Nobody was ever told this state.
            VersionsNotKept: It can't be read now.
        """
        number, live = _numbers(read_at)
        if number:
            query = select(drafts).where(drafts.c.id == number, drafts.c.path == path)
            try:
                async with self._database.engine.connect() as connection:
                    row = (await connection.execute(query)).one_or_none()
            except (SQLAlchemyError, OSError) as error:
                raise VersionsNotKept(f"The draft can't be read now: {error}") from error
            if row is None:
                raise DraftError("stale")
            if row.kind == "saved":
                text: str | None = row.text
                return text
        return (await self._below(live)).get(path)

    async def save(
        self, path: str, text: str | None, *, read_at: str, by: str, joined: bool = False
    ) -> None:
        """Store what a file shall say; saving what is live takes the edit back.

        Args:
            path: Of the file.
            text: Of the whole file; None to take it out.
            read_at: As `Draft.read_at` told it when the file was read.
            by: Who saves.
            joined: Whether the text has in it what others published since work on it began.

        Raises:
            SavedMeanwhile: The file is not as it was read.
            DraftError: The path is none, the file too big, or `read_at` none.
            VersionsNotKept: Nothing could be stored.
        """
        _refuse(path, text)
        base_of_mine = await self.text_at(path, read_at)
        try:
            async with self._database.writing.begin() as connection:
                live = await take_turn(connection)
                below = (await self._below(live)).get(path)
                row = await last_row(connection, path)
                pending = row is not None and row.kind == "saved"
                current = row.text if row is not None and pending else below
                moved = joined and live != (_numbers(read_at)[1] or None)
                if moved or (current != base_of_mine and current != text):
                    raise await self._meanwhile(row, live, path, text, current, base_of_mine)
                base = row.base if row is not None and pending and not joined else below
                await self._store(connection, path, (text, below, base), live, by)
        except (SQLAlchemyError, OSError) as error:
            raise VersionsNotKept(f"Nothing was saved: {error}") from error

    async def change(self, path: str, how: Callable[[str], str], *, by: str) -> None:
        """Change a file as it is now, whoever saved it last: for what is only added.

        Args:
            path: Of the file; one that is not there is taken as empty.
            how: From the file's text to the new one. May be asked again.
            by: Who.

        Raises:
            DraftError, VersionsNotKept: As `save`.
        """
        for attempt in range(5):
            draft = await self.now()
            text = how(draft.texts.get(path, ""))
            try:
                await self.save(path, text, read_at=draft.read_at(path), by=by)
                return
            except SavedMeanwhile:
                if attempt == 4:
                    raise

    async def join(self, path: str, text: str | None, *, read_at: str, by: str) -> None:
        """Store an edit of a file that is behind anew, on top of what is live; raises as `save`.

        Args:
            path: Of the file.
            text: With both changes in it; None when the file stays taken out.
            read_at: As `Draft.read_at` told it when both were read.
            by: Who joined them.
        """
        await self.save(path, text, read_at=read_at, by=by, joined=True)

    async def take_over(self, files: Texts, *, by: str) -> None:
        """Make the draft hold these files and no others, all at once; raises as `save`.

        What was saved before stays in the table. Who is not alone is told, and nothing is stored.
        """
        draft = await self.now()
        for path, text in files.items():
            _refuse(path, text)
        try:
            async with self._database.writing.begin() as connection:
                live = await take_turn(connection)
                saves = {row.path: int(row.id) for row in await last_rows(connection)}
                if (saves, live) != (draft.saves, draft.live):
                    raise DraftError("meanwhile")
                for path in sorted({*draft.texts, *files}):
                    wanted, below = files.get(path), draft.published.get(path)
                    if wanted != draft.texts.get(path):
                        base = draft.edits[path].base if path in draft.edits else below
                        await self._store(connection, path, (wanted, below, base), live, by)
        except (SQLAlchemyError, OSError) as error:
            raise VersionsNotKept(f"Nothing was saved: {error}") from error

    async def take_over_folder(self, *, by: str) -> None:
        """Make the draft hold what is in the folder now; raises as `take_over`, NotText."""
        await self.take_over(self._folder(), by=by)

    async def give_up(self, path: str, *, read_at: str, by: str) -> None:
        """Let the edit of a file go as it was read; its text stays in the table.

        Raises as `save`: nobody lets go what others saved meanwhile.
        """
        seen = await self.text_at(path, read_at)
        try:
            async with self._database.writing.begin() as connection:
                live = await take_turn(connection)
                row = await last_row(connection, path)
                if row is None or row.kind != "saved":
                    return
                if row.text != seen:
                    raise await self._meanwhile(row, live, path, None, row.text, seen)
                await add_settled(connection, path, live=live, by=by, at=self._clock())
        except (SQLAlchemyError, OSError) as error:
            raise VersionsNotKept(f"Nothing was saved: {error}") from error

    async def publish(
        self, *, by: str, why: str, although: str | None = None, draft: Draft | None = None
    ) -> Version:
        """Make the draft a version and put it live; then the draft is what is live.

        Args:
            by: Who publishes.
            why: In their own words.
            although: What was found worse, and is published all the same.
            draft: What was looked at, and goes live; None for what it is now. What was saved
                since stays in the draft.

        Raises:
            DraftError: A file was published by somebody else meanwhile and is not joined yet.
            VersionError: As `Versions.publish`.
        """
        draft = await self.now() if draft is None else draft
        if draft.behind:
            raise DraftError("behind", files=", ".join(draft.behind))
        version = await self._versions.publish(
            draft.texts, by=by, why=why, based_on=draft.live, although=although
        )
        await self._settle(draft, by)
        return version

    async def _settle(self, published: Draft, by: str) -> None:
        """Take out of the draft what was published; what was saved since is an edit of that."""
        try:
            async with self._database.writing.begin() as connection:
                live = await take_turn(connection)
                for path, edit in published.edits.items():
                    row = await last_row(connection, path)
                    if row is None or row.kind != "saved":
                        continue
                    if row.text == edit.text:
                        await add_settled(connection, path, live=live, by=by, at=self._clock())
                    else:
                        who = {"by": row.by, "at": row.at}
                        await add_save(connection, path, row.text, edit.text, live=live, **who)
        except (SQLAlchemyError, OSError) as error:  # it is live all the same, and says the same
            logger.warning(f"what was published is still in the draft, too: {error}")

    async def _store(
        self,
        connection: AsyncConnection,
        path: str,
        texts: tuple[str | None, str | None, str | None],
        live: int | None,
        by: str,
    ) -> None:
        """Add a save of a file: its text, what is live of it, and what was as work on it began."""
        text, below, base = texts
        if text == below:
            await add_settled(connection, path, live=live, by=by, at=self._clock())
        else:
            await add_save(connection, path, text, base, live=live, by=by, at=self._clock())

    async def _meanwhile(
        self,
        row: Row[Any] | None,
        live: int | None,
        path: str,
        mine: str | None,
        theirs: str | None,
        base: str | None,
    ) -> SavedMeanwhile:
        by, at = (row.by, row.at) if row is not None else ("", self._clock())
        if (row is None or row.kind != "saved") and live is not None:
            by, at = await self._who_moved(by, at)
        return SavedMeanwhile(path, mine, theirs, base, by=by, at=at)

    async def _who_moved(self, by: str, at: datetime) -> tuple[str, datetime]:
        moves = await self._versions.moves()
        return (moves[0].by, moves[0].at) if moves else (by, at)

    async def _below(self, live: int | None) -> Texts:
        """Return the files of a version, or of the folder. Versions never change."""
        if not live:
            return self._folder()
        if self._texts is None or self._texts[0] != live:
            self._texts = (live, await self._versions.texts(live))
        return self._texts[1]


def _refuse(path: str, text: str | None) -> None:
    """Raise DraftError for what no draft may hold."""
    try:
        check_path(path)
    except ValueError as error:
        raise DraftError("path", path=path) from error
    if text is None:
        return
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise DraftError("not_text") from error
    if size > LARGEST or "\0" in text:
        raise DraftError("too_big" if size > LARGEST else "not_text", megabytes=LARGEST // 10**6)
    if sum(line.lstrip().startswith("- ") for line in text.split("\n")) > MOST:
        raise DraftError("too_many", most=MOST)


def _numbers(read_at: str) -> tuple[int, int]:
    number, _, live = read_at.partition("-")
    if not (number.isascii() and number.isdigit() and live.isascii() and live.isdigit()):
        raise DraftError("stale")
    if max(len(number), len(live)) > 9:
        raise DraftError("stale")
    return int(number), int(live)


def _edit(row: Row[Any]) -> Edit:
    return Edit(row.path, row.text, row.base, row.by, row.at)
