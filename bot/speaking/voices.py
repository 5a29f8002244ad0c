"""Voices: who speaks which language, and a sentence's sound, from cache or made now.

Each model is loaded once for all calls. Sound is made in a small pool of
threads, never on the event loop. When a voice fails, another takes over: the
caller never hears silence.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, get_args

import numpy as np
import soxr
from loguru import logger

from bot.events import Language
from bot.speaking.cache import SpeechCache
from bot.speaking.espeak import EspeakVoice
from bot.speaking.free_text import spoken_text
from bot.speaking.piper import PiperVoice
from bot.speaking.pronunciations import pronunciations
from bot.speaking.sentences import sentences

Sleep = Callable[[float], Awaitable[None]]

LOOK_AGAIN_S = 2.0
"""Seconds after which it is looked again whether it is quiet enough to speak ahead."""
_PATIENCE = 4.0
"""Seconds that a sentence may take before another voice is asked."""

_FAINT = 200
"""Of 32768: what is softer is a voice's breath and noise."""
_ATTACK_S = 0.01
"""Kept before the first sound, so that no consonant is clipped."""

_ESPEAK: dict[Language, EspeakVoice] = {
    "nl": EspeakVoice("nl+m3", rate=140, pitch=40, stand_in=True),
    "en": EspeakVoice("en-gb", rate=155, pitch=45, stand_in=True),
}

_APOLOGY: dict[Language, str] = {
    "nl": "Excuus, er ging iets mis met mijn stem.",
    "en": "Sorry, something went wrong with my voice.",
}


class Voice(Protocol):
    """Somebody who can speak one language."""

    @property
    def name(self) -> str:
        """Engine, voice and settings: two voices of one name sound the same."""
        ...

    @property
    def sample_rate(self) -> int:
        """Samples a second of what `synthesise` returns."""
        ...

    @property
    def stand_in(self) -> bool:
        """Whether it speaks only because the voice that is meant isn't there."""
        ...

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        """Speak a text: PCM, 16 bits, mono. Blocks."""
        ...

    def pieces(self, text: str, slow: bool = False) -> Iterator[bytes]:
        """Speak a text piece by piece: PCM, 16 bits, mono; joined they are the whole.

        Blocks at each.
        """
        ...


class ModelPaths(Protocol):
    """Where models lie; `bot.models.Models` is one."""

    def path(self, name: str) -> Path:
        """Return a model's path; raises when it is not there."""
        ...


@dataclass(frozen=True)
class Sound:
    """PCM, 16 bits signed, little-endian, mono."""

    pcm: bytes
    sample_rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / 2 / self.sample_rate

    def at_once(self) -> "Sound":
        """Return it without the silence before its first sound: callers wait for that."""
        samples = np.frombuffer(self.pcm, np.int16)
        heard = np.flatnonzero(np.abs(samples.astype(np.int32)) > _FAINT)
        if not heard.size:
            return self
        begin = max(0, int(heard[0]) - int(_ATTACK_S * self.sample_rate))
        return Sound(self.pcm[2 * begin :], self.sample_rate)

    def after(self, share: float) -> "Sound":
        """Return what is left of it after a share, 0 to 1, has been played."""
        return Sound(self.pcm[2 * int(share * len(self.pcm) / 2) :], self.sample_rate)


