"""Endings: calls by callers of every kind, and what no call may break, however it goes."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Literal

from bot.dialogue.content import Content
from bot.events import (
    BargedIn,
    BotSpoke,
    BoundarySet,
    Bridged,
    CallEnded,
    CallerSpoke,
    CallStarted,
    Event,
    IncidentReported,
    Language,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    Returned,
    Sign,
    WarningGiven,
)
from bot.mood.impression import ABUSE, WordImpression, Words
from bot.mood.state import MoodSense
from bot.understanding.entities import find_entities
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning, Understanding
from tests.dialogue.stage import NOW, ZONE, Stage, Turn, demo_company

SAID: dict[str, tuple[float, tuple[Sign, ...]]] = {
    "is mijn betaling al binnen": (0.0, ()),
    "ja": (0.0, ()),
    "nee, dat was alles, dag": (0.0, ()),
    "sorry, zo bedoelde ik het niet": (0.0, ()),
    "verdomme, weer die factuur": (0.4, ("profanity",)),
    "ik ben woest": (0.9, ("angry",)),
    "waardeloos bedrijf": (0.6, ("insult_company", "angry")),
    "jij liegt": (0.6, ("accusation",)),
    "dan bel ik mijn advocaat": (0.4, ("pressure",)),
    "sukkel": (0.6, ("insult_person",)),
    "jij bent een sukkel": (0.7, ("insult_person", "angry")),
    "jullie soort moet weg": (0.6, ("discrimination",)),
    "wat heb je aan": (0.2, ("sexual_harassment",)),
    "betaal of ik zet alles online": (0.6, ("blackmail",)),
    "ik weet je te vinden": (0.8, ("threat",)),
    "sukkel, ik weet je te vinden": (0.9, ("insult_person", "threat")),
    "ik wil niet meer leven": (0.2, ("crisis",)),
    "sukkel, ik maak er een eind aan": (0.6, ("insult_person", "crisis")),
    "ik raak helemaal in de war": (0.2, ("vulnerable",)),
    "ik ben zeven, stommerd": (0.3, ("insult_person", "vulnerable")),
}
"""What callers say: anger and signs."""
ABUSIVE = [words for words, (_, signs) in SAID.items() if set(signs) <= ABUSE | {"angry"} and signs]
UNCLEAR = 0.45
"""Recognition below which the double is not sure of its signs."""
INTENTS = [
    "check_payment", "affirm", "deny", "goodbye", "thanks", "ask_person", "complain", "stop",
    "repeat", "greet", "inform", "change_language", OUT_OF_SCOPE,
]  # fmt: skip
WARNINGS = ("ladder_warning", "ladder_threat_warning")
TELLS_THE_END = ("beëindig", "hang ik op", "ophangen", "verbreek", "end this call", "hang up")
"""Words without which nobody can know that the call is about to be ended."""


class Double:
    """Reads the signs of a sentence from the list."""

    def judge(
        self, text: str, language: Language, *, confidence: float = 1.0, bot_words: str = ""
    ) -> WordImpression:
        anger, signs = SAID.get(text, (0.0, ()))
        sure = confidence >= UNCLEAR
        return WordImpression(
            text, language, {}, anger, signs if sure else (), () if sure else signs
        )


class Told:
    """An understanding that is told what to understand."""

    def __init__(self) -> None:
        self.intent = OUT_OF_SCOPE

    async def parse(self, text: str, language: Language) -> Meaning:
        entities = find_entities(text, language, NOW.astimezone(ZONE))
        return Meaning(text, language, self.intent, 0.9, entities)


@dataclass(frozen=True)
class Say:
    """The caller says something."""

    words: str
    intent: str = OUT_OF_SCOPE
    confidence: float = 1.0
    early: bool = False
    """Begun before the bot's last words, and only now understood."""


@dataclass(frozen=True)
class Cut:
    """The caller speaks over the bot: of its last turn, so much was heard."""

    part: float


@dataclass(frozen=True)
class Do:
    """Something else happens."""

    what: Literal["silence", "0", "#", "5", "accept", "join", "talk", "return", "lose", "company"]
    how: str = ""
    """Of the company's systems: well, down, timeout, invalid."""


Stimulus = Say | Cut | Do


