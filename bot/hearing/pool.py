"""The pool: one Whisper for all calls, off the event loop, first come first served.

Turns queue in the order they ended. That is fair as long as turns are short,
and they are: longer speech arrives in parts of at most 25 s, each of which
queues anew. When too many wait, a turn is refused at once; better to hear
"could you say that again" than silence.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from loguru import logger

from bot.events import Language
from bot.hearing.expectation import Expectation
from bot.hearing.filters import (
    Evidence,
    invented,
    said_once,
    too_little_speech,
    too_many_digits,
)
from bot.hearing.heard import RATE, Audio, Heard
from bot.hearing.languages import OTHER, LanguageTrack
from bot.hearing.number import SIGNS, is_number, may_be_number, number
from bot.hearing.vocabulary import DICTATED, echoes, hints
from bot.hearing.voice import voiced_s
from bot.hearing.whisper import FULL_S, Care, Draft, Listened, Whisper, compression
from bot.models import Models

T = TypeVar("T")


class PoolBusy(Exception):
    """More turns wait than can be recognised in good time."""


class Recogniser:
    """Recognition for all calls of this process."""

    def __init__(self, whisper: Whisper, *, workers: int, waiting: int = 32):
        """Recognise `workers` turns at a time, and let at most `waiting` others wait."""
        self._whisper = whisper
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="hearing")
        self._beside = ThreadPoolExecutor(workers, thread_name_prefix="beside")
        self._room = workers + waiting
        self._inside = 0
        self.workers = workers
        """Turns that are recognised at the same time."""
        self.full_windows = self.refused = 0
        """Turns that took the full window, and turns for which there was no room."""

    @property
    def inside(self) -> int:
        """Turns that are recognised now, or wait for it."""
        return self._inside

    @classmethod
    def load(cls, models: Models, cores: int | None = None) -> "Recogniser":
        """Load and warm up the model; blocks for a second or two. Raises ModelMissing.

        Args:
            models: Tells where the weights lie.
            cores: That may be used; all of the machine's when None.
        """
        # A turn on two threads takes as long as on one here and costs half as much again;
        # two turns side by side take half the time.
        workers = min(cores or os.cpu_count() or 1, 8)
        whisper = Whisper(models.path("whisper-base"), threads=1, workers=workers)
        whisper.warm_up()
        return cls(whisper, workers=workers)

    def close(self) -> None:
        """Let go of the threads; what waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._beside.shutdown(wait=False, cancel_futures=True)

    @property
    def idle(self) -> bool:
        """Whether nothing is being recognised."""
        return self._inside == 0

    async def transcribe(
        self,
        audio: Audio,
        languages: LanguageTrack,
        expectation: Expectation = Expectation(),  # noqa: B008 - frozen, so it can be shared
    ) -> Heard | None:
        """Recognise a turn of at most 30 s at 16 kHz; None when nothing was said.

        Raises PoolBusy.
        """
        if self._inside >= self._room:
            self.refused += 1
            raise PoolBusy(f"{self._inside} turns wait for recognition")
        self._inside += 1
        dropped = threading.Event()
        work = partial(self.recognise, audio, languages, expectation, dropped.is_set)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except asyncio.CancelledError:
            dropped.set()
            raise
        finally:
            self._inside -= 1

    def recognise(
        self,
        audio: Audio,
        languages: LanguageTrack,
        expectation: Expectation,
        dropped: Callable[[], bool] = lambda: False,
    ) -> Heard | None:
        """Recognise a turn in this thread; nothing once it is `dropped`, for others wait."""
        audio = audio[: FULL_S * RATE]
        voiced = self._beside.submit(voiced_s, audio)  # a sixth of the time that listening takes
        listened = self._whisper.listen(audio)
        speech_s = voiced.result()
        evidence = Evidence("", 0.0, 0.0, 0.0, speech_s, len(audio) / RATE)
        if too_little_speech(evidence) or dropped():
            return None
        likely = self._ahead(partial(self._whisper.languages, listened))
        plain = self._ahead(partial(self._whisper.draft, listened, languages.language, ""))
        track, draft = self._draft(listened, likely, languages, expectation, speech_s)
        language = track.language
        told = hints(language, expectation)
        answered = expectation.answers(draft.words, language) == "whole"
        if draft.poor and not answered and not dropped():
            # Hints lead astray when something quite different was said.
            same = language == languages.language
            draft = _better(draft, plain() if same else self._whisper.draft(listened, language, ""))
        if draft.hopeless and not answered and not dropped():
            self.full_windows += 1
            full = self._whisper.listen(audio, full=True)
            draft = _better(draft, self._whisper.draft(full, language, told))
        once = said_once(draft.words, speech_s)
        draft = replace(draft, words=once, compression=compression(once))
        why = invented(
            Evidence(
                words=draft.words,
                score=draft.score,
                no_speech=draft.no_speech,
                compression=draft.compression,
                speech_s=speech_s,
                seconds=len(audio) / RATE,
                hints=told,
            )
        )
        if why:
            logger.debug(f"Not understood from {len(audio) / RATE:.1f} s of sound: {why}")
            return None
        other = languages.probability(likely())
        return Heard(
            words=draft.words,
            confidence=draft.confidence,
            language=language,
            language_probability=1 - other if language == languages.language else other,
            no_speech=draft.no_speech,
            speech_s=speech_s,
            languages=track,
            perhaps_part=draft.perhaps_part,
        )

    def _ahead(self, work: Callable[[], T]) -> Callable[[], T]:
        """Return what gives the result of work that may be wanted.

        It is begun at once when no other turn has use for the core, and else when it is asked for;
        so it is for a turn that is not in the queue, of which the time shall be as among others.
        """
        if self._inside != 1 or self.workers == 1:
            return cache(work)
        return self._beside.submit(work).result

    def _draft(
        self,
        listened: Listened,
        likely: Callable[[], dict[str, float]],
        languages: LanguageTrack,
        expectation: Expectation,
        speech_s: float,
    ) -> tuple[LanguageTrack, Draft]:
        """Write the turn down in the call's language, or in a new one that reads as well."""

        def draft(language: Language) -> Draft:
            def whole(text: str) -> bool:
                answers = expectation.answers(text, language)
                return answers == "whole" and not too_many_digits(text, speech_s)

            told = hints(language, expectation)
            dictation = expectation.kind in DICTATED[language]
            care: Care = "dictation" if dictation else "quick"
            words = self._whisper.draft(listened, language, told, care)
            if dictation and (echoes(words.words) or too_many_digits(words.words, speech_s)):
                free = self._whisper.draft(listened, language, "", care)
                if not is_number(free.words):
                    return free  # "say that again" came back as the number in the hints
            signs = SIGNS.get(expectation.kind)
            letters = expectation.kind == "postcode"
            if signs is None or not may_be_number(words, whole, letters=letters):
                return words
            ways = self._whisper.spelled(listened, language, told, signs)
            return number(words, ways, whole, letters=letters)

        before = draft(languages.language)
        likelihood = likely()
        if not languages.leans(likelihood, speech_s):
            return languages.after(likelihood, speech_s), before
        other = draft(OTHER[languages.language])
        track = languages.after(likelihood, speech_s, other.score - before.score)
        return track, before if track.language == languages.language else other


def _better(one: Draft, other: Draft) -> Draft:
    """Return the draft that repeats itself less, then the likelier one."""
    return max(one, other, key=lambda draft: (not draft.circles, draft.score))
