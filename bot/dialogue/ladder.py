"""The ladder: how an utterance is met, from understanding to the end of a call; pure.

Understanding comes first. Anger alone is acknowledged, apologised for once and
offered a person, and goes no further however long it lasts; only abuse climbs:
a boundary, a warning, an end, and calm brings a caller down again. Danger goes
before everything.
"""

from dataclasses import dataclass, replace
from typing import Literal

from bot.dialogue.grievance import grievance
from bot.dialogue.ladder_rules import LadderRules, Topic
from bot.dialogue.ladder_state import Heard, LadderState
from bot.dialogue.state import State
from bot.events import Sign
from bot.mood.impression import ABUSE
from bot.understanding.meaning import OUT_OF_SCOPE

ANGRY_WORDS = 0.6
"""Anger of the words alone from which a turn is an angry one, whatever its signs."""
ANGRY_SIGNS = 0.3
"""Anger from which a sign of it counts: "die heb ik niet bij de hand" is no grievance."""
CALM = 0.3
"""Anger up to which a turn without signs is a calm one."""
PLAIN = 0.75
"""Confidence of understanding from which a wish is plain."""
_LEFT_OPEN = ("complain", "stop", "ask_person", "dont_know", "goodbye")
"""Intents that may be said in despair as well."""
MOST_WARNINGS = 2
"""Warnings that may go unheard: one, and one more."""

_ANGER: frozenset[Sign] = frozenset({"frustrated", "angry", "accusation", "insult_company"})
_HEAVY: tuple[Sign, ...] = ("discrimination", "sexual_harassment", "blackmail")
"""Taken lightly never."""

Step = Literal[
    "none", "ask_again", "ask_safe", "acknowledge", "soothe", "offer", "pressure", "light",
    "thanks", "boundary", "warning", "end", "hand_over", "threat", "threat_warning",
    "vulnerable", "crisis",
]  # fmt: skip
"""What is done about a turn; one a turn."""


@dataclass(frozen=True)
class Decision:
    """How a turn is met before what it says is dealt with."""

    step: Step
    sign: Sign | None = None
    """What it answers."""
    topic: Topic | None = None
    """What went wrong, when that is acknowledged."""


@dataclass(frozen=True)
class Standing:
    """Where a caller stands after some turns."""

    rung: Literal[0, 1, 2] = 0
    """0: nothing was said about it; 1: a boundary was set; 2: a warning was given."""
    insults: int = 0
    angry: int = 0
    """Angry turns since the caller was last at rest."""
    calm: int = 0
    """Calm turns in a row."""
    warnings: int = 0
    """Warnings given at this rung, heard or not."""

    def after(self, turn: Heard, rules: LadderRules) -> "Standing":
        """Return the standing after one more turn and what it was answered with."""
        standing = self
        if abuse(turn):
            only_insult = abuse(turn) == {"insult_person"}
            standing = replace(self, insults=self.insults + only_insult, calm=0)
        elif turn.sorry:
            standing = self._down()
        elif is_calm(turn):
            standing = replace(self, calm=self.calm + 1)
            if standing.calm >= rules.steps_down_after:
                standing = replace(standing._down(), angry=0)
        elif is_angry(turn):
            standing = replace(self, calm=0)
        if is_angry(turn):
            standing = replace(standing, angry=standing.angry + 1)
        if turn.step == "warning":
            return replace(standing, rung=2, warnings=standing.warnings + 1)
        if turn.step == "boundary":
            return replace(standing, rung=2 if standing.rung == 2 else 1)
        return standing

    def _down(self) -> "Standing":
        if self.rung == 2:
            return replace(self, rung=1, calm=0, warnings=0)
        return replace(self, rung=0, insults=0, calm=0)


def abuse(turn: Heard) -> frozenset[Sign]:
    """Return the signs of a turn that nobody should have to hear."""
    return turn.signs & ABUSE


def is_angry(turn: Heard) -> bool:
    """Whether the words of a turn are angry, abusive or not; swearing alone is not."""
    told = bool(turn.signs & _ANGER) and turn.anger >= ANGRY_SIGNS
    return told or turn.by_words >= ANGRY_WORDS


def is_calm(turn: Heard) -> bool:
    """Whether a turn shows a caller at rest; noise shows nothing."""
    upset = turn.signs | turn.unsure
    return bool(turn.words.strip()) and not upset and turn.anger <= CALM


def standing(ladder: LadderState, rules: LadderRules) -> Standing:
    """Return where the caller stands after all turns so far."""
    now = Standing()
    for turn in ladder.turns:
        now = now.after(turn, rules)
    return now


