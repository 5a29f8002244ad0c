"""Was that said at all? Whisper writes words for hum, breath and music; these rules refuse them.

Each rule is a pure function of what was measured. None of them trusts the
words alone: "thanks for watching" may be what somebody said.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MIN_SPEECH_S = 0.09
"""Less speech than this in a turn is a click or a breath."""
MIN_SHARE = 0.03
"""A turn with a smaller share of speech is noise with an accident in it."""
LITTLE_SPEECH_S = 0.35
"""So little speech holds a word at most."""
WORDS_PER_S = 6.0
"""More words in a second of speech than this were not spoken."""
TWICE_PER_S = 4.5
"""A sentence that is there twice was said once when it has more words a second than this."""
FEWEST_TWICE = 3
"""Words that make a sentence of which that is told."""
DIGIT_S = 0.22
"""Seconds of speech in a digit; the fastest of ours take 0.22, people 0.26 to 0.6.

More digits than that were not said: recognition makes six of "five two ... eight eight"."""
SILENT = 0.6
"""Whisper's probability of no speech above which a poor score is not believed."""
POOR = -1.0
"""Mean log probability below which words are guesses."""
HOPELESS = -1.6
"""And below which nobody could say what they were."""
CIRCLES = 2.4
"""Compression ratio above which a text goes round in circles."""

GHOSTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"ondertitel",
        r"amara org",
        r"^(hartelijk )?(be)?dankt? (je |jullie |u )?(wel )?voor het kijken",
        r"^tot de volgende keer$",
        r"^tv gelderland",
        r"^(nos|omroep|npo)\b.*\d{4}$",
        r"^thanks? (you )?(so much )?for watching",
        r"^(please )?(like and )?subscribe",
        r"^subtitles? (by|made)",
        r"^(transcript|caption)s? (by|provided)",
        r"^www\b.*\b(nl|be|com|org|eu|net)$",
        r"^(muziek|music|applaus|applause|gelach|laughter|stilte|silence)$",
        r"^(you|bye|thank you|thanks|dank je wel|dank u wel|dankjewel|bedankt)$",
    )
)
"""What Whisper writes for sounds that are no speech: lines of its training's subtitles."""


@dataclass(frozen=True)
class Evidence:
    """What was measured of a turn."""

    words: str
    score: float
    """Mean log probability of a token."""
    no_speech: float
    """Whisper's own probability that nobody spoke."""
    compression: float
    """How many times shorter the text packs."""
    speech_s: float
    """Seconds of speech, by voice activity."""
    seconds: float
    """Length of the turn."""
    hints: str = ""
    """What recognition had been told to listen for."""


def invented(evidence: Evidence) -> str | None:
    """Return why the words were not said, or None when they may well have been."""
    words = plain(evidence.words)
    for reason, refused in _RULES.items():
        if refused(evidence, words):
            return reason
    return None


def too_little_speech(evidence: Evidence) -> bool:
    """Say whether there is no point in recognising this turn at all."""
    return evidence.speech_s < MIN_SPEECH_S or evidence.speech_s < MIN_SHARE * evidence.seconds


def plain(text: str) -> str:
    """Return the text in lower case, without punctuation."""
    return " ".join(re.findall(r"[\w']+", text.casefold()))


def pieces(text: str) -> list[str]:
    """Return the words of a text in lower case, and each of its digits by itself."""
    return re.findall(r"\d|[^\W\d]+", text.casefold())


def too_many_digits(text: str, speech_s: float) -> bool:
    """Say whether there are more digits in a text than anybody says in the time."""
    digits = sum(piece.isdigit() or piece in DIGIT_WORDS for piece in pieces(text))
    return digits * DIGIT_S > speech_s


def said_once(text: str, speech_s: float) -> str:
    """Return a sentence once that recognition wrote down twice in the time of one.

    At the end of a short turn Whisper at times begins again with the same. Who repeats a sentence
    takes the time for it; numbers repeat anyhow, and are left alone.

    Args:
        text: As recognised.
        speech_s: Seconds of speech, by voice activity.
    """
    said = text.split()
    words = [plain(word) for word in said]
    if len(said) <= TWICE_PER_S * speech_s or any(
        piece.isdigit() or piece in DIGIT_WORDS for piece in pieces(text)
    ):
        return text
    for size in range(FEWEST_TWICE, len(said) - FEWEST_TWICE + 1):
        again = words[size:]
        goes_on = all(word == words[at % size] for at, word in enumerate(again))
        if goes_on and 2 * len(again) >= size and len(set(words[:size])) >= FEWEST_TWICE:
            return said_once(" ".join(said[:size]), speech_s)
    return text


def _nothing(evidence: Evidence, words: str) -> bool:
    return not re.search(r"\w", words)


def _no_speech(evidence: Evidence, words: str) -> bool:
    return too_little_speech(evidence)


def _unsure(evidence: Evidence, words: str) -> bool:
    return evidence.score < HOPELESS or (evidence.no_speech > SILENT and evidence.score < POOR)


def _in_circles(evidence: Evidence, words: str) -> bool:
    return evidence.compression > CIRCLES or _stutters(words)


def _too_many_words(evidence: Evidence, words: str) -> bool:
    return len(words.split()) > 2 + WORDS_PER_S * evidence.speech_s


def _ghost(evidence: Evidence, words: str) -> bool:
    weak = (
        evidence.speech_s < LITTLE_SPEECH_S
        or evidence.no_speech > 0.3
        or evidence.score < -0.7
        or evidence.speech_s < 0.35 * evidence.seconds
    )
    return weak and any(ghost.search(words) for ghost in GHOSTS)


def _echo(evidence: Evidence, words: str) -> bool:
    """A hint that came back word for word, with little else to say for it."""
    weak = evidence.score < -0.8 and (evidence.no_speech > 0.2 or evidence.speech_s < 0.35)
    return weak and f" {words} " in f" {plain(evidence.hints)} "


def _stutters(words: str) -> bool:
    """One word, or a run of up to four, said more than four times in a row."""
    said = words.split()
    for size in range(1, 5):
        for start in range(len(said) - 5 * size + 1):
            run = said[start : start + size]
            # Digits do repeat: "nul nul nul" is part of a number.
            if any(word.isdigit() or word in DIGIT_WORDS for word in run):
                continue
            if all(said[start + n * size : start + (n + 1) * size] == run for n in range(5)):
                return True
    return False


DIGIT_WORDS = frozenset(
    (
        *("nul", "een", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
        *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    )
)
"""How single digits are said."""

_RULES: Mapping[str, Callable[[Evidence, str], bool]] = {
    "no words": _nothing,
    "too little speech": _no_speech,
    "too unsure": _unsure,
    "goes round in circles": _in_circles,
    "more words than time": _too_many_words,
    "a line of subtitles": _ghost,
    "an echo of the hints": _echo,
}
