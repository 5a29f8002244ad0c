"""Cues: what lexicon and grammar tell of an utterance, before anything is weighed."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from bot.events import Language, Sign
from bot.mood.address import Address, Of
from bot.mood.impression import ABUSE
from bot.mood.tokens import Token, shortened, tokens
from bot.mood.vocabulary import Vocabulary, spoken

SIGNS: tuple[Sign, ...] = get_args(Sign)
_NAMED: dict[str, Sign] = {sign: sign for sign in SIGNS}
STRENGTH: dict[str, float] = {
    "frustrated": 0.6, "angry": 0.7, "profanity": 0.7, "insult_company": 0.85,
    "insult_person": 0.9, "accusation": 0.7, "discrimination": 0.9, "sexual_harassment": 0.85,
    "pressure": 0.8, "blackmail": 0.8, "threat": 0.9, "crisis": 0.9, "vulnerable": 0.7,
}  # fmt: skip
"""How much a phrase of a lexicon is worth."""
HINT = 0.5
"""How much words are worth that may mean a sign or something else."""
_HATERS = frozenset({"ik", "i", "we", "wij"})
_TAGS = frozenset({
    "are", "am", "were", "is", "was", "do", "did", "does", "can", "could", "will", "would", "have",
    "should", "must",
})  # fmt: skip
_SUFFERED = frozenset({"was", "were", "been", "being", "got", "werd", "werden"})
"""Before "shot" or "vermoord" they tell what was done to people, and wish for nothing."""
_SWEARS = frozenset({"swearing.words", "swearing.diseases", "insults.modifiers"})
_ASIDES = frozenset({
    "oh", "ah", "well", "the", "this", "what", "holy", "actual", "for", "sake", "man", "o", "och",
    "ach", "nou", "wat", "de", "een", "he", "hè", "maar", "weer", "alweer", "again",
})  # fmt: skip
"""Words between which an oath is still an oath: "what the fuck", "nou godverdomme zeg"."""
_EXCUSABLE = {*ABUSE, "crisis", "accusation", "insult_company"}
_REPORTABLE = {*ABUSE, "accusation", "insult_company", "profanity"}


@dataclass(frozen=True)
class Hit:
    """Words that tell a sign."""

    sign: Sign
    strength: float
    """0 to 1."""
    first: int
    """Index of the first word."""
    last: int
    """Of the last, included."""
    excuse: str = ""
    """Why it does not count: harmless, quoted, reported, negated, self, other, illness."""


@dataclass(frozen=True)
class Cues:
    """All of it for one utterance."""

    text: str
    """What was looked at."""
    tokens: list[Token]
    language: Language
    hits: list[Hit]
    marks: frozenset[str]
    """Names of what else was seen: `hint.threat`, `vulgar`, `group`, `harmless`, `reported`."""

    def best(self, sign: str) -> float:
        """Return the strength of the strongest hit of a sign that counts."""
        return max((h.strength for h in self.hits if h.sign == sign and not h.excuse), default=0.0)

    def excused(self, sign: str) -> bool:
        """Tell whether a sign has hits and none of them counts."""
        own = [hit for hit in self.hits if hit.sign == sign]
        return bool(own) and all(hit.excuse for hit in own)

    def words(self, hit: Hit) -> str:
        """Return the caller's own words of a hit."""
        return self.text[self.tokens[hit.first].start : self.tokens[hit.last].end]


def find_cues(text: str, language: Language, vocabulary: Vocabulary) -> Cues:
    """Return what the lexicons and the grammar tell of a text."""
    text = shortened(text)
    said = tokens(text, vocabulary.known)
    language = spoken(said, language)
    hits: list[Hit] = []
    marks: set[str] = set()
    sentences: dict[int, list[int]] = defaultdict(list)
    swears = bool(said)
    for index, token in enumerate(said):
        sentences[token.sentence].append(index)
    for indexes in sentences.values():
        finder = _Finder([said[n] for n in indexes], vocabulary, language)
        for hit in finder.hits():
            hits.append(
                Hit(hit.sign, hit.strength, indexes[hit.first], indexes[hit.last], hit.excuse)
            )
        marks |= finder.marks
        swears &= finder.only_swears
    if swears:
        marks.add("only swears")
    return Cues(text, said, language, hits, frozenset(marks))


