"""Vocabulary: the lexicons of all languages together, made quick to ask."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.events import Language
from bot.mood.lexicon import Lexicon, LexiconError, Phrase, load_lexicon
from bot.mood.tokens import Token

FOLDER = Path(__file__).resolve().parent.parent.parent / "intents" / "mood"
LANGUAGES: tuple[Language, ...] = ("nl", "en")
_TELLING: dict[Language, frozenset[str]] = {
    "nl": frozenset({
        "de", "het", "een", "en", "ik", "je", "jij", "u", "uw", "jullie", "is", "niet", "van",
        "dat", "die", "wat", "ben", "bent", "zijn", "heb", "heeft", "met", "voor", "op", "maar",
        "mijn", "er", "nog", "wel", "geen", "naar", "hij", "zij", "ze", "dan", "nou", "hoe",
        "waarom", "als", "om", "te", "bij", "aan", "dit", "ook", "kan", "wil", "mag", "moet",
        "gaan", "ga", "kom", "nu", "al", "weer", "toch", "even", "graag", "goed", "dank",
        "bedankt", "alstublieft",
    }),
    "en": frozenset({
        "the", "a", "an", "and", "i", "you", "your", "is", "are", "not", "of", "that", "this",
        "it", "what", "my", "me", "have", "has", "with", "for", "on", "but", "no", "to", "do",
        "does", "did", "he", "she", "they", "we", "can", "will", "would", "should", "how", "why",
        "when", "if", "there", "at", "be", "am", "was", "from", "just", "so", "please", "thank",
        "thanks", "going", "get", "got", "all", "about", "been",
    }),
}  # fmt: skip
"""Small words that tell which language is spoken."""


class Vocabulary:
    """What words and phrases mean, in one language with the others mixed in.

    Args:
        lexicons: One a language.
    """

    def __init__(self, lexicons: dict[Language, Lexicon]) -> None:
        self._lexicons = lexicons
        words: set[str] = set()
        beginnings: set[str] = set()
        for lexicon in lexicons.values():
            for name in lexicon.words:
                if not name.startswith("grammar") and name not in ("ordinary", "swearing.illness"):
                    words |= lexicon.words[name]
                    beginnings |= {b for b in lexicon.beginnings[name] if len(b) > 3}
            for several in lexicon.phrases.values():
                words |= {word for phrase in several for word in phrase.words if len(word) > 2}
        self._known = frozenset(words)
        self._beginnings = _beginning(beginnings)
        self._indexes = {language: _Index(lexicon) for language, lexicon in lexicons.items()}
        self.known = cache(self._is_known)
        self.kinds = cache(self._kinds)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Vocabulary":
        """Read the lexicons of a folder; raises LexiconError with file, line and cure."""
        lexicons: dict[Language, Lexicon] = {}
        for language in LANGUAGES:
            lexicons[language] = load_lexicon(folder / f"lexicon.{language}.yml")
        return cls(lexicons)

    def grammar(self, name: str, language: Language) -> frozenset[str]:
        """Return the small words of a kind: of the language, and those of others that differ."""
        words = self._lexicons[language].words
        found = set(words.get(f"grammar.{name}", ()))
        for other, lexicon in self._lexicons.items():
            if other != language:
                found |= lexicon.words.get(f"grammar.{name}", frozenset()) - self._ordinary(
                    language
                )
        return frozenset(found)

    def phrases(
        self, sentence: str, words: list[str], language: Language
    ) -> Iterator[tuple[str, int, int]]:
        """Yield what each phrase in a sentence tells, with its first and last sign.

        Args:
            sentence: Words, each with a space after it.
            words: The same as a list.
            language: What is spoken; phrases of the others count when they are not ordinary here.
        """
        ordinary = self._ordinary(language)
        for other, index in self._indexes.items():
            for name, match in index.find(sentence, words):
                foreign = other != language
                if foreign and name.startswith("grammar"):
                    continue
                if foreign and not any(
                    len(word) > 2 and word not in ordinary and word not in _TELLING[language]
                    for word in match[0].split()
                ):
                    continue
                yield name, match.start(), match.end() - 1

    def _ordinary(self, language: Language) -> frozenset[str]:
        return self._lexicons[language].ordinary

    def _is_known(self, word: str) -> bool:
        return word in self._known or bool(self._beginnings.fullmatch(word))

    def _kinds(self, word: str, language: Language) -> frozenset[str]:
        found: set[str] = set()
        for other, index in self._indexes.items():
            if other == language or word not in self._ordinary(language):
                found |= index.kinds(word)
        return frozenset(found)


class _Index:
    """One lexicon, by word."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words: dict[str, set[str]] = defaultdict(set)
        for name, words in lexicon.words.items():
            for word in words:
                self._words[word].add(name)
        self._beginnings = [
            (name, _beginning(set(begun))) for name, begun in lexicon.beginnings.items() if begun
        ]
        self._prefixes = sorted(lexicon.words.get("swearing.prefixes", ()), key=len, reverse=True)
        self._ends = lexicon.words.get("insults.ends", frozenset())
        self._long_ends = _beginning({b for b in lexicon.beginnings.get("insults.ends", ()) if b})
        self._by_word: dict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        self._by_beginning: dict[str, list[tuple[str, tuple[str, ...], Phrase]]] = defaultdict(list)
        for name, several in lexicon.phrases.items():
            for phrase in several:
                for anchor in phrase.anchors:
                    if phrase.begins:
                        self._by_beginning[anchor[:2]].append((name, (anchor,), phrase))
                    else:
                        self._by_word[anchor].append((name, phrase))

    def kinds(self, word: str) -> set[str]:
        found = set(self._words.get(word, ()))
        found.update(name for name, begun in self._beginnings if begun.fullmatch(word))
        if not found & {"harmless", "swearing.illness"}:
            for prefix in self._prefixes:
                rest = word[len(prefix) :] if word.startswith(prefix) else ""
                if len(rest) >= 3:
                    is_person = rest in self._ends or self._long_ends.fullmatch(rest)
                    found.add("insults.vulgar" if is_person else "swearing.words")
                    break
        return found

    def find(self, sentence: str, words: list[str]) -> Iterator[tuple[str, re.Match[str]]]:
        asked: set[int] = set()
        for word in dict.fromkeys(words):
            candidates = list(self._by_word.get(word, ()))
            for name, anchors, phrase in self._by_beginning.get(word[:2], ()):
                if word.startswith(anchors):
                    candidates.append((name, phrase))
            for name, phrase in candidates:
                if id(phrase) not in asked:
                    asked.add(id(phrase))
                    yield from ((name, match) for match in phrase.pattern.finditer(sentence))


def _beginning(beginnings: set[str]) -> re.Pattern[str]:
    if not beginnings:
        return re.compile(r"(?!)")
    body = "|".join(re.escape(one) for one in sorted(beginnings))
    return re.compile(rf"(?:{body})[\w']*")


def spoken(words: list[Token], believed: Language) -> Language:
    """Return the language that the small words tell; the believed one when they are few."""
    counts = {
        language: sum(token.word in telling for token in words)
        for language, telling in _TELLING.items()
    }
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > counts[believed] else believed


__all__ = ["FOLDER", "LANGUAGES", "LexiconError", "Vocabulary", "spoken"]
