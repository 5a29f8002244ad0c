"""Nothing ends the call of someone in danger: no word, key, silence, abuse or mistake of ours."""

import asyncio
import tempfile
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.content import Content
from bot.dialogue.danger import CrisisKind, crisis_kind
from bot.dialogue.machine import InDanger
from bot.events import (
    BotSpoke,
    CallEnded,
    CallerSilent,
    HandoffRequested,
    IncidentReported,
    Language,
    Sign,
    SlotFilled,
)
from bot.journal import JournalFull
from tests.dialogue.judges import MarkedIntents, marked_mood
from tests.dialogue.stage import Stage, demo_company

LIFE = "[crisis] ik wil niet meer leven"
NUMBERS = {"life": ("113", "0800 0113", "112"), "emergency": ("112",), "gas": ("112", "0800 9009"),
           "fire": ("112",), "unclear": ("113", "0800 0113", "112")}  # fmt: skip


@pytest.fixture
def stage(content: Content, tmp_path: Path) -> Stage:
    return make(content, tmp_path)


def make(content: Content, folder: Path, language: Language = "nl") -> Stage:
    company = demo_company(folder)
    return Stage(content, MarkedIntents(), company, language=language, mood=marked_mood(),
                 number="+31612345601")  # fmt: skip


async def in_danger(stage: Stage, words: str = LIFE) -> None:
    await stage.start()
    await stage.say(words)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ik wil niet meer leven", "life"),
        ("ik maak er een eind aan", "life"),
        ("I want to kill myself", "life"),
        ("mijn man ademt niet meer", "emergency"),
        ("my wife is having a heart attack", "emergency"),
        ("ik ruik gas in de keuken", "gas"),
        ("there is a smell of gas", "gas"),
        ("het huis staat in brand", "fire"),
        ("the kitchen is on fire", "fire"),
        ("ik heb pillen genomen en ze is bewusteloos", "unclear"),
        ("help me dan toch", "unclear"),
    ],
)
async def test_a_person_is_fetched_and_the_right_numbers_are_named(
    content: Content, tmp_path: Path, language: Language, words: str, kind: CrisisKind
) -> None:
    """At once: incident, person, slow voice, then the numbers for this danger."""
    assert crisis_kind(words) == kind
    stage = make(content, tmp_path, language)
    await stage.start()
    turn = await stage.say(f"[crisis] {words}", language)
    [said] = turn.says
    for number in NUMBERS[kind]:
        assert number in said.words
    assert said.slow
    bodies = [event.body for event in turn.events]
    before = list(takewhile(lambda body: not isinstance(body, BotSpoke), bodies))
    assert [b.urgent for b in before if isinstance(b, IncidentReported)] == [True]
    assert [b.reason for b in before if isinstance(b, HandoffRequested)] == ["crisis"]
    assert turn.answers == [f"crisis_{kind}"]


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("nl", ["één één drie", "nul acht nul nul, nul één één drie", "één één twee"]),
        ("en", ["one one three", "zero eight zero zero, zero one one three", "one one two"]),
    ],
)
async def test_the_numbers_are_said_digit_by_digit(
    content: Content, tmp_path: Path, language: Language, spoken: list[str]
) -> None:
    """Nobody in danger has to work out "a hundred and thirteen"."""
    stage = make(content, tmp_path, language)
    await stage.start()
    turn = await stage.say(LIFE, language)
    for words in spoken:
        assert words in turn.says[0].spoken


async def test_half_an_hour_of_silence_is_stayed_with(stage: Stage) -> None:
    """Every silence gets a warm word; the number comes back now and then; no call ends."""
    await in_danger(stage)
    waited, named = 0.0, 0
    for _ in range(60):
        waited += stage.conversation.silence_after
        turn = await stage.silence()
        assert len(turn.says) == 1
        assert turn.end is None
        named += "113" in turn.words
    assert waited > 30 * 60
    assert named > 10
    assert not stage.over
    await stage.check()


WHATEVER = (
    "<goodbye> dag", "<stop> laat maar", "<thanks> dank je, dag", "<deny> nee", "<affirm> ja",
    "<ask_person> een mens", "<check_payment> is mijn betaling binnen", "[insult_person] trut",
    "[discrimination] ...", "[threat] ik steek de boel in brand", "[vulnerable] ...", "471109",
    "", "<hold_on> wacht", "<change_language> english", "[?crisis] mm",
)  # fmt: skip


