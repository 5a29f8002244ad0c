"""Messages: what is told of a mistake in the files, by code, in both languages.

The rooms that read files say what is wrong in English, where they find it. Here stands every such
sentence once, with its Dutch; what was said is recognised by its words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.checks.finding import sentence
from bot.events import Language

FILE = Path(__file__).with_name("messages.yml")
_HOLE = re.compile(r"\{([a-g])\}")


@dataclass(frozen=True)
class Message:
    """A problem or a cure."""

    code: str
    """Of `messages.yml`."""
    about: Mapping[str, str]
    """What it is about, by the letters of the holes."""

    def say(self, language: Language) -> str:
        """Return it as a sentence."""
        return sentence(self._words(language))

    def _words(self, language: Language) -> str:
        within = {name: recognised(value) for name, value in self.about.items()}
        words = {
            name: message._words(language) if message else self.about[name]
            for name, message in within.items()
        }
        text = _texts()[self.code][1 if language == "nl" else 0]
        return _HOLE.sub(lambda hole: words[hole[1]], text)


def recognised(said: str) -> Message | None:
    """Return the message that was said; None when it is none of ours, as a parser's own words."""
    for code, pattern in _patterns():
        if found := pattern.fullmatch(said.strip()):
            return Message(code, found.groupdict())
    return None


def translated(said: str, language: Language) -> str:
    """Return what was said in a language; as it is when it is none of ours."""
    if language == "en" or (message := recognised(said)) is None:
        return said
    return message.say(language)


@cache
def _texts() -> dict[str, tuple[str, str]]:
    table = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {code: (english, dutch) for code, (english, dutch) in table.items()}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return how each is recognised, those with most words of their own first."""
    texts = [(code, english) for code, (english, _) in _texts().items()]
    texts.sort(key=lambda row: -len(_HOLE.sub("", row[1])))
    return [(code, _pattern(english)) for code, english in texts]


def _pattern(english: str) -> re.Pattern[str]:
    parts = _HOLE.split(english.rstrip("."))
    # What stands between holes at even places, the letters of holes at odd ones.
    pieces = [
        f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ]
    first = pieces[0][:1]
    if first.isalpha():
        pieces[0] = f"[{first.lower()}{first.upper()}]{pieces[0][1:]}"
    return re.compile("".join(pieces) + r"\.?", re.DOTALL)
