"""Heard: how many of the written words a caller has heard, from how much sound was played."""

import re
from difflib import SequenceMatcher


def heard_words(written: str, spoken: str, spoken_letters: float) -> str:
    """Return the beginning of a text that was heard, in whole words.

    What is written and what is spoken differ ("€ 84,20", "vierentachtig euro
    twintig"): equal words are matched, and a piece between them counts as heard
    when all of its spoken words were.

    Args:
        written: The text as captions show it.
        spoken: The same text as pronounced.
        spoken_letters: How many characters of `spoken`, spaces left out, were played.
    """
    said = spoken.split()
    heard = _whole_words(said, spoken_letters)
    if heard == len(said):
        return written
    there = list(re.finditer(r"\S+", written))
    matcher = SequenceMatcher(
        None,
        [_plain(word) for word in said],
        [_plain(word.group()) for word in there],
        autojunk=False,
    )
    count = 0
    for tag, start, end, written_start, written_end in matcher.get_opcodes():
        if end <= heard:
            # What is only written, at the edge of what was heard, was not heard yet.
            count = count if tag == "insert" else written_end
            continue
        if tag == "equal" and heard > start:
            count = written_start + heard - start
        break
    return written[: there[count - 1].end()] if count else ""


def _whole_words(said: list[str], letters: float) -> int:
    """Count the words that lie wholly within so many letters."""
    total = 0
    for count, word in enumerate(said):
        total += len(word)
        if total > letters + 1e-6:
            return count
    return len(said)


def _plain(word: str) -> str:
    return re.sub(r"\W", "", word).lower()
