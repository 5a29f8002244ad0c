"""The card tells how the caller comes across as the events do, and advises what fits that."""

from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from bot.events import (
    BargedIn,
    Body,
    BotSpoke,
    BoundarySet,
    CallEnded,
    CallStarted,
    Event,
    Evidence,
    FlowChanged,
    HandoffRequested,
    IncidentReported,
    Language,
    Level,
    MeasureApplied,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    Sign,
    Trend,
    Understood,
    WarningGiven,
)
from handoff.card import card
from handoff.parts import Card
from handoff.transcript import transcript
from handoff.wording import wording
from tests.handoff.calls import PAYMENT, START, nl, told

STARTED = CallStarted(line="twilio", language="nl", caller_number="+31612345678")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def card_of(bodies: list[Body], language: Language = "nl") -> Card:
    return card(told(bodies), language, (START + timedelta(seconds=600)).astimezone(AMSTERDAM))


def heard(of: int, anger: float, *signs: Sign, evidence: tuple[Evidence, ...] = ()) -> MoodHeard:
    return MoodHeard(of=of, anger=anger, by_words=anger, signs=signs, evidence=evidence)


def changed(
    level: Level,
    trend: Trend,
    kind: Literal["undecided", "emotional", "instrumental"] = "undecided",
    anger: float = 0.5,
) -> MoodChanged:
    return MoodChanged(level=level, trend=trend, anger_kind=kind, anger=anger)


def words(name: str, quote: str) -> Evidence:
    return Evidence(source="words", name=name, words=quote)


def voice(name: str, value: float) -> Evidence:
    return Evidence(source="voice", name=name, value=value)


def said(answer: str, text: str = "Dat begrijp ik.") -> BotSpoke:
    return BotSpoke(words=text, language="nl", answer=answer)


def now(bodies: list[Body], language: Language = "nl") -> str | None:
    mood = card_of(bodies, language).mood
    assert mood is not None
    return mood.now.text if mood.now else None


def test_where_nobody_looked_there_is_no_mood() -> None:
    """Without a MoodHeard the card says nothing of mood, least of all that the caller is calm."""
    drawn = card_of(PAYMENT)
    assert drawn.mood is None
    assert drawn.urgent is drawn.measure is None
    assert (drawn.limits, drawn.incidents) == ((), ())
    assert "rustig" not in drawn.model_dump_json()


def test_calm_is_said_only_of_who_was_heard_and_is() -> None:
    """Calm words make a calm caller; a cross one that no mood follows yet makes none."""
    calm: list[Body] = [STARTED, nl("goedemiddag"), heard(2, 0.02)]
    assert now(calm) == "rustig"
    assert now(calm, "en") == "calm"
    assert now([*calm, nl("wat een puinhoop"), heard(4, 0.5, "frustrated")]) is None
    unsure = MoodHeard(of=4, anger=0.1, by_words=0.1, unsure=("insult_person",))
    assert now([*calm, nl("u bent een zak"), unsure]) is None


@pytest.mark.parametrize(
    ("mood", "dutch", "english"),
    [
        (
            changed("frustrated", "falling", "emotional"),
            "gefrustreerd, wordt rustiger (om de situatie, niet tegen u)",
            "frustrated, calming down (about the situation, not at you)",
        ),
        (
            changed("angry", "rising", "instrumental"),
            "boos, wordt bozer (om iets te bereiken)",
            "angry, getting angrier (to get something)",
        ),
        (changed("angry", "steady"), "boos", "angry"),
        (changed("frustrated", "steady", "emotional"), None, None),
        (changed("calm", "steady", "emotional"), "rustig", "calm"),
    ],
)
def test_the_mood_in_words(mood: MoodChanged, dutch: str | None, english: str | None) -> None:
    """Level, trend and kind make one phrase; what is undecided is left out."""
    bodies: list[Body] = [STARTED, nl("zo"), heard(2, 0.5), mood]
    if dutch is None:
        dutch = "gefrustreerd (om de situatie, niet tegen u)"
        english = "frustrated (about the situation, not at you)"
    assert (now(bodies), now(bodies, "en")) == (dutch, english)
    drawn = card_of(bodies).mood
    assert drawn is not None
    assert drawn.now is not None
    assert (drawn.now.name, drawn.now.seq, drawn.now.of) == (mood.level, 4, 2)


def test_who_was_upset_is_calm_again() -> None:
    """After anger, calm is told as that."""
    upset: list[Body] = [STARTED, nl("zo"), heard(2, 0.5), changed("angry", "rising")]
    assert now([*upset, nl("dank u"), heard(5, 0), changed("calm", "falling")]) == "weer rustig"


