"""Words: what a caller says is judged by who is meant and how, and never by a word alone."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.encoder import SentenceEncoder, Vectors
from bot.events import Language
from bot.mood.cues import SIGNS
from bot.mood.features import Features
from bot.mood.impression import WordImpression, Words
from bot.mood.model import DUTCH, MANIFEST, Model
from bot.mood.vocabulary import FOLDER, Vocabulary
from bot.mood.words import WordJudge


@pytest.fixture(scope="session")
def judge(encoder: SentenceEncoder) -> WordJudge:
    """Return the judge that answers calls."""
    return WordJudge.load(encoder)


def test_keeps_the_contract(judge: WordJudge) -> None:
    """Whoever asks for `Words` can take the judge."""
    words: Words = judge
    assert words.judge("goedemiddag", "nl").signs == ()


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("ik heb kanker", "nl"),
        ("mijn man heeft tyfus gehad", "nl"),
        ("mijn moeder is aan kanker overleden", "nl"),
        ("my wife has breast cancer and I forgot to pay", "en"),
    ],
)
def test_a_diagnosis_is_never_abuse(judge: WordJudge, said: str, language: Language) -> None:
    """Whoever tells of an illness has said nothing wrong, whatever its name is used for."""
    impression = judge.judge(said, language)
    assert not impression.abuse
    assert not impression.unsure


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Je verzint smoesjes", "nl"),
        ("Dat is geen excuus voor deze puinhoop", "nl"),
        ("Wat een slap excuus", "nl"),
        ("Jullie maken er een zooitje van", "nl"),
        ("U luistert niet naar mij", "nl"),
        ("Waar betaal ik jullie eigenlijk voor", "nl"),
        ("Je moest je schamen", "nl"),
        ("De monteur was onbeschoft", "nl"),
        ("Uw collega was arrogant", "nl"),
        ("De chauffeur was lui en liet het pakket buiten staan", "nl"),
        ("Wat een tijdverspilling", "nl"),
        ("Ben je er wel bij met je hoofd", "nl"),
        ("Je bent geen mens, ik wil een mens", "nl"),
        ("You are just making excuses", "en"),
        ("That is a lame excuse", "en"),
        ("Stop making excuses", "en"),
        ("Just do your job", "en"),
        ("You should be ashamed", "en"),
        ("What a waste of time", "en"),
        ("You are wasting my time", "en"),
        ("Your engineer was rude to my mother", "en"),
        ("The lady before you was very rude", "en"),
        ("Your colleague was arrogant", "en"),
        ("He asked me my bra size", "en"),
        ("What a load of fuckery", "en"),
        ("You lied to me", "en"),
        ("You had one job", "en"),
    ],
)
def test_a_complaint_is_no_abuse(judge: WordJudge, said: str, language: Language) -> None:
    """What every contact centre hears of itself all day draws no boundary and raises no alarm."""
    impression = judge.judge(said, language)
    assert not impression.abuse
    assert not impression.threat
    assert not impression.crisis


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("you are a poor excuse for a human", "en"),
        ("you are a waste of space", "en"),
        ("your engineer is an arsehole", "en"),
        ("uw collega is een klootzak", "nl"),
        ("you fucker", "en"),
        ("what is your bra size", "en"),
    ],
)
def test_who_insults_in_the_words_of_a_complaint_is_heard(
    judge: WordJudge, said: str, language: Language
) -> None:
    """Words that excuse a complaint excuse no insult."""
    assert judge.judge(said, language).abuse


@pytest.mark.parametrize(
    ("meant", "not_meant"),
    [
        ("u bent een sukkel", "u bent geen sukkel"),
        ("u bent een klootzak", "hij noemde mij een klootzak"),
        ("you are an idiot", "I'm not calling you an idiot"),
        ("jij bent een sukkel", "ik ben ook zo'n sukkel"),
        ("you are such an idiot", "I'm such an idiot"),
        ("ik maak je dood", "ik ga dood van het lachen"),
        ("I will kill you", "I could kill for a coffee"),
        ("jij bent dood", "pang pang je bent dood"),
        ("kutwijf", "die klotefactuur"),
        ("you bastard", 'he said "you bastard" to me'),
    ],
)
def test_who_is_meant_and_how_decides(judge: WordJudge, meant: str, not_meant: str) -> None:
    """The same word is abuse at somebody, and none when denied, quoted, of oneself, of a thing."""
    language: Language = "en" if meant.split()[0] in ("you", "I") else "nl"
    assert judge.judge(meant, language).abuse
    assert not judge.judge(not_meant, language).abuse


@pytest.mark.parametrize(
    ("meant", "not_meant"),
    [
        ("no, slut", "no idiot would sign this"),
        ("you are a donkey, aren't you", "you stupid dog, not you, sorry, the dog"),
        ("no I am not, you bastard", "no I am not calling anyone a bastard"),
        ("you motherfucker", "where's the motherfucking switch"),
        ("fuck you, bitch", "at six my body says fuck you bitch"),
        ("all muslims should be shot", "two muslims were shot in our street"),
        ("you dirty rat", "in the cellar there are two damn great rats"),
    ],
)
def test_small_words_turn_what_is_said(judge: WordJudge, meant: str, not_meant: str) -> None:
    """An answering "no", a question at the end, a plural, what was done to somebody: all count."""
    assert judge.judge(meant, "en").abuse
    assert not judge.judge(not_meant, "en").abuse


@pytest.mark.parametrize(
    ("meant", "not_meant"),
    [
        ("fuck you, you're late again", "fuck, you're late again"),
        ("damn you, you bitch, you're still not here", "damn, you're still not here"),
        ("you're talking crap, you moron", "you're talking crap, I paid in June"),
        ("I hate you", "they must hate you over there"),
    ],
)
def test_an_oath_before_a_reproach_is_no_name(judge: WordJudge, meant: str, not_meant: str) -> None:
    """Whoever swears and then says what went wrong has called nobody anything."""
    assert judge.judge(meant, "en").abuse
    assert not judge.judge(not_meant, "en").abuse


@pytest.mark.parametrize(
    ("meant", "not_meant"),
    [
        ("fuck your mother", "fuck your hold music, I want a person"),
        ("you can go to hell", "that airline can go to hell"),
        ("get lost, you clown", "does my parcel always get lost"),
        ("you stupid machine", "the stupid machine at the counter was broken"),
        ("you bitch", "life's a bitch, what can you do"),
        ("get stuffed", "he told me to get stuffed and I want that noted"),
        ("you ugly cow", "ugly business, those bailiffs"),
        ("I'll kick you in the teeth", "that bill is a kick in the teeth"),
    ],
)
def test_anger_at_what_is_not_there_is_no_abuse(
    judge: WordJudge, meant: str, not_meant: str
) -> None:
    """A rule, a thing, another company or what somebody else said is nobody who is spoken to."""
    assert judge.judge(meant, "en").abuse
    assert not judge.judge(not_meant, "en").abuse


@pytest.mark.parametrize(
    "said", ["oh fuck", "what the fuck", "a fucking puddle", "shit, shit, shit"]
)
def test_swearing_at_nobody_is_no_abuse(judge: WordJudge, said: str) -> None:
    """Who only swears, and speaks to nobody, has said nothing to anyone."""
    assert not judge.judge(said, "en").abuse


@pytest.mark.parametrize(
    ("said", "language"),
    [("fuck", "en"), ("fuck! fuck! fuck!", "en"), ("kut kut kut", "nl"), ("nou godverdomme", "nl")],
)
def test_an_oath_is_never_abuse(
    judge: WordJudge, monkeypatch: pytest.MonkeyPatch, said: str, language: Language
) -> None:
    """Who says nothing but an oath abuses nobody, whatever the model thinks; a name after it is."""
    surest = dict.fromkeys(["calm", "abuse", "abuse dutch", "anger", *SIGNS], 1.0)
    monkeypatch.setattr("bot.mood.model.Model.chances", lambda *_: dict(surest))
    assert not judge.judge(said, language).abuse
    assert judge.judge(f"{said}, you wanker", language).abuse


@pytest.mark.parametrize(
    ("said", "abuse"),
    [("jullie discrimineren mensen met een uitkering", False),
     ("you're lying through your teeth", False),
     ("you're lying through your teeth, you slag", True)],
)  # fmt: skip
def test_an_accusation_is_no_abuse(judge: WordJudge, said: str, abuse: bool) -> None:
    """To tell somebody what they did is no abuse, until a word of it is."""
    assert judge.judge(said, "en" if "you" in said else "nl").abuse is abuse


@pytest.mark.parametrize(
    "said",
    ["wanneer ben ik aan de beurt", "mijn nicht woont in Kutno", "ik spreek met Dick de Vries",
     "er zit een gat in de doos", "my surname is Dick and I live in Scunthorpe"],
)  # fmt: skip
def test_a_homograph_is_no_insult(judge: WordJudge, said: str) -> None:
    """A word that also means something ordinary is taken so when nobody is called by it."""
    assert not judge.judge(said, "nl").abuse


@pytest.mark.parametrize("said", ["k@nkerl1jer", "f*ck you", "kuuuuutwijf", "1d10t", "h o e r"])
def test_a_disguised_word_is_read(judge: WordJudge, said: str) -> None:
    """Signs for letters, stretched and spelled words mean what they stand for."""
    assert judge.judge(said, "nl").abuse


def test_the_company_is_no_person(judge: WordJudge) -> None:
    """The company may be called a bad one; a vulgar name for its people is for persons."""
    company = judge.judge("jullie zijn een waardeloos bedrijf", "nl")
    assert "insult_company" in company.signs
    assert not company.abuse
    people = judge.judge("stelletje klootzakken", "nl")
    assert "insult_person" in people.signs


@pytest.mark.parametrize(
    "said", ["ik wil er niet meer zijn", "ik heb al mijn pillen geslikt", "ik wil dood"]
)
def test_a_crisis_is_heard_and_never_doubted_away(judge: WordJudge, said: str) -> None:
    """Danger to life counts however badly it was recognised, and is not abuse."""
    impression = judge.judge(said, "nl", confidence=0.2)
    assert impression.crisis
    assert not impression.abuse


def test_what_is_abuse_of_no_sure_kind_is_no_threat(encoder: SentenceEncoder) -> None:
    """A supervisor is told of a threat at once, so it is one only if that itself is likely."""

    class Unsure(Model):
        def chances(self, vector: Vectors, features: Features) -> dict[str, float]:
            chances = {**super().chances(vector, features), "abuse" + DUTCH: 0.9}
            for sign in SIGNS:
                chances[sign] = {"threat": 0.3, "blackmail": 0.2}.get(sign, 0.01)
            return chances

    learned = Model.load()
    assert learned.thresholds["threat"] > 0.3
    unsure = WordJudge(encoder, Vocabulary.load(), Unsure(**vars(learned)))
    assert unsure.judge("Je bent helemaal niet zwaard.", "nl").signs == ("insult_person",)


@pytest.mark.parametrize("said", ["u bent helemaal niets waard", "jij bent echt geen cent waard"])
def test_who_is_told_to_be_worth_nothing_is_insulted(judge: WordJudge, said: str) -> None:
    """It is an insult, and no threat; "dit abonnement is niets waard" is neither."""
    told = set(judge.judge(said, "nl").signs)
    assert "insult_person" in told <= {"insult_person", "angry"}
    thing = said.replace("u bent", "dit abonnement is").replace("jij bent", "die garantie is")
    assert not judge.judge(thing, "nl").abuse


def test_a_slip_of_recognition_is_asked_again(judge: WordJudge) -> None:
    """One bad word at low confidence is unsure; the same word heard well counts."""
    assert "insult_person" in judge.judge("u bent een sukkel", "nl").signs
    slip = judge.judge("u bent een sukkel", "nl", confidence=0.3)
    assert "insult_person" in slip.unsure
    assert not slip.abuse


def test_whoever_repeats_the_bot_says_nothing(judge: WordJudge) -> None:
    """The bot's own words out of the caller's mouth are no sign of the caller's."""
    bot = "Noemt u mij alstublieft geen sukkel."
    assert judge.judge("geen sukkel alstublieft noemt u mij", "nl").text
    assert judge.judge("noemt u mij alstublieft geen sukkel", "nl", bot_words=bot).signs == ()


