"""Titles: how a caller is addressed in the language that is spoken, "Mrs De Vries" in English.

A company tells how it addresses a customer in the customer's own language; the
same customer may call in the other one.
"""

import re

from bot.events import Language

_TITLES: dict[Language, tuple[tuple[re.Pattern[str], str], ...]] = {
    "en": (
        (re.compile(r"(?:mevrouw|mevr\.|mw\.) (?=\S)", re.IGNORECASE), "Mrs "),
        (re.compile(r"(?:meneer|mijnheer|de heer|dhr\.) (?=\S)", re.IGNORECASE), "Mr "),
        (re.compile(r"(?:familie|fam\.) (\S.*)", re.IGNORECASE), r"the \1 family"),
    ),
    "nl": (
        (re.compile(r"(?:mrs|ms)\.? (?=\S)", re.IGNORECASE), "mevrouw "),
        # "mr." with a stop is a lawyer here
        (re.compile(r"mr (?=\S)", re.IGNORECASE), "meneer "),
        (re.compile(r"doctor (?=\S)", re.IGNORECASE), "dokter "),
    ),
}


def addressed(name: str, language: Language) -> str:
    """Return a name with its title in a language; one without a title as it is."""
    for title, ours in _TITLES[language]:
        if match := title.match(name):
            return match.expand(ours) + name[match.end() :]
    return name
