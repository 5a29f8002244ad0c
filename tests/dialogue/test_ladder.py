"""The ladder is almost never wrong in the direction that hurts: one step a turn, and down again."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.content import Content
from bot.dialogue.grievance import grievance
from bot.dialogue.ladder import Decision, Standing, decide, standing
from bot.dialogue.ladder_rules import LadderRules
from bot.dialogue.ladder_state import LadderState, sorry
from bot.dialogue.state import State, fold
from bot.events import (
    BargedIn,
    Body,
    BotSpoke,
    BoundarySet,
    Bridged,
    CallEnded,
    CallerSpoke,
    CallStarted,
    Event,
    FlowChanged,
    HandoffRequested,
    IncidentReported,
    Language,
    MoodChanged,
    MoodHeard,
    Returned,
    Sign,
    StepReached,
    WarningGiven,
)
from bot.mood.impression import ABUSE, WordImpression
from bot.mood.state import MoodSense
from tests.dialogue.judges import MarkedIntents, MarkedWords, marked_mood
from tests.dialogue.stage import NOW, Stage, demo_company

WARNING = "Als u zo doorgaat, dan beëindig ik dit gesprek."
ANGRY: frozenset[Sign] = frozenset({"angry", "frustrated", "accusation", "insult_company"})
MakeLadderStage = Callable[..., Stage]


class Told:
    """A call of which only what the ladder goes by is told."""

    def __init__(self, rules: LadderRules) -> None:
        self.rules = rules
        self.events: list[Event] = []
        self.state = State()
        self.tell(CallStarted(line="chat", language="nl"))

    def tell(self, body: Body, seconds: float = 0) -> Event:
        at = NOW + timedelta(seconds=seconds)
        event = Event(call_id="call", seq=len(self.events) + 1, at=at, body=body)
        self.events.append(event)
        self.state.apply(event)
        return event

    def hear(self, *signs: Sign, words: str = "woorden", **more: Any) -> Decision:
        """Let the caller say something, and the bot do what is decided."""
        spoke = CallerSpoke(words=words, language="nl", start_ms=more.get("start_ms", 0),
                            end_ms=more.get("end_ms", 0))  # fmt: skip
        of = self.tell(spoke).seq
        anger = more.get("anger", 0.7 if set(signs) & (ABUSE | ANGRY) else 0.0)
        heard = MoodHeard(of=of, signs=signs, unsure=more.get("unsure", ()), anger=anger,
                          by_words=more.get("by_words", anger))  # fmt: skip
        self.tell(heard)
        decision = decide(self.state, self.rules, of)
        self._do(decision, of)
        return decision

    def _do(self, decision: Decision, of: int) -> None:
        sign = decision.sign or "insult_person"
        says = self.rules.says
        match decision.step:
            case "boundary":
                self.tell(BoundarySet(of=of, sign=sign))
            case "warning" | "threat_warning":
                self.tell(WarningGiven(of=of, sign=sign))
                self.say(WARNING, says.warning, at=20)
            case "end" | "hand_over":
                self.tell(IncidentReported(of=of, sign=sign))
            case "acknowledge":
                assert decision.topic
                self.say("...", self.rules.acknowledge[decision.topic])
            case "offer":
                self.say("...", says.apology)
            case "pressure" | "ask_safe":
                self.say("...", getattr(says, decision.step))
            case "vulnerable":
                self.tell(HandoffRequested(reason="vulnerable"))

    def say(self, words: str, answer: str, at: float = 0) -> Event:
        return self.tell(BotSpoke(words=words, language="nl", answer=f"{answer}/0"), at)

    def steps(self, *turns: tuple[Sign, ...]) -> list[str]:
        return [self.hear(*signs).step for signs in turns]


@pytest.fixture
def told(content: Content) -> Told:
    return Told(content.ladder)


def changed(content: Content, **settings_: Any) -> LadderRules:
    return replace(content.ladder, **settings_)


INSULT: tuple[Sign, ...] = ("insult_person",)
HATE: tuple[Sign, ...] = ("discrimination",)
THREAT: tuple[Sign, ...] = ("threat",)


def test_insults_are_taken_lightly_then_meet_boundary_warning_and_end(told: Told) -> None:
    """Two insults are met kindly; the third meets a boundary, the fourth a warning."""
    assert told.steps(*[INSULT] * 5) == ["light", "light", "boundary", "warning", "end"]


@pytest.mark.parametrize("sign", ["discrimination", "sexual_harassment", "blackmail"])
def test_hate_meets_a_boundary_at_once(told: Told, sign: Sign) -> None:
    """What nobody should hear is taken lightly never, and is still warned for once."""
    assert told.steps(*[(sign,)] * 3) == ["boundary", "warning", "end"]


@pytest.mark.parametrize("lightly", [1, 5])
def test_patience_with_insults_is_a_setting(content: Content, lightly: int) -> None:
    """A company may take one to five insults lightly."""
    told = Told(changed(content, insults_taken_lightly=lightly))
    assert told.steps(*[INSULT] * (lightly + 1)) == ["light"] * lightly + ["boundary"]


ANGER: tuple[tuple[Sign, ...], ...] = (
    ("angry",), ("frustrated", "accusation"), ("angry", "profanity", "insult_company"),
    ("angry", "pressure"), ("profanity",), ("insult_company",), ("pressure",), ("accusation",),
)  # fmt: skip


@given(st.lists(st.sampled_from(ANGER), min_size=1, max_size=60))
def test_anger_without_abuse_never_meets_a_limit(
    content: Content, turns: list[tuple[Sign, ...]]
) -> None:
    """However long and loud: understanding, one apology, a person; no boundary, no warning."""
    steps = Told(content.ladder).steps(*turns)
    assert set(steps) <= {"none", "acknowledge", "soothe", "offer", "pressure"}
    assert steps.count("offer") <= 1


def test_a_person_is_offered_when_anger_goes_on(told: Told) -> None:
    """First what went wrong is named; at the second angry turn a person is offered, once."""
    assert told.steps(("angry",), ("angry",), ("angry",)) == ["acknowledge", "offer", "soothe"]


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("ik kreeg een aanmaning maar ik heb al betaald", "reminder_paid"),
        ("er is dubbel afgeschreven", "double_charge"),
        ("die monteur is weer niet gekomen", "visit_missed"),
        ("de monteur kwam twee uur te laat", "visit_late"),
        ("ik sta al een uur in de wacht", "waiting"),
        ("ik heb al vier keer gebeld", "again"),
        ("u begrijpt me niet", "not_understood"),
        ("wat een belachelijke kosten", "costs"),
        ("mijn betaling is nog steeds niet verwerkt", "payment"),
        ("I was charged twice", "double_charge"),
        ("nobody came for my meter", "visit_missed"),
        ("it is a disgrace", "any"),
    ],
)
def test_what_went_wrong_is_named(content: Content, words: str, topic: str) -> None:
    """What the caller complains of is heard in the words, in either language."""
    assert grievance(State(spoken_words=words), content.ladder) == topic


def test_a_question_put_again_is_our_fault(told: Told) -> None:
    """Who is angry after not being understood hears that this went wrong."""
    told.tell(FlowChanged(flow="call", change="started"))
    told.tell(StepReached(flow="call", step="first_wish", tries=1))
    assert told.hear("angry").topic == "not_understood"


def test_noise_and_echo_move_nothing(told: Told) -> None:
    """Empty words are neither calm nor upset: no step up, no step down."""
    told.steps(*[INSULT] * 3)
    before = standing(told.state.ladder, told.rules)
    for _ in range(9):
        assert told.hear(words="").step == "none"
    assert standing(told.state.ladder, told.rules) == before


def test_words_that_may_be_misheard_are_asked_again_and_never_punished(told: Told) -> None:
    """A slur out of nothing counts for nothing, however often; it is asked again once in a row."""
    steps = [told.hear(unsure=("discrimination",)).step for _ in range(6)]
    assert steps[0] == "ask_again"
    assert set(steps) == {"ask_again", "none"}
    assert standing(told.state.ladder, told.rules) == Standing()


def test_a_loud_voice_alone_is_acknowledged_and_no_more(told: Told) -> None:
    """Anger by voice goes no further than one acknowledgement, and only in an angry call."""
    assert told.hear(anger=0.6, by_words=0.0).step == "none"
    told.tell(MoodChanged(level="angry", trend="rising", anger_kind="undecided", anger=0.7))
    steps = [told.hear(anger=0.8, by_words=0.0).step for _ in range(8)]
    assert steps == ["acknowledge"] + ["none"] * 7


def test_calm_turns_lead_down_again(told: Told) -> None:
    """After two calm turns a warning has lapsed: the next insult is warned for anew."""
    told.steps(*[INSULT] * 4)
    assert standing(told.state.ladder, told.rules).rung == 2
    told.steps((), ())
    assert standing(told.state.ladder, told.rules).rung == 1
    assert told.hear("insult_person").step == "warning"
    told.steps((), (), (), ())
    assert standing(told.state.ladder, told.rules).rung == 0
    assert told.hear("insult_person").step == "light"


def test_an_excuse_leads_down_at_once_and_is_thanked_for(told: Told) -> None:
    """A sincere sorry counts more than calm."""
    told.steps(*[INSULT] * 4)
    assert told.hear(words="sorry, zo bedoelde ik het niet").step == "thanks"
    assert told.hear("insult_person").step == "warning"


@pytest.mark.parametrize(
    ("words", "sincere"),
    [
        ("sorry, zo bedoelde ik het niet", True),
        ("sorry hoor", True),
        ("het spijt me", True),
        ("oké, sorry", True),
        ("I'm sorry, I didn't mean that", True),
        ("I apologise", True),
        ("sorry?", False),
        ("sorry, wat zei u", False),
        ("sorry, ik versta u niet", False),
        ("I'm sorry but you are useless", False),
        ("mijn betaling", False),
    ],
)
def test_an_excuse_is_told_from_asking_again(words: str, sincere: bool) -> None:
    """Sorry is an excuse, unless it asks to repeat."""
    assert sorry(words) is sincere


def test_a_warning_that_was_spoken_over_is_given_once_more(told: Told) -> None:
    """Who did not hear that the call would end is warned again, once, and not cut off."""
    told.steps(*[INSULT] * 4)
    for expected in ("warning", "boundary", "boundary"):
        warned = told.state.ladder.warned
        assert warned
        told.tell(BargedIn(of=warned.spoke, heard="Als u zo"))
        assert told.hear("insult_person").step == expected


def test_a_warning_cut_after_the_word_that_matters_was_heard(told: Told) -> None:
    """It is enough to have heard that the call will end."""
    told.steps(*[INSULT] * 4)
    warned = told.state.ladder.warned
    assert warned
    told.tell(BargedIn(of=warned.spoke, heard="Als u zo doorgaat, dan beëindig ik"))
    assert told.hear("insult_person").step == "end"


def test_what_was_said_before_the_warning_does_not_end_the_call(told: Told) -> None:
    """An insult already on its way when the warning was spoken is warned for again."""
    told.steps(*[INSULT] * 4)
    early = told.hear("insult_person", start_ms=15_000, end_ms=16_000)  # warned at 20 s
    assert early.step == "warning"
    assert told.hear("insult_person", start_ms=25_000, end_ms=26_000).step == "end"


def test_one_utterance_counts_once(told: Told) -> None:
    """Judged again after a mistake of ours, the same words neither count nor are answered twice."""
    told.hear("insult_person")
    told.hear("insult_person")
    told.tell(told.events[-1].body)
    assert standing(told.state.ladder, told.rules).insults == 2
    told.hear("insult_person")
    now = told.state.ladder.now
    assert now is not None
    assert decide(told.state, told.rules, now.of) == Decision("none")


def test_what_was_not_judged_is_not_met_with_what_was_said_before(told: Told) -> None:
    """When the judge fails on a turn, the insult of the turn before is not answered again."""
    told.hear("insult_person")
    spoke = told.tell(CallerSpoke(words="mijn betaling", language="nl"))
    assert decide(told.state, told.rules, spoke.seq) == Decision("none")


def test_a_threat_that_goes_on(content: Content) -> None:
    """`continue`: reported each time, never ended; `end`: the sentence is the one warning."""
    told = Told(changed(content, after_threat="continue"))
    assert told.steps(*[THREAT] * 4) == ["threat"] * 4
    told = Told(changed(content, after_threat="end"))
    assert told.steps(("threat",), ("threat",)) == ["threat_warning", "end"]
    told = Told(changed(content, after_threat="end"))
    assert told.steps(("threat",), INSULT) == ["threat_warning", "end"]


def test_a_company_may_hand_over_in_place_of_hanging_up(content: Content) -> None:
    """A trained colleague takes it, once; after that nothing climbs."""
    told = Told(changed(content, ending="hand_over"))
    steps = told.steps(*[HATE] * 6)
    assert steps == ["boundary", "warning", "hand_over"] + ["boundary"] * 3


@pytest.mark.parametrize("turns", [3, 12])
def test_a_vulnerable_caller_meets_no_limit(told: Told, turns: int) -> None:
    """Once, softly, a person; abuse after that is met kindly for the rest of the call."""
    assert told.hear("vulnerable").step == "vulnerable"
    steps = told.steps(*[(*INSULT, *HATE)] * turns)
    assert set(steps) == {"light"}
    assert told.hear("vulnerable").step == "soothe"


def test_danger_goes_before_everything_and_stays(told: Told) -> None:
    """From the first sign on every decision is for a caller in danger."""
    told.steps(*[INSULT] * 4)
    steps = told.steps(("crisis", "insult_person"), INSULT, ("threat",), (), ("discrimination",))
    assert set(steps) == {"crisis"}


def test_who_is_not_safe_is_in_danger(told: Told) -> None:
    """Danger that may be misheard is asked about; a second sign of it is believed."""
    assert told.hear(unsure=("crisis",)).step == "ask_safe"
    assert told.hear(unsure=("crisis",)).step == "crisis"


def test_a_slight_sign_of_frustration_is_no_grievance(told: Told) -> None:
    """Words that only resemble it are answered as any others."""
    assert told.hear("frustrated", anger=0.2).step == "none"
    assert told.hear(anger=0.5).step == "none"


def test_pressure_is_a_right(told: Told) -> None:
    """A lawyer, a review: said once that it is the caller's right, and nothing climbs."""
    assert told.steps(("pressure",), ("pressure",)) == ["pressure", "none"]