def test_irony_is_frustration_and_no_more(judge: WordJudge) -> None:
    """Praise that complains weighs little."""
    ironic = judge.judge("nou fijn hoor weer een half uur gewacht top service", "nl")
    assert "frustrated" in ironic.signs
    assert not ironic.abuse
    assert ironic.anger < 0.8


def _holds(impression: WordImpression, said: str) -> None:
    assert impression.text == said
    assert 0 <= impression.anger <= 1
    assert all(0 <= score <= 1 for score in impression.classes.values())
    assert not set(impression.signs) & set(impression.unsure)
    told = {one.name for one in impression.evidence}
    assert told == set(impression.signs) | set(impression.unsure)
    for one in impression.evidence:
        assert one.words
        assert one.words in said or len(said) > 1000


@settings(deadline=None, max_examples=60)
@given(
    said=st.lists(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(["je", "bent", "een", "klootzak", "niet", "kanker", "you", "\ud800",
                             "fuck", "off", "“", "'", "!!!", "😡", "سلام", "k@nker", "dood"]),
        ),
        max_size=25,
    )
)  # fmt: skip
def test_never_raises_and_tells_why(said: list[str]) -> None:
    """Whatever is said, scores lie in 0..1 and each sign has words that were said."""
    text = " ".join(said)
    _holds(_QUICK.judge(text, "nl", confidence=0.4), text)
    _holds(_QUICK.judge(text, "en"), text)