@pytest.mark.parametrize("words", WHATEVER)
async def test_nothing_a_caller_says_ends_it_or_is_answered_with_business(
    stage: Stage, words: str
) -> None:
    """Goodbye, stop, abuse, a wish: one warm sentence, and no flow is taken up."""
    await in_danger(stage)
    for _ in range(5):
        turn = await stage.say(words)
        assert turn.end is None
        assert len(turn.says) == 1
        assert turn.answers[0].startswith("crisis_")
    top = stage.state.top
    assert top is not None
    assert top.flow == "call"
    assert not stage.over
    reasons = [b.reason for b in await stage.bodies() if isinstance(b, HandoffRequested)]
    assert reasons == ["crisis"]
    await stage.check()


async def test_keys_end_nothing(stage: Stage) -> None:
    """Key 0 is answered, all others are let be, and typed digits answer no question."""
    await in_danger(stage)
    assert (await stage.keys("0")).answers == ["crisis_stay"]
    assert not (await stage.keys("123456789*#")).says
    assert (await stage.silence()).answers[0].startswith("crisis_")
    filled = [b.slot for b in await stage.bodies() if isinstance(b, SlotFilled)]
    assert "customer_number" not in filled
    assert not stage.over


async def test_an_abusive_caller_in_danger_is_not_warned(stage: Stage) -> None:
    """Not even one word after a heard warning: danger goes before."""
    await stage.start()
    for _ in range(4):
        await stage.say("[insult_person] sukkel")
    assert stage.turns[-1].answers == ["ladder_warning"]
    turn = await stage.say("[insult_person] [crisis] ik maak er een eind aan, trut")
    assert turn.answers == ["crisis_life"]
    turn = await stage.say("[insult_person] trut")
    assert turn.end is None


async def test_a_handoff_under_way_becomes_urgent(stage: Stage) -> None:
    """Who waits for a person already is put before everyone by a crisis, and asked nothing more."""
    await stage.start()
    await stage.say("<ask_person> een mens")
    await stage.say(LIFE)
    reasons = [b.reason for b in await stage.bodies() if isinstance(b, HandoffRequested)]
    assert reasons == ["caller_asked", "crisis"]
    assert (await stage.silence()).answers == ["crisis_stay"]


async def test_a_colleague_who_comes_is_announced(stage: Stage) -> None:
    """The caller is told who is there, and to stay on the line; the call goes on."""
    await in_danger(stage)
    turn = await stage.accept("Noor")
    assert turn.answers == ["crisis_colleague"]
    assert "Noor" in turn.words
    assert turn.end is None
    assert (await stage.silence()).answers[0].startswith("crisis_")


async def test_a_caller_who_is_given_back_is_stayed_with(stage: Stage) -> None:
    """An agent who is lost or gives the call back leaves nobody alone: the card waits again."""
    await in_danger(stage)
    turn = await stage.take(stage.conversation.returned("Noor", "lost", None))
    assert turn.answers[0].startswith("crisis_")
    assert [b.reason for b in await stage.bodies() if isinstance(b, HandoffRequested)] == [
        "crisis"
    ] * 2


