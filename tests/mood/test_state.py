"""One mood over the call: rises fast, falls slowly, remembers, and is a fold."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    ActionTaken,
    Body,
    CallerSpoke,
    CallStarted,
    Event,
    Language,
    MoodChanged,
    MoodHeard,
    Prosody,
    Sign,
    StepReached,
)
from bot.mood.impression import VoiceImpression, WordImpression
from bot.mood.state import MoodSense, MoodState

START = datetime(2026, 11, 16, 10, tzinfo=UTC)

SAID: dict[str, tuple[float, tuple[Sign, ...]]] = {
    "is mijn betaling al binnen": (0.0, ()),
    "ja": (0.0, ()),
    "dat is nu al de derde keer": (0.5, ("frustrated",)),
    "ik ben dit spuugzat": (0.85, ("angry",)),
    "jij bent een sukkel": (0.7, ("angry", "insult_person")),
    "ik weet je te vinden": (0.9, ("angry", "threat")),
}
"""What a word judge would make of them; the real one is tested elsewhere."""


class Judge:
    """A judge of words that knows these sentences only."""

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        anger, signs = SAID[text]
        return WordImpression(text, language, {}, anger, signs)


@dataclass(frozen=True)
class Loudness:
    """A baseline that knows loudness only: the mean of the caller's calm turns."""

    calm: tuple[float, ...] = ()

    def with_turn(self, prosody: Prosody, *, calm: bool) -> "Loudness":
        return Loudness((*self.calm, prosody.features["db"])) if calm else self

    def judge(self, prosody: Prosody) -> VoiceImpression | None:
        if not self.calm:
            return None
        louder = prosody.features["db"] - sum(self.calm) / len(self.calm)
        return VoiceImpression(min(max(louder / 10, 0), 1), louder > 5, {"louder_db": louder})


class Caller:
    """Speaks sentence by sentence; keeps the events and the mood folded from them."""

    def __init__(self, *, voice: bool = False) -> None:
        self.sense = MoodSense(Judge(), Loudness() if voice else None)
        self.events: list[Event] = []
        self.mood = MoodState()
        self.store(CallStarted(line="chat", language="nl"))

    def store(self, *bodies: Body) -> None:
        for body in bodies:
            seq = len(self.events) + 1
            at = START + timedelta(seconds=5 * seq)
            self.events.append(Event(call_id="c", seq=seq, at=at, body=body))
            self.mood = self.mood.after(self.events[-1])

    def says(self, words: str, db: float | None = None) -> MoodState:
        prosody = Prosody(speech_s=2, features={"db": db}) if db is not None else None
        self.store(CallerSpoke(words=words, language="nl", prosody=prosody))
        self.store(*self.sense.sense(self.events[-1], self.mood))
        return self.mood

    @property
    def heard(self) -> MoodHeard:
        assert self.mood.heard is not None
        return self.mood.heard


def test_a_calm_call_stays_calm_and_changes_nothing() -> None:
    """Calm words make one MoodHeard an utterance and never a MoodChanged."""
    caller = Caller()
    for _ in range(5):
        assert caller.says("is mijn betaling al binnen").level == "calm"
    assert [type(e.body) for e in caller.events].count(MoodHeard) == 5
    assert not any(isinstance(e.body, MoodChanged) for e in caller.events)


def test_anger_is_seen_at_once_and_leaves_slowly() -> None:
    """One furious sentence makes an angry caller; one calm answer does not make a calm one."""
    caller = Caller()
    assert caller.says("ik ben dit spuugzat").level == "angry"
    assert caller.mood.trend == "rising"
    after_one = caller.says("is mijn betaling al binnen")
    assert (after_one.level, after_one.trend) == ("angry", "falling") or (
        after_one.level == "frustrated" and after_one.trend == "falling"
    )
    for _ in range(4):
        caller.says("is mijn betaling al binnen")
    assert caller.mood.level == "calm"


def test_a_mere_yes_calms_less_than_a_sentence() -> None:
    """Who says only "ja" has not shown to be calm."""
    short, whole = Caller(), Caller()
    for caller, words in ((short, "ja"), (whole, "is mijn betaling al binnen")):
        caller.says("ik ben dit spuugzat")
        caller.says(words)
    assert short.mood.fused > whole.mood.fused


def test_a_level_is_left_at_a_lower_mark_than_it_is_entered_at() -> None:
    """Anger between the two marks keeps whichever level there was."""
    caller = Caller()
    caller.says("ik ben dit spuugzat")
    caller.says("ja")
    assert caller.mood.level == "angry"
    assert caller.mood.fused < 0.6


