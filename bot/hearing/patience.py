"""Patience: how long a caller's silence must last before it is the end of the turn.

Three witnesses are heard: how the pause sounds (smart-turn), what the dialogue waits
for, and the words so far, which recognition has written down by the time that it
matters. At telephone quality the sound alone is wrong about digits and about many
Dutch sentences.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.events import Language
from bot.hearing.expectation import Expectation, Kind
from bot.hearing.filters import DIGIT_WORDS, pieces, too_many_digits

SURE_S = 0.3
"""Silence, after voice activity stopped, that ends a turn which sounds like an end.

Smart-turn takes "Goedemorgen, ..." for a whole turn; a comma is shorter than this.
"""
AGREED_S = 0.2
"""The same, when the words are a finished sentence as well."""
ANSWERED_S = 0.15
"""The same, when they are just what was asked for, or a wish that can be acted upon.

However soon they are known: "Could you repeat that, please?" is a wish before its comma. Of 212
pauses within such sentences of synthetic voices, counted once by hand, a voice goes on later than
this in 14, later than 0.1 s in 24.
"""
MEANT_S = 0.2
"""The same, when the words are a wish that can be acted upon, however the pause sounds."""
DOUBT_S = 1.4
"""Silence that ends a turn which does not sound like an end."""
FINISHED_S = 0.7
"""The same, when its words are a finished sentence."""

SURE_BY_KIND: Mapping[Kind, float] = {"yes_no": 0.1}
DOUBT_BY_KIND: Mapping[Kind, float] = {"yes_no": 0.6, "choice": 1.0}
"""Where less is likely to follow."""

DICTATION_S: Mapping[Kind, float] = {"digits": 1.2, "phone": 1.4, "postcode": 1.2}
"""Silence after which dictation ends, while nothing is known of what was said, or nothing that
was asked for and nothing that can be acted upon: digits are often misheard as some sentence.

People say numbers in groups, and breathe or look at the letter in between.
"""
PART_S: Mapping[Kind, float] = {"digits": 1.4, "phone": 1.6, "postcode": 1.4}
"""The same, when a part of what was asked for has been said."""
WHOLE_S: Mapping[Kind, float] = {"digits": 0.4, "phone": 0.5, "postcode": 0.4}
"""The same, when all of it has been said: little may follow, a correction at most."""
WELL = 0.7
"""How sure recognition is of words that need only be some wish, in place of a number. Digits that
are misheard are wishes too, but never heard so well: "Neo." for "nul" is a no, heard with .42,
"S." for "zes" a yes with .65, "See you guys." a goodbye with .45."""
PLAINLY, SENTENCE = 0.85, 4
"""How sure understanding is of a wish, and of how many words, that need not be heard well: misheard
digits are few different words, or hardly a wish, or a digit is among them: "Hey hey hey 0."."""
LONG = 7
"""Of how many different words a sentence without a digit is that may be heard badly and mean
anything: digits are misheard as "Free payment, free payment, free payment." """


@dataclass(frozen=True)
class Overheard:
    """What was said up to a pause, before anybody knows whether the turn is over."""

    words: str
    language: Language
    meant: float = 0.0
    """How sure it is that they are a wish that can be acted upon; 0 when they are none."""
    confidence: float = 1.0
    """How sure recognition is of them, 0 to 1."""
    speech_s: float | None = None
    """Seconds of speech in them; None where nobody measured it."""
    perhaps_part: bool = False
    """Whether a number in them may go on, though it reads as a whole one."""

    @property
    def may_go_on(self) -> bool:
        """Whether a whole number in them may be a part, and the caller not done.

        One with fewer digits is as likely, or nobody says so many digits in the time.
        """
        hasty = self.speech_s is not None and too_many_digits(self.words, self.speech_s)
        return self.perhaps_part or hasty

    @property
    def plainly_meant(self) -> bool:
        """Whether they are a wish for certain, even from somebody who was to say a number."""
        sentence = len(self._different) >= SENTENCE
        sure = self.confidence >= WELL or (sentence and self.meant >= PLAINLY)
        return self.meant > 0 and sure and not self.preface

    @property
    def sentence(self) -> bool:
        """Whether they are words of somebody who says no number, whatever they mean."""
        words = sum(len(word) > 1 for word in self._different)  # letters are of a postcode
        long = words >= LONG or (words >= SENTENCE and self.confidence >= WELL)
        return long or (words > 0 and self._cannot_tell)

    @property
    def _cannot_tell(self) -> bool:
        """Whether they say, however badly the rest was heard, that the caller can't tell."""
        said = f" {' '.join(pieces(self.words))} "
        return any(f" {phrase} " in said for phrase in _CANNOT_TELL[self.language])

    @property
    def _different(self) -> frozenset[str]:
        """The words, each once; none where a digit is among them."""
        said = frozenset(pieces(self.words))
        return frozenset() if any(map(_is_digit, said)) else said

    @property
    def preface(self) -> bool:
        """Whether they are a mere yes: who is asked for a number says so, and then the number."""
        said = " ".join(pieces(self.words))
        return said in _YES[self.language]


