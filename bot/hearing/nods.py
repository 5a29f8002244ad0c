"""Nods: what people say to show that they listen, and not to take the turn.

"Ja", "mm-hm", "oké" while the bot speaks means: go on. A question is another matter, and so
is anything more: "ja maar", "oké, en dan?".
"""

import re

from bot.events import Language

LONGEST = 4
"""Words; who says more wants to say something."""

_WORDS: dict[Language, frozenset[str]] = {
    "nl": frozenset(
        [
            *("ja", "jaja", "jawel", "jep", "jo", "oké", "oke", "ok", "okay", "goed", "prima"),
            *("precies", "juist", "inderdaad", "duidelijk", "klopt", "zeker", "mooi", "fijn"),
            "jan",  # what recognition writes of a "ja" that ends in a breath
            *("snap", "begrijp", "ik", "het", "dat", "oh", "o", "ah", "aha", "hè", "hé", "zo"),
        ]
    ),
    "en": frozenset(
        [
            *("yes", "yeah", "yep", "yup", "ok", "okay", "right", "sure", "fine", "good", "great"),
            *("alright", "all", "exactly", "indeed", "i", "see", "got", "it", "oh", "ah", "aha"),
            *("understand", "understood", "of", "course"),
        ]
    ),
}
_HUMS = re.compile(r"(m+|h+m+|m+h+m*|mm+|u+h+|hmph|humph|a+h+|o+h+|huh|eh+|uhu+|aha+)")
_MEANINGLESS = {
    "nl": frozenset({"ik", "het", "dat", "zo"}),
    "en": frozenset({"i", "it", "all", "of", "got", "see"}),
}
"""Words of a nod ("ik snap het", "I see") that are none by themselves."""


def is_nod(words: str, language: Language) -> bool:
    """Tell whether words only show that somebody listens.

    Args:
        words: As recognised; a question mark makes them a question.
        language: In which they were recognised; nods of the other one are known too.
    """
    said = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", words.lower())
    if not said or len(said) > LONGEST or "?" in words:
        return False
    return any(
        all(word in _WORDS[each] or _HUMS.fullmatch(word) for word in said)
        and not all(word in _MEANINGLESS[each] for word in said)
        for each in _order(language)
    ) or said in (["i", "see"], ["got", "it"])


def _order(language: Language) -> tuple[Language, Language]:
    return ("nl", "en") if language == "nl" else ("en", "nl")
