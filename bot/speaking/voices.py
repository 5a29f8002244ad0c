"""Voices: who speaks which language, and a sentence's sound, from cache or made now.

Each model is loaded once for all calls. Sound is made in a small pool of
threads, never on the event loop. When a voice fails, another takes over: the
caller never hears silence.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, get_args

from loguru import logger

from bot.events import Language
from bot.speaking.cache import SpeechCache
from bot.speaking.espeak import EspeakVoice
from bot.speaking.fitting import Fitting
from bot.speaking.free_text import spoken_text
from bot.speaking.making import Making
from bot.speaking.piper import PiperVoice, parts_folder
from bot.speaking.pronunciations import pronunciations
from bot.speaking.sentences import sentences
from bot.speaking.sound import Piece, Sound, joined

Sleep = Callable[[float], Awaitable[None]]

LOOK_AGAIN_S = 2.0
"""Seconds after which it is looked again whether it is quiet enough to speak ahead."""
_PATIENCE = 4.0
"""Seconds that a piece of a sentence may take before another voice is asked."""

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

    def pieces(self, text: str, slow: bool = False) -> Iterator[Piece]:
        """Speak a text piece by piece; joined they are the whole. Blocks at each."""
        ...


class ModelPaths(Protocol):
    """Where models lie; `bot.models.Models` is one."""

    def path(self, name: str) -> Path:
        """Return a model's path; raises when it is not there."""
        ...


class Voices:
    """The voices of the house, one a language, shared by all calls."""

    def __init__(self, voices: Mapping[Language, Voice], cache: SpeechCache) -> None:
        """Take the voices and a cache; `load` makes both."""
        self._voices = dict(voices)
        self._cache = cache
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="voice")
        self._apologies: dict[Language, Sound] = {}
        self._for_disk: dict[str, Language] = {}
        self._makings: dict[tuple[str, Language, bool], Making] = {}
        self._tasks: set[asyncio.Task[None]] = set()
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
        making = self._made(spoken_text(text, language), language, slow)
        sound = await making.whole()
        if sample_rate is None or sample_rate == sound.sample_rate:
            return sound
        return await asyncio.to_thread(Fitting(sample_rate).whole, sound)

    async def pieces(
        self, text: str, language: Language, slow: bool = False, sample_rate: int | None = None
    ) -> AsyncIterator[Piece]:
        """Yield a sentence's sound as it is made; never raises for a voice that fails.

        What was made before comes whole. Arguments are those of `sound`.
        """
        making = self._made(spoken_text(text, language), language, slow)
        fitting, held_back = Fitting(sample_rate), 0.0
        async for piece in making.pieces():
            fit = fitting.whole if piece.share == 1.0 else fitting.next
            fitted = await asyncio.to_thread(fit, piece.sound)
            held_back += piece.share
            if fitted.pcm:
                yield Piece(fitted, held_back)
                held_back = 0.0
        rest = await asyncio.to_thread(fitting.rest)
        if rest.pcm:
            yield Piece(rest, held_back)

    async def get_ready(self, text: str, language: Language, slow: bool = False) -> None:
        """Make the sound of a text's first sentence or clause, in case it is said next.

        Args:
            text: What may be said; numbers and the like may be left in it.
            language: Whose voice.
            slow: The caller asked to speak slower.
        """
        for first in sentences(spoken_text(text, language), language)[:1]:
            await self._made(spoken_text(first, language), language, slow).whole()

    def _made(self, words: str, language: Language, slow: bool) -> Making:
        """Return a sentence as it is made; who asks for one in the making listens to the same."""
        key = words, language, slow
        making = self._makings.get(key)
        if making is None:
            making = self._makings[key] = Making()
            # A task of its own: who listens may be cut off, and another may want it all the same.
            task = asyncio.create_task(self._make(making, words, language, slow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: self._makings.pop(key, None))
        return making

    async def _make(self, making: Making, words: str, language: Language, slow: bool) -> None:
        try:
            for voice in (self._voices[language], _ESPEAK[language]):
                attempt = _Attempt(making, asyncio.get_running_loop())
                try:
                    await self._let_speak(voice, words, slow, attempt)
                    return
                except Exception as error:
                    logger.error(f"the voice {voice.name} failed to say {words!r}: {error!r}")
                finally:
                    attempt.given_up = True
            logger.error("no voice works; the caller hears the apology made at the start")
            apology = self._apologies.get(language) or Sound(bytes(2 * 8000), 8000)
            making.add(Piece(apology, 1.0))
        finally:
            making.end()

    async def _let_speak(self, voice: Voice, words: str, slow: bool, attempt: "_Attempt") -> None:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, self._speak, voice, words, slow, attempt.tell)
        work.add_done_callback(lambda _: attempt.news.set())
        while not work.done():
            attempt.news.clear()
            async with asyncio.timeout(_PATIENCE):
                await attempt.news.wait()
        work.result()

    def _sound(self, voice: Voice, words: str, slow: bool) -> Sound:
        """Return a sentence whole. Blocks."""
        pieces: list[Piece] = []
        self._speak(voice, words, slow, pieces.append)
        return joined(pieces)

    def _speak(self, voice: Voice, words: str, slow: bool, tell: Callable[[Piece], None]) -> None:
        """Tell a sentence piece by piece, without the silence before it. Blocks."""
        key = SpeechCache.key(voice.name, words, slow)
        kept = self._cache.get(key)
        if kept is not None:
            tell(Piece(Sound(kept, voice.sample_rate).at_once(), 1.0))
            return
        made: list[bytes] = []
        silent: list[Piece] = []
        begun = False
        for piece in voice.pieces(words, slow):
            made.append(piece.sound.pcm)
            if begun:
                tell(piece)
                continue
            silent.append(piece)
            if not (so_far := joined(silent)).is_faint:
                begun = True
                tell(Piece(so_far.at_once(), sum(each.share for each in silent)))
        pcm = b"".join(made)
        if not pcm and any(sign.isalpha() for sign in words):
            raise RuntimeError("no sound came out")
        if not begun:
            tell(Piece(Sound(pcm, voice.sample_rate), 1.0))
        self._cache.put(key, pcm, on_disk=words in self._for_disk)

    def close(self) -> None:
        """End the threads; a sentence in the making is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _choose(models: ModelPaths, language: Language) -> Voice:
    try:
        model = models.path(f"piper-{language}")
        return PiperVoice(model, parts_folder(model))
    except Exception as error:
        voice = _ESPEAK[language]
        logger.warning(f"espeak-ng stands in for the {language} voice: {error}")
        return voice


@dataclass
class _Attempt:
    """One voice's try at a sentence, whose thread can't be stopped once it is given up."""

    making: Making
    loop: asyncio.AbstractEventLoop
    given_up: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is another piece, or the end."""

    def tell(self, piece: Piece) -> None:
        """Hand a piece over to the event loop; called in the thread that made it."""
        self.loop.call_soon_threadsafe(self._take, piece)

    def _take(self, piece: Piece) -> None:
        if not self.given_up:
            self.making.add(piece)
            self.news.set()
