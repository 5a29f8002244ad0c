"""State: one mood over the call, fused from words, voice and course, as a fold over events.

Anger rises fast and falls slowly, and each level is left at a lower mark than it
is entered at, so that one cross word makes no angry caller and one calm "yes"
no calm one. Thresholds are set by hand and checked by the conversations in
tests; docs/mood.md tells how.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.events import (
    AngerKind,
    Body,
    CallerSpoke,
    Event,
    Level,
    MoodChanged,
    MoodHeard,
    Prosody,
    Sign,
    Trend,
)
from bot.mood.course import Course
from bot.mood.impression import Voice, VoiceImpression, WordImpression, Words
from bot.mood.remembered import Remembered

VOICE_WEIGHT = 0.6
"""What a voice alone can make of anger: a loud caller with calm words is not yet angry."""
VOICE_FLOOR = 0.4
"""Voice anger up to here is nothing."""
UPSET = 0.2
"""Anger of an utterance from which the course of the call weighs too."""
RISE, FALL, FALL_SHORT = 0.8, 0.35, 0.15
"""Shares of the way to a new utterance's anger: upward, downward, downward after a mere "ja"."""
ENTER: dict[Level, float] = {"frustrated": 0.3, "angry": 0.6}
LEAVE: dict[Level, float] = {"frustrated": 0.18, "angry": 0.45}
TREND_STEP = 0.08
"""Change of anger that is a trend."""
MOVED = 0.1
"""Change of anger that is worth an event by itself."""
CALM = 0.25
"""Anger up to which a turn may serve as the caller's own baseline."""
OPENING_TURNS = 3
"""First turns of a call, in which calm words alone make a turn of the baseline."""

_INSTRUMENTAL: dict[Sign, float] = {
    "insult_person": 1.0,
    "discrimination": 1.0,
    "sexual_harassment": 1.0,
    "blackmail": 2.0,
    "threat": 2.0,
}
_SHOWS = 2.0
"""Weight of evidence from which the kind of anger is told, if it outweighs the other."""


@dataclass(frozen=True)
class MoodState:
    """How the caller feels by now, and all that is needed to judge the next utterance."""

    level: Level = "calm"
    trend: Trend = "steady"
    anger_kind: AngerKind = "undecided"
    anger: float = 0.0
    """Over the call, 0 to 1, as last told by a MoodChanged."""
    fused: float = 0.0
    """Over the call, after every utterance."""
    heard: MoodHeard | None = None
    """The last utterance."""
    calm_turns: int = 0
    """Utterances in a row without upset or abuse."""
    seen: frozenset[Sign] = frozenset()
    """Every sign of this call."""
    emotional: float = 0.0
    instrumental: float = 0.0
    """Evidence for either kind of anger."""
    course: Course = field(default_factory=Course)
    turns: tuple[tuple[Prosody, bool], ...] = ()
    """The voice of each turn, and whether its words were calm: the caller's own baseline."""
    spoke: CallerSpoke | None = None

    def after(self, event: Event) -> "MoodState":
        """Return the mood after one more event; never raises, whatever the order."""
        state = replace(self, course=self.course.after(event))
        match event.body:
            case CallerSpoke() as spoke:
                return replace(state, spoke=spoke)
            case MoodHeard() as heard:
                return state._hear(heard)
            case MoodChanged() as changed:
                return replace(
                    state,
                    level=changed.level,
                    trend=changed.trend,
                    anger_kind=changed.anger_kind,
                    anger=changed.anger,
                )
            case _:
                return state

    def _hear(self, heard: MoodHeard) -> "MoodState":
        prosody = self.spoke.prosody if self.spoke else None
        turns = self.turns
        if prosody is not None:
            # A caller who begins loud may just be loud; who becomes loud later is not at rest.
            rest = heard.by_words if len(turns) < OPENING_TURNS else heard.anger
            turns = (*turns, (prosody, rest <= CALM and not heard.signs))
        against = sum(_INSTRUMENTAL.get(sign, 0.0) for sign in heard.signs)
        upset = heard.anger >= UPSET
        return replace(
            self,
            fused=_moved(self.fused, heard.anger, short=_is_short(self.spoke)),
            heard=heard,
            calm_turns=0 if upset or against else self.calm_turns + 1,
            seen=self.seen | set(heard.signs),
            emotional=self.emotional + (1.0 if upset and not against else 0.0),
            instrumental=self.instrumental + against,
            turns=turns,
        )


