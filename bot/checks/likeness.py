"""Likeness: utterances of different intents that mean nearly the same, which confuses."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from bot.checks.finding import Finding
from bot.encoder import Encoder, plain
from bot.understanding.cache import Cache
from bot.understanding.training_data import Example

NEAR = 0.95
"""Cosine from which two utterances are told: on Kalm's own files about one in 500 is, among
them "thank you" and "thank you bye"; from 0.9 on, most pairs are told apart without effort."""
ROWS = 512
"""Utterances compared with all others at a time, for the sake of memory."""


def near_duplicates(examples: Sequence[Example], encoder: Encoder, cache: Cache) -> list[Finding]:
    """Return one warning a pair of utterances of one language and two intents.

    Args:
        examples: Utterances, in the order of the files.
        encoder: Turns sentences into vectors.
        cache: Remembers vectors.
    """
    said = [example for example in examples if plain(example.text)]
    if not said:
        return []
    vectors = cache.vectors(encoder, [plain(example.text) for example in said])
    order = sorted(range(len(said)), key=lambda index: said[index].language or "")
    found = []
    for _language, group in groupby(order, key=lambda index: said[index].language):
        rows = np.array(list(group))
        for start in range(0, len(rows), ROWS):
            cosines = vectors[rows[start : start + ROWS]] @ vectors[rows].T
            for one, other in np.argwhere(cosines >= NEAR):
                later, earlier = said[rows[start + one]], said[rows[other]]
                if other < start + one and later.intent != earlier.intent:
                    found.append(_told(later, earlier, float(cosines[one, other])))
    return found


def _told(later: Example, earlier: Example, cosine: float) -> Finding:
    return Finding(
        "warning",
        later.file,
        later.line,
        f"{later.text!r} ({later.intent}) means nearly the same as {earlier.text!r} "
        f"({earlier.intent}, {earlier.file.name}:{earlier.line}): {cosine:.2f} of 1",
        "keep one of the two, or say one of them more clearly",
    )
