"""The clock: the only way Kalm asks what time it is.

Everything that reads the time takes a `Clock`, so that a test decides what
day it is and no test waits for a wall clock.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment as an aware datetime in UTC."""


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)
