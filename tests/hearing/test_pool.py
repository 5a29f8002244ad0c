"""The pool is fair: who says a little waits for a piece of what another says, never for all."""

import asyncio
import threading
from collections.abc import Callable

import numpy as np

from bot.hearing.expectation import Expectation
from bot.hearing.heard import RATE, Audio, Heard
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import Recogniser
from bot.hearing.whisper import Whisper


class Counting(Recogniser):
    """A pool of one worker that writes down nothing but whose turn it was."""

    def __init__(self) -> None:
        super().__init__(Whisper.__new__(Whisper), workers=1)  # nothing asks the model
        self.served: list[float] = []
        self.may_go_on = threading.Event()

    def recognise(
        self,
        audio: Audio,
        languages: LanguageTrack,
        expectation: Expectation,
        dropped: Callable[[], bool] = lambda: False,
    ) -> Heard | None:
        self.may_go_on.wait()
        self.served.append(float(audio[0]))
        return None


async def says(pool: Recogniser, who: float, parts: int) -> None:
    """Hand over what somebody says part by part, as the ears do."""
    for _ in range(parts):
        await pool.transcribe(np.full(RATE, who, np.float32), LanguageTrack("nl"))


async def test_a_long_monologue_keeps_nobody_waiting() -> None:
    """Between two parts of it everybody else has had their turn, first come first served."""
    pool = Counting()
    shouting = asyncio.create_task(says(pool, 0.0, 6))
    await asyncio.sleep(0)
    others = [asyncio.create_task(says(pool, who, 1)) for who in (1.0, 2.0, 3.0)]
    await asyncio.sleep(0)
    pool.may_go_on.set()
    await asyncio.gather(shouting, *others)
    assert pool.served[:4] == [0.0, 1.0, 2.0, 3.0]
    assert pool.served[4:] == [0.0] * 5
    pool.close()