class Voices:
    """The voices of the house, one a language, shared by all calls."""

    def __init__(self, voices: Mapping[Language, Voice], cache: SpeechCache) -> None:
        """Take the voices and a cache; `load` makes both."""
        self._voices = dict(voices)
        self._cache = cache
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="voice")
        self._apologies: dict[Language, Sound] = {}
        self._for_disk: dict[str, Language] = {}
        self._making: dict[tuple[str, Language, bool], asyncio.Task[Sound]] = {}
        self.left_to_make = 0
        """Fixed sentences of which it is not known that they are on disk."""

    @classmethod
    def load(cls, models: ModelPaths, cache_folder: Path | None) -> "Voices":
        """Load a voice a language: Piper where its model lies, else espeak-ng, which is logged.

        Args:
            models: Tells where `piper-nl` and `piper-en` lie.
            cache_folder: Where fixed sentences are kept; None for memory only.
        """
        chosen: dict[Language, Voice] = {}
        for language in get_args(Language):
            pronunciations(language)  # A broken file must show at the start, not in a call.
            chosen[language] = _choose(models, language)
        voices = cls(chosen, SpeechCache(cache_folder))
        voices.prepare_apologies()
        return voices

    def voice(self, language: Language) -> Voice:
        """Return who speaks a language."""
        return self._voices[language]

    def keep_on_disk(self, texts: Iterable[str], language: Language) -> None:
        """Allow the sentences of fixed texts to be kept on disk, for a quick start tomorrow.

        All other sentences may name a customer or an amount; they live in
        memory only, and are gone when the process ends.

        Args:
            texts: Answers in which nothing is filled in.
            language: Of the texts.
        """
        for text in texts:
            cut = sentences(spoken_text(text, language), language)
            self._for_disk.update(dict.fromkeys(cut, language))
        self.left_to_make = len(self._for_disk)

    async def make_ahead(self, quiet: Callable[[], bool], sleep: Sleep = asyncio.sleep) -> None:
        """Speak the fixed sentences that are not on disk yet, one by one, while it is quiet.

        A sentence takes a quarter of a second of a processor, for which its first caller
        would wait. Whoever calls meanwhile is not made to wait by it.

        Args:
            quiet: Whether nobody needs the machine.
            sleep: Waits for so many seconds; tests pass virtual time.
        """
        loop = asyncio.get_running_loop()
        wanted = list(self._for_disk.items())
        for done, (words, language) in enumerate(wanted):
            self.left_to_make = len(wanted) - done
            while not quiet():
                await sleep(LOOK_AGAIN_S)
            try:
                await loop.run_in_executor(self._pool, self._make_one_ahead, words, language)
            except Exception as error:  # a call will ask another voice for it
                logger.warning(f"{words!r} can't be spoken ahead: {error!r}")
        self.left_to_make = 0

    def _make_one_ahead(self, words: str, language: Language) -> None:
        voice = self._voices[language]
        key = SpeechCache.key(voice.name, words, False)
        if not voice.stand_in and not self._cache.on_disk(key):
            self._cache.lay_by(key, voice.synthesise(words))

    def prepare_apologies(self) -> None:
        """Speak the apologies now, for the day that no voice works. Blocks."""
        for language, text in _APOLOGY.items():
            self.keep_on_disk([text], language)
            try:
                self._apologies[language] = self._sound(self._voices[language], text, False)
            except Exception:
                logger.exception(f"the voice {self._voices[language].name} can't speak")

    async def sound(
        self, text: str, language: Language, slow: bool = False, sample_rate: int | None = None
    ) -> Sound:
        """Return a sentence as sound; never raises for a voice that fails.

        Args:
            text: What to say; digits and symbols that are left in it are said in words.
            language: Whose voice.
            slow: The caller asked to speak slower.
            sample_rate: Rate that is wanted; the voice's own when None.
        """
        words = spoken_text(text, language)
        sound = await self._from_someone(words, language, slow)
        if sample_rate is None or sample_rate == sound.sample_rate:
            return sound
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _resample, sound, sample_rate)

    async def get_ready(self, text: str, language: Language, slow: bool = False) -> None:
        """Make the sound of a text's first sentence or clause, in case it is said next.

        Args:
            text: What may be said; numbers and the like may be left in it.
            language: Whose voice.
            slow: The caller asked to speak slower.
        """
        for first in sentences(spoken_text(text, language), language)[:1]:
            await self._from_someone(spoken_text(first, language), language, slow)

    async def _from_someone(self, words: str, language: Language, slow: bool) -> Sound:
        """Return a sentence as sound; who asks for one in the making waits for the same."""
        key = words, language, slow
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(self._make(words, language, slow))
            making.add_done_callback(lambda _: self._making.pop(key, None))
        # Who waits may be cut off; another may want it all the same.
        return await asyncio.shield(making)

    async def _make(self, words: str, language: Language, slow: bool) -> Sound:
        loop = asyncio.get_running_loop()
        for voice in (self._voices[language], _ESPEAK[language]):
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await loop.run_in_executor(self._pool, self._sound, voice, words, slow)
            except Exception as error:
                logger.error(f"the voice {voice.name} failed to say {words!r}: {error!r}")
        logger.error("no voice works; the caller hears the apology made at the start")
        return self._apologies.get(language) or Sound(bytes(2 * 8000), 8000)

    def _sound(self, voice: Voice, words: str, slow: bool) -> Sound:
        key = SpeechCache.key(voice.name, words, slow)
        pcm = self._cache.get(key)
        if pcm is None:
            pcm = voice.synthesise(words, slow)
            if not pcm and any(sign.isalpha() for sign in words):
                raise RuntimeError("no sound came out")
            self._cache.put(key, pcm, on_disk=words in self._for_disk)
        return Sound(pcm, voice.sample_rate).at_once()

    def close(self) -> None:
        """End the threads; a sentence in the making is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _choose(models: ModelPaths, language: Language) -> Voice:
    try:
        return PiperVoice(models.path(f"piper-{language}"))
    except Exception as error:
        voice = _ESPEAK[language]
        logger.warning(f"espeak-ng stands in for the {language} voice: {error}")
        return voice


def _resample(sound: Sound, sample_rate: int) -> Sound:
    samples = np.frombuffer(sound.pcm, dtype=np.int16)
    resampled = soxr.resample(samples, sound.sample_rate, sample_rate)
    return Sound(np.asarray(resampled, dtype=np.int16).tobytes(), sample_rate)
