"""Numbers: digit strings, counts, ranks and amounts of money, as spoken or written.

What is taken for what:

- Digits are for codes: at least three of them, or two or more groups; fewer only
  when nothing else is said ("negen." as the rest of a number). A number with a
  unit ("honderd euro", "14 uur") is no code. Separators fall away, leading zeros stay.
- A cardinal is a single number; what is said in several groups is a code.
- A bare "een" or "one" is an article or a pronoun unless it is written "één",
  said alone, or part of a code.
- Amounts are euros, see `bot.understanding.amounts`.
"""

import re
from collections.abc import Sequence

from bot.events import Language
from bot.understanding.amounts import find_amounts
from bot.understanding.meaning import Found
from bot.understanding.runs import Run, find_runs
from bot.understanding.words import MONTHS, ORDINALS, Token, fold, tokens, word_at

__all__ = [
    "find_amounts",
    "find_cardinals",
    "find_digits",
    "find_invoice_numbers",
    "find_ordinals",
]

_UNITS = frozenset(
    {"euro", "euro's", "euros", "eur", "€", "cent", "cents", "uur", "uren", "%", "procent"}
    | {"o'clock", "am", "pm", "percent", "dollar", "dollars", "pond", "pounds", "minuten"}
    | {"minutes", "hours", "kwh", "jaar", "years", "maanden", "months", "weken", "weeks"}
    | {"dagen", "days", "eurootjes", "tientjes"}
)
_CURRENCY = frozenset({"€", "eur", "euro"})
_FILLERS = frozenset(
    {"en", "dan", "eh", "uh", "uhm", "ehm", "um", "er", "ja", "nee", "nog", "and", "then", "yes"}
    | {"no", "is", "het", "dat", "it", "it's", "that's", "the", "de", "and", "euh", "ok", "oke"}
    | {"okay", "so", "dus", "number", "nummer", "please", "graag"}
)
_NOT_A_NUMBER_BEFORE: dict[Language, dict[str, frozenset[str]]] = {
    # "acht u dat nodig" is the verb; "één moment" is no count.
    "nl": {
        "een": frozenset({"moment", "momentje", "ogenblik", "ogenblikje", "seconde"}),
        "acht": frozenset({"u", "ik", "je", "jij", "hij", "zij", "men", "zich", "jullie"}),
    },
    "en": {},
}
_POINTING = frozenset({"the", "that", "this", "de", "het", "dat"})
_ONE_IS_A_PRONOUN_AFTER = frozenset(
    {"this", "that", "which", "the", "first", "last", "second", "third", "next", "other", "no"}
    | {"any", "every", "each", "another", "new", "my", "old", "your", "wrong", "right", "same"}
)
_ONE_IS_AN_ARTICLE_BEFORE = frozenset(
    {
        "moment",
        "minute",
        "of",
        "second",
        "more",
        "another",
        "day",
        "thing",
        "question",
        "time",
        "sec",
    }
)


def _nothing_else_said(row: Sequence[Token], first: int, after: int) -> bool:
    around = (*row[:first], *row[after:])
    return all(token.kind == "mark" or token.word in _FILLERS for token in around)


def _found_digits(text: str, row: Sequence[Token], run: Run) -> Found[str] | None:
    before, following = word_at(row, run.first - 1), word_at(row, run.after)
    if before in _CURRENCY or following in _UNITS:
        return None
    if before == ":" and run.first > 1 and row[run.first - 2].kind == "figure":
        return None
    if following == ":" and run.after + 1 < len(row) and row[run.after + 1].kind == "figure":
        return None
    alone = _nothing_else_said(row, run.first, run.after)
    if not alone:
        if all(group.weak for group in run.groups):
            return None
        if len(run.digits) < 3 and (len(run.groups) < 2 and not run.groups[0].repeated):
            return None
        if len(run.groups) == 1 and following in MONTHS["nl"] | MONTHS["en"]:
            return None
        if _is_decimal(row, run):
            return None
    elif (
        len(run.groups) == 1
        and run.groups[0].weak
        and (before in _POINTING or row[run.first].word in ("o", "oh", "a"))
    ):
        return None
    start, end = row[run.first].start, row[run.after - 1].end
    return Found(run.digits, text[start:end], start, end)


def _is_decimal(row: Sequence[Token], run: Run) -> bool:
    """Tell whether a run is one figure with two decimals, "12,50" or "9.15"."""
    if len(run.groups) != 2 or not all(group.written for group in run.groups):
        return False
    sign = row[run.groups[0].after]
    touches = sign.start == row[run.first].end and sign.end == row[run.after - 1].start
    whole, decimals = run.groups
    return sign.word in ",." and touches and len(whole.digits) < 4 and len(decimals.digits) < 3


def find_digits(text: str, language: Language) -> list[Found[str]]:
    """Return the digit strings of a text: "vier zeven dubbel een" is "4711"."""
    row = tokens(text)
    found = (_found_digits(text, row, run) for run in find_runs(text, language))
    return [one for one in found if one is not None]


