"""Address: who a word is said of, and whether it is meant: negated, quoted, reported."""

from typing import Literal

from bot.events import Language
from bot.mood.tokens import Token
from bot.mood.vocabulary import Vocabulary

Of = Literal["you", "you_all", "colleague", "self", "other", "called", "nobody"]
"""`called`: the word is what somebody is called by: "luister eens, sukkel"."""


_OF = frozenset({"van", "een", "of", "an", "a", "die", "that"})
_NAMING = ("insults.modifiers", "insults.vulgar", "insults.homographs", "swearing.words")
_ARTICLES = frozenset({
    "een", "de", "het", "die", "dat", "deze", "a", "an", "the", "that", "this", "mijn", "my",
    "his", "her", "some", "zo'n", "such", "van", "of", "is", "was", "als", "like", "voor", "for",
    "met", "with", "no", "geen", "to", "in", "op", "on", "naar", "at", "and", "en", "or", "onze",
    "our", "be", "so", "zo", "very", "are", "how", "hoe", "more", "about", "over",
})  # fmt: skip
"""After these a word is what is spoken of, not who is called."""
_OPENINGS = frozenset({
    "geef", "verbind", "luister", "waarom", "wat", "hoe", "zoek", "doe", "ga", "give", "get",
    "listen", "why", "what", "how", "find", "go", "now", "nu",
})  # fmt: skip


