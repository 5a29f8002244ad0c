"""Halfway sure, the bot asks once which of two wishes was meant, and takes every way out."""

import asyncio
import tempfile
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.content import Content
from bot.dialogue.doubting import chosen
from bot.events import Candidate, Engine, Language, SlotFilled, Understood
from bot.mood.state import MoodSense
from bot.mood.words import WordJudge
from bot.understanding.bands import ACT, ASK
from bot.understanding.entities import find_entities
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from tests.dialogue.stage import NOW, ZONE, Stage, demo_company

PAIR = ("check_payment", "book_appointment")
MIDDLE = (ASK + ACT) / 2
VAGUE: dict[Language, str] = {"nl": "het gaat over dat ene", "en": "it is about that thing"}
LINE = "+31612345601"


class Halfway:
    """An understanding that is told what to understand, and how surely; vague unless told."""

    def __init__(self, *ranking: str) -> None:
        self.vague = ranking or PAIR
        self.next: tuple[str, float] | None = None
        self.by: Engine = "embedded"
        self.rival = ASK

    async def parse(self, text: str, language: Language) -> Meaning:
        entities = find_entities(text, language, NOW.astimezone(ZONE))
        if self.next is not None:
            (intent, confidence), self.next = self.next, None
            best = (Candidate(intent=intent, confidence=confidence),)
            ranked = () if intent == OUT_OF_SCOPE else best
            return Meaning(text, language, intent, confidence, entities, ranked)
        second = [(intent, self.rival) for intent in self.vague[1:]]
        ranking = tuple(
            Candidate(intent=intent, confidence=sure)
            for intent, sure in [(self.vague[0], MIDDLE), *second]
        )
        intent = OUT_OF_SCOPE if self.by == "rasa" else self.vague[0]
        confidence = 1 - MIDDLE if self.by == "rasa" else MIDDLE
        return Meaning(text, language, intent, confidence, entities, ranking, self.by)


@pytest.fixture
def halfway() -> Halfway:
    return Halfway()


def staged(content: Content, told: Halfway, folder: Path, language: Language = "nl") -> Stage:
    return Stage(content, told, demo_company(folder), language=language, number=LINE)


async def asked(stage: Stage, language: Language = "nl") -> None:
    await stage.start()
    turn = await stage.say(VAGUE[language], language)
    assert names(turn.answers) == ["ask_which"]


def names(answers: list[str]) -> list[str]:
    return [answer.partition("/")[0] for answer in answers]


def flows(stage: Stage) -> list[str]:
    return [frame.flow for frame in stage.state.stack]


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Gaat het over een betaling of over een nieuwe afspraak?"),
     ("en", "Is it about a payment or about a new appointment?")],
)  # fmt: skip
async def test_one_short_question_names_both(
    content: Content, halfway: Halfway, tmp_path: Path, language: Language, words: str
) -> None:
    """In the caller's language, with articles; and it is on record which two were named."""
    stage = staged(content, halfway, tmp_path, language)
    await asked(stage, language)
    assert stage.turns[-1].says[0].words == words
    filled = {
        event.body.slot: event.body.value
        for event in await stage.events()
        if isinstance(event.body, SlotFilled)
    }
    assert (filled["first_topic"], filled["second_topic"]) == PAIR


