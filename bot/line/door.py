"""Door: whether a new caller can be taken, and who is inside; one for all lines of a process."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

REMEMBERED = 1000
"""Callers turned away of whom is known that they were; a telephone's next question comes soon."""

Opening = Literal["open", "loading", "full", "failed"]
"""`failed`: the models will not load until an operator does something."""


class CallInProgress(Exception):
    """A call with this id is inside already."""


class NotOpen(Exception):
    """No call can be taken now; `opening` tells why."""

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self.opening = opening


class Door:
    """Lets callers in one by one, as long as there is room."""

    def __init__(
        self,
        opening: Callable[[], Literal["open", "loading", "failed"]] = lambda: "open",
        most: int | None = None,
    ) -> None:
        """Hang the door.

        Args:
            opening: Tells whether this process can answer calls; asked each time.
            most: Calls at the same time; no limit when None.
        """
        self._opening = opening
        self.most = most
        """Calls at the same time; no limit when None."""
        self.turned_away: deque[str] = deque(maxlen=REMEMBERED)
        """Ids of the callers who were not let in, the latest last."""
        self.times_full = 0
        """Callers for whom there was no place."""
        self._inside: set[str] = set()

    @property
    def inside(self) -> frozenset[str]:
        """Ids of the calls in progress."""
        return frozenset(self._inside)

    @property
    def opening(self) -> Opening:
        """What a caller who comes now will find."""
        now = self._opening()
        if now == "open" and self.most is not None and len(self._inside) >= self.most:
            return "full"
        return now

    def turn_away(self, call_id: str) -> None:
        """Remember a caller who can't be let in now; each is counted once."""
        if call_id not in self.turned_away:
            self.turned_away.append(call_id)
            self.times_full += self.opening == "full"

    @contextmanager
    def let_in(self, call_id: str) -> Iterator[None]:
        """Hold a place for a call as long as the context lasts.

        Raises:
            NotOpen: Models still load, or every place is taken.
            CallInProgress: The id is in use.
        """
        if call_id in self._inside:
            raise CallInProgress(call_id)
        opening = self.opening
        if opening != "open":
            self.turn_away(call_id)
            raise NotOpen(opening)
        self._inside.add(call_id)
        if call_id in self.turned_away:
            self.turned_away.remove(call_id)
        try:
            yield
        finally:
            self._inside.discard(call_id)
