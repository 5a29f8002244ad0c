"""Expectation: what the dialogue waits for now, so that the ears can listen for it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["anything", "digits", "yes_no", "date", "time", "choice", "postcode", "phone"]


@dataclass(frozen=True)
class Expectation:
    """What the caller's next turn is likely to hold."""

    kind: Kind = "anything"
    words: tuple[str, ...] = ()
    """Words that are likely to be said: offered days, the street, digits."""