def test_reasons_are_the_callers_words_and_numbers_that_one_understands() -> None:
    """Words are quoted with what they tell; the voice is compared with the call's beginning."""
    loud = (
        words("insult_person", "stomme trut"),
        voice("louder_db", 9.2),
        voice("higher_st", 3.6),
        voice("faster_percent", -21.0),
        voice("harsher_db", 2.1),
        Evidence(source="course", name="failed_tries", value=1),
        Evidence(source="course", name="earlier_calls", value=3),
    )
    bodies: list[Body] = [
        STARTED,
        nl("goedemiddag"),
        heard(2, 0),
        nl("stomme trut"),
        heard(4, 0.8, "insult_person", evidence=loud),
        changed("angry", "rising"),
    ]
    drawn = card_of(bodies).mood
    assert drawn is not None
    assert [(cue.source, cue.text, cue.quote, cue.seq, cue.of) for cue in drawn.cues] == [
        ("words", "scheldt iemand uit", "stomme trut", 5, 4),
        ("voice", "9 dB luider, 4 halve tonen hoger en 21% langzamer dan in het begin", None, 5, 4),
        (
            "course",
            "moest 1 keer iets opnieuw zeggen en had de afgelopen 7 dagen al 3 contacten",
            None,
            5,
            4,
        ),
    ]
    english = card_of(bodies, "en").mood
    assert english is not None
    assert (
        english.cues[1].text == "9 dB louder, 4 semitones higher and 21% slower than at the start"
    )
    # Once the caller is calm, what made them angry is no reason for what they are.
    calm = card_of([*bodies, nl("goed"), heard(7, 0), changed("calm", "falling")]).mood
    assert calm is not None
    assert calm.cues == ()


def test_a_first_utterance_is_not_compared_with_a_beginning() -> None:
    """Who begins loud is louder than most: of this caller no beginning is known."""
    loud = (voice("louder_db", 8),)
    drawn = card_of([STARTED, nl("hallo"), heard(2, 0.5, evidence=loud)]).mood
    assert drawn is not None
    assert drawn.cues[0].text == "8 dB luider dan gemiddeld"


def test_a_measure_that_has_no_phrase_is_readable_and_without_a_number() -> None:
    """What a newer bot measures shows as plain words; a number without a unit says nothing."""
    odd = (voice("trembling_hz", 4.2), voice("louder_db", float("inf")))
    drawn = card_of([STARTED, nl("hallo"), heard(2, 0.5, evidence=odd)]).mood
    assert drawn is not None
    assert [cue.text for cue in drawn.cues] == ["trembling hz dan gemiddeld"]


def upset_call() -> list[Body]:
    return [
        STARTED,
        nl("ik bel voor de derde keer"),
        Understood(of=2, intent="check_payment", confidence=0.9),
        heard(2, 0.5, "frustrated"),
        changed("frustrated", "rising", anger=0.4),
        said("complaint_again/1"),
        nl("jij bent een trut"),
        heard(7, 0.9, "insult_person"),
        changed("angry", "rising", anger=0.8),
        BoundarySet(of=7, sign="insult_person"),
        said("ladder_boundary/0", "Ik wil u graag helpen. Zo kan dat niet."),
        FlowChanged(flow="offer_person", change="started"),
        nl("trut"),
        heard(13, 0.9, "insult_person"),
        WarningGiven(of=13, sign="insult_person"),
        said("ladder_warning/0", "Ik waarschuw u één keer: dan beëindig ik dit gesprek."),
        BargedIn(of=16, heard="Ik waarschuw u één"),
    ]


def test_the_course_and_its_moments() -> None:
    """Each utterance is a point of the line, at the anger over the call; moments stand at it."""
    drawn = card_of(upset_call()).mood
    assert drawn is not None
    assert [(p.seq, p.of, p.second, p.anger, p.heard) for p in drawn.course] == [
        (4, 2, 15, 0.4, 0.5),
        (8, 7, 35, 0.8, 0.9),
        (14, 13, 65, 0.8, 0.9),
    ]
    assert [sign.text for sign in drawn.course[1].signs] == ["scheldt iemand uit"]
    assert [(m.name, m.text, m.seq, m.of, m.second) for m in drawn.moments] == [
        ("acknowledged", "begrip getoond", 6, None, 25),
        ("abuse", "belediging", 8, 7, 35),
        ("boundary", "grens gesteld", 10, 7, 45),
        ("offered", "medewerker aangeboden", 12, None, 55),
        ("warning", "gewaarschuwd", 15, 13, 70),
    ]


def test_limits_in_the_words_that_the_caller_heard() -> None:
    """What was cut off or never said is not told as said."""
    drawn = card_of(upset_call())
    assert [(limit.name, limit.text, limit.said, limit.seq) for limit in drawn.limits] == [
        ("boundary", "scheldt iemand uit", "Ik wil u graag helpen. Zo kan dat niet.", 10),
        ("warning", "scheldt iemand uit", "Ik waarschuw u één", 15),
    ]
    never: list[Body] = [
        STARTED,
        nl("trut"),
        BoundarySet(of=2, sign="insult_person"),
        nl("hallo?"),
        said("greeting/0"),
    ]
    assert card_of(never).limits[0].said is None
    assert card_of([*never[:3], said("b/0"), BargedIn(of=4, heard="")]).limits[0].said is None


