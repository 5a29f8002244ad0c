"""Worker: how many calls one Kalm can carry on this machine, measured at the start."""

import time
from collections.abc import Callable

import numpy as np
import soxr
from loguru import logger

from bot.capacity import calls_at_most
from bot.hearing.expectation import Expectation
from bot.hearing.heard import RATE, Audio
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import Recogniser
from bot.machine import cores, memory_left
from bot.speaking.espeak import EspeakVoice

SENTENCE = "Goedemorgen, ik wil graag een afspraak maken."
"""Three seconds: a typical turn."""
SLOW_S = 0.45
"""A machine that takes longer for a turn is not asked twice, so that the start stays quick."""


def measured_capacity(recogniser: Recogniser) -> int:
    """Return how many calls this machine can carry; takes about half a second."""

    def recognise(audio: Audio) -> None:
        recogniser.recognise(audio, LanguageTrack("nl"), Expectation())

    seconds = seconds_a_turn(recognise)
    at_most = calls_at_most(
        seconds, cores=cores(), servers=recogniser.workers, memory=memory_left()
    )
    logger.info(f"a turn is recognised in {seconds:.2f} s: at most {at_most} calls at a time")
    return at_most


def seconds_a_turn(
    recognise: Callable[[Audio], None],
    now: Callable[[], float] = time.perf_counter,
    spent: Callable[[], float] = time.process_time,
) -> float:
    """Return what a typical turn takes where nothing else runs: the better of two.

    Something else often runs while a machine starts, and would cost places until the next start.
    It makes a turn take longer, but not take more of the processor: an idle machine recognises
    a turn in the processor's seconds or less, as they are counted over all cores.

    Args:
        recognise: Recognises sound at 16 kHz, warmed up.
        now: Seconds that never go back.
        spent: Seconds that the processor has worked for this process.
    """
    audio = _typical_turn()
    took: list[float] = []
    slow = False
    while len(took) < 2 and not slow:
        begin, worked = now(), spent()
        recognise(audio)
        waited = now() - begin
        took.append(min(waited, spent() - worked))
        slow = waited > SLOW_S
    return min(took)


def _typical_turn() -> Audio:
    voice = EspeakVoice("nl")
    sound = np.frombuffer(voice.synthesise(SENTENCE), np.int16).astype(np.float32) / 32768
    heard: Audio = soxr.resample(sound, voice.sample_rate, RATE).astype(np.float32)
    return heard