@pytest.mark.parametrize(
    ("language", "words", "intent", "flow"),
    [
        ("nl", "de eerste", "inform", "check_payment"),
        ("nl", "de betaling", "check_payment", "check_payment"),
        ("nl", "ja, de betaling graag", "affirm", "check_payment"),
        ("nl", "het tweede", "inform", "book_appointment"),
        ("nl", "de afspraak", "cancel_appointment", "book_appointment"),
        ("nl", "nee, de tweede", "deny", "book_appointment"),
        ("nl", "niet de betaling", "deny", "book_appointment"),
        ("nl", "ja", "affirm", "check_payment"),
        ("nl", "twee", "inform", "book_appointment"),
        ("en", "the first one", "inform", "check_payment"),
        ("en", "the payment", "check_payment", "check_payment"),
        ("en", "the second", "inform", "book_appointment"),
        ("en", "the appointment", "check_appointment", "book_appointment"),
        ("en", "no, the latter", "deny", "book_appointment"),
        ("en", "yes", "affirm", "check_payment"),
        ("en", "two", "inform", "book_appointment"),
    ],
)
async def test_an_answer_starts_what_it_names(
    content: Content,
    halfway: Halfway,
    tmp_path: Path,
    language: Language,
    words: str,
    intent: str,
    flow: str,
) -> None:
    """By place, by name, by yes; the flow begins with the words that were doubted."""
    stage = staged(content, halfway, tmp_path, language)
    await asked(stage, language)
    halfway.next = (intent, 0.95)
    await stage.say(words, language)
    started = next(frame for frame in stage.state.stack if frame.flow == flow)
    assert started.opening is not None
    assert started.opening.text == VAGUE[language]
    assert started.opening.intent == flow
    assert not stage.state.pending
    await stage.check()


@pytest.mark.parametrize(("key", "flow"), [("1", "check_payment"), ("2", "book_appointment")])
async def test_a_key_chooses(
    content: Content, halfway: Halfway, tmp_path: Path, key: str, flow: str
) -> None:
    """1 is the first that was named, 2 the second; other keys choose nothing."""
    stage = staged(content, halfway, tmp_path)
    await asked(stage)
    await stage.keys("7")
    assert flows(stage) == ["call"]
    await stage.keys(key)
    assert flow in flows(stage)
    await stage.check()


@pytest.mark.parametrize(("language", "words"), [("nl", "allebei"), ("en", "both please")])
async def test_both_are_done_one_after_the_other(
    content: Content, halfway: Halfway, tmp_path: Path, language: Language, words: str
) -> None:
    """The first now, the second when that is done."""
    stage = staged(content, halfway, tmp_path, language)
    await asked(stage, language)
    halfway.next = ("affirm", 0.9)
    await stage.say(words, language)
    assert "check_payment" in flows(stage)
    assert [flow for flow, _ in stage.state.pending] == ["book_appointment"]
    await stage.check()


@pytest.mark.parametrize(
    ("language", "words", "intent"),
    [
        ("nl", "geen van beide", "deny"),
        ("nl", "iets anders", "stop"),
        ("nl", "nee", "deny"),
        ("en", "neither", "deny"),
        ("en", "something else", "stop"),
        ("en", "no", "deny"),
    ],
)
async def test_neither_is_asked_openly_and_never_doubted_again_at_once(
    content: Content,
    halfway: Halfway,
    tmp_path: Path,
    language: Language,
    words: str,
    intent: str,
) -> None:
    """A "no" ends no call here; half a wish after it is not asked about again."""
    stage = staged(content, halfway, tmp_path, language)
    await asked(stage, language)
    halfway.next = (intent, 0.95)
    assert names((await stage.say(words, language)).answers) == ["not_these"]
    again = await stage.say("dan dat andere" if language == "nl" else "that other one", language)
    assert "ask_which" not in names(again.answers)
    await stage.check()


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "wat zijn de openingstijden"), ("en", "when are you open")]
)
async def test_something_clear_instead_is_followed(
    content: Content, halfway: Halfway, tmp_path: Path, language: Language, words: str
) -> None:
    """Whoever answers with another wish gets that one."""
    stage = staged(content, halfway, tmp_path, language)
    await asked(stage, language)
    halfway.next = ("opening_hours", 0.95)
    turn = await stage.say(words, language)
    assert "anything_else" in names(turn.answers)
    assert stage.state.completed == ("opening_hours",)
    await stage.check()


