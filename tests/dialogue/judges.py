"""A judge of words that reads the signs off the text: "[insult_person] sukkel", "[?threat] ..."."""

import re
from typing import cast, get_args

from bot.events import Evidence, Language, Sign
from bot.mood.impression import WordImpression
from bot.mood.state import MoodSense
from bot.understanding.entities import find_entities
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from tests.dialogue.stage import NOW, ZONE

_MARK = re.compile(r"\[(\??)(\w+)\]")
_ANGRY = frozenset({"angry", "frustrated", "accusation", "insult_company", "insult_person"})


class MarkedWords:
    """Implements `bot.mood.impression.Words`: what is marked is so, all else is calm."""

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        signs: list[Sign] = []
        unsure: list[Sign] = []
        for doubt, name in _MARK.findall(text):
            assert name in get_args(Sign), name
            (unsure if doubt else signs).append(cast(Sign, name))
        anger = 0.7 if set(signs) & _ANGRY else 0.0
        evidence = tuple(Evidence(source="words", name=sign, words=text) for sign in signs)
        return WordImpression(text, language, {}, anger, tuple(signs), tuple(unsure), evidence)


def marked_mood() -> MoodSense:
    return MoodSense(MarkedWords())


class MarkedIntents:
    """Implements `Understanding`: "<affirm> ja" is what it says, all else is out of scope."""

    async def parse(self, text: str, language: Language) -> Meaning:
        intent = re.search(r"<(\w+)>", text)
        plain = re.sub(r"<\w+>|\[\??\w+\]", lambda found: " " * len(found[0]), text)
        entities = find_entities(plain, language, NOW.astimezone(ZONE))
        return Meaning(plain, language, intent[1] if intent else OUT_OF_SCOPE, 0.9, entities)
