"""Ahead: understands words while the caller still pauses, so that it is done when they stop."""

import asyncio
from collections import OrderedDict

from bot.events import Language
from bot.understanding.bands import ACT
from bot.understanding.classifier import INFORM
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning, Understanding

_NO_WISH = (OUT_OF_SCOPE, INFORM)
"""A bare value is no wish: whether it answers what was asked, the dialogue tells."""
KEPT = 4
"""Utterances whose meaning is kept; a turn has few pauses."""


def wish(meaning: Meaning) -> float:
    """Return how sure it is that a wish can be acted upon, 0 to 1; 0 when it can't or is none."""
    acted_upon = meaning.intent not in _NO_WISH and meaning.confidence >= ACT
    return meaning.confidence if acted_upon else 0.0


class Ahead:
    """An NLU engine for one call, which knows what it was asked a moment ago."""

    def __init__(self, engine: Understanding) -> None:
        """Take the engine that all calls share."""
        self._engine = engine
        self._asked: OrderedDict[tuple[str, Language], asyncio.Task[Meaning]] = OrderedDict()

    async def parse(self, text: str, language: Language) -> Meaning:
        """Return what the text means; raises what the engine raises, and then asks it anew."""
        key = text, language
        task = self._asked.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._asked[key] = asyncio.create_task(self._engine.parse(text, language))
            if len(self._asked) > KEPT:
                self._asked.popitem(last=False)
        # Who waits may be cancelled when the caller goes on; another may want it all the same.
        return await asyncio.shield(task)

    async def meant(self, text: str, language: Language) -> float:
        """Tell how sure it is that words are a wish that can be acted upon; never raises."""
        try:
            meaning = await self.parse(text, language)
        except Exception:  # whatever the engine failed at, it is told when the turn is taken
            return 0.0
        return wish(meaning)
