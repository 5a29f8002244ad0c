"""Inbox: what callers said that went wrong, for owners to file to an intent or set aside."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select

from bot.events import Event, Language
from handoff.disputes import disputed
from handoff.store.call_rows import placed
from handoff.store.journal import DurableJournal
from handoff.store.tables import events
from handoff.studio.drafts import Drafts
from handoff.studio.heard import Group, Pile, Sentence, frequent, gather, waiting
from handoff.studio.marks import Mark, Marks
from handoff.studio.nlu_file import add, clean, intent_with, path_of, take_out
from handoff.studio.versions import Versions

LOOK_BACK = timedelta(days=30)
MOST = 1000
"""Sentences that are grouped, the latest; older ones come when these are dealt with."""
TELLING = (
    "CallStarted", "CallerSpoke", "Understood", "StepReached", "FlowChanged", "SlotFilled",
    "HandoffRequested", "MessageLeft", "IncidentReported", "CallerSilent", "KeyPressed",
    "BotSpoke", "FactDisputed",
)  # fmt: skip
"""Kinds of events that tell what went wrong."""


class Likeness(Protocol):
    """Tells which sentences mean nearly the same."""

    async def groups(self, sentences: Sequence[str]) -> list[list[int]]:
        """Return the indices of sentences that belong together; each index once."""
        ...


class Changed(Exception):
    """What an owner meant is no longer in the inbox: somebody was faster."""


class Inbox:
    """Gathers what went wrong, and files it into the draft.

    Args:
        journal: The record of calls.
        marks: What was decided before.
        likeness: Groups sentences.
        drafts: Where filed sentences go.
        versions: Tells which version is live.
        clock: Tells the time.
    """

    def __init__(
        self,
        journal: DurableJournal,
        marks: Marks,
        likeness: Likeness,
        drafts: Drafts,
        versions: Versions,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._marks = marks
        self._likeness = likeness
        self._drafts = drafts
        self._versions = versions
        self._clock = clock

    async def pile(self) -> Pile:
        """Return what waits, grouped by likeness."""
        since = self._clock() - LOOK_BACK
        told = await disputed(self._journal, since)
        gathered, facts = gather(await self._calls(since), told)
        marks = await self._marks.standing()
        open_now = [
            sentence
            for key, one in gathered.items()
            if (sentence := waiting(key, one, marks.get(key))) is not None
        ]
        open_now.sort(key=lambda sentence: sentence.said[0].at, reverse=True)
        shown = open_now[:MOST]
        rows = await self._likeness.groups([sentence.words for sentence in shown])
        groups = [Group(tuple(frequent(shown[row] for row in group))) for group in rows]
        return Pile(
            tuple(sorted(groups, key=lambda group: -group.times)),
            tuple((key, fact) for key, fact in facts.items() if key not in marks),
            len(open_now) - len(shown),
        )

    async def file(
        self, keys: Sequence[str], intent: str, *, by: str, words: str | None = None
    ) -> list[str]:
        """File sentences to an intent: each goes into the draft once.

        Args:
            keys: Of sentences that are in the inbox.
            intent: To which they belong.
            by: Who files.
            words: What is to be learned in place of the words, when it is one sentence.

        Returns:
            What was filed, as it stands in the draft.

        Raises:
            Changed: One of them is not in the inbox any more; nothing was filed.
            NotFileable: One can't be learned from; nothing was filed.
        """
        sentences = await self._wanted(keys)
        texts = [
            clean(words if words is not None and len(sentences) == 1 else sentence.words)
            for sentence in sentences
        ]
        by_language: dict[Language, list[tuple[Sentence, str]]] = {}
        for sentence, text in zip(sentences, texts, strict=True):
            by_language.setdefault(sentence.language, []).append((sentence, text))
        files = (await self._drafts.now()).texts
        for language, found in by_language.items():  # before anything is stored
            _add_all(files.get(path_of(language), ""), intent, [text for _, text in found])
        live = await self._versions.live()
        for language, found in by_language.items():
            new = await self._add(language, intent, [text for _, text in found], by)
            await self._marks.put(
                [sentence.key for sentence, _ in found],
                "filed",
                by=by,
                language=language,
                intent=intent,
                texts=[text if text in new else None for _, text in found],
                live=live,
            )
        return texts

    async def set_aside(self, keys: Sequence[str], *, by: str) -> None:
        """Set sentences or facts aside, for good; raises Changed."""
        pile = await self.pile()
        known = {sentence.key for group in pile.groups for sentence in group.sentences}
        if not keys or not set(keys) <= known | {key for key, _ in pile.facts}:
            raise Changed
        await self._marks.put(keys, "aside", by=by, live=await self._versions.live())

    async def undo(self, *, by: str) -> list[Mark]:
        """Undo what somebody decided last; returns what that was, empty when there is nothing.

        Raises:
            NotFileable: The draft's file can't be read.
        """
        last = await self._marks.last(by)
        for mark in last:
            if mark.verdict == "filed" and mark.text and mark.language and mark.intent:
                without = _without(mark.intent, mark.text)
                await self._drafts.change(path_of(mark.language), without, by=by)
        if last:
            await self._marks.put([mark.key for mark in last], "undone", by=by)
        return last

    async def _add(self, language: Language, intent: str, texts: list[str], by: str) -> set[str]:
        """Add utterances to the draft; returns those that were not there yet."""
        path = path_of(language)
        new: set[str] = set()

        def change(file: str) -> str:
            new.clear()
            new.update(text for text in texts if intent_with(file, text) is None)
            return _add_all(file, intent, texts)

        await self._drafts.change(path, change, by=by)
        return new

    async def _wanted(self, keys: Sequence[str]) -> list[Sentence]:
        pile = await self.pile()
        known = {s.key: s for group in pile.groups for s in group.sentences}
        if not keys or not set(keys) <= set(known):
            raise Changed
        return [known[key] for key in dict.fromkeys(keys)]

    async def _calls(self, since: datetime) -> list[list[Event]]:
        query = (
            select(events)
            .where(events.c.at >= since, events.c.kind.in_(TELLING))
            .order_by(events.c.position)
        )
        found: dict[str, list[Event]] = {}
        async with self._journal.database.engine.connect() as connection:
            for row in await connection.execute(query):
                found.setdefault(row.call_id, []).append(placed(row).event)
        return list(found.values())


def _add_all(file: str, intent: str, texts: Iterable[str]) -> str:
    for text in texts:
        file = add(file, intent, text)
    return file


def _without(intent: str, text: str) -> Callable[[str], str]:
    return lambda file: take_out(file, intent, text)