def test_the_ladder_is_silent_while_people_talk(told: Told) -> None:
    """Between caller and agent the bot sets no limits; after it, it may."""
    told.tell(Bridged(agent="Sem"))
    assert told.hear("discrimination").step == "none"
    told.tell(Returned(agent="Sem", why="given_back"))
    assert told.hear("discrimination").step == "boundary"


TURNS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(get_args(Sign)), max_size=3, unique=True),
        st.booleans(),
        st.sampled_from(["woorden", "sorry, zo bedoelde ik het niet", ""]),
    ),
    max_size=25,
)


@settings(max_examples=150)
@given(TURNS, st.integers(1, 5), st.integers(1, 5), st.sampled_from(["continue", "end"]))
def test_no_call_ends_without_a_heard_warning_and_later_abuse(
    content: Content,
    turns: list[tuple[list[Sign], bool, str]],
    lightly: int,
    down: int,
    threat: Any,
) -> None:
    """Whatever is said in whatever order, under all settings; and the state is the fold."""
    rules = changed(
        content, insults_taken_lightly=lightly, steps_down_after=down, after_threat=threat
    )
    told = Told(rules)
    danger = False
    rungs = [0]
    for signs, cut, words in turns:
        step = told.hear(*signs, words=words).step
        danger = danger or "crisis" in signs
        warned = told.state.ladder.warned
        if step in ("warning", "threat_warning") and cut:
            assert warned
            told.tell(BargedIn(of=warned.spoke, heard="Als"))
        if step == "end":
            assert not danger
            assert "vulnerable" not in signs
            assert set(signs) & ABUSE
            earlier = [e for e in told.events if isinstance(e.body, WarningGiven)]
            assert earlier
            break
        rungs.append(standing(told.state.ladder, rules).rung)
        jump = rungs[-1] - rungs[-2]
        assert jump <= 1 or step == "threat_warning", "one rung at most a turn"
    assert fold(told.events) == told.state
    folded = LadderState()
    for event in told.events:
        folded = folded.after(event)
    assert folded == told.state.ladder


