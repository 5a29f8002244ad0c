"""Figures: what is told of many measurements, with how sure it is."""

import math
import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

import numpy as np
from num2words import num2words

from bot.events import Language

_DRAWS = 2000


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of them do not exceed.

    No value is made up between two others; NaN where there are none.
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); the whole of it without trials."""
    if not trials:
        return 0.0, 1.0
    z, share = 1.96, successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def words(text: str, language: Language) -> list[str]:
    """Return the words that a recogniser is judged by: lower case, numbers written out."""
    found: list[str] = []
    for word in re.findall(r"[\w']+", text.lower().replace("_", " ")):
        if word.isdecimal() and len(word) <= 4:
            found += re.findall(r"\w+", num2words(int(word), lang=language))
        else:
            found.append(word.replace("'", ""))
    return [word for word in found if word]


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Return the least number of words put in, left out and exchanged (edit distance)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, candidate in enumerate(heard, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, diagonal + (word != candidate))
            diagonal, row[j] = row[j], cost
    return row[-1]


def goes_round(said: Sequence[str], heard: Sequence[str]) -> bool:
    """Tell whether a recogniser looped: far more words than were said, with a run of its own.

    A run is words said three times in a row, which the sentence does not do.
    """
    if len(heard) < len(said) + 4:
        return False
    repeated = re.compile(r"\b(\w+(?: \w+){0,4})(?: \1){2,}\b")
    return bool(repeated.search(" ".join(heard))) and not repeated.search(" ".join(said))


def bootstrap(
    pairs: Sequence[tuple[int, int, int]], seed: int = 0, draws: int = _DRAWS
) -> tuple[float, float]:
    """Return the 95 % interval of the difference in word error rate over the same clips.

    Args:
        pairs: Of each clip, one's errors, the other's errors, and the words said.
        seed: Of the draws.
        draws: How many.

    Returns:
        Bounds of (one - other), as a share of words: clips are drawn with replacement
        (percentile bootstrap; Bisani & Ney 2004).
    """
    if not pairs:
        return math.nan, math.nan
    table = np.array(pairs, float)
    dice = np.random.default_rng(seed)
    drawn = table[dice.integers(0, len(table), (draws, len(table)))].sum(axis=1)
    differences = (drawn[:, 0] - drawn[:, 1]) / np.maximum(drawn[:, 2], 1)
    low, high = np.quantile(differences, [0.025, 0.975])
    return float(low), float(high)


def alike(one: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1."""
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown; columns after the first are to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def rounded(value: float | None, form: Callable[[float], str]) -> str:
    """Return a figure in a form, or a dash where there is none."""
    return "-" if value is None or math.isnan(value) else form(value)
