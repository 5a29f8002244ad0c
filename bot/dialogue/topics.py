"""Topics: what intents are called before callers, from `topics` in `intents/answers`."""

import re
from collections.abc import Mapping

from bot.dialogue.source import Table
from bot.events import Language

Topics = Mapping[str, Mapping[Language, tuple[str, ...]]]
"""By intent and language: first the name that is said, then words that callers say for it."""

_EMPTY = frozenset(
    {
        "de", "het", "een", "uw", "mijn", "ons", "onze", "die", "dat", "er", "al", "in", "van",
        "om", "te", "over", "voor", "the", "a", "an", "your", "my", "our", "of", "to", "about",
        "for", "that", "is",
    }
)  # fmt: skip
"""Words that tell no topic from another."""


def load_topics(tables: Mapping[Language, Table]) -> dict[str, dict[Language, tuple[str, ...]]]:
    """Return the names that stand in the files; an intent without one is never named."""
    found: dict[str, dict[Language, tuple[str, ...]]] = {}
    for language, table in tables.items():
        if "topics" not in table:
            continue
        within = table.table("topics")
        for intent in within.keys():  # noqa: SIM118  # a Table, not a dict
            listed = isinstance(within.data[intent], list)
            names = within.texts(intent) if listed else (within.text(intent),)
            if not names or not all(name.strip() for name in names):
                raise within.error(
                    f"Topic {intent!r} has no name.", "Write how callers hear it.", intent
                )
            found.setdefault(intent, {})[language] = names
    return found


def mentioned(text: str, pair: tuple[str, str], topics: Topics) -> list[str]:
    """Return which of two topics a text names by words that the other lacks."""
    said = _words(text)
    first, second = (_known(intent, topics) for intent in pair)
    own = {pair[0]: first - second, pair[1]: second - first}
    return [intent for intent in pair if any(_same(a, b) for a in own[intent] for b in said)]


def _known(intent: str, topics: Topics) -> set[str]:
    names = topics.get(intent, {}).values()
    return {word for each in names for name in each for word in _words(name)}


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if word not in _EMPTY}


def _same(name: str, said: str) -> bool:
    """Whether a word is said, in one number or the other: betaling, betalingen."""
    if min(len(name), len(said)) < 5:
        return name == said
    short, long = sorted((name, said), key=len)
    return long.startswith(short) and len(long) - len(short) <= 2
