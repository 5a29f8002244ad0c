"""Music: what a caller hears while waiting for a person: calm, quiet, and nobody's property.

Our own is made of a few soft chords by the code below, once for each sample
rate; a company may give a sound file of its own. It loops without a click.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

LEVEL_DB = -28.0
"""RMS over the loop, to full scale: below the bot's voice, above the noise of a telephone."""
_LOUDEST_DB = -22.0
"""A company's own music is brought down to this, never up."""
_FADE_S = 0.25
"""In and out, when music begins and gives way to words."""
_SEAM_S = 2.0
"""Over which a file's end passes into its beginning."""
_SHORTEST_S, _LONGEST_S = 5.0, 600.0

_CHORD_S = 8.0
_CHORDS: tuple[tuple[float, ...], ...] = (
    (349.23, 440.00, 523.25, 659.26),  # F major seven
    (329.63, 392.00, 523.25, 783.99),  # C over E
    (349.23, 440.00, 587.33, 698.46),  # D minor seven over F
    (392.00, 523.25, 587.33, 783.99),  # G, suspended
)
"""In Hz; none below 320, for a telephone carries 300 to 3400."""
_BELLS: tuple[tuple[float, float], ...] = (
    (2.0, 1046.50), (5.0, 880.00), (10.0, 783.99), (13.5, 1046.50),
    (18.0, 1174.66), (21.5, 880.00), (26.0, 1046.50), (29.0, 783.99),
)  # fmt: skip
"""Second and Hz of a few soft high notes."""
_OVERTONES = ((1, 1.0), (2, 0.22), (3, 0.06))

Samples = npt.NDArray[np.float32]


class UnreadableMusic(Exception):
    """A company's music can't be played; the text names the file and the cure."""


class Music:
    """A loop, at any sample rate."""

    def __init__(self, file: Path | None = None) -> None:
        """Take a company's own music, or none; raises UnreadableMusic."""
        self._file = _read(file) if file is not None else None
        self._loops: dict[int, bytes] = {}

    def loop(self, sample_rate: int) -> bytes:
        """Return the loop as PCM, 16 bits, mono; made at the first call. Blocks."""
        if sample_rate not in self._loops:
            self._loops[sample_rate] = _pcm(self._made(sample_rate))
        return self._loops[sample_rate]

    def _made(self, sample_rate: int) -> Samples:
        if self._file is None:
            return compose(sample_rate)
        samples, rate = self._file
        if rate != sample_rate:
            samples = soxr.resample(samples, rate, sample_rate)
        return _seamless(samples, sample_rate)


class Playing:
    """One call's place in the music; it goes on where words broke it off."""

    def __init__(self, loop: bytes, sample_rate: int) -> None:
        self._loop = loop
        self._rate = sample_rate
        self._at = 0
        self._gain = 0.0

    def next(self, seconds: float) -> bytes:
        """Return the next piece, fading in from silence."""
        return self._piece(seconds, 1.0)

    def ending(self) -> bytes:
        """Return the last piece before words, fading out to silence."""
        return self._piece(_FADE_S, 0.0)

    def broken_off(self) -> None:
        """Begin from silence the next time."""
        self._gain = 0.0

    def _piece(self, seconds: float, towards: float) -> bytes:
        count = int(seconds * self._rate)
        loop = np.frombuffer(self._loop, "<i2")
        samples = loop[(self._at + np.arange(count)) % len(loop)].astype(np.float32)
        self._at = (self._at + count) % len(loop)
        step = count / (_FADE_S * self._rate)
        end = min(towards, self._gain + step) if towards else max(0.0, self._gain - step)
        gain = np.linspace(self._gain, end, count, dtype=np.float32)
        self._gain = end
        piece: bytes = np.rint(samples * gain).astype("<i2").tobytes()
        return piece


def compose(sample_rate: int) -> Samples:
    """Return our own music: four chords of slow swelling tones, a few high notes, 32 seconds.

    Every sound that outlasts the loop goes on at its beginning, so there is no seam.
    """
    count = int(len(_CHORDS) * _CHORD_S * sample_rate)
    loop = np.zeros(count, np.float64)
    for number, chord in enumerate(_CHORDS):
        for voice, hertz in enumerate(chord):
            # Voices enter one after the other, as players do.
            _add(loop, number * _CHORD_S + 0.4 * voice, _pad(hertz, sample_rate), sample_rate)
    for at, hertz in _BELLS:
        _add(loop, at, 0.35 * _bell(hertz, sample_rate), sample_rate)
    return _at_level(loop.astype(np.float32), LEVEL_DB)


def _pad(hertz: float, rate: int) -> npt.NDArray[np.float64]:
    """Return a tone that swells and fades, as of strings far away."""
    seconds, swell, fade = _CHORD_S + 2.0, 2.5, 4.0
    time = np.arange(int(seconds * rate)) / rate
    envelope = np.clip(time / swell, 0, 1) * np.clip((seconds - time) / fade, 0, 1)
    breath = 1 + 0.08 * np.sin(2 * np.pi * 0.23 * time + hertz)
    swelling: npt.NDArray[np.float64] = np.sin(envelope * np.pi / 2) ** 2 * breath
    return _tone(hertz, time) * swelling


def _bell(hertz: float, rate: int) -> npt.NDArray[np.float64]:
    """Return a soft high note that dies away."""
    time = np.arange(int(4.0 * rate)) / rate
    return _tone(hertz, time) * np.clip(time / 0.03, 0, 1) * np.exp(-time / 0.9)


def _tone(hertz: float, time: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    tone = np.zeros_like(time)
    for number, strength in _OVERTONES:
        tone += strength * np.sin(2 * np.pi * number * hertz * time)
    return tone


def _add(
    loop: npt.NDArray[np.float64], at: float, sound: npt.NDArray[np.float64], rate: int
) -> None:
    places = (int(at * rate) + np.arange(len(sound))) % len(loop)
    np.add.at(loop, places, sound)


def _at_level(samples: Samples, decibel: float) -> Samples:
    level = float(np.sqrt((samples.astype(np.float64) ** 2).mean()))
    return (samples * (10 ** (decibel / 20) / level)).astype(np.float32)


def _seamless(samples: Samples, rate: int) -> Samples:
    """Let the end pass into the beginning."""
    seam = int(min(_SEAM_S, len(samples) / rate / 4) * rate)
    rising = np.sin(np.linspace(0, np.pi / 2, seam, dtype=np.float32))
    body = samples[:-seam].copy()
    body[:seam] = samples[:seam] * rising + samples[-seam:] * rising[::-1]
    return body


def _pcm(samples: Samples) -> bytes:
    return np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def _read(file: Path) -> tuple[Samples, int]:
    cure = "Give a WAV, FLAC, OGG or MP3 file of five seconds to ten minutes in KALM_MUSIC."
    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise UnreadableMusic(f"{file}: this music can't be read. {cure}") from error
    mono: Samples = samples.mean(axis=1, dtype=np.float32)
    seconds = len(mono) / rate
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise UnreadableMusic(f"{file}: this music lasts {seconds:.0f} s. {cure}")
    level = float(np.sqrt((mono.astype(np.float64) ** 2).mean()))
    if not np.isfinite(mono).all() or level < 1e-4:
        raise UnreadableMusic(f"{file}: there is nothing to hear in it. {cure}")
    if 20 * np.log10(level) > _LOUDEST_DB:
        mono = _at_level(mono, _LOUDEST_DB)
    return mono, int(rate)
