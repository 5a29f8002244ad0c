"""Memory: asks the C library to give back what calls no longer need.

Sound and what models make of it come and go in megabytes, in many threads. As it comes,
glibc keeps a pool for each thread and lets freed megabytes lie in them, hundreds of them
after a few calls. With few pools, and big pieces taken from the system one by one, little
lies idle; what does is given back now and then.
"""

import ctypes
import platform
from functools import cache

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""Numbers of `mallopt`, from glibc's malloc.h."""
ARENAS = 2
BIG = 6 << 20
"""Bytes from which a piece is taken from the system, and given back to it when freed.

Setting it also ends that glibc raises it by itself up to 32 MB. From 1 MB on, whatever Whisper's
layers pass to one another came fresh from the system, and to listen to a turn took half as long
again (0.098 s for 0.069 s).
"""


def keep_small() -> bool:
    """Set it so for this process; to be called before threads begin.

    Returns:
        Whether the C library is glibc and took it; others have no such setting.
    """
    glibc = _glibc()
    if glibc is None:
        return False
    settings = {_ARENA_MAX: ARENAS, _MMAP_THRESHOLD: BIG, _TRIM_THRESHOLD: BIG}
    return all(bool(glibc.mallopt(number, value)) for number, value in settings.items())


def give_back() -> None:
    """Give back what is free within the pools, where the C library is glibc; a few ms."""
    glibc = _glibc()
    if glibc is not None:
        glibc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
