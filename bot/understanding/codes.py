"""Codes: Dutch postcodes and telephone numbers, as spoken or written.

python-stdnum knows which postcodes can exist, phonenumbers which telephone
numbers can; both read written forms only, so the words are made into figures
first. A number without country code is Dutch, else Belgian; in English also British.
"""

import re

import phonenumbers
from stdnum.nl import postcode

from bot.events import Language
from bot.understanding.meaning import Found
from bot.understanding.runs import Run, find_runs
from bot.understanding.words import Token, tokens, word_at, word_set

_NAMES: dict[Language, dict[str, str]] = {
    "nl": {"aa": "A", "ah": "A", "bee": "B", "be": "B", "cee": "C", "see": "C", "dee": "D"}
    | {"ee": "E", "ef": "F", "eff": "F", "gee": "G", "ge": "G", "haa": "H", "ha": "H", "ie": "I"}
    | {"jee": "J", "kaa": "K", "ka": "K", "el": "L", "em": "M", "en": "N", "oo": "O", "pee": "P"}
    | {"kuu": "Q", "ku": "Q", "er": "R", "es": "S", "tee": "T", "thee": "T", "uu": "U"}
    | {"vee": "V", "wee": "W", "iks": "X", "ypsilon": "Y", "ij": "Y", "zet": "Z", "zed": "Z"},
    "en": {"bee": "B", "be": "B", "see": "C", "sea": "C", "cee": "C", "dee": "D", "ee": "E"}
    | {"ef": "F", "eff": "F", "gee": "G", "aitch": "H", "eye": "I", "jay": "J", "kay": "K"}
    | {"el": "L", "ell": "L", "em": "M", "en": "N", "pee": "P", "pea": "P", "queue": "Q"}
    | {"cue": "Q", "ar": "R", "are": "R", "ess": "S", "tee": "T", "tea": "T", "you": "U"}
    | {"vee": "V", "ex": "X", "why": "Y", "zed": "Z", "zee": "Z"},
}
_SPELLING = (
    "anton anna bernard cornelis dirk eduard ferdinand gerard hendrik izaak isaac johan karel "
    "lodewijk maria nico otto pieter quotient quinten rudolf simon theodor teunis utrecht victor "
    "willem xantippe ypsilon zaandam alpha alfa bravo charlie delta echo foxtrot golf hotel india "
    "juliett juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform whiskey "
    "whisky xray yankee zulu"
)
_SPELLED = {word: word[0].upper() for word in _SPELLING.split()}
_VAN = frozenset({"van", "als", "as", "for", "like", "in", "zoals"})
_TWO_LETTER_WORDS = word_set(
    "is op en de in of te ik je om na er we ze al nu ja zo dan die had was bij tot uw ga "
    "to it my at on or as so am pm by do he if me no up us go an ok be and the eh uh kw"
)
_ALSO_WORDS = word_set("are you why see be eye tea sea pea cue en er ha el thee ie es")
"""Names of letters that are also words: "1234 are you sure" is no postcode."""
_Letters = tuple[str, int]
"""Letters, and the token after them."""
_POSTCODE_SAID = re.compile(r"\b(?:postcode|post code|postal code|zip code)\b")


def _letter(row: tuple[Token, ...], i: int, language: Language) -> _Letters | None:
    """Read one spelled letter: "b", "bee", "bernard", "b van bernard", "double you"."""
    word = word_at(row, i)
    if language == "en" and word == "double" and word_at(row, i + 1) in ("you", "u"):
        return "W", i + 2
    if word == "griekse" and word_at(row, i + 1) in ("y", "ij"):
        return "Y", i + 2
    letter = word.upper() if len(word) == 1 and "a" <= word <= "z" else None
    letter = letter or _NAMES[language].get(word) or _SPELLED.get(word)
    if letter is None:
        return None
    after = i + 1
    if word_at(row, after) == "." and len(word) == 1:
        after += 1
    example = after
    while word_at(row, example) in _VAN:
        example += 1
    if example > after and word_at(row, example)[:1] == letter.lower():
        after = example + 1
    return letter, after


def _letters(row: tuple[Token, ...], i: int, text: str, language: Language) -> _Letters | None:
    """Read the two letters after a postcode's figures."""
    i = _past_marks(row, i)
    if i >= len(row):
        return None
    cued = _POSTCODE_SAID.search(text.lower()) is not None
    first = _letter(row, i, language)
    second = _letter(row, _past_marks(row, first[1]), language) if first else None
    token = row[i]
    if len(token.word) == 2 and token.word.isascii() and token.word.isalpha():
        joined = token.word.upper(), i + 1
        if text[token.start : token.end].isupper():
            return joined
        if second is None:
            sure = token.word not in _TWO_LETTER_WORDS or (cued and _at_end(row, i + 1))
            return joined if sure else None
    if first is None or second is None:
        return None
    spoken = {one.word for one in row[i : second[1]]}
    if spoken & _ALSO_WORDS and not cued and not _at_end(row, second[1]):
        return None
    return first[0] + second[0], second[1]


def _past_marks(row: tuple[Token, ...], i: int) -> int:
    while word_at(row, i) in (",", "-", "."):
        i += 1
    return i


def _at_end(row: tuple[Token, ...], i: int) -> bool:
    return all(token.kind == "mark" for token in row[i:])


def _four(run: Run) -> tuple[str, int] | None:
    """Return the last four digits of a run as a postcode's figures, and where they begin."""
    if len(run.digits) == 4:
        return run.digits, run.first
    last = run.groups[-1]
    return (last.digits, last.first) if len(last.digits) == 4 else None


def find_postcodes(text: str, language: Language) -> list[Found[str]]:
    """Return the Dutch postcodes of a text: "twaalf vierendertig AB" is "1234AB"."""
    row = tokens(text)
    found = []
    for run in find_runs(text, language):
        four = _four(run)
        letters = _letters(row, run.after, text, language)
        if four is None or letters is None:
            continue
        value = four[0] + letters[0]
        if postcode.is_valid(value):
            start, end = row[four[1]].start, row[letters[1] - 1].end
            found.append(Found(postcode.compact(value), text[start:end], start, end))
    return found


def _e164(digits: str, language: Language) -> str | None:
    for region in ("NL", "BE", "GB") if language == "en" else ("NL", "BE"):
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def find_phones(text: str, language: Language) -> list[Found[str]]:
    """Return the telephone numbers of a text in E.164; only numbers that can exist.

    They must begin with 0, 00 or "plus", so that a customer number is never one.
    """
    row = tokens(text)
    found = []
    for run in find_runs(text, language):
        plus = word_at(row, run.first - 1) in ("+", "plus")
        if not plus and not run.digits.startswith("0"):
            continue
        value = _e164(f"+{run.digits}" if plus else run.digits, language)
        if value is not None:
            start, end = row[run.first - plus].start, row[run.after - 1].end
            found.append(Found(value, text[start:end], start, end))
    return found
