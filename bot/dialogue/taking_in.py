"""TakingIn: what an utterance means and how the caller comes across, judged side by side."""

import asyncio
import logging

from bot import stages
from bot.dialogue.ladder import Decision, decide
from bot.dialogue.talk import Talk
from bot.events import Body, CallerSpoke, Event, Understood
from bot.mood.state import MoodSense
from bot.understanding.meaning import Meaning, Understanding

_log = logging.getLogger(__name__)


class TakingIn:
    """Understands utterances, senses the mood, and decides how they are met."""

    def __init__(self, talk: Talk, mood: MoodSense | None) -> None:
        """Take who judges the mood; None: nobody does, and no ladder stands."""
        self._talk = talk
        self._mood = mood

    async def take(
        self, spoke: Event, utterance: CallerSpoke, understanding: Understanding
    ) -> Meaning:
        """Store what an utterance means and what it tells of the mood; return the meaning.

        The mood is on record even when understanding fails: a call for help
        must not be lost by a mistake of ours.
        """
        meaning, moods = await asyncio.gather(
            understanding.parse(utterance.words, self._talk.state.language),
            self._sense(spoke),
            return_exceptions=True,
        )
        stages.note("meaning", of=spoke.seq)
        bodies: list[Body] = []
        if isinstance(meaning, Meaning):
            bodies.append(
                Understood(
                    of=spoke.seq,
                    intent=meaning.intent,
                    confidence=meaning.confidence,
                    entities=meaning.entities,
                    ranking=meaning.ranking,
                    by=meaning.by,
                )
            )
        if isinstance(moods, tuple):
            bodies += moods
        if bodies:
            await self._talk.record.append(*bodies)
        if isinstance(meaning, BaseException):
            raise meaning
        if isinstance(moods, BaseException):
            raise moods
        return meaning

    async def notice(self, spoke: Event) -> str:
        """Store what an utterance tells of the mood, and nothing of what it means.

        Returns:
            The step that the ladder would take; nobody is to answer the utterance.
        """
        moods = await self._sense(spoke)
        if moods:
            await self._talk.record.append(*moods)
        return self.decide(spoke.seq).step

    def decide(self, of: int) -> Decision:
        """Return how an utterance that was taken in is met; `of` is its `seq`."""
        if self._mood is None:
            return Decision("none")
        return decide(self._talk.state, self._talk.content.ladder, of)

    async def _sense(self, spoke: Event) -> tuple[Body, ...]:
        """Return what an utterance tells of the mood; a judge that fails costs the mood only."""
        if self._mood is None:
            return ()
        state = self._talk.state
        try:
            return await asyncio.to_thread(self._mood.sense, spoke, state.mood, state.turn_words)
        except Exception:
            _log.exception("call %s: the mood could not be judged", self._talk.record.call_id)
            return ()
