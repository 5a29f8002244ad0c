"""Tokens: the words of an utterance as they were meant, each knowing where it stands.

Undoes what people do to hide or stress a word: "k@nker", "f*ck", "kuuuut", "s c u m".
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 1200
"""Characters that are looked at; of a longer text its two ends."""
_CHUNK = re.compile(r"\S+")
_SPACED = re.compile(r"(?<!\S)(?:[^\W_]|[@$*!])(?:[ .\-]{1,2}(?:[^\W_]|[@$*!])){2,}(?![^\s.,!?])")
_EDGE = re.compile(r"^[^\w@$*#]+|[^\w*@$]+$")
_BREAK = re.compile(r"[.!?;:…\n]+[\"'”’)]*$")
_LEET = str.maketrans(
    {"4": "a", "@": "a", "3": "e", "1": "i", "!": "i", "0": "o", "5": "s", "$": "s", "7": "t"}
)
_OTHER_ONE = str.maketrans({"1": "l"})
_SHORT: dict[str, tuple[str, ...]] = {
    "i'm": ("i", "am"), "im": ("i", "am"), "i'll": ("i", "will"), "i've": ("i", "have"),
    "i'd": ("i", "would"), "you're": ("you", "are"), "youre": ("you", "are"),
    "u're": ("you", "are"), "ur": ("your",), "ya": ("you",), "yer": ("you", "are"),
    "you've": ("you", "have"), "you'll": ("you", "will"), "youll": ("you", "will"),
    "he's": ("he", "is"), "she's": ("she", "is"), "hes": ("he", "is"), "shes": ("she", "is"),
    "it's": ("it", "is"), "that's": ("that", "is"), "thats": ("that", "is"),
    "they're": ("they", "are"), "we're": ("we", "are"), "don't": ("do", "not"),
    "dont": ("do", "not"), "doesn't": ("does", "not"), "didn't": ("did", "not"),
    "didnt": ("did", "not"), "isn't": ("is", "not"), "isnt": ("is", "not"),
    "aren't": ("are", "not"), "arent": ("are", "not"), "wasn't": ("was", "not"),
    "won't": ("will", "not"), "wont": ("will", "not"), "can't": ("can", "not"),
    "cant": ("can", "not"), "cannot": ("can", "not"), "couldn't": ("could", "not"),
    "wouldn't": ("would", "not"), "shouldn't": ("should", "not"), "haven't": ("have", "not"),
    "hasn't": ("has", "not"), "ain't": ("are", "not"), "what's": ("what", "is"),
    "who's": ("who", "is"), "there's": ("there", "is"), "gonna": ("going", "to"),
    "wanna": ("want", "to"), "gotta": ("got", "to"), "m'n": ("mijn",), "mn": ("mijn",),
    "z'n": ("zijn",), "d'r": ("haar",), "'t": ("het",), "da's": ("dat", "is"), "zo'n": ("zo'n",),
    "zon": ("zon",), "jouwe": ("jouw",), "yall": ("you", "all"), "y'all": ("you", "all"),
    "gij": ("jij",), "ge": ("je",), "nie": ("niet",), "nen": ("een",), "ne": ("een",),
    "ben'k": ("ben", "ik"), "kben": ("ik", "ben"),
}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """One word."""

    word: str
    """Lower case, without accents, as it was meant."""
    start: int
    """Where it stands in the text."""
    end: int
    sentence: int
    clause: int
    """Changes at a comma too."""
    quoted: bool = False


def shortened(text: str) -> str:
    """Return the text, or when it is endless its two ends."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"


def tokens(text: str, known: Callable[[str], bool]) -> list[Token]:
    """Return the words of a text.

    Args:
        text: As said or typed; not longer than `shortened` leaves it.
        known: Whether a word means something, so that "k1ller" is read as one and "4g" is not.
    """
    found: list[Token] = []
    sentence = clause = 0
    quotes = _quoted(text)
    for start, end in _chunks(text, known):
        raw = text[start:end]
        bare = _EDGE.sub("", raw)
        offset = raw.find(bare) if bare else 0
        for word, at, to in _words(bare, known):
            left, right = start + offset + at, start + offset + to
            inside = any(a <= left and right <= b for a, b in quotes)
            found.append(Token(word, left, right, sentence, clause, inside))
        if _BREAK.search(raw) or "\n" in text[end : end + 2]:
            sentence, clause = sentence + 1, clause + 1
        elif raw.endswith((",", ")", "-", "–")) or "(" in raw:
            clause += 1
    return found