@pytest.mark.parametrize(
    "said", ["", " ", "a", "?", "😡", "\ud83d", "KLOOTZAK!!! " * 1700, "אידיוט"]
)
def test_odd_input_is_judged_too(judge: WordJudge, said: str) -> None:
    """Nothing, one letter, half a character, minutes of shouting: always an answer."""
    _holds(judge.judge(said, "nl"), said)


def test_many_at_once_are_judged_as_one_by_one(judge: WordJudge) -> None:
    """The batch gives what each would get alone, in order."""
    said = ["u bent een sukkel", "", "waar blijft mijn monteur", "ik wil dood"]
    alone = [judge.judge(one, "nl").signs for one in said]
    assert [one.signs for one in judge.judge_all(said, "nl")] == alone


def test_each_tells_its_own_language(judge: WordJudge) -> None:
    """Where nobody knows what is spoken, words without a small word among them tell it too."""
    english, dutch = ["shut up", "piss off", "pig", "hello"], ["klootzak", "storing", "goedemiddag"]
    told = judge.judge_all([*english, *dutch], None)
    assert [one.language for one in told] == ["en"] * len(english) + ["nl"] * len(dutch)
    assert told[: len(english)] == judge.judge_all(english, "en")
    assert told[len(english) :] == judge.judge_all(dutch, "nl")


def test_the_weights_were_learned_from_these_examples() -> None:
    """Weights and examples do not drift apart: after an edit, `bench/mood_words.py fit`."""
    told = json.loads(MANIFEST.read_text(encoding="utf-8"))
    for name, checksum in told["learned_from"][0]["sha256"].items():
        found = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        assert found == checksum, f"{name} changed: run bench/mood_words.py fit --data FOLDER"


@dataclass(frozen=True)
class _NoMeaning:
    """An encoder that hears no meaning, so that only words and grammar speak."""

    version: str = "none"

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.zeros((len(texts), 512), dtype=np.float32)


_QUICK = WordJudge.load(_NoMeaning())
