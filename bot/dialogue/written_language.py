"""Guesses the language of a typed sentence, where no ears have heard it."""

import re

from bot.events import Language

_COMMON: dict[Language, str] = {
    "nl": " ik je u het een de en of niet is zijn mijn wat hoe wil graag kan kunt dat die met voor "
    "op aan van naar heb nog wel ook maar mag moet jullie ja nee dank wanneer waar al dan ",
    "en": " i you it a an the and or not is are my what how want would like can could that with "
    "for on to of from have still also but may must your yes no thank when where already do me "
    "please has ",
}


def guess_language(text: str) -> Language | None:
    """Return the language that a text's common words tell, None when they leave it open."""
    words = re.findall(r"[a-zé']+", text.lower())
    counts = {
        language: sum(f" {w} " in common for w in words) for language, common in _COMMON.items()
    }
    if counts["nl"] == counts["en"]:
        return None
    return "nl" if counts["nl"] > counts["en"] else "en"
