"""Words that recognition is told to listen for: the house's own, and what the dialogue expects."""

from collections.abc import Mapping

from bot.events import Language
from bot.hearing.expectation import Expectation, Kind

DOMAIN: Mapping[Language, str] = {
    "nl": "factuur, betaling, herinnering, klantnummer, afspraak, betaalregeling, medewerker",
    "en": "invoice, payment, reminder, customer number, appointment, payment plan",
}
"""What callers of a contact centre talk about."""

BY_KIND: Mapping[Language, Mapping[Kind, str]] = {
    "nl": {
        "digits": "nul, een, twee, drie, vier, vijf, zes, zeven, acht, negen, dubbel",
        "phone": "nul zes, nul, een, twee, drie, vier, vijf, zes, zeven, acht, negen, dubbel",
        "postcode": "1234 AB, 3511 KL",
        "yes_no": "ja, nee, klopt, graag",
        "date": "maandag, dinsdag, woensdag, donderdag, vrijdag, volgende week, morgen",
        "time": "half drie, kwart over tien, kwart voor negen, 's middags, uur",
        "choice": "de eerste, de tweede, de derde, de laatste",
    },
    "en": {
        "digits": "zero, oh, one, two, three, four, five, six, seven, eight, nine, double",
        "phone": "zero six, oh, one, two, three, four, five, six, seven, eight, nine, double",
        "postcode": "1234 AB, 3511 KL",
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
    parts = [DOMAIN[language]]
    by_kind = BY_KIND[language].get(expectation.kind)
    if by_kind:
        parts.append(by_kind)
    if expectation.words:
        parts.append(", ".join(expectation.words[:MAX_WORDS]))
    return ", ".join(parts)
