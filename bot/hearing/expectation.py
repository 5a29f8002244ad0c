"""Expectation: what the dialogue waits for now, so that the ears can listen for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.events import Language

Kind = Literal["anything", "digits", "yes_no", "date", "time", "choice", "postcode", "phone"]

Answers = Literal["whole", "part", "no"]
"""Whether words answer what was asked: a whole customer number, some digits of one, or neither."""


def _unasked(_words: str, _language: Language) -> Answers:
    return "no"


@dataclass(frozen=True)
class Expectation:
    """What the caller's next turn is likely to hold."""

    kind: Kind = "anything"
    words: tuple[str, ...] = ()
    """Words that are likely to be said: offered days, the street, digits."""
    answers: Callable[[str, Language], Answers] = field(default=_unasked, compare=False)
    """Tells whether words answer what was asked; quick, for it is called while a caller pauses."""
