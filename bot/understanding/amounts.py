"""Amounts: sums of money in euros, as spoken or written.

"vierentachtig euro twintig", "€ 84,20", "anderhalve euro", "a hundred and fifty
euros", "vijftien cent", "een tientje". Without the word euro a sum is taken only
from two written decimals ("84,20"), from two numbers when nothing else is said
("vierentachtig twintig"), or after a word such as "bedrag" or "paid". A comma or a
point before two figures is a decimal sign; before three it parts thousands. Pounds
and dollars are not amounts: the company's invoices are in euros.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.events import Language
from bot.understanding.meaning import Found
from bot.understanding.runs import Run, find_runs, read_number
from bot.understanding.words import AND, MONTHS, SCALES, Token, fold, tokens, word_at

_EURO = frozenset({"euro", "euros", "euro's", "eur", "€", "eurootjes", "eurootje"})
_CENT = frozenset({"cent", "cents", "centen"})
_COINS: dict[Language, dict[str, int]] = {
    "nl": {"tientje": 10, "tientjes": 10, "vijfje": 5, "vijfjes": 5, "twintigje": 20}
    | {"twintigjes": 20, "vijftigje": 50, "vijftigjes": 50, "honderdje": 100},
    "en": {"tenner": 10, "tenners": 10, "fiver": 5, "fivers": 5},
}
_HALVES: dict[Language, dict[tuple[str, ...], Decimal]] = {
    "nl": {
        ("anderhalve",): Decimal("1.5"),
        ("anderhalf",): Decimal("1.5"),
        ("een", "halve"): Decimal("0.5"),
        ("halve",): Decimal("0.5"),
    },
    "en": {("half", "a"): Decimal("0.5"), ("half",): Decimal("0.5")},
}
_HALF_MORE: dict[Language, tuple[tuple[str, ...], ...]] = {
    "nl": (("en", "een", "half"), ("en", "een", "halve"), ("en", "half")),
    "en": (("and", "a", "half"),),
}
_POINT: dict[Language, frozenset[str]] = {
    "nl": frozenset({"komma", "punt"}),
    "en": frozenset({"point", "dot"}),
}
_FIGURES = re.compile(
    r"[0-9]{1,3}(?:[.,][0-9]{3})+(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]+(?:[.,][0-9]{1,2})?(?![0-9])"
)
_BARE = re.compile(
    r"(?<![\w.,:/-])(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,6}),[0-9]{2}(?![\w%]|[.,:/-]\w)"
)
_BARE_EN = re.compile(
    r"(?<![\w.,:/-])(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,6})\.[0-9]{2}(?![\w%]|[.,:/-]\w)"
)
_NO_CENTS_BEFORE = frozenset(
    {"keer", "maal", "times", "uur", "dagen", "days", "weken", "weeks", "maanden", "months"}
    | {"facturen", "invoices", "procent", "percent", "%", "jaar", "years", "o'clock", "minuten"}
    | {"termijnen", "mensen", "personen", "people", "euro", "euros", "euro's", "€"}
)
_CUES = frozenset(
    {"bedrag", "betaald", "betaalde", "kost", "kosten", "kostte", "overgemaakt", "rekening"}
    | {"paid", "amount", "costs", "cost", "transferred", "owe", "owed"}
)
_FILLERS = frozenset(
    {"ja", "nee", "yes", "no", "eh", "uh", "um", "het", "was", "is", "it", "dat", "that", "of"}
    | {
        "ongeveer",
        "dan",
        "then",
        "about",
        "around",
        "roughly",
        "zo'n",
        "van",
        "een",
        "the",
        "for",
        "en",
        "and",
    }
)
_Read = tuple[Decimal, int]


def _figures(text: str, row: Sequence[Token], i: int) -> _Read | None:
    """Read written figures with their separators: "1.250,50"."""
    match = _FIGURES.match(text, row[i].start)
    if match is None:
        return None
    said = match.group()
    whole, sign, decimals = said, "", ""
    if len(said) > 2 and said[-3] in ".,":
        whole, sign, decimals = said[:-3], said[-3], said[-2:]
    elif len(said) > 1 and said[-2] in ".,":
        whole, sign, decimals = said[:-2], said[-2], said[-1:]
    number = re.sub(r"[.,]", "", whole)
    after = next((j for j in range(i, len(row)) if row[j].start >= match.end()), len(row))
    return Decimal(f"{number}.{decimals}" if sign else number), after


def _decimal(text: str, row: Sequence[Token], i: int, language: Language) -> _Read | None:
    """Read a number, its fraction and its "thousand"."""
    value: Decimal | None = None
    after = i
    for words, half in _HALVES[language].items():
        if tuple(word_at(row, i + k) for k in range(len(words))) == words:
            value, after = half, i + len(words)
            break
    if value is None and row[i].kind == "figure":
        read = _figures(text, row, i)
        if read is not None:
            value, after = read
    elif value is None and row[i].kind == "word":
        spoken = read_number(row, i, language)
        if spoken is not None:
            value, after = Decimal(spoken[0]), spoken[1]
    if value is None:
        return None
    for words in _HALF_MORE[language]:
        if tuple(word_at(row, after + k) for k in range(len(words))) == words:
            value, after = value + Decimal("0.5"), after + len(words)
            break
    if word_at(row, after) in _POINT[language]:
        spoken = read_number(row, after + 1, language)
        if spoken is not None and spoken[0] < 100:
            said = str(spoken[0])
            value, after = value + Decimal(f"0.{said}"), spoken[1]
    scale = SCALES[language].get(word_at(row, after))
    if scale is not None:
        value, after = value * scale, after + 1
    return value, after


def _cents(row: Sequence[Token], i: int, language: Language) -> tuple[int, int] | None:
    """Read the cents after "euro": "twintig", "en 20 cent", "oh five"."""
    joined = word_at(row, i) == AND[language]
    j = i + 1 if joined else i
    if j >= len(row):
        return None
    zero = word_at(row, j) in ("nul", "oh", "zero", "o")
    read = read_number(row, j + 1 if zero else j, language)
    if read is None or not 1 <= read[0] <= (9 if zero else 99):
        return None
    value, after = read
    if word_at(row, after) in _CENT:
        return value, after + 1
    if row[j].kind == "figure" and len(row[j].word) != 2:
        return None  # "84 euro 5" is odd; "84 euro 5 cent" is not.
    if joined or word_at(row, after) in _NO_CENTS_BEFORE | MONTHS[language].keys():
        return None
    if read_number(row, after, language) is not None or value == 1:
        return None
    return value, after


def _amount(text: str, row: Sequence[Token], i: int, language: Language) -> _Read | None:
    """Read one amount that names its currency."""
    word = row[i].word
    if word in ("€", "eur", "euro") and i + 1 < len(row) and row[i + 1].kind == "figure":
        read = _decimal(text, row, i + 1, language)
        if read is None:
            return None
        value, after = read
        if word_at(row, after) in _EURO:
            after += 1
        return value, _past_dash(row, after)
    article = word in ("een", "a", "one")
    if article and word_at(row, i + 1) in _COINS[language]:
        return Decimal(_COINS[language][word_at(row, i + 1)]), i + 2
    if word in _COINS[language]:
        return Decimal(_COINS[language][word]), i + 1
    if word == "a" and word_at(row, i + 1) in _EURO:
        read = Decimal(1), i + 1
    elif row[i].kind == "mark":
        return None
    else:
        read = _decimal(text, row, i, language)
    if read is None:
        return None
    value, after = read
    following = word_at(row, after)
    if following in _COINS[language]:
        return value * _COINS[language][following], after + 1
    if following in _CENT:
        return value / 100, after + 1
    after = _past_dash(row, after)
    if word_at(row, after) not in _EURO:
        return None
    after += 1
    if value == value.to_integral_value():
        cents = _cents(row, after, language)
        if cents is not None:
            return value + Decimal(cents[0]) / 100, cents[1]
        for words in _HALF_MORE[language]:
            if tuple(word_at(row, after + k) for k in range(len(words))) == words:
                return value + Decimal("0.5"), after + len(words)
    return value, after


def _past_dash(row: Sequence[Token], i: int) -> int:
    """Skip the ",-" of "€ 84,-"."""
    if word_at(row, i) in (",", ".") and word_at(row, i + 1) in ("-", "–", "—"):
        return i + 2
    return i


def _pair(row: Sequence[Token], run: Run) -> Decimal | None:
    """Read "vierentachtig twintig" as euros and cents where nothing speaks against it."""
    if len(run.groups) != 2 or any(group.weak or group.repeated for group in run.groups):
        return None
    euros, cents = run.groups
    if len(cents.digits) != 2 or euros.digits.startswith("0") or len(euros.digits) > 4:
        return None
    between = [token.word for token in row[euros.after : cents.first]]
    if between and between[0] not in ("komma", "comma", "point"):
        return None
    before = [token.word for token in row[: run.first] if token.kind == "word"]
    while before and before[-1] in _FILLERS:
        before.pop()
    rest = [token.word for token in row[run.after :] if token.kind == "word"]
    cued = bool(before) and before[-1] in _CUES
    cued = cued or bool(rest and rest[0] in ("betaald", "overgemaakt", "paid"))
    if not cued and not between and (before or rest):
        return None
    return Decimal(f"{euros.digits}.{cents.digits}")


def find_amounts(text: str, language: Language) -> list[Found[Decimal]]:
    """Return the sums of money in a text, with two decimals."""
    row = tokens(text)
    folded = fold(text)
    found: list[Found[Decimal]] = []

    def add(value: Decimal, start: int, end: int) -> None:
        if all(end <= other.start or other.end <= start for other in found):
            found.append(Found(value.quantize(Decimal("0.01")), text[start:end], start, end))

    i = 0
    while i < len(row):
        read = _amount(folded, row, i, language)
        if read is None or read[0] >= 10**12:
            i += 1
            continue
        add(read[0], row[i].start, row[read[1] - 1].end)
        i = read[1]
    for pattern in (_BARE, _BARE_EN) if language == "en" else (_BARE,):
        for match in pattern.finditer(folded):
            figures = re.sub(r"[.,]", "", match.group())
            add(Decimal(f"{figures[:-2]}.{figures[-2:]}"), match.start(), match.end())
    for run in find_runs(text, language):
        value = _pair(row, run)
        if value is not None:
            add(value, row[run.first].start, row[run.after - 1].end)
    return sorted(found, key=lambda one: one.start)