def decide(state: State, rules: LadderRules, of: int) -> Decision:
    """Return how an utterance is met; what it tells of the mood is in the state.

    Call it once an utterance, before anything is said about it.

    Args:
        state: What is known.
        rules: The company's settings.
        of: `seq` of the utterance's CallerSpoke. When its mood could not be judged, nothing
            is made of it.
    """
    ladder = state.ladder
    turn = ladder.now
    if ladder.bridged:
        return Decision("none")
    if ladder.crisis:
        return Decision("crisis", "crisis")
    if turn is None or turn.of != of or turn.step or turn.incident:
        return Decision("none")
    meaning = state.meaning
    if rules.says.ask_safe in state.last_turn and meaning and meaning.intent == "deny":
        return Decision("crisis", "crisis")  # asked whether they are safe, and they are not
    if "threat" in turn.signs:
        return _threatened(turn, ladder, rules)
    if "vulnerable" in turn.signs:
        first = "vulnerable" not in ladder.fetched
        return Decision("vulnerable" if first else "soothe", "vulnerable", "any")
    if abuse(turn):
        return _abused(turn, ladder, rules)
    doubt = turn.unsure & (ABUSE | {"crisis"})
    if _plain_wish(state):
        doubt -= {"crisis"}
    if doubt:
        return _unsure(turn, doubt, ladder)
    before = standing(replace(ladder, turns=ladder.turns[:-1]), rules)
    if turn.sorry and (before.rung or before.insults):
        return Decision("thanks")
    return _upset(turn, state, rules)


def _threatened(turn: Heard, ladder: LadderState, rules: LadderRules) -> Decision:
    if rules.after_threat == "continue" or ladder.vulnerable:
        return Decision("threat", "threat")
    if _may_end(turn, ladder, rules):
        return _ended("threat", rules)
    return Decision("threat_warning", "threat")


def _abused(turn: Heard, ladder: LadderState, rules: LadderRules) -> Decision:
    sign: Sign = next((each for each in _HEAVY if each in turn.signs), "insult_person")
    now = standing(ladder, rules)
    if ladder.vulnerable:
        return Decision("light", sign)  # never above the offer of a person
    if any(t.incident and t.incident not in ("threat", "crisis") for t in ladder.turns):
        return Decision("boundary", sign)  # a trained colleague is on the way
    if now.rung == 0:
        few = sign == "insult_person" and now.insults <= rules.insults_taken_lightly
        return Decision("light" if few else "boundary", sign)
    if now.rung == 1:
        return Decision("warning", sign)
    if _may_end(turn, ladder, rules):
        return _ended(sign, rules)
    return Decision("warning" if now.warnings < MOST_WARNINGS else "boundary", sign)


def _may_end(turn: Heard, ladder: LadderState, rules: LadderRules) -> bool:
    """Whether a warning was heard before this turn was begun, and has not lapsed."""
    warned = ladder.warned
    if warned is None or not warned.spoke or warned.of >= turn.of:
        return False
    if standing(ladder, rules).rung < 2:
        return False
    if turn.began is not None and warned.at is not None and turn.began <= warned.at:
        return False  # said before the warning was, though understood after it
    heard = warned.heard.lower()
    return any(word in heard for words in rules.ending_words.values() for word in words)


def _ended(sign: Sign, rules: LadderRules) -> Decision:
    return Decision("hand_over" if rules.ending == "hand_over" else "end", sign)


def _plain_wish(state: State) -> bool:
    """Whether the words are a wish of every day, beyond doubt: then nobody is asked for danger."""
    meaning = state.meaning
    return (
        meaning is not None
        and meaning.confidence >= PLAIN
        and meaning.intent not in (OUT_OF_SCOPE, *_LEFT_OPEN)
    )


def _unsure(turn: Heard, doubt: frozenset[Sign], ladder: LadderState) -> Decision:
    """What would be abuse or danger, if recognition can be trusted: ask, and ask once in a row."""
    before = ladder.turns[-2] if len(ladder.turns) > 1 else None
    again = before is not None and bool(before.unsure & (ABUSE | {"crisis"}))
    if "crisis" in doubt:
        sure = before is not None and "crisis" in before.unsure
        return Decision("crisis" if sure else "ask_safe", "crisis")
    return Decision("none" if again else "ask_again")


def _upset(turn: Heard, state: State, rules: LadderRules) -> Decision:
    """Meet anger without abuse: name what went wrong, then a person, and solve all the while."""
    topic = grievance(state, rules)
    said = state.times_said
    if "pressure" in turn.signs and not said.get(rules.says.pressure):
        return Decision("pressure", "pressure", topic)
    if not is_angry(turn):
        loud = state.mood.level == "angry" and turn.anger > ANGRY_WORDS
        acknowledged = any(said.get(answer) for answer in rules.acknowledge.values())
        return Decision("acknowledge" if loud and not acknowledged else "none", topic=topic)
    now = standing(state.ladder, rules)
    sign = next((each for each in ("angry", "frustrated", *_ANGER) if each in turn.signs), None)
    apologised = said.get(rules.says.apology) or said.get(rules.says.apology_short)
    if now.angry >= rules.person_offered_at and not apologised:
        return Decision("offer", sign, topic)
    new = not said.get(rules.acknowledge[topic])
    return Decision("acknowledge" if new or now.angry == 1 else "soothe", sign, topic)