class Address:
    """Answers for one sentence.

    Args:
        sentence: Its words, in order.
        vocabulary: What words mean.
        language: Of the sentence.
    """

    def __init__(self, sentence: list[Token], vocabulary: Vocabulary, language: Language) -> None:
        self._words = [token.word for token in sentence]
        self._english = language == "en"
        self._clauses = [token.clause for token in sentence]
        self._sets = {
            name: vocabulary.grammar(name, language)
            for name in ("you", "you_all", "self", "other", "be", "negation", "say", "like",
                         "skip", "of", "stop")
        }  # fmt: skip
        self._kinds = [vocabulary.kinds(word, language) for word in self._words]

    def of(self, first: int, last: int, *, noun: bool) -> Of:
        """Return who the words from first to last, both included, are said of.

        Args:
            first: Index of the first word.
            last: Index of the last.
            noun: A name one can be called by; an adjective needs "you are".
        """
        begin = self._begin(first)
        if noun and self._called(begin, last):
            return "called"
        found = self._before(begin, last)
        if found in ("you", "you_all") and not noun:
            return found if self._linked(begin) else "nobody"
        if found != "nobody":
            return found
        after = self._after(last)
        if after != "nobody":
            return after
        if noun and self._ends_utterance(begin, last):
            return "called"
        return "nobody"

    def stressed(self, first: int) -> bool:
        """Tell whether a word has an insulting one before it: "domme koe"."""
        return (
            first > 0
            and self._has(first - 1, "insults.modifiers", "insults.traits")
            and self._words[first - 1] != self._words[first]
            and not (self._is(first - 1, "you") or self._is(first - 1, "skip"))
        )

    def negated(self, first: int) -> bool:
        """Tell whether "geen", "not a" or "ik zeg niet dat" stands before a word."""
        at = first - 1
        while at >= 0 and (
            self._is(at, "skip") or self._has(at, "insults.modifiers", "insults.traits")
        ):
            if self._negates(at):
                return True
            if self._is(at, "you") and at == self._begin(first) - 1:
                break  # "I am not, you fool": who is called so is not denied it
            at -= 1
        if at >= 0 and self._is(at, "you"):
            at = -1
        if at >= 0 and self._negates(at):
            return self._clauses[at] == self._clauses[first] or at == first - 1
        for at in range(max(0, first - 10), first):
            if self._negates(at) and any(
                self._is(n, "say") for n in range(max(0, at - 2), min(at + 3, first))
            ):
                return True
        return False

    def _negates(self, at: int) -> bool:
        """Whether a word denies what follows; "no you fool" answers a question with it."""
        return self._is(at, "negation") and not self._answers(at)

    def _answers(self, at: int) -> bool:
        """Whether "no" stands for a sentence of its own: "no I am not", "no slut"."""
        if at or len(self._words) < 2 or self._words[0] != "no":
            return False
        if any(self._is(1, name) for name in ("you", "self", "other")):
            return True
        rest = range(1, len(self._words))
        return all(self._has(n, *_NAMING) and not self._has(n, "harmless") for n in rest) and any(
            self._has(n, "insults.vulgar") for n in rest
        )

    def _begin(self, first: int) -> int:
        """Return where "stomme vieze ..." before a word begins."""
        while (
            first > 0
            and self._has(first - 1, "insults.modifiers", "insults.traits", "swearing.words")
            and not (self._is(first - 1, "you") or self._is(first - 1, "you_all"))
        ):
            first -= 1
        return first

    def _called(self, begin: int, last: int) -> bool:
        """Tell whether a word stands alone between commas, or right after "you"."""
        clause = self._clauses[last]
        own = [n for n, one in enumerate(self._clauses) if one == clause]
        others = [n for n in own if not begin <= n <= last]
        if all(self._has(n, *_NAMING) for n in others):
            return not any(self._is(n, "negation") and n + 1 == begin for n in others)
        before = self._words[begin - 1] if begin else ""
        return before in {"you", "jij", "gij", "jou"} or (before == "u" and begin == last)

    def _before(self, begin: int, last: int) -> Of:
        for at in range(begin - 1, max(-1, begin - 11), -1):
            word = self._words[at]
            if self._is(at, "stop"):
                return "nobody"
            linked = any(self._is(n, "be") for n in range(max(0, at - 1), begin))
            like = any(self._is(n, "like") for n in range(at + 1, begin))
            if self._is(at, "of") and at == begin - 1:
                return "other"
            if self._is(at, "you_all") or (
                word in {"you", "u"} and self._next(at, {"people", "guys", "lot", "all"})
            ):
                return "you_all" if linked or at >= begin - 2 else "nobody"
            if self._is(at, "you") and word not in {"your", "uw", "jouw", "ur"}:
                return "you" if linked or at >= begin - 2 else "nobody"
            if self._is(at, "self"):
                if word in {"ik", "i", "wij", "we"} and (at == begin - 1 or self._be_after(last)):
                    return "self"
                if like or (linked and word in {"ik", "i", "k", "we", "wij"}):
                    near = any(self._is(n, "you") for n in range(at + 1, begin))
                    return "nobody" if near else "self"
                continue
            if self._has(at, "insults.people") and linked:
                return "colleague"
            if self._is(at, "other") and linked:
                return "colleague" if self._names_colleague() else "other"
        return "nobody"

    def _after(self, last: int) -> Of:
        for at in range(last + 1, min(len(self._words), last + 4)):
            near = range(last + 1, min(len(self._words), at + 3))
            if self._is(at, "you") and any(self._is(n, "be") for n in near):
                return "you"
            if self._is(at, "you_all") and any(self._is(n, "be") for n in near):
                return "you_all"
            if self._has(at, "insults.people") and self._words[at - 1] in _OF:
                return "colleague"
            if self._is(at, "self") and any(self._is(n, "be") for n in near):
                return "self"
        return "nobody"

    def _ends_utterance(self, begin: int, last: int) -> bool:
        """Tell whether the sentence begins or ends in a name with no article before it."""
        if (
            begin == 0
            and last < len(self._words) - 1
            and "insults.homographs" not in self._kinds[last]
        ):
            return True
        if begin == 0 and last < len(self._words) - 1:
            return self._clauses[last] != self._clauses[last + 1] or any(
                self._is(n, "you") for n in range(last + 1, len(self._words))
            )
        sure = not self._has(last, "insults.homographs", "insults.mild")
        if last != len(self._words) - 1 and not (sure and self._turns(last + 1)):
            return False
        if not sure and self._english and _several(self._words[last]):
            return False  # "damn rats" are animals, where "damn rat" may be somebody
        before = self._words[begin - 1]
        return before not in _ARTICLES and not self._is(begin - 1, "be")

    def _turns(self, at: int) -> bool:
        """Tell whether something new begins: "luister eens, sukkel, ik wil ..."."""
        begins = self._words[at] in _OPENINGS or self._is(at, "self") or self._is(at, "you")
        return begins or self._clauses[at] != self._clauses[at - 1]

    def _be_after(self, last: int) -> bool:
        return last + 1 < len(self._words) and self._is(last + 1, "be")

    def _linked(self, begin: int) -> bool:
        """Tell whether "you are", "ben je" or "you so" binds an adjective to somebody."""
        for at in range(begin - 1, max(-1, begin - 7), -1):
            if self._is(at, "you") or self._is(at, "you_all"):
                around = [n for n in (at - 1, at + 1, at + 2) if 0 <= n < begin]
                owned = self._words[at] in {"your", "uw", "jouw", "ur"}
                if owned:
                    return False
                return any(self._is(n, "be") for n in around)
            if self._is(at, "self") or self._is(at, "other"):
                return False
            if self._words[at] in {"dat", "dit", "het", "that", "this", "it", "there", "er"}:
                return False
        return False

    def _names_colleague(self) -> bool:
        return any("insults.people" in kinds for kinds in self._kinds)

    def _next(self, at: int, words: set[str]) -> bool:
        return at + 1 < len(self._words) and self._words[at + 1] in words

    def _is(self, at: int, name: str) -> bool:
        return self._words[at] in self._sets[name]

    def _has(self, at: int, *names: str) -> bool:
        return bool(self._kinds[at] & set(names))


def _several(word: str) -> bool:
    """Whether an English noun is a plural."""
    return word.endswith("s") and not word.endswith("ss")