def test_the_first_sentence_for_who_is_upset_shows_understanding_first() -> None:
    """Nobody who is upset has to tell it again; who is calm again gets the usual sentence."""
    mood: list[Body] = [heard(5, 0.5), changed("frustrated", "rising")]
    verified = [*PAYMENT[:18], *mood, HandoffRequested(reason="upset")]
    drawn = card_of(verified)
    assert drawn.first_sentence is not None
    assert (drawn.first_sentence.text, drawn.first_sentence.seq) == (
        "Mevrouw De Vries, ik heb gelezen wat er speelt met uw betaling. "
        "U hoeft het niet nog eens te vertellen.",
        20,
    )
    assert drawn.asked is not None
    assert drawn.asked.text == "de beller is boos of gefrustreerd"
    unknown = card_of([STARTED, nl("schandalig"), heard(2, 0.6), HandoffRequested(reason="upset")])
    assert unknown.first_sentence is not None
    assert unknown.first_sentence.text.startswith("Ik heb gelezen wat u vertelde.")
    calm = card_of([*verified, nl("dank u"), heard(22, 0), changed("calm", "falling")])
    assert calm.first_sentence is not None
    assert calm.first_sentence.text == "Mevrouw De Vries, ik zie uw betaling van 12 november."
    # That we have read what was said is not true of who said nothing.
    silent = card_of([STARTED, HandoffRequested(reason="upset")])
    assert silent.first_sentence is None


CRISIS: list[Body] = [
    STARTED,
    nl("ik maak er een eind aan"),
    heard(2, 0.1, "crisis"),
    HandoffRequested(reason="crisis"),
]


def test_a_crisis() -> None:
    """First of all is whether the caller is safe, with the numbers, in both languages."""
    drawn = card_of(CRISIS)
    assert [(flag.name, flag.seq) for flag in drawn.flags] == [("crisis", 3)]
    assert drawn.urgent is not None
    assert (drawn.urgent.name, drawn.urgent.since) == ("crisis", START + timedelta(seconds=10))
    assert drawn.first_sentence is not None
    assert drawn.first_sentence.text.endswith("Bent u op dit moment veilig?")
    assert drawn.next_step is not None
    assert drawn.next_step.text.startswith("vraag of de beller nu veilig is")
    english = card_of(CRISIS, "en").next_step
    assert english is not None
    for number in ("113", "0800-0113", "112"):
        assert number in drawn.next_step.text
        assert number in english.text
    gone = card_of([*CRISIS, CallEnded(outcome="abandoned", by="caller")]).next_step
    assert gone is not None
    assert gone.text.startswith("bel nu terug op 06 12345678")
    hidden: list[Body] = [CallStarted(line="chat", language="nl"), *CRISIS[1:]]
    gone = card_of([*hidden, CallEnded(outcome="abandoned", by="caller")]).next_step
    assert gone is not None
    assert "leidinggevende" in gone.text


def test_danger_is_no_means_to_an_end() -> None:
    """Whatever kind of anger there was, of who is in danger it is not said."""
    angry = changed("angry", "falling", "instrumental")
    bodies: list[Body] = [*CRISIS[:3], angry]
    assert now(bodies) == "boos, wordt rustiger"
    assert now(bodies, "en") == "angry, calming down"


def test_a_crisis_goes_before_everything_else_there_is_to_do() -> None:
    """A promised callback or a missing proof waits until a life is safe."""
    drawn = card_of([*PAYMENT[:7], heard(5, 0.1, "crisis"), HandoffRequested(reason="crisis")])
    assert drawn.next_step is not None
    assert "112" in drawn.next_step.text


def test_a_later_crisis_is_why_a_person_is_needed() -> None:
    """Who waits for a simple reason and then is in danger, waits for that."""
    drawn = card_of([STARTED, HandoffRequested(reason="caller_asked"), *CRISIS[1:]])
    assert drawn.asked is not None
    assert (drawn.asked.name, drawn.asked.seq) == ("crisis", 5)
    later = card_of([*CRISIS, HandoffRequested(reason="caller_asked")])
    assert later.asked is not None
    assert later.asked.name == "crisis"