@dataclass
class Rules:
    """What companies may set."""

    insults_taken_lightly: int = 2
    steps_down_after: int = 2
    person_offered_at: int = 2
    ending: Literal["hang_up", "hand_over"] = "hang_up"
    after_threat: Literal["continue", "end"] = "continue"


@dataclass
class Played:
    """A call that was played."""

    events: list[Event]
    turns: list[Turn] = field(default_factory=list)
    bot_hung_up: bool = False


class Ticking:
    """A clock on which every look takes a tenth of a second."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=100)
        return self.now


def with_rules(content: Content, rules: Rules) -> Content:
    return replace(content, ladder=replace(content.ladder, **vars(rules)))


async def play(
    content: Content,
    judge: Words,
    stimuli: Sequence[Stimulus],
    language: Language = "nl",
    understanding: Understanding | None = None,
) -> Played:
    """Play a call, to its end or to the end of what happens."""
    told = Told()
    clock = Ticking()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(
            content,
            understanding or told,
            demo_company(Path(folder)),
            language=language,
            number="+31612345601",
            mood=MoodSense(judge),
            clock=clock,
        )
        await stage.start()
        for stimulus in stimuli:
            if stage.over:
                break
            match stimulus:
                case Say():
                    told.intent = stimulus.intent
                    await stage.hear(_utterance(stimulus, language, clock, stage))
                case Cut(part):
                    await _cut(stage, part)
                case Do():
                    await _do(stage, stimulus)
        ended = any(turn.end is not None for turn in stage.turns)
        await stage.settled()
        return Played(await stage.events(), stage.turns, ended)


def _utterance(said: Say, language: Language, clock: Ticking, stage: Stage) -> CallerSpoke:
    """Return what is said, with the moment at which it was begun."""
    end = clock.now + timedelta(milliseconds=50)
    begin = end
    if said.early:
        # Before the first word of the bot's last turn.
        before = [event.at for event in stage.turns[-1].events]
        begin = before[0] - timedelta(milliseconds=90) if before else end
    return CallerSpoke(
        words=said.words,
        confidence=said.confidence,
        language=language,
        start_ms=max(0, _ms(begin)),
        end_ms=max(1, _ms(end)),
    )


def _ms(moment: datetime) -> int:
    """Return the milliseconds since CallStarted, which is the clock's first tick."""
    return int((moment - NOW - timedelta(milliseconds=100)) / timedelta(milliseconds=1))


async def _cut(stage: Stage, part: float) -> None:
    """Cut the bot's last turn: what comes after the cut was not heard at all."""
    says = stage.turns[-1].says if stage.turns else []
    left = int(part * sum(len(say.words) for say in says))
    for say in says:
        if left < len(say.words):
            await stage.conversation.barged_in(say, say.words[: max(left, 0)])
        left -= len(say.words)
    if stage.turns:
        stage.turns.append(Turn())  # nothing is cut twice


async def _do(stage: Stage, do: Do) -> None:
    talk, journal = stage.conversation, stage.journal
    match do.what:
        case "silence":
            await stage.silence()
        case "accept":
            await stage.accept("Sem")
        case "company":
            stage.company.mood = do.how
        case "join":
            await journal.append("call", OfferAccepted(agent="Sem", talk=True))
            await stage.take(talk.joining("Sem"))
        case "talk":
            await journal.append("call", Bridged(agent="Sem"))
            await stage.take(talk.bridged("Sem"))
        case "return" | "lose":
            why: Literal["given_back", "lost"] = "lost" if do.what == "lose" else "given_back"
            await journal.append("call", Returned(agent="Sem", why=why))
            await stage.take(talk.returned("Sem", why, None))
        case _:
            await stage.keys(do.what)


def check(played: Played) -> None:
    """Assert what no call may break."""
    for event in played.events:
        match event.body:
            case CallEnded(outcome="ended_for_abuse"):
                _warned_and_heard(played.events, event.seq)
                _neither_danger_nor_tears(played.events, event.seq)
                _reported(played.events, event.seq)
            case WarningGiven() as warning:
                assert _signs(played.events, warning.of) & ABUSE, "warned without abuse"
                if warning.sign != "threat":
                    limits = _before(played.events, event.seq, BoundarySet | WarningGiven)
                    assert limits, "warned out of the blue"
            case BoundarySet() as boundary:
                assert _signs(played.events, boundary.of) & ABUSE, "a boundary without abuse"
    _never_left_in_danger(played)
    _in_order(played.events)