@given(st.permutations(range(12)))
def test_events_out_of_order_break_nothing(content: Content, order: list[int]) -> None:
    """The fold takes events in any order without raising."""
    told = Told(content.ladder)
    told.steps(("crisis",), INSULT, ("discrimination",))
    events = told.events
    state = State()
    for place in order:
        if place < len(events):
            state.apply(events[place])
    decide(state, content.ladder, 2)


@pytest.fixture
def stage(content: Content, tmp_path: Path) -> MakeLadderStage:
    def make(number: str | None = "+31612345601", **changes: Any) -> Stage:
        rules = replace(content.ladder, **changes)
        own = replace(content, ladder=rules)
        company = demo_company(tmp_path)
        return Stage(own, MarkedIntents(), company, number=number, mood=marked_mood())

    return make


class _Listening(MarkedWords):
    """Keeps what it was told that the bot said."""

    def __init__(self) -> None:
        self.bot_words: list[str] = []

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        self.bot_words.append(bot_words)
        return super().judge(text, language, confidence=confidence, bot_words=bot_words)


async def test_all_that_the_bot_said_in_its_turn_may_be_read_back(
    content: Content, tmp_path: Path
) -> None:
    """The judge of words knows the whole turn of the bot, not its last sentence only."""
    words = _Listening()
    call = Stage(content, MarkedIntents(), demo_company(tmp_path), mood=MoodSense(words))
    greeting = await call.start()
    await call.say("[angry] hallo")
    assert len([e for e in greeting.events if e.body.kind == "BotSpoke"]) > 1
    assert words.bot_words == [greeting.words]


