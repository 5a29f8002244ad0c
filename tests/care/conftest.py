"""What the tests of care share: a call centre with care, and time in our own hands."""

from tests.care.centre import cared, timers
from tests.handoff.conftest import accounts, clock, journal, quick_hashes, url

__all__ = ["accounts", "cared", "clock", "journal", "quick_hashes", "timers", "url"]
