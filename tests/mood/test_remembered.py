"""Remembered: the same words are judged once, by whomever and whenever they are asked about."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

from bot.events import CallerSpoke, Language
from bot.events import Event as Stored
from bot.mood.impression import WordImpression
from bot.mood.remembered import KEPT, Remembered
from bot.mood.state import MoodSense, MoodState


class Judge:
    """A judge of words that writes down what it is asked, and may be told to take its time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Language, float, str]] = []
        self.begun, self.may_answer = Event(), Event()
        self.may_answer.set()

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        self.asked.append((text, language, confidence, bot_words))
        self.begun.set()
        self.may_answer.wait(10)
        return WordImpression(text, language, {}, 0.5)


def test_what_was_foreseen_is_not_judged_again() -> None:
    """The words of a turn were judged while the caller paused; its end waits for no judge."""
    judge = Judge()
    remembered = Remembered(judge)
    foreseen = remembered.judge("dit duurt lang", "nl", confidence=0.8, bot_words="Een moment.")
    again = remembered.judge("dit duurt lang", "nl", confidence=0.8, bot_words="Een moment.")
    assert again is foreseen
    assert len(judge.asked) == 1


def test_whatever_a_judgement_rests_on_makes_it_another() -> None:
    """Other words, language or confidence, or other words of the bot before them: judged anew."""
    judge = Judge()
    remembered = Remembered(judge)
    remembered.judge("no", "en")
    remembered.judge("nou", "en")
    remembered.judge("no", "nl")
    remembered.judge("no", "en", confidence=0.4)
    remembered.judge("no", "en", bot_words="Is that a no?")
    assert len(judge.asked) == 5


def test_who_asks_meanwhile_waits_for_the_same() -> None:
    """A turn that ends while its words are being judged does not have them judged beside that."""
    judge = Judge()
    judge.may_answer.clear()
    remembered = Remembered(judge)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(remembered.judge, "dit duurt lang", "nl")
        assert judge.begun.wait(10)
        second = pool.submit(remembered.judge, "dit duurt lang", "nl")
        judge.may_answer.set()
        assert second.result(10) is first.result(10)
    assert len(judge.asked) == 1


def test_a_long_call_keeps_few_judgements() -> None:
    """What was said turns ago is not kept: it is judged anew when it is said again."""
    judge = Judge()
    remembered = Remembered(judge)
    for turn in range(KEPT + 1):
        remembered.judge(f"zin {turn}", "nl")
    remembered.judge(f"zin {KEPT}", "nl")
    assert len(judge.asked) == KEPT + 1
    remembered.judge("zin 0", "nl")
    assert len(judge.asked) == KEPT + 2


def test_a_call_judges_what_was_foreseen_once() -> None:
    """The mood of a call is sensed twice for the same words, and their judge is asked once."""
    judge = Judge()
    sense = MoodSense(judge).for_one_call()
    words = CallerSpoke(words="dit duurt lang", language="nl")
    spoke = Stored(call_id="c", seq=2, at=datetime(2026, 11, 16, tzinfo=UTC), body=words)
    foreseen = sense.sense(spoke, MoodState())
    assert sense.sense(spoke, MoodState()) == foreseen
    assert len(judge.asked) == 1
