"""Lexicon: the words and phrases of one language that tell a mood, as their owners wrote them.

`intents/mood/lexicon.nl.yml` and `lexicon.en.yml` say in their first lines how they are
written. What is broken is reported with file, line and cure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import yaml

from bot.events import Sign
from bot.mistake import FileMistake

SECTIONS: dict[str, tuple[str, ...]] = {
    "grammar": (
        "you", "you_all", "self", "other", "be", "negation", "say", "like", "skip", "of",
        "stop", "reported", "aside", "past", "ailments",
    ),
    "insults": ("vulgar", "mild", "homographs", "traits", "modifiers", "ends", "people"),
    "swearing": ("words", "prefixes", "diseases", "illness"),
    "groups": ("names", "slurs", "hateful", "vile"),
    "signs": tuple(get_args(Sign)),
    "hints": tuple(get_args(Sign)),
}  # fmt: skip
"""What a lexicon holds, and under which names; `harmless` and `ordinary` are plain lists."""
LISTS = ("harmless", "ordinary")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # five times as fast, where it exists
_ELEMENT = re.compile(r"\.\.\.|\((?P<any>[^()]+)\)|\{(?P<list>\w+)\}|(?P<word>[^\s(){}*]+\*?)")


class LexiconError(FileMistake):
    """Something in a file of moods is wrong: says where, what, and what to do."""


@dataclass(frozen=True)
class Phrase:
    """Words in a row, with gaps."""

    pattern: re.Pattern[str]
    """Over words with single spaces between."""
    anchors: frozenset[str]
    """One of these words, or of these beginnings when `begins`, is in whatever matches."""
    begins: bool
    words: frozenset[str]
    """All words that are written out in it."""


@dataclass(frozen=True)
class Lexicon:
    """The words and phrases of one language."""

    language: str
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    """From `section.name` to whole words."""
    beginnings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """From `section.name` to words of which only the beginning is given."""
    phrases: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    """From `section.name` to what has more than one word."""
    ordinary: frozenset[str] = frozenset()
    """Words that mean something bad in another language, not in this one."""


def load_lexicon(file: Path) -> Lexicon:
    """Read a lexicon; its language stands in the name, `lexicon.nl.yml`.

    Raises:
        LexiconError: With line and cure, when the file is missing or broken.
    """
    top = _keys(file, _compose(file), "the file")
    entries: dict[str, list[tuple[int, str]]] = {}
    for section, (line, node) in top.items():
        if section in LISTS:
            entries[section] = list(_texts(file, node, section))
            continue
        if section not in SECTIONS:
            known = ", ".join([*SECTIONS, *LISTS])
            raise LexiconError(file, line, f"{section!r} is not known here", f"use one of {known}")
        for name, (line, values) in _keys(file, node, section).items():
            if name not in SECTIONS[section]:
                known = ", ".join(SECTIONS[section])
                problem = f"{name!r} is not known in {section}"
                raise LexiconError(file, line, problem, f"use one of {known}")
            entries[f"{section}.{name}"] = list(_texts(file, values, name))
    return _built(file, entries)


def _built(file: Path, entries: dict[str, list[tuple[int, str]]]) -> Lexicon:
    words: dict[str, frozenset[str]] = {}
    beginnings: dict[str, tuple[str, ...]] = {}
    phrases: dict[str, tuple[Phrase, ...]] = {}
    named = {name.partition(".")[2] or name: [t for _, t in said] for name, said in entries.items()}
    for name, said in entries.items():
        whole, begun, several = set(), set(), []
        for line, text in said:
            if re.fullmatch(r"[^\s(){}*]+", text) and text != "...":
                whole.add(text)
            elif re.fullmatch(r"[^\s(){}*]{2,}\*", text):
                begun.add(text[:-1])
            else:
                several.append(_phrase(file, line, text, named))
        words[name], beginnings[name] = frozenset(whole), tuple(sorted(begun))
        phrases[name] = tuple(several)
    language = file.suffixes[-2][1:] if len(file.suffixes) > 1 else ""
    return Lexicon(language, words, beginnings, phrases, words.get("ordinary", frozenset()))


def _phrase(file: Path, line: int, text: str, named: dict[str, list[str]]) -> Phrase:
    """Compile `ik (maak|sla) {you} ... kapot*`; the longest sure word becomes the anchor."""
    parts: list[str] = []
    choices: list[list[str]] = []
    if _ELEMENT.sub("", text).strip():
        cure = "use words, word*, (one|other), {list} and ... only"
        raise LexiconError(file, line, f"{text!r} can't be understood", cure)
    for element in _ELEMENT.finditer(text):
        if element[0] == "...":
            parts.append(r"(?:\S+ ){0,4}")
            continue
        if element["list"]:
            if element["list"] not in named:
                known = f"use a list of this file: {', '.join(sorted(named))}"
                raise LexiconError(file, line, f"there is no list {element[0]}", known)
            options = [one for one in named[element["list"]] if "{" not in one and "(" not in one]
        else:
            options = (element["any"] or element["word"]).split("|")
        options = [option.strip() for option in options]
        if may_miss := "" in options:
            options.remove("")
        body = "|".join(_option(one) for one in options)
        parts.append(f"(?:{body})" + ("?" if may_miss else ""))
        if not may_miss:
            choices.append(options)
    if not choices:
        raise LexiconError(file, line, f"{text!r} has no word that must be said", "add one")
    best = max(choices, key=lambda options: (min(map(len, options)), -len(options)))
    anchors = frozenset(option.split()[0].rstrip("*") for option in best)
    begins = any("*" in option for option in best)
    every = {w for options in choices for option in options for w in option.split()}
    words = frozenset(word for word in every if "*" not in word)
    return Phrase(re.compile(r"(?<!\S)" + "".join(parts)), anchors, begins, words)


def _option(text: str) -> str:
    """Return one of several choices as an expression, each word with a space after it."""
    words = (r"(?:\S+ ){0,4}" if word == "..." else f"{_word(word)} " for word in text.split())
    return "".join(words)


def _word(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*")


def _compose(file: Path) -> yaml.Node:
    cure = "check the indentation, quotes and colons on this line and the one above"
    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise LexiconError(file, 1, "the file is not UTF-8", "save it as UTF-8") from error
    except OSError as error:
        problem = f"the file can't be read ({error.strerror})"
        raise LexiconError(file, 1, problem, "check its name and rights") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"this is not valid YAML ({error.problem or error.context})"
        raise LexiconError(file, mark.line + 1 if mark else 1, problem, cure) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise LexiconError(file, 1, "this is not valid YAML", cure) from error
    if root is None:
        raise LexiconError(file, 1, "the file is empty", "begin it with insults: or another list")
    return root


def _keys(file: Path, node: yaml.Node, what: str) -> dict[str, tuple[int, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        raise LexiconError(file, line, f"{what} must hold names", "indent `name: [words]` under it")
    found: dict[str, tuple[int, yaml.Node]] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise LexiconError(file, line, f"a name in {what} is not a word", "write a word")
        if key.value in found:
            raise LexiconError(file, line, f"{key.value!r} stands here twice", "join the two")
        found[key.value] = (line, value)
    return found


def _texts(file: Path, node: yaml.Node, what: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each entry of a list."""
    if not isinstance(node, yaml.SequenceNode):
        line = node.start_mark.line + 1
        raise LexiconError(file, line, f"{what!r} must be a list", "write [one, two] or - lines")
    for item in node.value:
        line = item.start_mark.line + 1
        is_text = isinstance(item, yaml.ScalarNode) and item.tag != "tag:yaml.org,2002:null"
        text = " ".join(str(item.value).lower().split()) if is_text else ""
        if not text:
            raise LexiconError(file, line, f"an entry of {what} is no text", "put it in 'quotes'")
        yield line, text
