"""WordJudge: what the words of an utterance tell of the caller's mood.

Lexicon and grammar find cues, a model weighs them together with the meaning of the whole,
and rules keep what must not happen from happening: docs/mood.md tells how well it does.
"""

from collections.abc import Sequence
from pathlib import Path

from loguru import logger

from bot.encoder import Encoder, Vectors, plain
from bot.events import Evidence, Language, Sign
from bot.mood.cues import SIGNS, Cues, Hit, find_cues
from bot.mood.features import features
from bot.mood.impression import ABUSE, WordImpression
from bot.mood.model import DUTCH, Model
from bot.mood.vocabulary import FOLDER, LexiconError, Vocabulary

LOW_CONFIDENCE = 0.5
"""Below it, recognition may have made a word up."""
CERTAIN = 0.8
"""A cue of this strength tells its sign by itself."""
FEW = 5
"""Words too few to tell of danger, if none of them does by itself."""
AIMED = 0.2
"""What some kind of abuse must weigh, so that swearing at nothing is no abuse."""
NAMED = 0.65
"""How sure the model must be of abuse when it may only have noticed a group of people."""
DOUBTED = 0.2
"""Below this chance of abuse, what the whole means outweighs a word that is certain by itself."""
PROFANE = 0.8
"""How sure the model must be of abuse when words only swear, and speak to nobody."""
WEAK = 0.5
"""Below it a word that swears may be a name for somebody, or for nobody: "shit, shit, shit"."""
EXCUSED = 0.3
"""What a sign may weigh at most when every word that tells it is excused."""
STANDS_OUT = 0.05
"""What a kind of abuse must weigh to be told, when none weighs enough by itself."""
BATCH = 64


class WordJudge:
    """Judges words; implements `Words`. Safe to share between calls and threads.

    Args:
        encoder: Turns sentences into vectors.
        vocabulary: Words and phrases of all languages.
        model: The weights.
    """

    def __init__(self, encoder: Encoder, vocabulary: Vocabulary, model: Model) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._model = model

    @classmethod
    def load(cls, encoder: Encoder, folder: Path = FOLDER) -> "WordJudge":
        """Load lexicons and weights; takes some tenths of a second.

        Args:
            encoder: The one that the process shares.
            folder: Of the lexicons.

        Raises:
            LexiconError: A lexicon is broken; says where and what to do.
            WeightsError: The weights are not those of this version.
        """
        return cls(encoder, Vocabulary.load(folder), Model.load())

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        """Return what the words tell; never raises on odd input, takes some milliseconds.

        Args:
            text: What was said, as recognised or typed.
            language: Of the utterance, as far as known; the other may be mixed in.
            confidence: Recognition's mean probability of a token.
            bot_words: What the bot said in its turn: a caller who repeats it says nothing.
        """
        words = plain(text)
        if not words and not any(sign in text for sign in "@$*#"):
            return _nothing(text, language)
        if bot_words and _repeats(words, plain(bot_words)):
            return _nothing(text, language)
        try:
            cues = find_cues(text, language, self._vocabulary)
            vector = self._encoder.encode([words or "."])[0]
            return self._weighed(text, language, cues, vector, confidence)
        except Exception:  # a caller is never lost over a mood
            logger.exception("an utterance could not be judged")
            return _nothing(text, language)

    def judge_all(self, texts: Sequence[str], language: Language | None) -> list[WordImpression]:
        """Return what each of many texts tells, in order; quicker than one by one.

        Args:
            texts: What was said or typed.
            language: Of them all; None when nobody knows, and each is to tell its own.
        """
        told: list[WordImpression] = []
        for start in range(0, len(texts), BATCH):
            some = texts[start : start + BATCH]
            vectors = self._encoder.encode([plain(text) or "." for text in some])
            for text, vector in zip(some, vectors, strict=True):
                if plain(text):
                    own = language or self._language(text, vector)
                    cues = find_cues(text, own, self._vocabulary)
                    told.append(self._weighed(text, own, cues, vector, 1.0))
                else:
                    told.append(_nothing(text, language or "nl"))
        return told

    def _language(self, text: str, vector: Vectors) -> Language:
        """Return the language of a text of which nothing is known: "shut up" has no small word."""
        cues = find_cues(text, "nl", self._vocabulary)
        return "nl" if self._model.odds(vector, features(cues))["dutch"] >= 0.5 else "en"

    def _weighed(
        self, text: str, language: Language, cues: Cues, vector: Vectors, confidence: float
    ) -> WordImpression:
        if not cues.tokens:
            return _nothing(text, language)
        chances = self._model.chances(vector, features(cues))
        if cues.language == "nl":
            chances["abuse"] = chances["abuse" + DUTCH]
        scores: dict[str, float] = {sign: _score(sign, chances[sign], cues) for sign in SIGNS}
        anger = max(chances["anger"], 0.5 * scores["angry"], 0.35 * scores["frustrated"])
        told = self._signs(chances, scores, cues)
        signs, unsure = _trusted(told, cues, confidence)
        if "crisis" not in told and self._asks(scores["crisis"], cues):
            unsure += ("crisis",)
        loud = max((scores[sign] for sign in scores if sign in told), default=0.0)
        calm = min(chances["calm"], 1 - loud) if told else max(chances["calm"], 0.5)
        evidence = tuple(
            Evidence(source="words", name=sign, words=_evidence(sign, cues))
            for sign in (*signs, *unsure)
        )
        return WordImpression(
            text=text,
            language=cues.language,
            classes={"calm": round(calm, 4), **{s: round(v, 4) for s, v in scores.items()}},
            anger=round(min(anger, 1.0), 4),
            signs=signs,
            unsure=unsure,
            evidence=evidence,
        )

    def _asks(self, chance: float, cues: Cues) -> bool:
        """Tell whether words may mean danger: not enough to act, enough to ask."""
        kind = "crisis asked"
        if _tells_danger(cues):
            kind = "crisis hinted"
        elif len(cues.tokens) <= FEW:
            kind = "crisis short"
        return chance >= self._model.thresholds[kind]

    def _signs(
        self, chances: dict[str, float], scores: dict[str, float], cues: Cues
    ) -> tuple[Sign, ...]:
        """Return the signs that count: abuse is decided as a whole, then by its kinds."""
        needed = self._model.thresholds
        worst = max(cues.best(sign) for sign in ABUSE)
        certain = worst >= CERTAIN and chances["abuse"] >= DOUBTED
        excused = all(cues.excused(s) or not cues.best(s) for s in ABUSE) and any(
            cues.excused(s) for s in ABUSE
        )
        kind = "abuse dutch" if cues.language == "nl" else "abuse"
        likely = chances["abuse"] >= needed[kind]
        if "group" in cues.marks and not worst:
            likely = chances["abuse"] >= NAMED  # a group is named and nothing bad said of it
        if cues.best("profanity") and worst < WEAK and "addressed" not in cues.marks:
            likely = chances["abuse"] >= PROFANE
        aimed = max(max(scores[sign], cues.best(sign)) for sign in ABUSE) >= AIMED
        aimed = aimed or not cues.best("profanity")
        ill = "illness" in cues.marks
        excused = excused and chances["abuse"] < CERTAIN
        abusive = certain or (likely and aimed and not excused and not ill)
        if "only swears" in cues.marks and worst < WEAK:
            abusive = False  # an oath is said to nobody, however often
        if not worst and scores["accusation"] >= needed["accusation"]:
            abusive = False  # to tell somebody what they did is no abuse, if no word of it is
        if _tells_danger(cues):
            needed = {**needed, "crisis": needed["crisis told"]}
        elif len(cues.tokens) <= FEW:
            needed = {**needed, "crisis": CERTAIN}
        told = [sign for sign in SIGNS if sign not in ABUSE and scores[sign] >= needed[sign]]
        if abusive:
            own = [sign for sign in SIGNS if sign in ABUSE and scores[sign] >= needed[sign]]
            if not own:
                own = [_milder_kind(scores)]
                scores[own[0]] = max(scores[own[0]], chances["abuse"])
            told += own
        return tuple(sign for sign in SIGNS if sign in told)


