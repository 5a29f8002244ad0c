"""Throttle: slows down who guesses passwords."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
LIMITS = {"pair": 5, "address": 30, "name": 50}
"""Failures within WINDOW after which no more tries are taken. The limit for one name
from one address is low; that for a name from anywhere is high, so that a stranger
cannot easily keep an agent out."""
MANY = 10_000
"""Keys remembered at most; beyond that the oldest are forgotten."""


class Throttle:
    """Counts failed logins by name and address, in this process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, ...], deque[datetime]] = {}

    def wait(self, name: str, address: str) -> timedelta | None:
        """Return how long until another try is taken; None when one is taken now."""
        now = self._clock()
        longest: timedelta | None = None
        for key in _keys(name, address):
            failures = self._failures.get(key, deque())
            while failures and now - failures[0] >= WINDOW:
                failures.popleft()
            limit = LIMITS[key[0]]
            if len(failures) >= limit:
                left = failures[-limit] + WINDOW - now
                longest = max(longest or left, left)
        return longest

    def failed(self, name: str, address: str) -> None:
        """Count a failure."""
        now = self._clock()
        for key in _keys(name, address):
            failures = self._failures.pop(key, deque(maxlen=LIMITS[key[0]]))
            failures.append(now)
            self._failures[key] = failures
        while len(self._failures) > MANY:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, name: str, address: str) -> None:
        """Take back the latest failure: it was none. Forget the pair's own altogether."""
        for key in _keys(name, address):
            failures = self._failures.get(key)
            if failures:
                failures.pop()
            if key[0] == "pair" or not failures:
                self._failures.pop(key, None)


def _keys(name: str, address: str) -> list[tuple[str, ...]]:
    name = name.casefold()
    return [("pair", name, address), ("address", address), ("name", name)]