async def test_an_angry_caller_who_answers_gets_on(stage: MakeLadderStage) -> None:
    """One sentence of understanding, then what the turn asked."""
    call = stage()
    await call.start()
    turn = await call.say("<check_payment> [angry] is mijn betaling nu eindelijk binnen")
    assert turn.answers == ["complaint_payment", "ask_postcode"]
    turn = await call.say("<inform> [insult_person] 3581 GA sukkel")
    assert turn.answers[:2] == ["ladder_light", "verified"]
    assert call.state.verified
    await call.check()


async def test_the_end_is_reported_said_and_then_carried_out(stage: MakeLadderStage) -> None:
    """Incident, sentence, end: in that order, after a warning in an earlier turn."""
    call = stage()
    await call.start()
    for _ in range(4):
        await call.say("[insult_person] sukkel")
    turn = await call.say("[insult_person] sukkel")
    kinds = [e.body.kind for e in turn.events]
    assert kinds[-3:] == ["IncidentReported", "BotSpoke", "CallEnded"]
    assert turn.end is not None
    assert turn.end.outcome == "ended_for_abuse"
    answers = [answer for t in call.turns for answer in t.answers]
    assert answers.index("ladder_boundary") < answers.index("ladder_warning")
    assert answers[-1] == "ladder_end"
    await call.check()


