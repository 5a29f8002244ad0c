"""Digit groups: a row of digits in twos and threes, so that it can be followed and repeated."""

from collections.abc import Sequence


def groups(digits: str) -> list[str]:
    """Cut digits in threes, with twos at the end: "47110912" is 471 109 12, "4711" is 47 11."""
    cut: list[str] = []
    while len(digits) > 4:
        cut.append(digits[:3])
        digits = digits[3:]
    return [*cut, digits[:2], digits[2:]] if len(digits) == 4 else [*cut, digits]


def grouped(digits: str, words: Sequence[str]) -> str:
    """Say digits one by one with a pause after each group.

    Args:
        digits: ASCII digits only.
        words: The ten names, from zero.
    """
    return ", ".join(" ".join(words[int(digit)] for digit in group) for group in groups(digits))