class _Finder:
    """Looks at one sentence."""

    def __init__(self, sentence: list[Token], vocabulary: Vocabulary, language: Language) -> None:
        self._said = sentence
        self._words = [token.word for token in sentence]
        self._kinds = [vocabulary.kinds(word, language) for word in self._words]
        self._address = Address(sentence, vocabulary, language)
        self._negations = vocabulary.grammar("negation", language)
        self.marks: set[str] = set()
        starts, joined = [], ""
        for word in self._words:
            starts.append(len(joined))
            joined += word + " "
        self._phrases: list[tuple[str, int, int]] = [
            (name, bisect_right(starts, a) - 1, bisect_right(starts, b - 1) - 1)
            for name, a, b in vocabulary.phrases(joined, self._words, language)
            if b > a
        ]
        spoken_to = vocabulary.grammar("you", language) | vocabulary.grammar("you_all", language)
        if any(word in spoken_to for word in self._words):
            self.marks.add("addressed")
        oaths = [bool(kinds & _SWEARS) for kinds in self._kinds]
        self.only_swears = any("swearing.words" in k for k in self._kinds) and all(
            oath or word in _ASIDES for oath, word in zip(oaths, self._words, strict=True)
        )
        """Whether nothing is said but an oath."""
        named = {name for name, _, _ in self._phrases}
        self._aside = any(n == "grammar.aside" and not self._tag(a) for n, a, _ in self._phrases)
        ailing = {"grammar.ailments"} | ({"swearing.diseases"} if language == "en" else set())
        if "grammar.ailments" in named or any(ailing & kinds for kinds in self._kinds):
            self.marks.add("illness")
        self._past = "grammar.past" in named
        self._harmless = [(a, b) for name, a, b in self._phrases if name == "harmless"]
        reports = [a for name, a, _ in self._phrases if name == "grammar.reported"]
        self._reported = min(reports, default=len(sentence))
        if self._harmless:
            self.marks.add("harmless")
        if reports:
            self.marks.add("reported")

    def _tag(self, at: int) -> bool:
        """Whether "not you" ends a question: "you are a fool, aren't you"."""
        return at > 0 and self._words[at] == "not" and self._words[at - 1] in _TAGS

    def hits(self) -> Iterator[Hit]:
        """Yield everything that tells a sign."""
        yield from self._said_phrases()
        for at in range(len(self._words)):
            kinds = self._kinds[at]
            for kind in kinds:
                if kind.startswith("hints."):
                    self.marks.add(f"hint.{kind[6:]}")
            if kinds & {"insults.vulgar", "insults.homographs", "insults.traits"}:
                yield from self._insult(at, at, kinds)
            if "groups.slurs" in kinds:
                unclear = "insults.homographs" in kinds or "illness" in self.marks
                yield self._hit("discrimination", HINT if unclear else 0.8, at, at)
            if kinds & {"swearing.words", "swearing.diseases"}:
                yield from self._swearing(at, kinds)
            for kind in kinds:
                if kind.startswith("signs."):
                    sign = _NAMED[kind[6:]]
                    yield self._hit(sign, STRENGTH[sign], at, at)
        yield from self._hatred()

    def _said_phrases(self) -> Iterator[Hit]:
        for name, a, b in self._phrases:
            section, _, kind = name.partition(".")
            if section == "signs":
                sign = _NAMED[kind]
                yield self._hit(sign, STRENGTH[sign], a, b)
            elif section == "hints":
                self.marks.add(f"hint.{kind}")
                sign = _NAMED[kind]
                yield self._hit(sign, HINT, a, b)
            elif section == "insults":
                yield from self._insult(a, b, frozenset({name}))
            elif name == "groups.slurs":
                yield self._hit("discrimination", 0.9, a, b)
            elif name == "swearing.words":
                yield self._hit("profanity", 0.7, a, b)

    def _insult(self, first: int, last: int, kinds: frozenset[str]) -> Iterator[Hit]:
        noun = bool(kinds & {"insults.vulgar", "insults.homographs"})
        sure = "insults.vulgar" in kinds and "insults.homographs" not in kinds
        self.marks.add("vulgar" if sure else "homograph" if noun else "trait")
        of: Of = self._address.of(first, last, noun=noun)
        self.marks.add(f"of.{of}")
        excuse = ""
        if of in ("self", "other"):
            excuse = of
        elif self._address.negated(first):
            excuse = "negated"
        mild = "insults.mild" in kinds
        if mild and of in ("you", "called", "you_all"):
            yield self._hit("accusation", 0.7, first, last, excuse)
        strong = sure or self._address.stressed(first)
        accused = mild and not self._address.stressed(first)
        if of == "you":
            yield self._hit("insult_person", 0.45 if accused else 0.9, first, last, excuse)
        elif of == "called":
            alone = len(self._words) <= 2 and mild and not self._address.stressed(first)
            strength = 0.9 if strong and not alone else 0.45
            yield self._hit("insult_person", strength, first, last, excuse)
        elif of == "colleague":
            yield self._hit("insult_person", 0.75 if noun else 0.45, first, last, excuse)
        elif of == "you_all":
            yield self._hit("insult_company", 0.8, first, last, excuse)
            if sure and not mild:
                yield self._hit("insult_person", 0.8, first, last, excuse)
        elif sure and not mild:
            yield self._hit("insult_person", 0.4, first, last, excuse)

    def _swearing(self, at: int, kinds: frozenset[str]) -> Iterator[Hit]:
        excuse = ""
        if "swearing.diseases" in kinds:
            around = [k for n, k in enumerate(self._kinds) if n != at]
            if any("swearing.illness" in k for k in around):
                excuse = "illness"
                self.marks.add("illness")
        yield self._hit("profanity", 0.7, at, at, excuse)

    def _hatred(self) -> Iterator[Hit]:
        """A group of people, and hatred or filth said of it."""
        groups = [n for n, k in enumerate(self._kinds) if "groups.names" in k]
        groups += [a for name, a, _ in self._phrases if name == "groups.names"]
        if not groups:
            return
        self.marks.add("group")
        hateful = [
            (n, n) for n, k in enumerate(self._kinds) if k & {"groups.hateful", "groups.vile"}
        ]
        hateful += [
            (a, b) for name, a, b in self._phrases if name in ("groups.hateful", "groups.vile")
        ]
        for a, b in hateful:
            if a and self._words[a - 1] in _SUFFERED and "groups.hateful" in self._kinds[a]:
                continue
            near = min(groups, key=lambda n: abs(n - a))
            if abs(near - a) <= 8 and not a <= near <= b:
                self.marks.add("hatred")
                excuse = "negated" if self._address.negated(a) else ""
                own = any(word in _HATERS for word in self._words[max(0, a - 3) : a])
                said = "groups.hateful" in self._kinds[a] and 0 < near - a <= 4 and own
                strength = 0.85 if said else 0.6
                yield self._hit("discrimination", strength, min(near, a), max(near, b), excuse)

    def _hit(self, sign: Sign, strength: float, first: int, last: int, excuse: str = "") -> Hit:
        return Hit(sign, strength, first, last, excuse or self._excuse(sign, first, last))

    def _excuse(self, sign: Sign, first: int, last: int) -> str:
        if all(self._said[n].quoted for n in range(first, last + 1)):
            return "quoted"
        if sign in _EXCUSABLE:
            for a, b in self._harmless:
                covered = sum(a <= n <= b for n in range(first, last + 1))
                if covered * 3 >= last - first + 1:
                    return "harmless"
        if self._aside and sign == "insult_person":
            return "other"
        if self._past and sign == "crisis":
            return "past"
        if sign in _REPORTABLE and self._reported <= last and self._reported != first:
            return "reported"
        if sign in ("threat", "sexual_harassment") and any(
            self._words[n] in self._negations for n in range(first, last + 1)
        ):
            return "negated"
        if sign in ABUSE | {"accusation"} and self._address.negated(first):
            return "negated"
        return ""
