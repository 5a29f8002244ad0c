"""Meaning: what an utterance was taken to say, whichever engine took it so."""

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.events import Candidate, Engine, Entity, Language

OUT_OF_SCOPE = "out_of_scope"
"""The intent of an utterance that Kalm has no answer for. A result, not a failure."""

T = TypeVar("T")


@dataclass(frozen=True)
class Found(Generic[T]):
    """A value that was said in a text."""

    value: T
    text: str
    """The words that say it."""
    start: int
    end: int
    """Character span, end exclusive."""


@dataclass(frozen=True)
class Meaning:
    """The result of understanding one utterance."""

    text: str
    language: Language
    intent: str
    """An intent's name, or OUT_OF_SCOPE."""
    confidence: float
    """0 to 1."""
    entities: tuple[Entity, ...] = ()
    ranking: tuple[Candidate, ...] = field(default=())
    """The likeliest intents, best first."""
    by: Engine = "embedded"
    """Who understood it so."""


class Understanding(Protocol):
    """An NLU engine: the embedded classifier, or Rasa over HTTP."""

    async def parse(self, text: str, language: Language) -> Meaning:
        """Return what the text means; never raises on odd input, never blocks the loop."""
        ...