@pytest.mark.parametrize(("language", "words"), [("nl", "tja, zo zo"), ("en", "well, so so")])
async def test_an_answer_that_tells_nothing_gets_the_usual_sorry(
    content: Content, halfway: Halfway, tmp_path: Path, language: Language, words: str
) -> None:
    """Neither asked the same again nor guessed."""
    stage = staged(content, halfway, tmp_path, language)
    await asked(stage, language)
    halfway.next = (OUT_OF_SCOPE, 0.9)
    assert names((await stage.say(words, language)).answers) == ["beyond_us"]


async def test_repeat_puts_the_question_again_in_other_words(
    content: Content, halfway: Halfway, tmp_path: Path
) -> None:
    """Who did not hear it hears it again, and can still answer."""
    stage = staged(content, halfway, tmp_path)
    await asked(stage)
    halfway.next = ("repeat", 0.95)
    assert names((await stage.say("wat zei u", "nl")).answers) == ["ask_which"]
    assert names((await stage.silence()).answers)[-1] == "ask_which"
    halfway.next = ("inform", 0.95)
    await stage.say("de tweede", "nl")
    assert "book_appointment" in flows(stage)
    await stage.check()


async def test_a_person_is_there_at_once(
    content: Content, halfway: Halfway, tmp_path: Path
) -> None:
    """Key 0 and the word lead out of the question as out of any other."""
    stage = staged(content, halfway, tmp_path)
    await asked(stage)
    halfway.next = ("ask_person", 0.95)
    await stage.say("geef me een medewerker", "nl")
    assert "handoff" in flows(stage)


async def test_a_fallback_of_rasa_leads_here_too(
    content: Content, halfway: Halfway, tmp_path: Path
) -> None:
    """Its ranking is kept when it is not sure, so both can be named."""
    halfway.by = "rasa"
    stage = staged(content, halfway, tmp_path)
    await asked(stage)
    halfway.next = ("inform", 0.95)
    await stage.say("de eerste", "nl")
    assert "check_payment" in flows(stage)
    told = [e.body for e in await stage.events() if isinstance(e.body, Understood)][-1]
    assert (told.intent, told.by) == ("check_payment", "rasa")


@pytest.mark.parametrize(
    "ranking",
    [
        ("check_payment",),
        ("check_payment", "check_payment"),
        ("check_payment", "affirm"),
        ("thanks", "check_payment"),
    ],
)
async def test_without_two_wishes_to_name_nothing_is_asked(
    content: Content, tmp_path: Path, ranking: tuple[str, ...]
) -> None:
    """One wish, the same one twice, an intent that has no name."""
    stage = staged(content, Halfway(*ranking), tmp_path)
    await stage.start()
    assert "ask_which" not in names((await stage.say(VAGUE["nl"], "nl")).answers)


ANGRY: list[tuple[Language, str]] = [
    ("nl", "vuile klootzak dat je bent"),
    ("en", "you are a fucking idiot"),
    ("nl", "ik wil niet meer leven"),
    ("en", "i want to kill myself"),
]


@pytest.mark.parametrize(("language", "words"), ANGRY)
async def test_nobody_in_anger_or_danger_is_asked_which(
    content: Content,
    halfway: Halfway,
    judge: WordJudge,
    tmp_path: Path,
    language: Language,
    words: str,
) -> None:
    """Where the ladder sets limits or somebody is in danger, no choice is put."""
    company = demo_company(tmp_path)
    stage = Stage(content, halfway, company, language=language, mood=MoodSense(judge))
    await stage.start()
    turn = await stage.say(words, language)
    assert turn.says
    assert "ask_which" not in names(turn.answers)


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "ik ben hier zo boos over die toestand"), ("en", "i am so angry about this mess")],
)
async def test_who_is_upset_is_understood_first_and_then_asked(
    content: Content,
    halfway: Halfway,
    judge: WordJudge,
    tmp_path: Path,
    language: Language,
    words: str,
) -> None:
    """On the rung of acknowledging the question follows the sentence that acknowledges."""
    company = demo_company(tmp_path)
    stage = Stage(content, halfway, company, language=language, mood=MoodSense(judge))
    await stage.start()
    said = names((await stage.say(words, language)).answers)
    assert said[-1] == "ask_which"
    assert len(said) == 2


