"""Rules: small patterns with a reading, applied to a text so that the longest wins.

dateparser was measured and not used: on twelve Dutch phrases it missed "de
dertiende", "over veertien dagen", "half drie" and "kwart voor negen", and read
"vrijdag over een week" and "volgende week dinsdag" in two halves; "Tuesday week"
and "ten to five" went the same way. A wrong day is worse than a question.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from bot.events import Language
from bot.understanding.meaning import Found
from bot.understanding.words import CARDINALS, ORDINALS, fold

T = TypeVar("T")
C = TypeVar("C")


@dataclass(frozen=True)
class Rule(Generic[T, C]):
    """A pattern over the folded text, and what it says; None says nothing after all."""

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], C], T | None]


def rule(pattern: str, read: Callable[[re.Match[str], C], T | None]) -> Rule[T, C]:
    """Make a rule of whole words; a space in the pattern is any white space, " ?" none or some."""
    spaced = pattern.replace("[ -]", r"[\s-]").replace(" ?", r"\s*").replace(" ", r"\s+")
    return Rule(re.compile(rf"(?<![\w])(?:{spaced})(?![\w])"), read)


def scan(text: str, rules: Iterable[Rule[T, C]], context: C) -> list[Found[T]]:
    """Return what the rules find: of two that overlap the longer, then the earlier.

    A group named `said` narrows what is found to the words that say it.
    """
    folded = fold(text)
    possible: list[Found[T]] = []
    for one in rules:
        for match in one.pattern.finditer(folded):
            value = one.read(match, context)
            if value is not None:
                start, end = match.span("said" if "said" in match.re.groupindex else 0)
                possible.append(Found(value, text[start:end], start, end))
    possible.sort(key=lambda found: (found.start - found.end, found.start))
    chosen: list[Found[T]] = []
    for found in possible:
        if all(found.end <= other.start or other.end <= found.start for other in chosen):
            chosen.append(found)
    return sorted(chosen, key=lambda found: found.start)


def choice(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(
        sorted((re.escape(w).replace("\\ ", " ") for w in words), key=len, reverse=True)
    )


def _spelled(word: str, language: Language) -> str:
    """Return a pattern for a number word, also when it is written in parts."""
    if language == "en":
        return word.replace("-", "[ -]?")
    match = re.fullmatch(
        r"(een|twee|drie|vier|vijf|zes|zeven|acht|negen)en(.+(?:tig)(?:ste)?)", word
    )
    return rf"{match[1]} ?en ?{match[2]}" if match else word


def number(language: Language, lowest: int, highest: int) -> str:
    """Return a pattern for a number in words or figures."""
    words = [w for w, n in CARDINALS[language].items() if lowest <= n <= highest]
    spelled = sorted((_spelled(w, language) for w in words), key=len, reverse=True)
    figures = "[0-9]{1,2}" if highest > 9 else "[0-9]"
    return rf"(?:{figures}(?![0-9])|{'|'.join(spelled)})"


def ranked(language: Language, lowest: int, highest: int) -> str:
    """Return a pattern for a rank in words or figures: "dertiende", "13th"."""
    words = [w for w, n in ORDINALS[language].items() if lowest <= n <= highest]
    spelled = sorted((_spelled(w, language) for w in words), key=len, reverse=True)
    ending = "ste|de|e" if language == "nl" else "st|nd|rd|th"
    return rf"(?:[0-9]{{1,2}} ?(?:{ending})|{'|'.join(spelled)})"


@lru_cache(maxsize=4096)
def value_of(said: str, language: Language) -> int | None:
    """Return the number or rank that was said in one of these patterns."""
    figures = re.match(r"[0-9]+", said)
    if figures:
        return int(figures[0])
    words = CARDINALS[language] | ORDINALS[language]
    joined = re.sub(r"[\s-]+", "" if language == "nl" else "-", said.strip())
    return words.get(joined)


_CENTURIES = {
    "tweeduizend": 2000,
    "twintig": 2000,
    "two thousand": 2000,
    "twenty": 2000,
    "negentienhonderd": 1900,
    "negentien": 1900,
    "nineteen hundred": 1900,
    "nineteen": 1900,
}
_YEAR = re.compile(rf"({choice(_CENTURIES)})(?:[\s-]+(?:en|and)\b)?[\s-]*(.+)")


def year_of(said: str | None, language: Language) -> int | None:
    """Return the year of "2026", "tweeduizend zesentwintig" or "twenty twenty-six"."""
    if not said:
        return None
    if said.isdigit():
        return int(said)
    match = _YEAR.fullmatch(re.sub(r"\s+", " ", said))
    rest = value_of(match[2], language) if match else None
    return _CENTURIES[match[1]] + rest if match and rest else None


def year(language: Language) -> str:
    """Return a pattern for a year of this century or the last."""
    small = number(language, 1, 99)
    spoken = rf"(?:tweeduizend|twintig|negentien(?:honderd)?) ?(?:en )?{small}"
    if language == "en":
        spoken = (
            rf"(?:two thousand|nineteen hundred) (?:and )?{small}|(?:twenty|nineteen)[ -]{small}"
        )
    return rf"(?P<year>(?:19|20)[0-9]{{2}}(?![0-9])|{spoken})"


def before(match: re.Match[str]) -> str:
    """Return the word before a match, "" at the start of the text or after a stop."""
    found = re.search(r"([\w']+)\s*$", match.string[: match.start()])
    return found[1] if found else ""


def after(match: re.Match[str]) -> str:
    """Return the word after a match; "" at the end of the text or before a stop."""
    found = re.match(r"\s*([\w'%€]+)", match.string[match.end() :])
    return found[1] if found else ""