async def test_a_limit_is_on_record_before_it_is_said(stage: MakeLadderStage) -> None:
    """BoundarySet and WarningGiven come before the words."""
    call = stage()
    await call.start()
    for kind in (BoundarySet, WarningGiven):
        turn = await call.say("[discrimination] ...")
        kinds = [type(e.body) for e in turn.events]
        assert kinds.index(kind) < kinds.index(BotSpoke)
        assert len(turn.says) == 1


async def test_a_person_is_there_at_any_rung(stage: MakeLadderStage) -> None:
    """Who asks for a person gets one, right after a warning too."""
    call = stage()
    await call.start()
    for _ in range(4):
        await call.say("[insult_person] sukkel")
    turn = await call.say("<ask_person> geef me een mens")
    assert "person_is_coming" in turn.answers


async def test_a_person_asked_for_with_the_last_insult_comes(stage: MakeLadderStage) -> None:
    """Even where the call would have ended: it is reported, and a person takes it."""
    call = stage()
    await call.start()
    for _ in range(4):
        await call.say("[insult_person] sukkel")
    turn = await call.say("<ask_person> [insult_person] geef me een mens, sukkel")
    assert turn.end is None
    assert turn.answers[:2] == ["ladder_hand_over", "person_is_coming"]
    assert any(isinstance(e.body, IncidentReported) for e in turn.events)


async def test_the_place_among_who_waits_is_kept(stage: MakeLadderStage) -> None:
    """Abuse while waiting meets its limits, and the card waits on."""
    call = stage()
    await call.start()
    await call.say("<ask_person> een mens graag")
    await call.say("<affirm> ja")
    assert (await call.say("[discrimination] ...")).answers == ["ladder_boundary_discrimination"]
    top = call.state.top
    assert top is not None
    assert top.flow == "handoff"
    assert "colleague_calls" in (await call.accept("Sem")).answers


async def test_a_threat_is_reported_and_a_colleague_fetched_once(stage: MakeLadderStage) -> None:
    """Urgent incident and handoff come before the words; the question is still answered."""
    call = stage()
    await call.start()
    turn = await call.say("<check_payment> [threat] ik kom langs, is mijn betaling binnen")
    assert turn.answers == ["ladder_threat", "ask_postcode"]
    await call.say("[threat] ik kom langs")
    bodies = await call.bodies()
    assert [b.urgent for b in bodies if isinstance(b, IncidentReported)] == [True, True]
    assert [b.reason for b in bodies if isinstance(b, HandoffRequested)] == ["threat"]
    assert not call.over


