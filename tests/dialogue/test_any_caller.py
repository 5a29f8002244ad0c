"""Whatever a caller says, types or does not say: the dialogue never fails or tells too much."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.company.demo_data import PEOPLE
from bot.dialogue.content import Content
from bot.dialogue.effects import EndCall
from bot.dialogue.state import State, fold
from bot.events import (
    BotSpoke,
    CallEnded,
    CallerVerified,
    Event,
    Language,
    Outcome,
    SlotFilled,
    StepReached,
)
from bot.understanding.entities import find_entities
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from tests.dialogue.stage import NOW, ZONE, Stage, demo_company

INTENTS = [
    "greet", "goodbye", "affirm", "deny", "thanks", "check_payment", "open_invoices",
    "payment_link", "payment_plan", "book_appointment", "move_appointment",
    "cancel_appointment", "check_appointment", "opening_hours", "office_address", "ask_person",
    "repeat", "slower", "correct", "stop", "help", "hold_on", "dont_know", "are_you_human",
    "complain", "change_language", "inform", OUT_OF_SCOPE,
]  # fmt: skip
WORDS = [
    "471109", "3581 GA", "vier zeven een een nul negen", "nee, elf niet twaalf", "ja", "nee",
    "de tweede", "de laatste", "dinsdag", "half drie", "liever 's middags", "drie maanden",
    "advies", "06 12345678", "1234 AB", "yes", "no not that but this", "the first one", "", "?",
    "is mijn betaling binnen en wat zijn jullie openingstijden", "factuur achttien", "84 euro 20",
    "8232 JN", "volgende week woensdag om tien uur", "herinnering", "Engels graag", "dag",
]  # fmt: skip
SAYINGS = st.tuples(
    st.just("say"),
    st.one_of(st.sampled_from(WORDS), st.text(max_size=40)),
    st.sampled_from(INTENTS),
    st.sampled_from(["nl", "en"]),
)
STIMULI = st.one_of(
    SAYINGS,
    SAYINGS,
    st.tuples(st.just("key"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("keys"), st.sampled_from(["471109", "0612345678", "12#", "1#"])),
    st.tuples(st.just("silence")),
    st.tuples(st.just("noise")),
    st.tuples(st.just("accept"), st.sampled_from(["Sem", "Noor"])),
    st.tuples(st.just("mood"), st.sampled_from(["well", "well", "down", "timeout", "invalid"])),
)
PROVEN: list[tuple[Any, ...]] = [
    ("say", "graag", "book_appointment", "nl"),
    ("keys", "471109"),
    ("say", "3581 GA", "inform", "nl"),
]
"""Two factors at once, so that callers get further than chance would bring them."""
TALKS = st.one_of(
    st.lists(STIMULI, max_size=14), st.lists(STIMULI, max_size=14).map(lambda rest: PROVEN + rest)
)
NUMBERS = st.sampled_from([None, "+31612345601", "+31612345611", "+31612345619", "+31205550190"])
LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(get_args(Language))


class Told:
    """An understanding that is told what to understand; entities are found for real."""

    def __init__(self) -> None:
        self.intent = OUT_OF_SCOPE

    async def parse(self, text: str, language: Language) -> Meaning:
        entities = find_entities(text, language, NOW.astimezone(ZONE))
        return Meaning(text, language, self.intent, 0.9, entities)


async def play(
    content: Content, number: str | None, language: Language, stimuli: list[tuple[Any, ...]]
) -> Stage:
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(content, told, demo_company(Path(folder)), language=language, number=number)
        await stage.start()
        for stimulus in stimuli:
            if stage.over:
                break
            match stimulus:
                case ("say", words, intent, spoken):
                    told.intent = intent
                    turn = await stage.say(words, spoken)
                    assert turn.says, f"no answer to {words!r} ({intent})"
                case ("key", key):
                    await stage.keys(key)
                case ("keys", keys):
                    await stage.keys(keys)
                case ("silence",):
                    assert (await stage.silence()).says
                case ("noise",):
                    await stage.noise()
                case ("accept", agent):
                    assert (await stage.accept(agent)).says
                case ("mood", mood):
                    stage.company.mood = mood
        await stage.settled()
        return stage


def secrets() -> set[str]:
    found = set()
    for person in PEOPLE:
        found |= {person.customer.spoken_name, person.customer.name, person.customer.postcode}
        found |= {bill.number for bill in person.bills}
        found |= {bill.amount for bill in person.bills}
        found |= {bill.amount.replace(".", ",") for bill in person.bills}
    return found


SECRETS = secrets()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS, LANGUAGES, TALKS)
def test_no_caller_breaks_the_dialogue(
    content: Content, number: str | None, language: Language, stimuli: list[tuple[Any, ...]]
) -> None:
    """Every turn gets an answer, and no line comes twice in a row.

    The state is the fold of the journal, nothing private is told before two
    factors, and no call ends without a goodbye.
    """

    async def whole() -> None:
        stage = await play(content, number, language, stimuli)
        assert stage.state.handoff != "failure"
        await stage.check()
        events = await stage.events()
        _check_gate(events)
        _check_farewell(stage, events)
        await stage.hang_up()
        outcome = stage.state.outcome
        assert outcome in get_args(Outcome)
        ends = [e for e in await stage.events() if isinstance(e.body, CallEnded)]
        assert len(ends) == 1

    asyncio.run(whole())


def _check_gate(events: list[Event]) -> None:
    for event in events:
        if isinstance(event.body, CallerVerified):
            return
        if isinstance(event.body, BotSpoke):
            assert not [secret for secret in SECRETS if secret in event.body.words]


def _check_farewell(stage: Stage, events: list[Event]) -> None:
    if any(isinstance(turn.end, EndCall) for turn in stage.turns):
        last = [e.body.answer for e in events if isinstance(e.body, BotSpoke)][-1]
        assert (last or "").partition("/")[0] in ("goodbye", "nobody_there", "no_number")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS, LANGUAGES, TALKS, st.randoms(use_true_random=False))
def test_any_part_of_a_call_can_be_folded(
    content: Content,
    number: str | None,
    language: Language,
    stimuli: list[tuple[Any, ...]],
    random: Any,
) -> None:
    """The fold takes every prefix, and even events out of order, without raising."""

    async def whole() -> None:
        stage = await play(content, number, language, stimuli)
        await stage.hang_up()
        events = await stage.events()
        state = State()
        for count, event in enumerate(events, start=1):
            state.apply(event)
            assert state == fold(events[:count])
        assert state == stage.state
        random.shuffle(events)
        fold(events)

    asyncio.run(whole())


@pytest.mark.parametrize("cut", range(1, 60, 4))
async def test_a_dialogue_goes_on_from_what_is_stored(content: Content, cut: int) -> None:
    """State from a cut-off journal knows the same flows, slots and factors as the live one did."""
    stimuli: list[tuple[Any, ...]] = [
        ("say", "is mijn betaling binnen", "check_payment", "nl"),
        ("say", "3581 GA", "inform", "nl"),
        ("say", "medewerker", "ask_person", "nl"),
        ("say", "ja", "affirm", "nl"),
    ]
    stage = await play(content, "+31612345601", "nl", stimuli)
    events = (await stage.events())[:cut]
    state = fold(events)
    reached = [e.body for e in events if isinstance(e.body, StepReached)]
    if reached and state.top and state.top.flow == reached[-1].flow:
        assert state.top.step == reached[-1].step
    for event in events:
        if isinstance(event.body, SlotFilled) and event.body.slot == "customer_name":
            assert state.slots["customer_name"] == "mevrouw De Vries"
    assert state.verified == any(isinstance(e.body, CallerVerified) for e in events)
