"""Parts: long speech is cut where it is quietest, so that no word is lost."""

import numpy as np

from bot.hearing.heard import RATE, Audio

LONGEST_S = 25
"""No part is longer; Whisper hears 30 s at most, and needs room after the last word."""
SEARCH_S = 8
"""The cut is looked for in the last so many seconds of a part."""
WINDOW_S = 0.2
"""A pause between words is about so long."""


def cut(audio: Audio, longest_s: float = LONGEST_S) -> int:
    """Return the sample at which to cut the first part off; the whole length when it fits."""
    longest = int(longest_s * RATE)
    if len(audio) <= longest:
        return len(audio)
    begin = max(0, longest - int(SEARCH_S * RATE))
    window = int(WINDOW_S * RATE)
    step = window // 4
    energy = np.square(audio[begin:longest], dtype=np.float64)
    starts = range(0, len(energy) - window + 1, step)
    loudness = [float(energy[start : start + window].sum()) for start in starts]
    # The last of equally quiet places: fewer parts.
    quietest = len(loudness) - 1 - int(np.argmin(loudness[::-1]))
    return begin + quietest * step + window // 2


def split(audio: Audio, longest_s: float = LONGEST_S) -> list[Audio]:
    """Return the audio in parts that follow each other without gap or overlap."""
    parts = []
    while len(audio):
        end = cut(audio, longest_s)
        parts.append(audio[:end])
        audio = audio[end:]
    return parts
