"""Workshop: what the pages of the studio work with, and how they save a part of a file."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from handoff.studio.checking import Checks, Problem
from handoff.studio.drafts import Draft, Drafts, SavedMeanwhile
from handoff.studio.folder import Texts, sha256
from handoff.studio.parts import Part
from handoff.studio.versions import Versions

REMEMBERED = 4
"""States of the texts of which the problems are remembered."""


class Workshop:
    """The draft, the versions, and what the bot finds in them.

    Args:
        drafts: What owners change together.
        versions: What was published.
        checks: What the bot knows of texts.
        published: Called when another version is live, so that it is in force at once.
    """

    def __init__(
        self,
        drafts: Drafts,
        versions: Versions,
        checks: Checks,
        published: Callable[[], None] = lambda: None,
    ) -> None:
        self.drafts = drafts
        self.versions = versions
        self.checks = checks
        self.published = published
        self._found: OrderedDict[str, list[Problem]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def problems(self, files: Texts) -> list[Problem]:
        """Return what is to be mended; the same texts are looked at once."""
        digest = sha256(files)
        async with self._turn:  # one after the other: a check takes all of a core
            if digest not in self._found:
                self._found[digest] = await asyncio.to_thread(self.checks.check, files)
            self._found.move_to_end(digest)
            while len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
            return self._found[digest]

    async def save(self, path: str, part: Part, wanted: str, *, read_at: str, by: str) -> bool:
        """Save a part of a file; whoever changed another part of it meanwhile is not in the way.

        Returns:
            Whether anything was changed.

        Raises:
            PartSavedMeanwhile: Somebody else changed this very part.
            NotEditable: The file is not laid out so that the part can be changed.
            DraftError, VersionsNotKept: As `Drafts.save`.
        """
        old = await self.drafts.text_at(path, read_at) or ""
        mine = part.write(old, wanted)
        if mine == old:
            return False
        try:
            await self.drafts.save(path, mine, read_at=read_at, by=by)
        except SavedMeanwhile as other:
            draft = await self.drafts.now()
            theirs = draft.texts.get(path, "")
            if part.read(theirs) != part.read(old):
                raise PartSavedMeanwhile(draft, path, part, (old, mine, theirs), other) from other
            joined = part.write(theirs, wanted)
            await self.drafts.save(path, joined, read_at=draft.read_at(path), by=by)
        return True


class PartSavedMeanwhile(SavedMeanwhile):
    """Somebody else changed the same part; here are both, as forms show them."""

    def __init__(
        self,
        draft: Draft,
        path: str,
        part: Part,
        texts: tuple[str, str, str],
        other: SavedMeanwhile,
    ) -> None:
        base, mine, theirs = (part.read(text) for text in texts)
        super().__init__(path, mine, theirs, base, **other.values)
        self.read_at = draft.read_at(path)
        """To save on, now that one has seen what the other did."""