def patience(
    expectation: Expectation, sounds_done: bool, overheard: Overheard | None = None
) -> float:
    """Return the silence that ends a turn, in seconds after voice activity stopped.

    Args:
        expectation: What the dialogue waits for.
        sounds_done: Whether the pause sounds like the end of a turn.
        overheard: The words so far; None while recognition is at it, or when it heard none.
    """
    kind = expectation.kind
    sure, doubt = SURE_BY_KIND.get(kind, SURE_S), DOUBT_BY_KIND.get(kind, DOUBT_S)
    if overheard is None:
        if kind in DICTATION_S:
            return DICTATION_S[kind]
        return sure if sounds_done else doubt
    answers = expectation.answers(overheard.words, overheard.language)
    if kind in DICTATION_S and answers != "no":
        whole = answers == "whole" and not overheard.may_go_on
        return WHOLE_S[kind] if whole else PART_S[kind]
    if kind in DICTATION_S and not (overheard.plainly_meant or overheard.sentence):
        return DICTATION_S[kind]  # digits that were misheard: "One year old." for "one zero"
    if unfinished(overheard):
        return doubt
    if sounds_done:
        done = answers == "whole" or overheard.meant
        return min(sure, ANSWERED_S if done else AGREED_S)
    if overheard.meant:
        return min(doubt, MEANT_S)
    return min(doubt, sure if answers == "whole" else FINISHED_S)


def _is_digit(piece: str) -> bool:
    return piece.isdigit() or piece in DIGIT_WORDS


def unfinished(overheard: Overheard) -> bool:
    """Tell whether nobody ends a sentence like this: "ik bel omdat", "my name is".

    A word that can be the last of a sentence is not looked for, though it seldom is.
    """
    words = overheard.words.strip().lower()
    if re.search(r"(\.\.|…|,|-|:)$", words):
        return True
    last = re.findall(r"[\w']+", words)
    return bool(last) and last[-1] in _GOES_ON[overheard.language]


_LAST: Mapping[Language, str] = {
    "nl": "en of maar want omdat doordat zodat terwijl hoewel tenzij als toen de mijn jullie onze "
    "m'n z'n met zonder tussen we ze namelijk eigenlijk uh uhm eh ehm euh hm hmm",
    "en": "and or but because since although unless if when the a an my your our their "
    "i we that's i'm it's uh um er erm hm hmm",
}
_GOES_ON = {language: frozenset(words.split()) for language, words in _LAST.items()}

_CANNOT_TELL: Mapping[Language, tuple[str, ...]] = {
    "nl": ("weet ik niet", "weet het niet", "weet ik zo niet", "weet ik het niet"),
    "en": ("don t know", "dont know", "do not know"),
}
"""As `pieces` has it. The commonest answer in place of a number, and no digit sounds like it."""

_YES: Mapping[Language, frozenset[str]] = {
    "nl": frozenset({"ja", "ja hoor", "jawel", "jazeker", "oké", "ok", "zeker", "natuurlijk"}),
    "en": frozenset({"yes", "yeah", "yep", "okay", "ok", "sure", "certainly", "definitely"}),
}
