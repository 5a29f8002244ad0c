"""Espeak: the espeak-ng engine of the package espeakng-loader, one for the whole process.

espeak-ng keeps its state in global variables of the C library: the voice, its
settings, the callback. So there is one engine a process and one lock around
each sentence; a sentence takes a few milliseconds, which is why nobody waits
long. Piper brings a copy of espeak-ng of its own (for phonemes), linked into
its extension: the two copies share nothing and may run at the same time.
"""

import ctypes
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import espeakng_loader

from bot.speaking.sound import Piece, Sound

_RETRIEVAL = 1  # AUDIO_OUTPUT_RETRIEVAL: give us the samples, touch no sound card
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report a failure, don't end the process
_UTF8 = 1  # espeakCHARS_UTF8
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_LONGEST_PATH = 120  # the library keeps its data path in a buffer of 160 bytes

_SAMPLES_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class EspeakError(RuntimeError):
    """espeak-ng can't be loaded, or can't speak this."""


class _CVoice(ctypes.Structure):
    # The head of espeak_VOICE in speak_lib.h.
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
    )


class _Engine:
    """The library, initialised on first use and never ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: ctypes.CDLL | None = None
        self._samples = bytearray()
        self._sample_rate = 0
        self._identifiers: dict[str, str] = {}
        # Held here because C keeps only a pointer to it.
        self._callback = _SAMPLES_CALLBACK(self._take)

    def _take(self, samples: Any, count: int, _events: object) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return 0

    def _open(self) -> ctypes.CDLL:
        if self._library is not None:
            return self._library
        try:
            library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = _short(Path(espeakng_loader.get_data_path()))
        except (OSError, RuntimeError) as error:
            raise EspeakError(f"espeak-ng can't be loaded: {error}") from error
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_CVoice))
        rate = library.espeak_Initialize(_RETRIEVAL, 0, str(data).encode(), _DONT_EXIT)
        if rate <= 0:
            raise EspeakError(f"espeak-ng found no data in {data}")
        library.espeak_SetSynthCallback(self._callback)
        self._sample_rate = rate
        self._identifiers = _identifiers(library)
        self._library = library
        return library

    def sample_rate(self) -> int:
        with self._lock:
            self._open()
            return self._sample_rate

    def synthesise(self, text: str, voice: str, rate: int, pitch: int, pitch_range: int) -> bytes:
        with self._lock:
            library = self._open()
            language, plus, variant = voice.partition("+")
            name = self._identifiers.get(language, language) + plus + variant
            if library.espeak_SetVoiceByName(name.encode()) != 0:
                raise EspeakError(f"espeak-ng has no voice {voice!r}")
            for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range)):
                library.espeak_SetParameter(parameter, value, 0)
            self._samples.clear()
            # A zero byte would end the text for C.
            written = text.replace("\0", " ").encode() + b"\0"
            failed = library.espeak_Synth(
                written, ctypes.c_size_t(len(written)), 0, 0, 0, _UTF8, None, None
            )
            library.espeak_Synchronize()
            if failed:
                raise EspeakError(f"espeak-ng failed with code {failed}")
            return bytes(self._samples)


def _identifiers(library: ctypes.CDLL) -> dict[str, str]:
    """Return voice file by language: espeak_SetVoiceByName knows "gmw/en", not "en-gb"."""
    found: dict[str, str] = {}
    voices = library.espeak_ListVoices(None)
    position = 0
    while voices[position]:
        voice = voices[position].contents
        position += 1
        if voice.languages and voice.identifier:
            # One byte of priority, then the language's code.
            language = ctypes.string_at(voice.languages + 1).decode()
            found.setdefault(language, voice.identifier.decode())
    return found


def _short(data: Path) -> Path:
    """Return a path to the data that fits espeak-ng's buffer."""
    if len(str(data).encode()) <= _LONGEST_PATH:
        return data
    link = Path(tempfile.mkdtemp(prefix="espeak-")) / data.name
    link.symlink_to(data, target_is_directory=True)
    return link


_ENGINE = _Engine()

_SLOWER = 0.78


@dataclass(frozen=True)
class EspeakVoice:
    """One way for espeak-ng to speak: a `Voice`, and the robot caller's too."""

    voice: str
    """A language with an optional variant: "nl", "nl+f2", "en-gb"."""
    rate: int = 150
    """Words a minute; espeak-ng's own default is 175."""
    pitch: int = 45
    """0 to 99."""
    pitch_range: int = 50
    """0 is monotonous, 99 sings."""
    stand_in: bool = False
    """Speaks only because the voice that is meant isn't there."""

    @property
    def name(self) -> str:
        """Engine, voice and settings: two voices of one name sound the same."""
        return f"espeak:{self.voice}:{self.rate}:{self.pitch}:{self.pitch_range}:{_SLOWER}"

    @property
    def sample_rate(self) -> int:
        """Samples a second of what `synthesise` returns."""
        return _ENGINE.sample_rate()

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        """Speak a text. Blocks for some milliseconds; safe in any thread.

        Args:
            text: Words as they are to be pronounced.
            slow: Speak slower, for a caller who asked.

        Returns:
            PCM, 16 bits signed, little-endian, mono.

        Raises:
            EspeakError: The engine or the voice is not there.
        """
        rate = round(self.rate * _SLOWER) if slow else self.rate
        return _ENGINE.synthesise(text, self.voice, rate, self.pitch, self.pitch_range)

    def pieces(self, text: str, slow: bool = False) -> Iterator[Piece]:
        """Yield what `synthesise` returns, in one piece: it takes no time worth cutting."""
        yield Piece(Sound(self.synthesise(text, slow), self.sample_rate), 1.0)
