"""Messages: which of a caller's words belong to a message, and when it is over."""

import re

_DONE = re.compile(
    r"\b(?:(?:dat|dit) (?:was|is) (?:het|alles|mijn (?:bericht|boodschap))|ik ben klaar|"
    r"einde (?:bericht|boodschap)|that(?:'s| is| was) (?:it|all|my message|everything)|"
    r"i(?:'m| am) done|end of message|tot ziens|doei|goodbye|bye)\b\W*"
    r"(?:(?:dank ?u|dank je|bedankt|thanks?|thank you|dag|bye|wel|hoor)\W*)*$",
    re.IGNORECASE,
)


def says_done(words: str) -> bool:
    """Whether words end a message."""
    return bool(_DONE.search(words))


def message_of(spoken: tuple[tuple[int, str], ...]) -> tuple[int, ...]:
    """Return the `seq` of what belongs to a message, without a closing that says nothing else."""
    return tuple(seq for seq, words in spoken if _DONE.sub("", words).strip(" .,!?"))