@pytest.mark.parametrize("broken", ["understanding", "mood", "ladder"])
async def test_a_mistake_of_ours_leaves_nobody_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Understanding, judge or ladder failing: a warm word all the same, turn after turn."""
    await in_danger(stage)

    def bug(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    target: Any = stage.conversation
    if broken == "understanding":
        monkeypatch.setattr(target._understanding, "parse", bug)
    elif broken == "mood":
        monkeypatch.setattr(target._taking_in._mood, "sense", bug)
    else:
        monkeypatch.setattr(target._taking_in, "decide", bug)
    for _ in range(4):
        turn = await stage.say("hallo")
        assert turn.answers
        assert turn.answers[0].startswith("crisis_")
        assert turn.end is None
    assert not stage.over


async def test_a_call_for_help_is_not_lost_by_a_failing_understanding(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger and a bug in one turn: the person is fetched and the number named."""
    await stage.start()

    async def bug(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(stage.conversation._understanding, "parse", bug)
    assert (await stage.say(LIFE)).answers == ["crisis_life"]
    assert [b.reason for b in await stage.bodies() if isinstance(b, HandoffRequested)] == ["crisis"]


async def test_even_without_words_the_line_is_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing can be said, nothing is: no error reaches the one who would hang up."""
    await in_danger(stage)

    async def bug(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(stage.conversation._talk, "say", bug)
    assert not (await stage.say("hallo")).says
    assert not (await stage.silence()).says
    monkeypatch.undo()
    assert (await stage.silence()).says
    assert not stage.over


async def test_a_company_that_is_down_changes_nothing(stage: Stage) -> None:
    """Nothing of the company's is needed to stay."""
    stage.company.mood = "down"
    await in_danger(stage)
    assert (await stage.say("hallo")).answers[0].startswith("crisis_")


async def test_the_machine_refuses_to_end_such_a_call(stage: Stage) -> None:
    """Even a flow or a reflex that would end it can't."""
    await in_danger(stage)
    with pytest.raises(InDanger):
        await stage.conversation._machine.end_call()


async def test_a_journal_that_fails_is_the_one_exception(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be stored is not said, in danger neither; the mind hears of it."""
    await in_danger(stage)

    async def full(*_: object) -> None:
        raise JournalFull

    monkeypatch.setattr(stage.journal, "append", full)
    with pytest.raises(JournalFull):
        await stage.say("hallo")


async def test_another_danger_told_later_is_met_too(stage: Stage) -> None:
    """Who told of pills and then of fainting hears both numbers."""
    await in_danger(stage)
    turn = await stage.say("[crisis] mijn vriendin is bewusteloos")
    assert turn.answers == ["crisis_unclear"]


STIMULI = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(WHATEVER)),
    st.tuples(
        st.just("say"),
        st.lists(st.sampled_from(get_args(Sign)), min_size=1, max_size=2).map(
            lambda signs: "".join(f"[{sign}]" for sign in signs)
        ),
    ),
    st.tuples(st.just("key"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("silence"), st.just("")),
    st.tuples(st.just("accept"), st.just("Sem")),
    st.tuples(st.just("mood"), st.sampled_from(["down", "timeout", "well"])),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(STIMULI, max_size=5),
    st.lists(STIMULI, max_size=15),
    st.sampled_from(["continue", "end"]),
)
def test_from_the_first_sign_of_danger_on_no_call_ends(
    content: Content, before: list[tuple[str, str]], after: list[tuple[str, str]], threat: Any
) -> None:
    """Whatever came before and comes after, the bot stays."""
    own = replace(content, ladder=replace(content.ladder, after_threat=threat))

    async def whole() -> None:
        with tempfile.TemporaryDirectory() as folder:
            stage = make(own, Path(folder))
            await stage.start()
            for stimulus in before:
                await _do(stage, stimulus)
            if stage.over:
                return
            await stage.say(LIFE)
            for stimulus in after:
                await _do(stage, stimulus)
                assert not stage.over
            bodies = await stage.bodies()
            assert not [body for body in bodies if isinstance(body, CallEnded)]
            assert any(isinstance(b, HandoffRequested) and b.reason == "crisis" for b in bodies)
            silences = [body for body in bodies if isinstance(body, CallerSilent)]
            assert len(silences) <= len(before) + len(after)
            await stage.check()

    asyncio.run(whole())


async def _do(stage: Stage, stimulus: tuple[str, str]) -> None:
    what, how = stimulus
    if what == "say":
        await stage.say(how)
    elif what == "key":
        await stage.keys(how)
    elif what == "silence":
        await stage.silence()
    elif what == "accept":
        await stage.accept(how)
    else:
        stage.company.mood = how


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_who_falls_silent_when_asked_whether_they_are_safe_is_not_left(
    content: Content, tmp_path: Path, language: Language
) -> None:
    """Asked once more; silent again, a person is fetched and the numbers are named."""
    stage = make(content, tmp_path, language)
    await stage.start()
    asked = (await stage.say("[?crisis] dan ben ik er niet meer", language)).answers
    assert asked == [content.ladder.says.ask_safe]
    assert (await stage.silence()).answers == asked
    turn = await stage.silence()
    assert turn.answers[0].startswith("crisis_")
    bodies = [event.body for event in turn.events]
    assert [b.urgent for b in bodies if isinstance(b, IncidentReported)] == [True]
    assert stage.state.ladder.crisis


async def test_who_says_that_they_are_safe_may_fall_silent(stage: Stage) -> None:
    """Once answered, silence is met as any other."""
    await stage.start()
    await stage.say("[?crisis] dan ben ik er niet meer")
    await stage.say("<affirm> ja hoor")
    assert not any(name.startswith("crisis") for name in (await stage.silence()).answers)
    await stage.silence()
    assert not stage.state.ladder.crisis


async def test_keys_are_an_answer_to_whether_they_are_safe(stage: Stage) -> None:
    """Who types a number is there: nobody is alarmed by the silence after it."""
    await stage.start()
    await stage.say("is mijn betaling binnen? <payment_status>")
    await stage.say("[?crisis] dan ben ik er niet meer")
    await stage.keys("4711")
    await stage.silence()
    assert not stage.state.ladder.crisis