async def test_anger_at_the_offer_of_a_person_fetches_one(stage: MakeLadderStage) -> None:
    """Offered a person and angry still: one comes."""
    call = stage()
    await call.start()
    await call.say("[angry] schandalig")
    turn = await call.say("[angry] schandalig")
    assert turn.answers == ["ladder_apology", "ask_want_person"]
    turn = await call.say("<affirm> ja")
    assert call.state.handoff == "upset"
    assert "person_is_coming" in turn.answers


@pytest.mark.parametrize(
    "words",
    ["<goodbye> [insult_person] rot op", "<goodbye> [angry] ik wacht al de hele dag",
     "<thanks> [angry] wat een dag", "<goodbye> [profanity] verdomme nog aan toe"],
)  # fmt: skip
async def test_anger_is_no_goodbye(stage: MakeLadderStage, words: str) -> None:
    """What sounds like leaving, of a caller who is upset, does not end the call."""
    call = stage()
    await call.start()
    await call.say("[angry] schandalig")
    await call.say(words)
    assert not call.over


@pytest.mark.parametrize("words", ["dag sukkel", "nee, dag", "doei", "goodbye you fool"])
async def test_a_plain_goodbye_is_one_in_anger_too(stage: MakeLadderStage, words: str) -> None:
    """Who says goodbye may go, and is not told off."""
    call = stage()
    await call.start()
    turn = await call.say(f"<goodbye> [insult_person] {words}")
    assert turn.end is not None
    assert turn.end.outcome != "ended_for_abuse"


async def test_thanks_after_anger_are_taken_as_such(stage: MakeLadderStage) -> None:
    """Who calms down and says thank you is not told that it was not understood."""
    call = stage()
    await call.start()
    await call.say("<opening_hours> [angry] wanneer zijn jullie nou eens open")
    assert call.state.mood.level != "calm"
    turn = await call.say("<thanks> dank u wel")
    assert turn.end is not None
    assert turn.end.outcome == "resolved"


async def test_an_excuse_is_answered_once(stage: MakeLadderStage) -> None:
    """A bare "sorry" after an insult is thanked for, and not taken for "what did you say"."""
    call = stage()
    await call.start()
    await call.say("[insult_person] sukkel")
    assert (await call.say("<repeat> sorry hoor")).answers == ["ladder_thanks", "ask_wish"]


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_judge_that_fails_costs_the_mood_and_no_more(
    content: Content, tmp_path: Path, language: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the judge of words leaves the caller with an answer."""
    mood = marked_mood()
    monkeypatch.setattr(mood, "sense", None)  # calling it raises TypeError
    company = demo_company(tmp_path)
    call = Stage(content, MarkedIntents(), company, language=language, mood=mood)
    await call.start()
    assert (await call.say("<opening_hours> open")).answers[0] == "hours"


SAID = st.lists(
    st.tuples(
        st.lists(st.sampled_from(get_args(Sign)), max_size=2, unique=True),
        st.sampled_from(
            ["", "<goodbye>", "<deny> nee", "<affirm> ja", "<ask_person>", "<stop>", "<thanks>",
             "<check_payment>", "<complain>", "471109", "3581 GA", "<repeat>"]
        ),
        st.booleans(),
    ),
    max_size=10,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SAID, st.sampled_from(["continue", "end"]), st.sampled_from(["hang_up", "hand_over"]))
def test_whole_calls_keep_the_promises(
    content: Content, said: list[tuple[list[Sign], str, bool]], threat: Any, ending: Any
) -> None:
    """Played through the dialogue: never a failure, and an end for abuse only after a warning."""
    rules = changed(content, after_threat=threat, ending=ending)

    async def whole() -> None:
        with tempfile.TemporaryDirectory() as folder:
            company = demo_company(Path(folder))
            own = replace(content, ladder=rules)
            call = Stage(own, MarkedIntents(), company, mood=marked_mood())
            await call.start()
            for signs, words, silence in said:
                if call.over:
                    break
                marks = "".join(f"[{sign}]" for sign in signs)
                turn = await call.say(f"{marks} {words}")
                assert turn.says
                if silence and not call.over:
                    assert (await call.silence()).says
            await call.check()
            assert call.state.handoff != "failure"
            bodies = await call.bodies()
            ended = [b for b in bodies if isinstance(b, CallEnded)]
            if ended and ended[0].outcome == "ended_for_abuse":
                assert ending == "hang_up"
                assert any(isinstance(b, WarningGiven) for b in bodies)
            if call.state.ladder.crisis:
                assert not ended

    asyncio.run(whole())