def test_a_loud_voice_with_calm_words_is_never_angry() -> None:
    """Loudness without a word of anger makes frustration at most."""
    caller = Caller(voice=True)
    for _ in range(3):
        caller.says("is mijn betaling al binnen", db=-30)
    for _ in range(5):
        assert caller.says("is mijn betaling al binnen", db=-10).level != "angry"
    assert caller.heard.by_voice == 1.0


def test_a_caller_who_is_always_loud_is_calm() -> None:
    """The caller's own first calm turns are the baseline."""
    caller = Caller(voice=True)
    for _ in range(4):
        assert caller.says("is mijn betaling al binnen", db=-10).level == "calm"


def test_shouting_does_not_become_the_baseline() -> None:
    """Angry turns leave the baseline as it was."""
    caller = Caller(voice=True)
    caller.says("is mijn betaling al binnen", db=-30)
    for _ in range(3):
        caller.says("ik ben dit spuugzat", db=-12)
    assert caller.heard.by_voice == 1.0


def test_voice_that_is_switched_off_is_not_judged() -> None:
    """Without a baseline the voice is nothing, even where a line measured it."""
    caller = Caller()
    caller.says("is mijn betaling al binnen", db=-30)
    caller.says("is mijn betaling al binnen", db=0)
    assert caller.heard.by_voice is None


def test_the_course_of_the_call_weighs_on_who_is_upset_only() -> None:
    """Failed tries make an upset caller angrier, with the number as evidence, and no calm one."""
    fresh, worn = Caller(), Caller()
    for tries in (1, 2, 3):
        worn.store(StepReached(flow="check_payment", step="number", tries=tries))
    assert worn.says("is mijn betaling al binnen").fused == 0
    assert (
        worn.says("dat is nu al de derde keer").fused
        > fresh.says("dat is nu al de derde keer").fused
    )
    assert {(e.name, e.value) for e in worn.heard.evidence if e.source == "course"} == {
        ("failed_tries", 3.0)
    }


def test_an_earlier_call_this_week_counts_and_nonsense_does_not() -> None:
    """Only contacts of the last seven days with a readable moment make a repeated call."""
    caller = Caller()
    contacts = [
        {"at": (START - timedelta(days=2)).isoformat()},
        {"at": (START - timedelta(days=20)).isoformat()},
        {"at": "eergisteren"},
        {},
    ]
    caller.store(ActionTaken(action="find_contacts", result="ok", facts={"contacts": contacts}))
    assert caller.mood.course.earlier_calls == 1


def test_the_kind_of_anger_is_undecided_until_it_shows() -> None:
    """One angry sentence tells nothing; two without abuse are emotional."""
    caller = Caller()
    assert caller.says("ik ben dit spuugzat").anger_kind == "undecided"
    assert caller.says("ik ben dit spuugzat").anger_kind == "emotional"


def test_threats_and_repeated_insults_are_instrumental() -> None:
    """A threat, or insults that outweigh the anger, show what the anger is for."""
    insults, threat = Caller(), Caller()
    insults.says("jij bent een sukkel")
    assert insults.says("jij bent een sukkel").anger_kind == "instrumental"
    assert threat.says("ik weet je te vinden").anger_kind == "instrumental"


def test_every_sign_of_the_call_is_remembered() -> None:
    """What was once heard is not forgotten when the caller calms down."""
    caller = Caller()
    caller.says("ik weet je te vinden")
    for _ in range(6):
        caller.says("is mijn betaling al binnen")
    assert "threat" in caller.mood.seen
    assert caller.mood.calm_turns == 6


@given(st.lists(st.tuples(st.sampled_from(sorted(SAID)), st.none() | st.floats(-60, 0))))
def test_the_mood_is_a_fold_and_stays_in_bounds(turns: list[tuple[str, float | None]]) -> None:
    """Events alone give the mood back, and no row of utterances leads anger out of 0 to 1."""
    caller = Caller(voice=True)
    for words, db in turns:
        caller.says(words, db)
        assert 0 <= caller.mood.fused <= 1
        assert caller.mood.level == "calm" or caller.mood.fused >= 0.18
    again = MoodState()
    for event in caller.events:
        again = again.after(event)
    assert again == caller.mood


@given(st.permutations(range(6)))
def test_no_order_of_events_breaks_the_fold(order: list[int]) -> None:
    """A mood can be folded from events in any order: a fold never raises."""
    caller = Caller()
    caller.says("ik ben dit spuugzat")
    caller.says("jij bent een sukkel")
    state = MoodState()
    for place in order:
        state = state.after(caller.events[place % len(caller.events)])
    assert replace(state) == state
