"""Pronunciations: words that a voice would read wrongly, and how to say them.

They are data, one file a language in `voices/pronunciations/`, written as
`as read: as said`. A key in small letters fits any case; a key with a capital
fits only itself.
"""

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.events import Language
from bot.settings import ROOT

FOLDER = ROOT / "voices" / "pronunciations"
"""Where the files lie unless a caller says otherwise."""


class PronunciationsError(ValueError):
    """A file of pronunciations can't be used; the message names file, place and cure."""


class Pronunciations:
    """The words of one language that are said otherwise than written."""

    def __init__(self, words: dict[str, str]) -> None:
        """Take the words: as read, as said."""
        self.words = words
        # Longest first, so that "t.n.v." is not read as "t." and a rest.
        keys = sorted(words, key=len, reverse=True)
        exact = [key for key in keys if key != key.lower()]
        any_case = [key for key in keys if key == key.lower()]
        self._patterns = tuple(
            re.compile(r"(?<!\w)(?:" + "|".join(map(_whole, some)) + ")", flags)
            for some, flags in ((exact, re.NOFLAG), (any_case, re.IGNORECASE))
            if some
        )

    def apply(self, text: str) -> str:
        """Return the text with each known word as it is said."""
        for pattern in self._patterns:
            text = pattern.sub(self._said, text)
        return text

    def _said(self, found: re.Match[str]) -> str:
        read = found.group()
        return self.words.get(read) or self.words[read.lower()]

    @property
    def abbreviations(self) -> frozenset[str]:
        """The words that end in a point, in small letters: "mw.", "nr."."""
        return frozenset(key.lower() for key in self.words if key.endswith("."))


def _whole(word: str) -> str:
    # After a point anything may follow ("nr.12"); after a letter no other letter.
    return re.escape(word) + ("" if word.endswith(".") else r"(?!\w)")


def load(folder: Path, language: Language) -> Pronunciations:
    """Read one language's file.

    Raises:
        PronunciationsError: The file is not there or not `word: pronunciation` lines.
    """
    path = folder / f"{language}.yml"
    try:
        words = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PronunciationsError(f"{path} can't be read: {error}") from error
    if not isinstance(words, dict):
        raise PronunciationsError(f"{path} must hold lines of `as read: as said`")
    for read, said in words.items():
        if not isinstance(read, str) or not isinstance(said, str) or not read or not said.strip():
            raise PronunciationsError(
                f"{path}: {read!r}: {said!r} must be two texts; put quotes around yes, no, numbers"
            )
        if any(sign.isdigit() for sign in said):
            raise PronunciationsError(f"{path}: {read!r} must be said in words, not {said!r}")
    return Pronunciations(words)


@lru_cache
def pronunciations(language: Language) -> Pronunciations:
    """Return the house's own pronunciations of a language, read once."""
    return load(FOLDER, language)
