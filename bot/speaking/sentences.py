"""Sentences: cuts a text where a speaker breathes, so that the first can be spoken at once."""

import re

from bot.events import Language
from bot.speaking.pronunciations import pronunciations

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)")
_BREATH = re.compile(r"[,;:](?=\s)")
LONG = 45
"""Letters of a sentence above which it is cut where a speaker would breathe in it.

A voice takes a tenth of a sound's length to make it, and the caller waits for the first piece.
"""
LONGER = 75
"""The same for what is left: it is made while the first clause sounds, and is better whole."""
LEAST = 10
"""Letters of a piece, so that a list of short words is not chopped."""


def sentences(text: str, language: Language) -> list[str]:
    """Cut a text in sentences, and long ones in clauses; joined by a space they are the text again.

    A point ends no sentence after an abbreviation ("mw. De Vries"), after an
    initial ("J. de Vries"), or before a small letter or a digit that goes on.
    """
    return [clause for whole in uncut(text, language) for clause in _clauses(whole)]


def uncut(text: str, language: Language) -> list[str]:
    """Cut a text in sentences and nothing less."""
    text = " ".join(text.split())
    cut: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if _ends_a_sentence(text, start, end, language):
            cut.append(text[start : end.end()])
            start = end.end() + 1
    if start < len(text):
        cut.append(text[start:])
    return cut


def _clauses(sentence: str) -> list[str]:
    clauses: list[str] = []
    start = 0
    for breath in _BREATH.finditer(sentence):
        if len(sentence) - start <= (LONGER if clauses else LONG):
            break
        if breath.end() - start >= LEAST and len(sentence) - breath.end() > LEAST:
            clauses.append(sentence[start : breath.end()])
            start = breath.end() + 1
    return [*clauses, sentence[start:]]


def _ends_a_sentence(text: str, start: int, end: re.Match[str], language: Language) -> bool:
    if end.group().strip("\"'”’)]") != ".":
        return True
    last_word = text[start : end.end()].rsplit(" ", 1)[-1].lower().lstrip("\"'“‘([")
    if last_word in pronunciations(language).abbreviations:
        return False
    if re.fullmatch(r"[^\W\d_]\.", last_word) and text[end.start() - 1].isupper():
        # "J." before a name; but "... postcode 1234 AB." ends.
        return False
    return not text[end.end() + 1].islower()
