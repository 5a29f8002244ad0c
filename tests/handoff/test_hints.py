"""Hints tell an agent what is true by the record, and are empty where nothing is."""

from collections.abc import Sequence

import pytest

from bot.events import (
    Body,
    BotSpoke,
    Event,
    HandoffRequested,
    Language,
    MoodChanged,
    OfferAccepted,
    PromiseMade,
    WrappedUp,
)
from handoff.card import card
from handoff.hints import Hint, NoAnswers, hints
from handoff.wording import wording
from tests.handoff.calls import PAYMENT, START, told
from tests.handoff.conftest import AMSTERDAM

UPSET = MoodChanged(level="angry", trend="rising", anger_kind="emotional", anger=0.8)


class Owners:
    """Answers as owners might write them."""

    def answers(self, events: Sequence[Event], intent: str, language: Language) -> list[str]:
        return [f"{intent} in {language}", "{braces} are no placeholders here"]


def hinted(bodies: list[Body], language: Language = "nl") -> tuple[Hint, ...]:
    events = told(bodies)
    made = card(events, language, START)
    return hints(events, made, wording(language, AMSTERDAM), Owners())


def test_what_calms_comes_first_then_the_answer_the_promise_and_the_step() -> None:
    """Each has one key, in the order in which it is of use."""
    promise = PromiseMade(what="payment_plan_decision")
    found = hinted([*PAYMENT, UPSET, promise])
    assert [(h.key, h.kind) for h in found] == [
        (1, "calm"), (2, "answer"), (3, "answer"), (4, "promise"), (5, "next"),
    ]  # fmt: skip
    assert found[0].text.startswith("Mevrouw De Vries, ik begrijp")
    assert found[1].text == "check_payment in nl"
    assert hinted([*PAYMENT, UPSET, promise], "en")[1].text == "check_payment in en"


def test_a_calm_caller_is_not_calmed_and_danger_goes_before_answers() -> None:
    """In an emergency there is the next step, and no answer about an invoice."""
    assert "calm" not in {hint.kind for hint in hinted(PAYMENT)}
    crisis = hinted([*PAYMENT, HandoffRequested(reason="crisis")])
    assert crisis[0].kind == "next"
    assert "answer" not in {hint.kind for hint in crisis}


@pytest.mark.parametrize("end", [3, len(PAYMENT) + 2])
def test_where_no_agent_is_asked_there_are_none(end: int) -> None:
    """Neither while the bot talks nor when the card is closed."""
    closed: list[Body] = [OfferAccepted(agent="Sem"), WrappedUp(agent="Sem", disposition="solved")]
    assert hinted([*PAYMENT, *closed][:end]) == ()


def test_nothing_of_the_talk_between_people_makes_a_hint() -> None:
    """Who talks, and what the bot says, changes nothing: hints come from the caller's words."""
    talk: list[Body] = [OfferAccepted(agent="Sem", talk=True)]
    more = BotSpoke(words="mijn betaling en mijn afspraak", language="nl")
    assert hinted([*PAYMENT, *talk]) == hinted([*PAYMENT, *talk, more])


def test_without_content_there_are_no_answers() -> None:
    """Before the content is loaded the rest is there."""
    events = told([*PAYMENT, UPSET])
    words = wording("nl", AMSTERDAM)
    kinds = {h.kind for h in hints(events, card(events, "nl", START), words, NoAnswers())}
    assert kinds == {"calm", "promise", "next"}
