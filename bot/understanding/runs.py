"""Runs: numbers that are said one after another, "vier zeven dubbel een" or "47 11 09".

A run is made of groups; each group is one number as a person says it in one
breath: a digit, a pair, "honderdachttien", "double four", or written figures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.events import Language
from bot.understanding.words import (
    AND,
    CARDINALS,
    PLURALS,
    REPEATS,
    SCALES,
    TIMES,
    Token,
    compound,
    tokens,
    touching,
    word_at,
)

_DASHES = frozenset("-–—/.,") | {"streepje", "streep", "koppelteken", "dash", "hyphen", "slash"}
_DASHES |= {"stroke", "punt", "dot"}
_BEFORE_DASH = frozenset({"liggend", "schuine", "een", "a", "forward"})
_FILLERS = frozenset({"eh", "ehm", "uh", "uhm", "um", "er", "erm", "euh", "dan", "daarna", "then"})
_FILLERS |= {"spatie", "space", "komma", "comma", "point"}
_BEFORE_ARTICLE = frozenset({"is", "geen", "niet", "maar", "met", "als", "was", "wordt"})
_LEADING_FILLERS = {("en", "dan"), ("en", "daarna"), ("and", "then")}


@dataclass(frozen=True)
class Group:
    """One number of a run."""

    digits: str
    first: int
    """Token at which it begins."""
    after: int
    """Token after its last."""
    written: bool = False
    """In figures."""
    weak: bool = False
    """A bare "een", "one" or "oh", which is more often no number."""
    repeated: bool = False
    """Several digits in one: with "dubbel", "drie keer", a plural, or written as one word."""


@dataclass(frozen=True)
class Run:
    """Groups with nothing but separators and "eh" between them."""

    groups: tuple[Group, ...]

    @property
    def digits(self) -> str:
        """All digits, joined."""
        return "".join(group.digits for group in self.groups)

    @property
    def first(self) -> int:
        """Token at which it begins."""
        return self.groups[0].first

    @property
    def after(self) -> int:
        """Token after its last."""
        return self.groups[-1].after


def _small(row: Sequence[Token], i: int, language: Language) -> tuple[int, int, int] | None:
    """Read a number word: its value, the token after it, and what may still be added to it."""
    word = word_at(row, i)
    table = CARDINALS[language]
    if language == "nl":
        value = compound(word)
        if value is None:
            return _one_and_tens(row, i)
        tens = table.get(word_at(row, i + 2), 0)
        if 1 <= value <= 9 and word_at(row, i + 1) == "en" and tens >= 20 and tens % 10 == 0:
            return value + tens, i + 3, 1
        for ending, room in (("duizend", 1000), ("honderd", 100)):
            if word.endswith(ending):
                return value, i + 1, room
        return value, i + 1, 1
    value = table.get(word)
    if value is None:
        return None
    if value >= 20:
        j = i + 2 if word_at(row, i + 1) == "-" else i + 1
        unit = table.get(word_at(row, j), 0)
        if 1 <= unit <= 9:
            return value + unit, j + 1, 1
    return value, i + 1, 1


def _one_and_tens(row: Sequence[Token], i: int) -> tuple[int, int, int] | None:
    """Read "in een tachtig" behind a number: so recognition writes "eenentachtig"."""
    before = word_at(row, i - 1)
    tens = CARDINALS["nl"].get(word_at(row, i + 2), 0)
    said = word_at(row, i) == "in" and word_at(row, i + 1) == "een"
    if not said or tens < 20 or tens % 10 or not (before.isdecimal() or compound(before)):
        return None
    return 1 + tens, i + 3, 1


@dataclass
class _Sum:
    """A number as far as it has been heard."""

    total: int = 0
    """Whole thousands and millions."""
    chunk: int = 0
    """What is said since."""
    room: int = 10**12
    """What comes next must be less."""
    scale: int = 10**12
    """The last "duizend", "million"."""

    def add(self, value: int, room: int) -> bool:
        """Add a number word; False when it begins another number."""
        if value >= self.room:
            return False
        if room >= 1000:
            self.total, self.scale = self.total + value, room
        else:
            self.chunk += value
        self.room = min(self.room, room)
        return True

    def multiply(self, scale: int) -> bool:
        """Take "hundred", "thousand"; False when they cannot belong here."""
        many = self.chunk or 1
        if scale == 100:
            if many > 99 or many * 100 >= self.scale or (many > 1 and many % 10 == 0):
                return False
            self.chunk, self.room = many * 100, 100
            return True
        if many > 9999 or scale >= self.scale:
            return False
        self.total += many * scale
        self.chunk, self.room, self.scale = 0, scale, scale
        return True


def read_number(row: Sequence[Token], i: int, language: Language) -> tuple[int, int] | None:
    """Read the longest single number at a token: its value and the token after it.

    "tweeduizend zesentwintig" is one number, "vierenzeventig elf" is two; "a
    hundred and five" is one, "two and three" are two.
    """
    scales = SCALES[language]
    heard = _Sum()
    j = i
    word = word_at(row, i)
    if word == "a" and language == "en" and word_at(row, i + 1) in scales:
        j = i + 1
    elif i < len(row) and row[i].kind == "figure":
        if word_at(row, i + 1) not in scales or len(word) > 3 or not heard.add(int(word), 1):
            return int(word[:18]), i + 1
        j = i + 1
    elif word in scales and scales[word] >= 10**6:
        return None
    while j < len(row):
        k = j
        if j > i and _may_go_on(row, j, heard.room, language):
            k = j + 1
        scale = scales.get(row[k].word)
        small = _small(row, k, language)
        if scale is not None and k == j:
            if not heard.multiply(scale):
                break
            j = k + 1
        elif small is not None:
            value, after, room = small
            if (j > i and value == 0) or not heard.add(value, room):
                break
            j = after
            if value == 0:
                break
        else:
            break
    return (heard.total + heard.chunk, j) if j > i else None


def _may_go_on(row: Sequence[Token], j: int, room: int, language: Language) -> bool:
    """Tell whether "and" or a comma joins what follows to the number before it."""
    if row[j].word == "," and room < 1000:
        return False
    if row[j].word not in (AND[language], ",") or room < 100:
        return False
    following = _small(row, j + 1, language)
    if following is None or following[0] >= room or following[0] == 0:
        return False
    # "between a hundred and two hundred" are two numbers.
    return not (room == 100 and SCALES[language].get(word_at(row, following[1])) == 100)


def _group(row: Sequence[Token], i: int, language: Language) -> Group | None:
    """Read one group at a token."""
    token = row[i]
    if token.kind == "figure":
        return _figures(row, i, language)
    if token.kind != "word":
        return None
    again = REPEATS[language].get(token.word)
    if again is not None:
        return _repeated(row, i, i + 1, again, language)
    if language == "en" and token.word in ("oh", "o"):
        return Group("0", i, i + 1, weak=True)
    read = read_number(row, i, language)
    if read is None:
        return _glued(token.word, i) if language == "nl" else None
    value, after = read
    if 2 <= value <= 4:
        if word_at(row, after) in TIMES[language]:
            repeated = _repeated(row, i, after + 1, value, language)
            if repeated is not None:
                return repeated
        plural = PLURALS[language].get(word_at(row, after))
        if plural is not None:
            return Group(str(plural) * value, i, after + 1, repeated=True)
    weak = value == 1 and after == i + 1 and not token.stressed
    return Group(str(value), i, after, weak=weak)


_NAMES = {word: str(n) for word, n in CARDINALS["nl"].items() if n < 10}
_GLUED = re.compile(rf"(?:{'|'.join(_NAMES)}){{2,}}")


def _glued(word: str, i: int) -> Group | None:
    """Read digits that recognition wrote as one word: "vierzeven"."""
    if _GLUED.fullmatch(word) is None:
        return None
    digits = "".join(_NAMES[name] for name in re.findall("|".join(_NAMES), word))
    return Group(digits, i, i + 1, repeated=True)


def _figures(row: Sequence[Token], i: int, language: Language) -> Group:
    """Read written figures; "2 duizend" is a number, "3 keer 0" a repeated digit."""
    word = row[i].word
    if word in ("2", "3", "4") and word_at(row, i + 1) in TIMES[language]:
        repeated = _repeated(row, i, i + 2, int(word), language)
        if repeated is not None:
            return repeated
    read = read_number(row, i, language)
    if read is not None and read[1] > i + 1:
        return Group(str(read[0]), i, read[1])
    return Group(word, i, i + 1, written=True)


def _repeated(
    row: Sequence[Token], first: int, i: int, many: int, language: Language
) -> Group | None:
    """Read the digit that is said more than once, after "dubbel" or "drie keer"."""
    if word_at(row, i) in ("de", "the") and _digit(row, i + 1, language) is not None:
        i += 1
    digit = _digit(row, i, language)
    return None if digit is None else Group(digit * many, first, i + 1, repeated=True)


def _digit(row: Sequence[Token], i: int, language: Language) -> str | None:
    word = word_at(row, i)
    if len(word) == 1 and word in "0123456789":
        return word
    if language == "en" and word in ("oh", "o"):
        return "0"
    value = CARDINALS[language].get(word)
    return str(value) if value is not None and value < 10 else None


def _next_group(row: Sequence[Token], last: Group, language: Language) -> Group | None:
    """Return the group that goes on with a run, past a dash or an "eh"."""
    i = last.after
    dashed = 0
    sentence = parted = False
    while i < len(row):
        group = _group(row, i, language)
        if group is not None and not _names_dash(row, i):
            # "471109, 2026-118" are two codes; "4711. 09" is one.
            longest = 2 if sentence else 3
            if parted and len(last.digits) > longest and len(group.digits) > longest:
                return None
            if sentence and len(last.digits) > 2 and len(group.digits) != 2:
                return None
            return group
        if (row[i].word, word_at(row, i + 1)) in _LEADING_FILLERS:
            i += 2
        elif row[i].word in _FILLERS:
            i += 1
        elif _is_dash(row, i) and dashed < 3:
            spaced = i + 1 < len(row) and not touching(row[i], row[i + 1])
            sentence = sentence or (row[i].word == "." and spaced)
            parted = parted or (row[i].word in ".," and spaced)
            dashed += 1
            i += 1
        elif _names_dash(row, i):
            i += 1
        else:
            return None
    return None


def _names_dash(row: Sequence[Token], i: int) -> bool:
    """Tell whether "een streepje", "forward slash" begins here."""
    following = word_at(row, i + 1)
    return row[i].word in _BEFORE_DASH and following.isalpha() and following in _DASHES


def _is_dash(row: Sequence[Token], i: int) -> bool:
    return word_at(row, i) in _DASHES


def find_runs(text: str, language: Language) -> list[Run]:
    """Return all runs of a text, in order."""
    row = tokens(text)
    runs = []
    i = 0
    while i < len(row):
        group = _group(row, i, language)
        if group is None:
            i += 1
            continue
        groups = [group]
        while (following := _next_group(row, groups[-1], language)) is not None:
            groups.append(following)
        i = groups[-1].after
        before = word_at(row, groups[0].first - 1)
        runs.append(Run(tuple(_without_articles(groups, before))))
    return runs


def _without_articles(groups: list[Group], before: str) -> list[Group]:
    """Drop a bare "een" or "one" that is no digit: "een 4711", "het is een zeven"."""
    if len(groups) == 2 and groups[0].weak and before in _BEFORE_ARTICLE:
        groups = groups[1:]
    if len(groups) > 1 and groups[0].weak and groups[1].written and len(groups[1].digits) > 2:
        groups = groups[1:]
    if len(groups) > 1 and groups[-1].weak and groups[-2].written and len(groups[-2].digits) > 2:
        groups = groups[:-1]
    return groups