def _before(events: Sequence[Event], seq: int, kind: type | UnionType) -> list[Event]:
    return [event for event in events if event.seq < seq and isinstance(event.body, kind)]


def _signs(events: Sequence[Event], of: int) -> set[Sign]:
    return {
        sign
        for event in events
        if isinstance(event.body, MoodHeard) and event.body.of == of
        for sign in event.body.signs
    }


def _said_next(events: Sequence[Event], seq: int) -> Event | None:
    """Return what the bot said after an event, before the caller spoke again."""
    for event in events:
        if event.seq > seq and isinstance(event.body, CallerSpoke):
            return None
        if event.seq > seq and isinstance(event.body, BotSpoke):
            return event
    return None


def _heard(events: Sequence[Event], spoke: Event) -> str:
    """Return how much of what the bot said was played."""
    assert isinstance(spoke.body, BotSpoke)
    cut = [e.body.heard for e in events if isinstance(e.body, BargedIn) and e.body.of == spoke.seq]
    return cut[-1] if cut else spoke.body.words


def _warned_and_heard(events: Sequence[Event], end: int) -> None:
    """Assert that a warning was heard, and that abuse was begun after it."""
    started = next(event.at for event in events if isinstance(event.body, CallStarted))
    last = [event for event in events if event.seq < end and isinstance(event.body, CallerSpoke)][
        -1
    ]
    assert _signs(events, last.seq) & ABUSE, "ended without abuse"
    for warning in _before(events, end, WarningGiven):
        said = _said_next(events, warning.seq)
        if said is None or said.seq > last.seq:
            continue
        assert isinstance(said.body, BotSpoke)
        assert (said.body.answer or "").partition("/")[0] in WARNINGS
        understood = any(w in _heard(events, said).lower() for w in TELLS_THE_END)
        assert isinstance(last.body, CallerSpoke)
        began = started + timedelta(milliseconds=last.body.start_ms)
        if understood and began > said.at:
            return
    raise AssertionError("ended on a caller who had heard no warning")


def _neither_danger_nor_tears(events: Sequence[Event], end: int) -> None:
    for heard in _before(events, end, MoodHeard):
        assert isinstance(heard.body, MoodHeard)
        assert not {"crisis", "vulnerable"} & set(heard.body.signs), "ended on one in need"


def _reported(events: Sequence[Event], end: int) -> None:
    order = [
        event.body.kind
        for event in events
        if event.seq <= end
        and isinstance(event.body, BoundarySet | WarningGiven | IncidentReported | CallEnded)
    ]
    assert "IncidentReported" in order, "ended without a report"
    assert order.index("WarningGiven") < order.index("CallEnded")


def _never_left_in_danger(played: Played) -> None:
    """Assert that the bot hangs up on nobody who told of danger to life."""
    for event in played.events:
        if isinstance(event.body, MoodHeard) and "crisis" in event.body.signs:
            ends = [e for e in played.events if e.seq > event.seq and isinstance(e.body, CallEnded)]
            assert not ends, "hung up on a caller in danger"
            assert not played.bot_hung_up
            reported = [
                e
                for e in played.events
                if isinstance(e.body, IncidentReported) and e.body.sign == "crisis"
            ]
            assert reported, "danger that nobody was told of"
            return


def _in_order(events: Sequence[Event]) -> None:
    """Assert that an utterance is heard, felt, answered for on record, and then answered.

    While an agent comes on the line the bot says nothing: danger is on record for the agent.
    """
    spoke, felt, spoken_since, coming = 0, False, False, False
    for event in events:
        match event.body:
            case OfferAccepted(talk=talk):
                coming = coming or talk
            case Returned():
                coming = False
            case CallerSpoke():
                spoke, felt, spoken_since = event.seq, False, False
            case MoodHeard(of=of):
                assert of == spoke and not felt and not spoken_since, "a mood at the wrong moment"
                felt = True
            case MoodChanged():
                assert felt and not spoken_since
            case BoundarySet(of=of) | WarningGiven(of=of) | IncidentReported(of=of):
                assert of == spoke and felt, "a limit that answers no utterance"
                assert not spoken_since, "said before it was on record"
                told = _said_next(events, event.seq) is not None
                for_agent = coming and isinstance(event.body, IncidentReported)
                assert told or for_agent, "a limit that nobody was told of"
            case BotSpoke():
                spoken_since = True
