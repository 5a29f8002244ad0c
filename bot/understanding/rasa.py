"""Rasa as the engine of understanding: its intents, Kalm's own values, one result type.

Kalm's own, embedded understanding reads every utterance as well: it takes some
milliseconds, finds the values (numbers, dates, names of things) by the same rules
whoever finds the intent, and is the answer when Rasa has none in time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.encoder import LONGEST, plain
from bot.events import Entity, Language
from bot.settings import Settings
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning, Understanding
from bot.understanding.rasa_answer import RasaAnswer
from bot.understanding.rasa_server import RasaServer
from bot.understanding.trained_entities import merged

RULED = frozenset(
    {"amount", "cardinal", "date", "daypart", "digits", "ordinal", "period", "phone", "postcode"}
    | {"time"}
)
"""Entities whose values only Kalm's rules write as slots take them."""


class RasaUnderstanding:
    """Implements `Understanding` with a Rasa server; cheap, one for each version of the intents.

    Args:
        server: Shared by all versions.
        embedded: Answers when Rasa does not. An intent that it was not taught is not
            believed of Rasa either: that was trained on something else.
    """

    def __init__(self, server: RasaServer, embedded: EmbeddedUnderstanding) -> None:
        self._server = server
        self._embedded = embedded
        self._intents = frozenset(embedded.intents) | {OUT_OF_SCOPE}

    async def parse(self, text: str, language: Language) -> Meaning:
        """Return what the text means, within Rasa's budget and that of the embedded engine."""
        if not plain(text):
            return await self._embedded.parse(text, language)  # nothing was said: nothing to ask
        own, answer = await asyncio.gather(
            self._embedded.parse(text, language), self._server.ask(text[:LONGEST])
        )
        if answer is not None:
            strangers = {one.intent for one in answer.ranking} - self._intents
            self._server.met(min(strangers, default=None))
        if answer is None or answer.ranking[0].intent not in self._intents:
            return replace(own, by="embedded_instead")
        return self._meaning(own, answer)

    def _meaning(self, own: Meaning, answer: RasaAnswer) -> Meaning:
        """Return Rasa's intent with the values that Kalm reads."""
        best = answer.ranking[0]
        ranking = tuple(
            one
            for one in answer.ranking
            if one.intent in self._intents and one.intent != OUT_OF_SCOPE
        )
        entities = merged(own.entities, tuple(one for one in answer.entities if _may_add(one)))
        if answer.unsure or best.intent == OUT_OF_SCOPE or not ranking:
            nothing = best.confidence if best.intent == OUT_OF_SCOPE else 1.0 - best.confidence
            return replace(
                own,
                intent=OUT_OF_SCOPE,
                confidence=nothing,
                entities=entities,
                ranking=ranking,
                by="rasa",
            )
        return replace(
            own,
            intent=best.intent,
            confidence=best.confidence,
            entities=entities,
            ranking=ranking,
            by="rasa",
        )


def open_rasa(settings: Settings) -> RasaServer | None:
    """Return the server that the operator asked for, to be entered; None when none was."""
    if settings.nlu != "rasa":
        return None
    return RasaServer(str(settings.rasa_url), token=settings.rasa_token)


def engine(server: RasaServer | None) -> Callable[[EmbeddedUnderstanding], Understanding]:
    """Return what puts Rasa before the embedded engine, or leaves that alone when it is None."""

    def put(embedded: EmbeddedUnderstanding) -> Understanding:
        return embedded if server is None else RasaUnderstanding(server, embedded)

    return put


def _may_add(found: Entity) -> bool:
    return found.name not in RULED