_INVOICE = re.compile(r"(20[1-4][0-9])([1-9][0-9]{0,4})")


def find_invoice_numbers(text: str, language: Language) -> list[Found[str]]:
    """Return what reads as a year and a serial number: "2026-118", however it was said."""
    found = []
    for digits in find_digits(text, language):
        match = _INVOICE.fullmatch(digits.value)
        if match is not None:
            value = f"{match[1]}-{match[2]}"
            found.append(Found(value, digits.text, digits.start, digits.end))
    return found


def find_cardinals(text: str, language: Language) -> list[Found[int]]:
    """Return the counts of a text: "twee facturen" is 2, "in zes termijnen" is 6."""
    row = tokens(text)
    money = [(amount.start, amount.end) for amount in find_amounts(text, language)]
    found = []
    for run in find_runs(text, language):
        group = run.groups[0]
        if len(run.groups) > 1 or group.repeated or (group.written and _written_odd(row, run)):
            continue
        if group.digits.startswith("0") and group.digits != "0":
            continue
        word, following = row[run.first].word, word_at(row, run.after)
        if following in _NOT_A_NUMBER_BEFORE[language].get(word, ()):
            continue
        if group.weak and not _is_one(row, run, language):
            continue
        start, end = row[run.first].start, row[run.after - 1].end
        if all(end <= first or last <= start for first, last in money):
            found.append(Found(int(group.digits[:18]), text[start:end], start, end))
    return found


def _is_one(row: Sequence[Token], run: Run, language: Language) -> bool:
    """Tell whether a bare "een" or "one" counts."""
    if word_at(row, run.first) in ("oh", "o"):
        return False
    before = word_at(row, run.first - 1)
    if _nothing_else_said(row, run.first, run.after):
        return before not in _POINTING
    if language == "nl":
        return False
    following = word_at(row, run.after)
    if before in _ONE_IS_A_PRONOUN_AFTER or following in _ONE_IS_AN_ARTICLE_BEFORE:
        return False
    return run.after < len(row) and row[run.after].kind == "word"


def _written_odd(row: Sequence[Token], run: Run) -> bool:
    """Tell whether figures are part of something else: "4x", "A4", "14:30", "84%"."""
    first, last = row[run.first], row[run.after - 1]
    before = row[run.first - 1] if run.first else None
    after = row[run.after] if run.after < len(row) else None
    if before is not None and before.end == first.start and before.word not in '("':
        return True
    return after is not None and after.start == last.end and after.word not in '.,!?;)"…'


_NUMBERED = re.compile(r"(?<![\w.,:-])([0-9]{1,3})(?:ste|de|e|st|nd|rd|th)(?!\w)")
_LAST: dict[Language, dict[str, int]] = {
    "nl": {
        "op een na laatste": -2,
        "op een na de laatste": -2,
        "een na laatste": -2,
        "voorlaatste": -2,
        "laatste": -1,
    },
    "en": {"second to last": -2, "next to last": -2, "last but one": -2, "last": -1},
}
_NO_RANK: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(
        r"ten \w+|eerste hulp|(?:de )?laatste (?:tijd|weken|dagen|maanden|jaren|keer dat)"
        r"|derde partij\w*|eerste instantie|laatste instantie"
    ),
    "en": re.compile(
        r"(?:a|one|per|every|each|half a|split|just a|this) second\b(?! (?:one|invoice))"
        r"|seconds?(?:[ -]hand| opinion| thoughts?| nature)|at first|first of all|first name"
        r"|at last|at long last|last (?:name|night|week|month|year|time|minute|thing|resort|"
        r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|\w+ (?:days|weeks|months|years))"
        r"|first aid|first thing|(?:a|one|two) (?:third|quarter)|third part(?:y|ies)"
    ),
}
_RANKS: dict[Language, dict[str, int]] = {
    language: ORDINALS[language] | _LAST[language] for language in ORDINALS
}


def _words(known: dict[str, int]) -> re.Pattern[str]:
    longest_first = sorted(known, key=len, reverse=True)
    spelled = "|".join(re.escape(word).replace("\\-", "[ -]") for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)")


_RANK_WORDS = {language: _words(ranks) for language, ranks in _RANKS.items()}


def find_ordinals(text: str, language: Language) -> list[Found[int]]:
    """Return the ranks of a text: "de tweede" is 2, "de laatste" -1, "voorlaatste" -2."""
    folded = fold(text)
    idioms = [match.span() for match in _NO_RANK[language].finditer(folded)]
    found = []
    for pattern in (_RANK_WORDS[language], _NUMBERED):
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(first < end and start < last for first, last in idioms):
                continue
            if pattern is _NUMBERED:
                value = int(match[1])
            else:
                value = _RANKS[language].get(match[0], 0)
                value = value or _RANKS[language].get(match[0].replace(" ", "-"), 0)
            if value:
                found.append(Found(value, text[start:end], start, end))
    return sorted(found, key=lambda one: one.start)