async def test_a_rival_that_is_far_is_not_named(
    content: Content, halfway: Halfway, tmp_path: Path
) -> None:
    """Where nothing else comes near, the best is done, as no choice would help."""
    halfway.rival = ASK / 2
    stage = staged(content, halfway, tmp_path)
    await stage.start()
    await stage.say(VAGUE["nl"], "nl")
    assert "check_payment" in flows(stage)


async def test_in_the_midst_of_a_wish_nothing_is_asked(
    content: Content, halfway: Halfway, tmp_path: Path
) -> None:
    """The question at hand is the likelier one."""
    stage = staged(content, halfway, tmp_path)
    await stage.start()
    halfway.next = ("payment_plan", 0.95)
    await stage.say("ik wil in termijnen betalen", "nl")
    assert "ask_which" not in names((await stage.say(VAGUE["nl"], "nl")).answers)


WORDS = st.one_of(
    st.sampled_from(
        ["ja", "nee", "de eerste", "the second", "allebei", "neither", "iets anders", "medewerker",
         "de betaling", "niet de betaling", "", "?", "wat", "dinsdag", "dag", "stop maar"]
    ),
    st.text(max_size=30),
)  # fmt: skip
INTENTS = st.sampled_from(
    ["affirm", "deny", "inform", "stop", "goodbye", "thanks", "repeat", "help", "dont_know",
     "greet", "ask_person", "complain", "check_payment", "opening_hours", OUT_OF_SCOPE]
)  # fmt: skip
ANSWERS = st.one_of(
    st.tuples(st.just("say"), WORDS, st.none() | st.tuples(INTENTS, st.sampled_from([0.2, 0.95]))),
    st.tuples(st.just("key"), st.sampled_from("0123456789*#"), st.none()),
    st.tuples(st.just("silence"), st.just(""), st.none()),
)
AGAIN = {"repeat", "greet", "thanks"}
"""After these the question still stands, and is put again."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(get_args(Language)), st.lists(ANSWERS, min_size=1, max_size=6))
def test_whatever_the_answer_it_is_asked_once_in_a_row(
    content: Content, language: Language, answers: list[tuple[str, str, tuple[str, float] | None]]
) -> None:
    """After the question come a flow, a person or the usual words, never a second question."""

    async def whole() -> None:
        told = Halfway()
        with tempfile.TemporaryDirectory() as folder:
            stage = staged(content, told, Path(folder), language)
            await asked(stage, language)
            for kind, words, meant in answers:
                if stage.over:
                    break
                was_open = stage.state.doubt.open
                doubted = stage.state.doubt.pair is not None
                told.next = meant
                if kind == "say":
                    turn = await stage.say(words, language)
                    assert turn.says
                    put = "ask_which" in names(turn.answers)
                    if doubted and put:
                        assert was_open
                        assert meant is not None
                        assert meant[0] in AGAIN
                    if was_open and not put and not stage.over:
                        assert stage.state.doubt.open is None
                elif kind == "key":
                    await stage.keys(words)
                else:
                    await stage.silence()
                told.next = None
            await stage.settled()
            await stage.check()
            assert stage.state.handoff != "failure"

    asyncio.run(whole())


@given(st.text(max_size=60), INTENTS, st.booleans())
def test_any_text_chooses_or_not(content: Content, text: str, intent: str, clear: bool) -> None:
    """No words make the choice fail."""
    meaning = Meaning(text, "nl", intent, 0.9)
    picked = chosen(meaning, PAIR, content.topics, clear=clear)
    assert picked in ("first", "second", "both", "neither", None)
