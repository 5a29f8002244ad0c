"""Memory: what is freed goes back to the system."""

import platform
import subprocess
import sys

import pytest

CALLS = """
import numpy as np
from threading import Thread
from bot.memory import give_back, keep_small
assert keep_small()

def resident():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024

kept = []
def call():
    sounds = []
    for _ in range(20):
        sounds.append(np.ones(2 << 20, np.uint8))
        kept.append(bytes(2000))  # lies on top, as small things do that live on

before = resident()
for _ in range(8):
    thread = Thread(target=call)
    thread.start()
    thread.join()
give_back()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_sound_that_is_freed_goes_back_to_the_system() -> None:
    """Eight threads make 40 MB each and end; a few MB stay once it is given back, not hundreds."""
    done = subprocess.run(
        [sys.executable, "-c", CALLS], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 20
