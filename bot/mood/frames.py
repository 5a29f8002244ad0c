"""Frames: a turn in slices of 10 ms, as every measure of the voice looks at it.

Everything happens at telephone rate and within the telephone band, also for
sound that has more: a caller's headset must not sound angrier than a handset.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

try:
    import parselmouth
except ImportError:  # there is none for Linux on ARM
    parselmouth = None

RATE = 8000
"""Samples a second."""
BAND_HZ = (300.0, 3400.0)
"""What a telephone line carries (ITU-T G.712)."""
STEP_S = 0.01
"""From one frame to the next."""
LONGEST_S = 10.0
"""More of a turn is not looked at; of a longer one, pieces from begin to end."""
PIECES = 4
LOWEST_RATE = 7000
"""Slower sound lacks half of the band."""
PITCH_HZ = (65.0, 600.0)
"""From a deep man to a child, or a woman who shouts."""
ACTIVE_DB = 30.0
"""Frames so far below the loudest are pauses."""
VOWEL_DB = 20.0
"""Voiced frames so close to the loudest are vowels, and carry the tone of voice."""
ABOVE_NOISE_DB = 6.0

Samples = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_WINDOW = 256
_STEP = int(STEP_S * RATE)
_FFT = 512
_HERTZ = np.fft.rfftfreq(_FFT, 1 / RATE)
_IN_BAND = (BAND_HZ[0] <= _HERTZ) & (BAND_HZ[1] > _HERTZ)
_TAPER = np.hanning(_WINDOW)
_QUIET_SHARE = 0.1
_TINY = 1e-12


@dataclass(frozen=True)
class Frames:
    """The frames of one turn; all arrays have one value a frame."""

    level_db: Values
    """Energy in the band, in dB of full scale, noise taken off."""
    pitch_st: Values
    """Semitones above 100 Hz; NaN where there is no pitch."""
    harmonicity_db: Values
    """How much stronger the periodic part of the sound is than the rest."""
    centre_st: Values
    """Where the energy in the band has its centre, in semitones above 1 kHz."""
    active: Flags
    """Somebody speaks."""
    vowel: Flags
    """Somebody speaks with voice, and not at the edge of hearing."""
    noise_db: float
    """Level of what sounds when nobody speaks."""
    clipped: float
    """Share of the samples that the line cut off at full scale."""


def available() -> bool:
    """Say whether the pitch of a voice can be measured on this machine."""
    return parselmouth is not None


def frames(audio: Samples, rate: int) -> Frames | None:
    """Return the frames of a turn, -1 to 1 at any rate; None when there is no sound in it."""
    sound = _telephone(audio, rate)
    if sound is None:
        return None
    power = _spectra(sound)
    loudness = power.sum(axis=1)
    quiet = np.argsort(loudness)[: max(1, int(_QUIET_SHARE * len(loudness)))]
    noise = power[quiet].mean(axis=0)
    power = np.maximum(power - noise, 0)
    energy = power.sum(axis=1) + _TINY
    level = 10 * np.log10(energy)
    noise_db = float(10 * np.log10(noise.sum() + _TINY))
    top = float(np.percentile(level, 95))
    if not np.isfinite(top) or top < -90:
        return None
    pitch, harmonicity = _pitch(sound, len(level))
    audible = level > noise_db + ABOVE_NOISE_DB
    active = (level > top - ACTIVE_DB) & audible
    vowel = (level > top - VOWEL_DB) & audible & np.isfinite(pitch)
    centre = power @ _HERTZ[_IN_BAND] / energy
    return Frames(
        level_db=level,
        pitch_st=pitch,
        harmonicity_db=harmonicity,
        centre_st=12 * np.log2(np.maximum(centre, BAND_HZ[0]) / 1000),
        active=active,
        vowel=vowel,
        noise_db=noise_db,
        clipped=_clipped(sound),
    )


def _telephone(audio: Samples, rate: int) -> Samples | None:
    """Return at most LONGEST_S of the sound at RATE; None when it can't be used."""
    sound = np.asarray(audio)
    if sound.ndim != 1 or rate < LOWEST_RATE or len(sound) < rate * 0.1:
        return None
    if len(sound) > LONGEST_S * rate:
        size = int(LONGEST_S / PIECES * rate)
        starts = np.linspace(0, len(sound) - size, PIECES).astype(int)
        sound = np.concatenate([sound[start : start + size] for start in starts])
    sound = np.nan_to_num(sound.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0).clip(-1, 1)
    sound = sound - sound.mean()
    if rate != RATE:
        sound = soxr.resample(sound, rate, RATE).astype(np.float32)
    return sound if len(sound) > _WINDOW else None


def _spectra(sound: Samples) -> Values:
    """Return the power of each frame in the band, of which 1 is a sine at full scale."""
    starts = np.arange(1 + (len(sound) - _WINDOW) // _STEP) * _STEP
    windows = sound[starts[:, np.newaxis] + np.arange(_WINDOW)] * _TAPER
    spectra = np.fft.rfft(windows, _FFT)[:, _IN_BAND]
    full = _FFT * float((_TAPER**2).sum()) / 4
    power: Values = (spectra.real**2 + spectra.imag**2) / full
    return power


def _pitch(sound: Samples, count: int) -> tuple[Values, Values]:
    """Return pitch and harmonicity of each frame, by Praat (Boersma 1993).

    Autocorrelation finds the pitch of a voice whose lowest tones the line
    cut off. Praat holds the interpreter for about 1 ms a second of sound.
    """
    track = parselmouth.Sound(sound.astype(np.float64), RATE).to_pitch_ac(
        time_step=STEP_S, pitch_floor=PITCH_HZ[0], pitch_ceiling=PITCH_HZ[1]
    )
    middle = (np.arange(count) * _STEP + _WINDOW / 2) / RATE
    nearest = np.clip(np.rint((middle - track.x1) / STEP_S).astype(int), 0, track.nx - 1)
    hertz = track.selected_array["frequency"][nearest]
    strength = track.selected_array["strength"][nearest].clip(0.01, 0.999)
    pitch = np.where(hertz > 0, 12 * np.log2(np.maximum(hertz, 1) / 100), np.nan)
    return pitch, 10 * np.log10(strength / (1 - strength))


def _clipped(sound: Samples) -> float:
    """Return the share of samples that lie flat at the sound's own ceiling."""
    size = np.abs(sound)
    ceiling = float(size.max(initial=0.0))
    if ceiling <= 0:
        return 0.0
    flat = size > 0.98 * ceiling
    return float((flat[1:] & flat[:-1]).mean())
