"""No word and no sound of an agent can come into what care computes."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    AgentPromise,
    Body,
    BotSpoke,
    Bridged,
    CallEnded,
    CallerSpoke,
    CallStarted,
    Event,
    FactDisputed,
    HandedOn,
    HandoffRequested,
    IncidentReported,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    Returned,
    WrappedUp,
)
from handoff.care.counts import answers_to_offers, counts
from handoff.care.happenings import SOURCES, Happening, happening, stints
from handoff.routing_rules import own_rules
from tests.handoff.calls import START

AGENTS = st.sampled_from(["Ana", "Bo"])
WORDS = st.text(max_size=30)
WEIGHT = own_rules().weight

KNOWN: list[st.SearchStrategy[Body]] = [
    st.builds(MoodHeard, of=st.just(2), signs=st.just(("threat",)), anger=st.floats(0, 1)),
    st.builds(
        MoodChanged,
        level=st.sampled_from(["calm", "frustrated", "angry"]),
        trend=st.just("rising"),
        anger_kind=st.just("undecided"),
        anger=st.floats(0, 1),
    ),
    st.builds(
        IncidentReported,
        of=st.just(2),
        sign=st.sampled_from(["threat", "insult_person"]),
        by=st.none() | AGENTS,
        note=WORDS,
    ),
    st.builds(OfferAccepted, agent=AGENTS, talk=st.booleans()),
    st.builds(OfferDeclined, agent=AGENTS),
    st.builds(OfferExpired, agent=AGENTS),
    st.builds(Bridged, agent=AGENTS),
    st.builds(Returned, agent=AGENTS, why=st.just("given_back")),
    st.builds(HandedOn, agent=AGENTS, note=WORDS),
    st.builds(
        WrappedUp,
        agent=AGENTS,
        disposition=st.just("solved"),
        note=WORDS,
        done=WORDS,
        promises=st.lists(st.builds(AgentPromise, text=WORDS), max_size=2).map(tuple),
    ),
    st.builds(CallEnded, outcome=st.just("handed_off"), by=st.just("caller")),
]
OTHERS: list[st.SearchStrategy[Body]] = [
    st.builds(CallerSpoke, words=WORDS, language=st.just("nl")),
    st.builds(BotSpoke, words=WORDS, language=st.just("nl")),
    st.builds(HandoffRequested, reason=st.just("key_0")),
    st.builds(FactDisputed, agent=AGENTS, field=WORDS, was=WORDS, now=WORDS),
    st.builds(CallStarted, line=st.just("twilio"), language=st.just("nl")),
]


def events(bodies: list[Body]) -> list[Event]:
    at = START
    told = []
    for seq, body in enumerate(bodies, 1):
        at += timedelta(seconds=20)
        told.append(Event(call_id="c1", seq=seq, at=at, body=body))
    return told


def silenced(body: Body) -> Body:
    """The same event, with nothing in it that anybody wrote."""
    empty: dict[str, Any] = {
        name: "" for name in ("note", "done") if name in type(body).model_fields
    }
    if isinstance(body, WrappedUp):
        return body.model_copy(update={**empty, "promises": ()})
    return body.model_copy(update=empty)


def test_the_inputs_are_a_fixed_list() -> None:
    """A new one is a decision for the works council: see docs/care.md, and then this test."""
    assert {kind.__name__ for kind in SOURCES} == {
        "MoodHeard", "MoodChanged", "IncidentReported", "OfferAccepted", "OfferDeclined",
        "OfferExpired", "Bridged", "Returned", "HandedOn", "WrappedUp", "CallEnded",
    }  # fmt: skip


def test_a_happening_has_no_place_for_words() -> None:
    """Kind, moment, agent, the caller's mood: no field holds text that anybody said or wrote."""
    assert {field.name for field in fields(Happening)} == {"kind", "at", "agent", "level", "signs"}


@given(st.lists(st.one_of(*KNOWN, *OTHERS), max_size=25))
def test_whatever_anybody_says_or_writes_changes_nothing(bodies: list[Body]) -> None:
    """The same is computed with every word gone, and with all other events gone."""
    told = events(bodies)
    mute = [event.model_copy(update={"body": silenced(event.body)}) for event in told]
    known = [event for event in mute if isinstance(event.body, SOURCES)]
    begin, end = START, START + timedelta(days=7)
    results = [
        (
            stints(each, WEIGHT),
            counts(stints(each, WEIGHT), answers_to_offers({"c1": each}), begin, end),
        )
        for each in (told, mute, known)
    ]
    assert results[0] == results[1] == results[2]


@given(st.one_of(*OTHERS))
def test_other_events_are_not_even_looked_at(body: Body) -> None:
    """Nothing is made of them, whatever they hold."""
    assert happening(events([body])[0]) is None


def test_a_call_is_divided_among_who_had_it() -> None:
    """Each with the mood at their own start and end, and the work after the caller was gone."""
    upset = MoodChanged(level="angry", trend="rising", anger_kind="undecided", anger=0.9)
    calm = MoodChanged(level="calm", trend="falling", anger_kind="undecided", anger=0.1)
    told = events(
        [
            upset,
            OfferAccepted(agent="Ana"),
            Bridged(agent="Ana"),
            HandedOn(agent="Ana", to="Bo"),
            OfferAccepted(agent="Bo"),
            Bridged(agent="Bo"),
            calm,
            CallEnded(outcome="handed_off", by="caller"),
            WrappedUp(agent="Bo", disposition="solved"),
        ]
    )
    ana, bo = stints(told, WEIGHT)
    assert (ana.agent, ana.how, ana.at_start, ana.at_end) == ("Ana", "HandedOn", "angry", "angry")
    assert ana.after_call is None
    assert (bo.agent, bo.how, bo.at_start, bo.at_end) == ("Bo", "WrappedUp", "angry", "calm")
    assert bo.after_call == timedelta(seconds=20)
    assert (bo.weighs.points, bo.weighs.heavy) == (2, True)