@pytest.mark.parametrize(
    "tells",
    [
        heard(2, 0.8, "threat"),
        IncidentReported(of=2, sign="threat", urgent=True),
        HandoffRequested(reason="threat"),
    ],
)
def test_a_threat(tells: Body) -> None:
    """Whichever event tells of it first is where the flag leads."""
    drawn = card_of([STARTED, nl("ik steek de boel in de fik"), tells])
    first = drawn.flags[0]
    assert (first.name, first.text, first.seq) == ("threat", "dreiging", 3)
    assert drawn.urgent is not None
    assert drawn.urgent.name == "threat"
    assert drawn.next_step is not None
    assert "protocol" in drawn.next_step.text


def test_flags_keep_their_first_moment_and_the_gravest_stands_first() -> None:
    """A threat is abuse too; a repeated sign does not move its flag."""
    drawn = card_of(
        [
            STARTED,
            nl("trut"),
            heard(2, 0.6, "insult_person"),
            nl("ik weet je te vinden"),
            heard(4, 0.9, "threat", "vulnerable"),
            heard(4, 0.9, "threat", "insult_person"),
            IncidentReported(of=4, sign="threat", urgent=True),
            IncidentReported(of=4, sign="threat", urgent=True),
        ]
    )
    assert [(flag.name, flag.seq) for flag in drawn.flags] == [
        ("threat", 5),
        ("abuse", 3),
        ("vulnerable", 5),
    ]
    assert [(i.name, i.text, i.seq, i.of) for i in drawn.incidents] == [("threat", "dreigt", 7, 4)]


def test_what_recognition_may_have_made_up_is_no_flag() -> None:
    """Unsure signs are asked again by the bot, not told of the caller."""
    unsure = MoodHeard(of=2, anger=0.1, by_words=0.1, unsure=("threat", "crisis", "insult_person"))
    drawn = card_of([STARTED, nl("uh"), unsure, HandoffRequested(reason="caller_asked")])
    assert (drawn.flags, drawn.urgent) == ((), None)


def test_pressure_is_anybodys_right() -> None:
    """A lawyer or a bad review is neither abuse nor a threat."""
    drawn = card_of([STARTED, nl("ik bel mijn advocaat"), heard(2, 0.5, "pressure", "accusation")])
    assert drawn.flags == ()
    assert drawn.mood is not None
    assert drawn.mood.course[0].signs[0].text == "zet druk, dat mag"


def test_a_vulnerable_caller() -> None:
    """The first sentence takes its time."""
    drawn = card_of([STARTED, nl("ik weet het niet meer"), heard(2, 0.1, "vulnerable")])
    assert [flag.name for flag in drawn.flags] == ["vulnerable"]
    assert drawn.first_sentence is not None
    assert "stap voor stap" in drawn.first_sentence.text


def test_a_measure_and_why() -> None:
    """An earlier decision is told with its reason, and advised upon."""
    bodies: list[Body] = [
        STARTED,
        MeasureApplied(measure="trained_team", incident="12"),
        HandoffRequested(reason="measure"),
    ]
    drawn = card_of(bodies)
    assert drawn.measure is not None
    assert (
        drawn.measure.text == "gaat naar het getrainde team, zoals besloten na een eerder incident"
    )
    assert drawn.next_step is not None
    assert drawn.next_step.text.startswith("houd de afspraak aan")
    assert drawn.asked is not None
    assert drawn.asked.text == "om een eerder besluit over deze beller"


def test_the_transcript_is_marked() -> None:
    """What words told stands beside them, limits and reports between them."""
    events: list[Event] = told(
        [
            *upset_call(),
            IncidentReported(of=13, sign="insult_person"),
            IncidentReported(of=13, sign="threat", urgent=True),
            MeasureApplied(measure="warning_on_file", incident="7"),
            CallEnded(outcome="ended_for_abuse", by="bot"),
        ]
    )
    found = {line.seq: line for line in transcript(events, wording("nl"))}
    assert (found[7].anger, [sign.text for sign in found[7].signs]) == (0.9, ["scheldt iemand uit"])
    assert (found[11].anger, found[11].signs) == (None, ())
    assert [found[seq].text for seq in (10, 15, 18, 19, 20, 21)] == [
        "grens gesteld: scheldt iemand uit",
        "gewaarschuwd: scheldt iemand uit",
        "gemeld als incident: scheldt iemand uit",
        "gemeld aan de leidinggevende, met spoed: dreigt",
        "maatregel: schriftelijk gewaarschuwd na een eerder incident; "
        "wordt geholpen als ieder ander",
        "einde gesprek: beëindigd na een waarschuwing",
    ]
    assert found[16].unheard == " keer: dan beëindig ik dit gesprek."
    # A mood of words that are not on record marks nothing.
    assert 4 not in found


def test_accepting_leaves_the_mood() -> None:
    """Who has the card still sees how the caller comes across, and how it goes on."""
    drawn = card_of([*upset_call(), OfferAccepted(agent="Ana")])
    assert drawn.mood is not None
    assert len(drawn.mood.course) == 3