def _tells_danger(cues: Cues) -> bool:
    """Whether a word or phrase of the lexicon tells of danger, or hints at it."""
    return bool(cues.best("crisis")) or "hint.crisis" in cues.marks


def _milder_kind(scores: dict[str, float]) -> Sign:
    """Return what an abuse is called of which no kind is sure.

    Never a threat or blackmail: a supervisor is told of them at once, and the likeliest of what
    is all unlikely is no reason. "Je bent helemaal niets waard" was a threat of .03.
    """
    milder: tuple[Sign, ...] = ("discrimination", "sexual_harassment")
    likeliest = max(milder, key=lambda sign: scores[sign])
    told = scores[likeliest] >= max(STANDS_OUT, scores["insult_person"])
    return likeliest if told else "insult_person"


def _score(sign: Sign, chance: float, cues: Cues) -> float:
    """Return the weight of a sign: of the model, held up or down by the cues."""
    best = cues.best(sign)
    if best >= CERTAIN:
        return max(chance, best)
    if sign in ABUSE and cues.excused(sign):
        return min(chance, EXCUSED)
    return chance


def _trusted(
    told: tuple[Sign, ...], cues: Cues, confidence: float
) -> tuple[tuple[Sign, ...], tuple[Sign, ...]]:
    """Part the signs in sure and unsure: a slur out of nothing may be a slip of recognition."""
    if confidence >= LOW_CONFIDENCE:
        return told, ()
    unsure = tuple(sign for sign in told if sign != "crisis" and _places(sign, cues) <= 1)
    return tuple(sign for sign in told if sign not in unsure), unsure


def _places(sign: Sign, cues: Cues) -> int:
    """Return at how many places of an utterance words tell a sign."""
    places, end = 0, -1
    own = sorted((hit.first, hit.last) for hit in cues.hits if hit.sign == sign and not hit.excuse)
    for first, last in own:
        places += first > end
        end = max(end, last)
    return places


def _evidence(sign: Sign, cues: Cues) -> str:
    """Return the caller's own words that tell a sign; the nearest sentence when no cue does."""
    own = [hit for hit in cues.hits if hit.sign == sign and not hit.excuse]
    if own:
        best: Hit = max(own, key=lambda hit: (hit.strength, hit.last - hit.first))
        return cues.words(best)
    first = cues.tokens[0].start
    last = next((t.end for n, t in enumerate(cues.tokens) if n >= 14), cues.tokens[-1].end)
    return cues.text[first:last]


def _repeats(words: str, bot_words: str) -> bool:
    """Tell whether a caller says what the bot just said, or a good part of it."""
    said = words.split()
    return (len(said) >= 3 and f" {words} " in f" {bot_words} ") or words == bot_words


def _nothing(text: str, language: Language) -> WordImpression:
    return WordImpression(text, language, {"calm": 1.0, **dict.fromkeys(SIGNS, 0.0)}, 0.0)


__all__ = ["LexiconError", "WordJudge"]
