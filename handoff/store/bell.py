"""Bell: wakes everyone in this process who waits for something new."""

import asyncio


class Bell:
    """Take `next_ring()`, look whether there is something new, and wait for the ring if not.

    In that order no ring is missed: one between the look and the wait has set
    the event that is waited for.
    """

    def __init__(self) -> None:
        self._ring = asyncio.Event()

    def next_ring(self) -> asyncio.Event:
        """Return an event that is set at the next ring."""
        return self._ring

    def ring(self) -> None:
        """Wake everyone."""
        ring, self._ring = self._ring, asyncio.Event()
        ring.set()
