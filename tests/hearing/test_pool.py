"""The pool is fair: who says a little waits for a piece of what another says, never for all."""

import asyncio
import threading

import numpy as np
import pytest

from bot.hearing.heard import RATE, Audio
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import Recogniser
from bot.hearing.whisper import Whisper


async def says(pool: Recogniser, who: float, parts: int) -> None:
    """Hand over what somebody says part by part, as the ears do."""
    for _ in range(parts):
        await pool.transcribe(np.full(RATE, who, np.float32), LanguageTrack("nl"))


async def test_a_long_monologue_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two parts of it everybody else has had their turn, first come first served."""
    pool = Recogniser(Whisper.__new__(Whisper), workers=1)  # nothing asks the model
    served: list[float] = []
    may_go_on = threading.Event()

    def serve(audio: Audio, *_told: object) -> None:
        may_go_on.wait()
        served.append(float(audio[0]))

    monkeypatch.setattr(pool, "recognise", serve)
    shouting = asyncio.create_task(says(pool, 0.0, 6))
    await asyncio.sleep(0)
    others = [asyncio.create_task(says(pool, who, 1)) for who in (1.0, 2.0, 3.0)]
    await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.gather(shouting, *others)
    assert served[:4] == [0.0, 1.0, 2.0, 3.0]
    assert served[4:] == [0.0] * 5
    pool.close()
