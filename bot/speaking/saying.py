"""Saying: one thing to say on its way to the caller, and how much of it has been played."""

import asyncio
from dataclasses import dataclass, field

from bot.say import Say
from bot.speaking.free_text import spoken_text
from bot.speaking.sound import Sound


@dataclass
class Sent:
    """A sentence that is on its way to the caller."""

    at: float
    seconds: float
    letters: float


@dataclass(eq=False)
class Saying:
    """One Say on its way: its sounds, and how far it has been played."""

    say: Say
    epoch: int
    """How many interruptions had arrived before it."""
    skip: float = 0.0
    """Letters of it that were heard before it was cut off, and are not said again."""
    spoken: str = field(init=False)
    sounds: asyncio.Queue[tuple[float, Sound] | None] = field(default_factory=asyncio.Queue)
    making: asyncio.Task[None] | None = None
    sent: list[Sent] = field(default_factory=list)
    complete: bool = False
    """All of its sound has left the mouth."""
    started: float | None = None
    """When the line began to play it."""
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.spoken = spoken_text(self.say.spoken, self.say.language)

    def ends(self) -> float:
        """Return when its last sound sent so far will have been played."""
        return self._played(float("inf"))[0]

    def letters(self, now: float) -> float:
        """Return how many of its spoken letters have been played, by now and before."""
        return self.skip + self._played(now)[1]

    def _played(self, now: float) -> tuple[float, float]:
        cursor = self.started or 0.0
        letters = 0.0
        for sentence in self.sent:
            # A sentence can't be played before it was made.
            begin = max(cursor, sentence.at)
            cursor = begin + sentence.seconds
            if now >= cursor:
                letters += sentence.letters
            elif now > begin:
                letters += sentence.letters * (now - begin) / sentence.seconds
        return cursor, letters


def letters_of(spoken: str) -> int:
    """Return how many letters a text has, white space aside: a measure of how long it takes."""
    return len("".join(spoken.split()))
