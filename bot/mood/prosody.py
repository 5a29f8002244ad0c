"""Prosody: how a turn sounded, in a dozen measures that a person can follow.

Level apart, no measure depends on how loud the line is. What they are, and why
these, is in docs/mood-voice.md.
"""

from typing import Final

import numpy as np
from loguru import logger

from bot.events import Prosody
from bot.mood.frames import STEP_S, Frames, Samples, Values, available, frames
from bot.mood.peaks import peaks

LEAST_SPEECH_S = 0.6
"""Less speech has no tone that can be compared."""
LEAST_VOICE_S = 0.25
"""And so has less voice: a cough, a door, a sigh."""
LEAST_BEND_ST = 0.004
"""A pitch that moves less is a machine's: a dial tone, a fax."""
ENDING_S = 0.15
"""So much voice is the end of a turn."""
HARMONICS_ST = (12, 19, 24)
SYLLABLE_DB = 2.0
"""A syllable stands out so much (De Jong & Wempe 2009)."""
SYLLABLE_S = 0.1
"""And lasts so long at least."""

_SMOOTH: Final = 7
_ATTACK_S: Final = 0.04


def measure(audio: Samples, rate: int) -> Prosody | None:
    """Return how a turn sounded; None under 0.6 s of speech, or when it is no voice.

    Never raises: what can't be measured was not heard. On Linux with another
    processor than x86 there is no Praat, and nothing is measured.

    Args:
        audio: Mono, -1 to 1, of the caller alone. Of a turn above 10 s, 10 s are measured.
        rate: Samples a second, 8000 or more.
    """
    if not available():
        return None
    try:
        found = frames(audio, rate)
        return _measures(found) if found is not None else None
    except Exception:  # Praat's, on sound nobody thought of; the call goes on without
        logger.exception("the sound of a turn could not be measured")
        return None


def _measures(turn: Frames) -> Prosody | None:
    speech_s = round(float(turn.active.sum()) * STEP_S, 2)
    if speech_s < LEAST_SPEECH_S or turn.vowel.sum() * STEP_S < LEAST_VOICE_S:
        return None
    bend = _bend(turn)
    if bend < LEAST_BEND_ST:
        return None
    pitch = turn.pitch_st[turn.vowel]
    level = turn.level_db[turn.vowel]
    low, middle, high = np.percentile(pitch, [10, 50, 90])
    first, last = np.flatnonzero(turn.active)[[0, -1]]
    ending = int(ENDING_S / STEP_S)
    features = {
        "level_db": _mean_level(turn.level_db[turn.active]),
        "pitch_st": float(middle),
        "range_st": float(high - low),
        "bend_st": bend,
        "bright_st": float(turn.centre_st[turn.vowel].mean()),
        "clear_db": float(turn.harmonicity_db[turn.vowel].mean()),
        "ending_db": float(level[-ending:].mean() - level.mean()),
        "swing_db": float(level.std()),
        "attack_dbs": _attack(turn),
        "syllables_s": _syllables(turn) / speech_s,
        "pauses": float(1 - turn.active[first : last + 1].mean()),
        "voiced": float(np.isfinite(turn.pitch_st[turn.active]).mean()),
        "snr_db": float(min(np.percentile(turn.level_db, 95) - turn.noise_db, 60)),
        "clipped": turn.clipped,
        "second_voice": _second_voice(pitch),
    }
    if not all(np.isfinite(value) for value in features.values()):
        return None
    return Prosody(
        speech_s=speech_s, features={name: round(value, 4) for name, value in features.items()}
    )


def _mean_level(level_db: Values) -> float:
    return float(10 * np.log10(np.mean(10 ** (level_db / 10))))


def _bend(turn: Frames) -> float:
    """How much the pitch bends within 20 ms, in semitones: a melody does, a bark does not."""
    pitch = np.where(turn.vowel, turn.pitch_st, np.nan)
    bends = np.abs(np.diff(pitch, 2))
    bends = bends[np.isfinite(bends)]
    return float(np.median(bends)) if len(bends) else 0.0


def _attack(turn: Frames) -> float:
    """How fast syllables rise, in dB a second."""
    smooth = _smooth(turn.level_db, 5)
    lag = int(_ATTACK_S / STEP_S)
    rises = (smooth[lag:] - smooth[:-lag]) / _ATTACK_S
    rises = rises[turn.active[lag:] & turn.active[:-lag]]
    return float(np.percentile(rises, 90)) if len(rises) else 0.0


def _syllables(turn: Frames) -> int:
    """Count peaks of level that have a pitch: syllable nuclei (De Jong & Wempe 2009)."""
    smooth = _smooth(np.where(turn.active, turn.level_db, turn.level_db.min()), _SMOOTH)
    found = peaks(smooth, prominence=SYLLABLE_DB, distance=max(1, int(SYLLABLE_S / STEP_S)))
    return int(turn.vowel[found].sum())


def _second_voice(pitch: Values) -> float:
    """Share of the lesser of two voices, 0 when one explains the pitch.

    Two heights with little between them, further apart than a sentence moves
    and not by a harmonic, which is the usual slip of a pitch tracker.
    """
    ordered = np.sort(pitch)
    sizes = np.arange(1, len(ordered))
    lower = np.cumsum(ordered)[:-1] / sizes
    upper = np.cumsum(ordered[::-1])[::-1][1:] / (len(ordered) - sizes)
    share = sizes / len(ordered)
    between = share * (1 - share) * (upper - lower) ** 2
    cut = int(np.argmax(between))
    low, high = ordered[: cut + 1], ordered[cut + 1 :]
    apart = float(np.median(high) - np.median(low))
    spread = float(np.sqrt((low.var() + high.var()) / 2)) + 0.1
    lesser = float(min(share[cut], 1 - share[cut]))
    slip = any(abs(apart - harmonic) < 1 for harmonic in HARMONICS_ST)
    return lesser if apart > 7 and apart / spread > 5 and lesser > 0.15 and not slip else 0.0


def _smooth(values: Values, size: int) -> Values:
    padded = np.pad(values, size // 2, mode="edge")
    return np.convolve(padded, np.ones(size) / size, "valid")
