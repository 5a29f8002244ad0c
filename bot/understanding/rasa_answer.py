"""RasaAnswer: what Rasa's `POST /model/parse` answers, checked before anything believes it.

Rasa is another process, perhaps on another machine and of another version; whatever it
sends becomes a `RasaAnswer` or a `RasaMistake`, and nothing else.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from bot.events import Candidate, Entity

FALLBACK = "nlu_fallback"
"""The intent by which Rasa's FallbackClassifier tells that the model is not sure."""
RANKED = 5
"""Intents that are kept of a ranking."""


class RasaMistake(Exception):
    """Rasa's answer can't be used; the text tells why, without the caller's words."""


@dataclass(frozen=True)
class RasaAnswer:
    """What Rasa took an utterance to mean."""

    ranking: tuple[Candidate, ...]
    """The likeliest intents of the model, best first; never empty, never `nlu_fallback`."""
    unsure: bool
    """Whether the FallbackClassifier stepped in."""
    entities: tuple[Entity, ...]


def _rounded(value: object) -> object:
    """Mend what 32-bit numbers do to a sum of probabilities; anything else is left to the check."""
    if isinstance(value, float) and -0.001 < value < 1.001:
        return min(max(value, 0.0), 1.0)
    return value


class _Intent(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    confidence: Annotated[float, BeforeValidator(_rounded)] = Field(ge=0, le=1)


class _Entity(BaseModel):
    entity: str = Field(min_length=1, max_length=200)
    start: int = Field(ge=0)
    end: int
    value: object = None


class _Parsed(BaseModel):
    intent: _Intent
    intent_ranking: list[_Intent] = Field(default_factory=list)
    entities: list[_Entity] = Field(default_factory=list)


def read_answer(text: str, body: bytes) -> RasaAnswer:
    """Return what an answer says about a text.

    Args:
        text: What Rasa was asked about; an entity outside of it is left out.
        body: JSON, as Rasa documents it.

    Raises:
        RasaMistake: It is something else.
    """
    try:
        parsed = _Parsed.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RasaMistake(f"its answer is malformed: {where} {first['msg']}".strip()) from None
    ranked = sorted(parsed.intent_ranking or [parsed.intent], key=lambda one: -one.confidence)
    likely = {one.name: one for one in reversed(ranked) if one.name != FALLBACK}
    unsure = parsed.intent.name == FALLBACK
    if not unsure:  # a classifier may rank nothing, or leave its choice out
        likely.setdefault(parsed.intent.name, parsed.intent)
    if not likely:
        raise RasaMistake("its answer names no intent of the model")
    best = sorted(
        likely.values(), key=lambda one: (one.name != parsed.intent.name, -one.confidence)
    )
    return RasaAnswer(
        tuple(Candidate(intent=one.name, confidence=one.confidence) for one in best[:RANKED]),
        unsure,
        tuple(found for one in parsed.entities if (found := _entity(text, one))),
    )


def _entity(text: str, one: _Entity) -> Entity | None:
    """Return an entity, or None where it lies outside of the text or its value is no text."""
    if not one.start < one.end <= len(text) or not isinstance(one.value, str | int | float):
        return None
    words = text[one.start : one.end]
    return Entity(name=one.entity, value=str(one.value), text=words, start=one.start, end=one.end)
