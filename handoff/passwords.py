"""Passwords: hashed with Argon2, off the event loop, a few at a time."""

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200
"""Characters; a longer one would only keep the machine busy."""

_hasher = PasswordHasher()
# A hash takes 64 MB and a core for a moment: calls go first.
_few = asyncio.Semaphore(2)


class PasswordRefused(ValueError):
    """The new password is too short or too long."""


def new_password() -> str:
    """Return a password nobody knows yet, easy to copy by hand."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


async def hashed(password: str) -> str:
    """Return what may be kept of a password; raises PasswordRefused."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefused(f"a password has {SHORTEST} to {LONGEST} characters")
    async with _few:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Tell whether it is the password; takes as long when there is none (`kept` is None)."""
    if len(password) > LONGEST:
        return False
    async with _few:
        nobody = await asyncio.to_thread(_nobody)  # the first to log in waits for it
        right = await asyncio.to_thread(_verify, kept or nobody, password)
    return right and kept is not None


@cache
def _nobody() -> str:
    """Checked when the name is unknown, so that the answer takes as long as for a known one."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
