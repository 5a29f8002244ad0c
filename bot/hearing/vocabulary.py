"""Words that recognition is told to listen for: the house's own, and what the dialogue expects."""

import re
from collections.abc import Mapping

from bot.events import Language
from bot.hearing.expectation import Expectation, Kind

DOMAIN: Mapping[Language, str] = {
    "nl": "factuur, betaling, herinnering, klantnummer, afspraak, betaalregeling, medewerker",
    "en": "invoice, payment, reminder, customer number, appointment, payment plan",
}
"""What callers of a contact centre talk about."""

DICTATED: Mapping[Language, Mapping[Kind, str]] = {
    "nl": {
        "digits": "Mijn klantnummer is 2 8 5 0 3 6, 9 1 4 7 0 5.",
        "phone": "Mijn nummer is 0 6 2 8 5 0 3 9 1 7, 0 3 0 9 1 4 7 0 5 8.",
        "postcode": "Mijn postcode is 2 8 5 0 S D, 9 1 4 7 S S.",
    },
    "en": {
        "digits": "My customer number is 2 8 5 0 3 6, 9 1 4 7 0 5.",
        "phone": "My number is 0 6 2 8 5 0 3 9 1 7, 0 3 0 9 1 4 7 0 5 8.",
        "postcode": "My postcode is 2 8 5 0 S D, 9 1 4 7 S S.",
    },
}
"""How dictation is to be written down: digit for digit.

Words of the house are left out here, for they come back as digits: "four
seven" as "four, payment". Digit errors at 8 kHz (12 numbers of 6 digits,
MBROLA nl2): .32 without, .24 with the ten digits as words, .11 so.

Of what Whisper can't make out it sometimes repeats the hint. No Dutch postcode
ends in SD or SS, so a repeated one is not taken for the caller's.
"""

_ECHO = re.compile(r"2850|9147|\d{2}s[sd]$")
"""Signs of a dictated hint in what comes back, written together."""

LIKELY: Mapping[Language, Mapping[Kind, str]] = {
    "nl": {
        "yes_no": "ja, nee, klopt, graag",
        "date": "maandag, dinsdag, woensdag, donderdag, vrijdag, volgende week, morgen",
        "time": "half drie, kwart over tien, kwart voor negen, 's middags, uur",
        "choice": "de eerste, de tweede, de derde, de laatste",
    },
    "en": {
        "yes_no": "yes, no, that's right, please",
        "date": "Monday, Tuesday, Wednesday, Thursday, Friday, next week, tomorrow",
        "time": "half past two, quarter past ten, quarter to nine, in the afternoon",
        "choice": "the first, the second, the third, the last",
    },
}
"""What is likely to be said when the dialogue waits for something of a kind."""

MAX_WORDS = 24
"""More expected words than this help no further, and each one costs time."""


def hints(language: Language, expectation: Expectation) -> str:
    """Return the words that the next turn is likely to hold, most expected last.

    Whisper takes them for what was said just before, and the nearest words
    weigh most.
    """
    expected = ", ".join(expectation.words[:MAX_WORDS])
    dictated = DICTATED[language].get(expectation.kind)
    if dictated:
        return f"{expected} {dictated}".strip()
    parts = [DOMAIN[language], LIKELY[language].get(expectation.kind, ""), expected]
    return ", ".join(part for part in parts if part)


def echoes(words: str) -> bool:
    """Tell whether words may be a repeated hint of how dictation is written down."""
    return _ECHO.search("".join(re.findall(r"[^\W_]", words.lower()))) is not None