def _chunks(text: str, known: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Return where words stand; letters that are spelled are one when they make a known word."""
    spaced = []
    for match in _SPACED.finditer(text):
        joined = re.sub(r"[ .\-]", "", match[0])
        if known(meant(joined, known)):
            spaced.append(match.span())
    chunks = []
    for match in _CHUNK.finditer(text):
        if any(a <= match.start() < b for a, b in spaced):
            continue
        chunks.append(match.span())
    return sorted([*chunks, *spaced])


def _words(bare: str, known: Callable[[str], bool]) -> list[tuple[str, int, int]]:
    """Return the words of a chunk: "you're" has two, "klote-bedrijf" too."""
    if not bare:
        return []
    lowered = plain_letters(bare)
    if lowered in _SHORT:
        return [(word, 0, len(bare)) for word in _SHORT[lowered]]
    joined = re.sub(r"[\s.\-]", "", lowered)
    if joined != lowered and known(whole := meant(joined, known)):
        return [(whole, 0, len(bare))]
    parts = []
    for part in re.finditer(r"[^\s\-–/.,!?;:&\"“”()]+(?:!(?=\w)[^\s\-/.,!?]+)?", bare):
        lowered = plain_letters(part[0])
        for word in _SHORT.get(lowered, (meant(lowered, known),)):
            if word:
                parts.append((word, part.start(), part.end()))
    return parts


def plain_letters(word: str) -> str:
    """Return a word in lower case, without accents and with straight apostrophes."""
    word = unicodedata.normalize("NFKD", word.replace("’", "'").replace("‘", "'").replace("`", "'"))
    return "".join(sign for sign in word if not unicodedata.combining(sign)).lower()


def meant(word: str, known: Callable[[str], bool]) -> str:
    """Return the word that a disguised or stretched one stands for."""
    word = plain_letters(re.sub(r"[ .\-]", "", word))
    if known(word):
        return word
    forms = [word]
    if re.search(r"\d|[@$!]", word) and re.search(r"[a-z]", word):
        forms += [word.translate(_LEET), word.translate(_OTHER_ONE).translate(_LEET)]
    for form in forms:
        once, twice = re.sub(r"(.)\1{2,}", r"\1", form), re.sub(r"(.)\1{2,}", r"\1\1", form)
        single = re.sub(r"(.)\1+", r"\1", form) if form != once else form
        for guess in (form, twice, once, single):
            bare = guess.removesuffix("'s")
            if known(bare):
                return bare
            if "*" in guess and (full := _STARS.get(guess)):
                return full
    return re.sub(r"(.)\1{2,}", r"\1\1", word)


def _starred() -> dict[str, str]:
    """Return common words with letters starred out."""
    table: dict[str, str] = {}
    for word in ("fuck", "fucking", "fucked", "fucker", "shit", "shitty", "bitch", "cunt", "dick",
                 "asshole", "arsehole", "bastard", "kut", "kutwijf", "lul", "klootzak",
                 "klootzakken", "kanker", "kankerlijer", "tering", "tyfus", "hoer", "klote",
                 "neuken", "nigger", "faggot", "motherfucker", "whore", "slut", "godverdomme",
                 "pussy", "crap", "damn", "idiot", "mongool", "homo", "flikker"):  # fmt: skip
        for first in range(1, len(word)):
            for last in range(first + 1, len(word) + 1):
                hidden = word[:first] + "*" * (last - first) + word[last:]
                if sum(sign != "*" for sign in hidden) >= 2:
                    table.setdefault(hidden, word)
                    table.setdefault(re.sub(r"\*+", "*", hidden), word)
    return table


_STARS = _starred()


def _quoted(text: str) -> list[tuple[int, int]]:
    """Return where something is quoted; a text that is a quotation as a whole is not."""
    spans = []
    for match in re.finditer(
        r"\"[^\"]{2,}\"|“[^”]{2,}”|„[^”“]{2,}[”“]|«[^»]{2,}»|(?<![\w])['‘](?!t\b|s\b|k\b|m\b)[^'’]*(?:\w['’]\w[^'’]*)*['’](?!\w)",
        text,
    ):
        if len(match[0]) < len(text.strip(" .!?")) - 2:
            spans.append(match.span())
    return spans