class MoodSense:
    """Judges each utterance of a call against the mood so far."""

    def __init__(self, words: Words, baseline: Voice | None = None) -> None:
        """Take who judges words, and the voice's population prior; None: voices are not judged."""
        self._words = words
        self._baseline = baseline

    def for_one_call(self) -> "MoodSense":
        """Return one that judges the same, and words that it was just asked about only once."""
        return MoodSense(Remembered(self._words), self._baseline)

    def sense(self, spoke: Event, mood: MoodState, bot_words: str = "") -> tuple[Body, ...]:
        """Return the events that an utterance makes: MoodHeard, and MoodChanged when it did.

        Blocks for some milliseconds.

        Args:
            spoke: The stored event of the CallerSpoke.
            mood: The mood up to and including that event.
            bot_words: What the bot said since the caller's last turn.
        """
        said = spoke.body
        assert isinstance(said, CallerSpoke)  # noqa: S101 - the caller's promise
        words = self._words.judge(
            said.words, said.language, confidence=said.confidence, bot_words=bot_words
        )
        voice = self._voice(said, mood.turns)
        heard = _heard(spoke, words, voice, mood.course)
        after = mood.after(spoke.model_copy(update={"body": heard}))
        changed = _changed(mood, after)
        return (heard,) if changed is None else (heard, changed)

    def _voice(
        self, said: CallerSpoke, turns: Sequence[tuple[Prosody, bool]]
    ) -> VoiceImpression | None:
        if self._baseline is None or said.prosody is None:
            return None
        baseline = self._baseline
        for prosody, calm in turns:
            baseline = baseline.with_turn(prosody, calm=calm)
        return baseline.judge(said.prosody)


def _heard(
    spoke: Event, words: WordImpression, voice: VoiceImpression | None, course: Course
) -> MoodHeard:
    """Fuse what one utterance tells."""
    by_voice = voice.anger if voice else 0.0
    heard_voice = VOICE_WEIGHT * max(0.0, by_voice - VOICE_FLOOR) / (1 - VOICE_FLOOR)
    anger = 1 - (1 - words.anger) * (1 - heard_voice)
    evidence = words.evidence
    if voice is not None and heard_voice > 0:
        evidence += voice.evidence
    if anger >= UPSET and (weight := course.weight(spoke.at)):
        anger += weight * (1 - anger)
        evidence += course.evidence(spoke.at)
    return MoodHeard(
        of=spoke.seq,
        signs=words.signs,
        unsure=words.unsure,
        anger=min(max(anger, 0.0), 1.0),
        by_words=min(max(words.anger, 0.0), 1.0),
        by_voice=min(max(by_voice, 0.0), 1.0) if voice else None,
        evidence=evidence,
    )


def _changed(before: MoodState, after: MoodState) -> MoodChanged | None:
    """Return what is to be told of the new mood; None when nothing moved."""
    level = _level(before.level, after.fused)
    trend = _trend(after.fused - before.fused)
    kind = _kind(after)
    told = (level, trend, kind) != (before.level, before.trend, before.anger_kind)
    if not told and abs(after.fused - before.anger) < MOVED:
        return None
    return MoodChanged(
        level=level,
        trend=trend,
        anger_kind=kind,
        anger=after.fused,
        evidence=after.heard.evidence if after.heard else (),
    )


def _moved(fused: float, anger: float, *, short: bool) -> float:
    if anger > fused:
        return fused + RISE * (anger - fused)
    return fused + (FALL_SHORT if short else FALL) * (anger - fused)


def _is_short(spoke: CallerSpoke | None) -> bool:
    return spoke is None or len(spoke.words.split()) < 3


def _level(level: Level, anger: float) -> Level:
    """Return the level, entered at a higher mark than it is left at."""
    if anger >= ENTER["angry"] or (level == "angry" and anger >= LEAVE["angry"]):
        return "angry"
    if anger >= ENTER["frustrated"] or (level != "calm" and anger >= LEAVE["frustrated"]):
        return "frustrated"
    return "calm"


def _trend(step: float) -> Trend:
    if abs(step) < TREND_STEP:
        return "steady"
    return "rising" if step > 0 else "falling"


def _kind(state: MoodState) -> AngerKind:
    """Tell emotional from instrumental anger once one of them shows; at first nobody can."""
    emotional, instrumental = state.emotional, state.instrumental
    if instrumental >= _SHOWS and instrumental > emotional:
        return "instrumental"
    if emotional >= _SHOWS and emotional > instrumental:
        return "emotional"
    return state.anger_kind
