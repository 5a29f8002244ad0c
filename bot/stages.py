"""Stages: when each step of a turn was reached, from the caller's last sound to the bot's first.

```
caller speaks |. . pause . . turn_end . . . words . meaning . decided . . sound . first_sound
              0    noticed   it is over   recognised          what to say  made    on the line
```

One stopwatch goes with a turn, from the ears that start it to the mouth that makes the first
sound. The rooms between need neither hold it nor have a clock: it runs in the context of the
turn (`contextvars`), and where none runs, as in a text conversation, a note is nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Stage = Literal[
    "pause", "turn_end", "words", "meaning", "decided", "company", "sound", "first_sound"
]
"""`pause`: voice activity noticed the silence. `turn_end`: the turn was judged to be over.
`words`: recognised; before `turn_end` when that was begun at the pause. `meaning`: understood,
mood and all. `decided`: the dialogue has its first thing to say. `company`: not a moment but
how long the company's API took of the time until then. `sound`: the first sentence is made.
`first_sound`: it begins on the line."""
STAGES: tuple[Stage, ...] = get_args(Stage)
"""In the order in which a turn passes them."""


class Stopwatch:
    """Times one turn of a caller.

    Args:
        began: When the caller's last sound arrived, by `now`.
        now: Seconds that never go back.
    """

    def __init__(self, began: float, now: Callable[[], float] = time.monotonic) -> None:
        self.began = began
        self.of: int | None = None
        """`seq` of the CallerSpoke, once it is stored."""
        self.now = now
        self._at: dict[Stage, float] = {}
        self._asking = 0
        self._asked_since = 0.0
        self._company = 0.0
        self.company_from: float | None = None
        """When the company's API was first asked, in seconds like the stages."""

    @property
    def stages(self) -> dict[str, float]:
        """Seconds from the caller's last sound, rounded to ms; what was not passed is not there."""
        at: dict[Stage, float] = dict(self._at)
        if self._company:
            at["company"] = self._company
        return {stage: round(at[stage], 3) for stage in STAGES if stage in at}

    def note(self, stage: Stage) -> None:
        """Note that a stage is reached; only the first time counts."""
        if stage == "decided" and self._asking and stage not in self._at:
            self._company += self.now() - self._asked_since
        self._at.setdefault(stage, max(0.0, self.now() - self.began))

    def forget(self, stage: Stage) -> None:
        """Take a note back: what was reached is of no use."""
        self._at.pop(stage, None)

    def began_to_sound(self) -> bool:
        """Note the first sound on the line, if it can be this turn's; tell whether it was."""
        if "sound" not in self._at or "first_sound" in self._at:
            return False
        self.note("first_sound")
        return True

    @contextmanager
    def asking_company(self) -> Iterator[None]:
        """Count the time of the context, until something is decided; at once counts once."""
        if not self._asking:
            self._asked_since = self.now()
            if self.company_from is None:
                self.company_from = self._asked_since - self.began
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            if not self._asking and "decided" not in self._at:
                self._company += self.now() - self._asked_since


_running: ContextVar[Stopwatch | None] = ContextVar("stopwatch of the turn", default=None)


@contextmanager
def timed(watch: Stopwatch | None) -> Iterator[None]:
    """Let a stopwatch run for what is done in this context, and for the tasks begun in it."""
    _running.set(watch)
    try:
        yield
    finally:
        # Not by its token: a generator that is dropped half-way is closed in another context.
        _running.set(None)


def note(stage: Stage, of: int | None = None) -> None:
    """Note that the turn has reached a stage, and which CallerSpoke it is, if that is known."""
    watch = _running.get()
    if watch is not None:
        watch.of = of or watch.of
        watch.note(stage)


@contextmanager
def asking_company() -> Iterator[None]:
    """Count the time of the context as the company's."""
    watch = _running.get()
    if watch is None:
        yield
        return
    with watch.asking_company():
        yield
