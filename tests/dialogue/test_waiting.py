"""Who waits for a person hears what is so, and nothing else, until a person speaks."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.content import Content
from bot.dialogue.messages import message_of, says_done
from bot.dialogue.place_slots import LONGEST, WAITS, told_wait
from bot.events import (
    Body,
    Bridged,
    CallbackPromised,
    CallEnded,
    CallerSpoke,
    HandoffRequested,
    IncidentReported,
    MessageLeft,
    MoodHeard,
    OfferAccepted,
    OfferMade,
    PromiseMade,
    Returned,
    WaitEnded,
)
from bot.queue import Place
from bot.rehearsal.queue import GivenQueue
from bot.speaking.spoken_forms import written
from bot.understanding.meaning import OUT_OF_SCOPE
from tests.dialogue.judges import marked_mood
from tests.dialogue.stage import NOW, Stage, Turn, demo_company
from tests.dialogue.test_any_caller import Told

NUMBER = "+31612345603"
OPENS = datetime(2026, 11, 17, 8, tzinfo=UTC)
SECOND = Place(2, 200.0, 3)


class Waiter:
    """A caller in a queue of whom every word is understood as a test says."""

    def __init__(self, content: Content, place: Place | None, number: str | None = NUMBER) -> None:
        self.told = Told()
        self.queue = GivenQueue(place)
        self.folder = tempfile.TemporaryDirectory()
        company = demo_company(Path(self.folder.name))
        self.stage = Stage(
            content, self.told, company, number=number, mood=marked_mood(), queue=self.queue
        )

    async def say(self, words: str, intent: str = OUT_OF_SCOPE) -> Turn:
        self.told.intent = intent
        return await self.stage.say(words)

    async def ask(self) -> Turn:
        await self.stage.start()
        return await self.say("een mens graag", "ask_person")

    async def hold(self) -> Turn:
        await self.ask()
        return await self.stage.keys("1")

    async def kinds(self) -> list[str]:
        return [body.kind for body in await self.stage.bodies()]

    async def decide(self, body: Body) -> Turn:
        """Let the human side decide, and the mind pass it on, as `bot.mind` does."""
        await self.stage.journal.append("call", body)
        conversation = self.stage.conversation
        match body:
            case OfferAccepted(agent=agent, talk=True):
                return await self.stage.take(conversation.joining(agent))
            case OfferAccepted(agent=agent):
                return await self.stage.take(conversation.accepted(agent))
            case Bridged(agent=agent):
                return await self.stage.take(conversation.bridged(agent))
            case Returned(agent=agent, why=why, task=task):
                return await self.stage.take(conversation.returned(agent, why, task))
            case _:
                return Turn()


@pytest.fixture
def waiter(content: Content) -> Waiter:
    return Waiter(content, SECOND)


async def test_place_and_wait_are_told_and_the_caller_chooses(waiter: Waiter) -> None:
    """Who asks for a person hears both, and then a question; no music before an answer."""
    turn = await waiter.ask()
    assert turn.answers == ["place_and_wait", "ask_wait_how"]
    assert "2e" in turn.words
    assert "ongeveer drie minuten" in turn.words
    assert not waiter.stage.conversation.plays_music


async def test_nothing_is_said_of_a_wait_that_nobody_can_tell(content: Content) -> None:
    """Without enough calls to go by no time is named."""
    waiter = Waiter(content, Place(2, None, 1))
    turn = await waiter.ask()
    assert turn.answers[0] == "place"
    assert "minu" not in turn.words


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("ik blijf wel hangen", "on_hold"),
        ("ik wacht wel", "on_hold"),
        ("bel maar terug", "ask_callback_on_line"),
        ("liever teruggebeld", "ask_callback_on_line"),
        ("ik spreek wel wat in", "ask_message"),
        ("een bericht achterlaten", "ask_message"),
    ],
)
async def test_a_caller_chooses_by_voice(waiter: Waiter, words: str, then: str) -> None:
    """Each way to wait can be said in plain words."""
    await waiter.ask()
    assert (await waiter.say(words)).answers[-1] == then


@pytest.mark.parametrize(
    ("key", "then"), [("1", "on_hold"), ("2", "ask_callback_on_line"), ("3", "ask_message")]
)
async def test_a_caller_chooses_by_key(waiter: Waiter, key: str, then: str) -> None:
    """One, two and three are the ways in the order in which they are named."""
    await waiter.ask()
    assert (await waiter.stage.keys(key)).answers[-1] == then


async def test_silence_at_the_choice_is_staying(waiter: Waiter) -> None:
    """Who says nothing stays on the line, and is asked nothing more."""
    await waiter.ask()
    assert (await waiter.stage.silence()).answers == ["on_hold"]
    assert waiter.stage.conversation.plays_music


async def test_the_wait_is_told_when_it_is_time_or_got_better(waiter: Waiter) -> None:
    """A word every 45 s; at once when the place got better; none in between, and none twice."""
    await waiter.hold()
    stage = waiter.stage
    for _ in range(2):
        assert (await stage.silence()).says == []
    assert (await stage.silence()).answers == ["place_and_wait"]
    waiter.queue.now = Place(1, 80.0, 3)
    turn = await stage.silence()
    assert turn.answers == ["place_next_and_wait"]
    assert "ongeveer een minuut" in turn.words
    waiter.queue.now = Place(2, 80.0, 3)  # somebody in need went ahead: told when it is time
    assert (await stage.silence()).says == []
    assert "CallerSilent" not in await waiter.kinds()
    await stage.check()


async def test_a_call_back_is_offered_again_once_after_long(waiter: Waiter) -> None:
    """When the wait runs over, the way out is told once more, and no third time."""
    await waiter.hold()
    waiter.queue.now = Place(2, 900.0, 3, overflows=True)
    assert "ask_callback_instead" in (await waiter.stage.silence()).answers
    for _ in range(6):
        assert "ask_callback_instead" not in (await waiter.stage.silence()).answers


@pytest.mark.parametrize(
    ("words", "intent", "then"),
    [("ja", "affirm", "ask_callback_on_line"), ("nee hoor", "deny", "place_kept")],
)
async def test_the_late_offer_takes_a_yes_or_no(
    waiter: Waiter, words: str, intent: str, then: str
) -> None:
    """Yes is a call back at the same place, no is staying."""
    await waiter.hold()
    waiter.queue.now = Place(2, 900.0, 3, overflows=True)
    await waiter.stage.silence()
    assert (await waiter.say(words, intent)).answers == [then]


async def test_a_question_meanwhile_is_answered_and_the_place_is_kept(waiter: Waiter) -> None:
    """The bot helps as ever; afterwards the caller waits on, with music."""
    await waiter.hold()
    turn = await waiter.say("hoe laat gaan jullie open", "opening_hours")
    assert turn.answers[-1] == "on_hold"
    assert waiter.stage.conversation.plays_music
    assert (await waiter.kinds()).count("HandoffRequested") == 1


async def test_how_long_is_told_when_asked(waiter: Waiter) -> None:
    """The place as it is then, not as it was."""
    await waiter.hold()
    waiter.queue.now = Place(1, 80.0, 3)
    turn = await waiter.say("hoe lang duurt het nog")
    assert turn.answers == ["place_next_and_wait"]


@pytest.mark.parametrize(
    ("words", "why", "says"),
    [
        ("laat maar, het is al opgelost", "resolved", "wait_solved"),
        ("laat maar", "no_longer_wanted", "wait_given_up"),
        ("het is al gelukt hoor", "resolved", "wait_solved"),
    ],
)
async def test_a_caller_can_end_the_wait(waiter: Waiter, words: str, why: str, says: str) -> None:
    """It is on record why, said, and the call goes on with what else there is."""
    await waiter.hold()
    turn = await waiter.say(words)
    assert turn.answers[0] == says
    assert [e.body for e in turn.events if isinstance(e.body, WaitEnded)] == [WaitEnded(why=why)]
    assert not waiter.stage.conversation.plays_music
    again = await waiter.say("toch een mens", "ask_person")
    assert "place_and_wait" in again.answers
    assert (await waiter.kinds()).count("HandoffRequested") == 2


async def test_what_an_agent_has_is_not_taken_away(waiter: Waiter) -> None:
    """Who took the card will call; the bot does not say that nobody comes."""
    await waiter.hold()
    await waiter.decide(OfferAccepted(agent="Noor"))
    turn = await waiter.say("laat maar")
    assert turn.answers[0] == "person_stays"
    assert "WaitEnded" not in await waiter.kinds()


async def test_what_is_not_solved_ends_no_wait(waiter: Waiter) -> None:
    """The word alone does not tell."""
    await waiter.hold()
    await waiter.say("het is nog steeds niet opgelost")
    assert "WaitEnded" not in await waiter.kinds()


async def test_when_everybody_went_home_the_caller_is_not_left_with_music(waiter: Waiter) -> None:
    """A wait that leads nowhere is told, with the other ways."""
    await waiter.hold()
    waiter.queue.now = Place(1, None, 0, OPENS)
    turn = await waiter.stage.silence()
    assert turn.answers == ["closed_until", "ask_reach_how"]
    assert not waiter.stage.conversation.plays_music


@pytest.mark.parametrize(
    ("place", "says"),
    [(Place(1, None, 0), "nobody_at_work"), (Place(1, None, 0, OPENS), "closed_until")],
)
async def test_nobody_there_is_said_and_nobody_waits_on_the_line(
    content: Content, place: Place, says: str
) -> None:
    """Closed tells when it opens; open with nobody there promises no moment; neither plays."""
    waiter = Waiter(content, place)
    turn = await waiter.ask()
    assert turn.answers == [says, "ask_reach_how"]
    assert ("dinsdag" in turn.words) == (place.opens is not None)
    for words in ("ik blijf wel hangen", "dan wacht ik"):
        await waiter.say(words)
        assert not waiter.stage.conversation.plays_music


async def test_a_message_is_kept_whole(waiter: Waiter) -> None:
    """All that was dictated belongs to it, pauses and a closing word in the same breath."""
    await waiter.ask()
    await waiter.stage.keys("3")
    assert (await waiter.say("het gaat over mijn meter", "move_appointment")).says == []
    assert (await waiter.say("die loopt achteruit, dat was het", "goodbye")).answers == [
        "message_noted",
        "goodbye",
    ]
    events = await waiter.stage.events()
    left = [e.body for e in events if isinstance(e.body, MessageLeft)]
    words = {e.seq: e.body.words for e in events if isinstance(e.body, CallerSpoke)}
    assert [words[seq] for seq in left[0].of] == [
        "het gaat over mijn meter",
        "die loopt achteruit, dat was het",
    ]
    assert PromiseMade(what="message_read") in [e.body for e in events]
    assert waiter.stage.state.outcome == "handed_off"


async def test_a_message_ends_by_silence(waiter: Waiter) -> None:
    """Nobody needs to know how to end it; nothing said is no message."""
    await waiter.ask()
    await waiter.stage.keys("3")
    assert "message_noted" not in (await waiter.stage.silence()).answers
    await waiter.say("mijn meter loopt achteruit")
    assert (await waiter.stage.silence()).answers == ["message_noted", "goodbye"]


async def test_key_0_leads_from_a_message_to_a_person(waiter: Waiter) -> None:
    """A person can be reached at any moment, also from there."""
    await waiter.ask()
    await waiter.stage.keys("3")
    await waiter.say("mijn meter loopt achteruit")
    assert (await waiter.stage.keys("0")).answers == ["place_and_wait", "ask_wait_how"]


@pytest.mark.parametrize(
    ("place", "then"), [(SECOND, "on_hold"), (Place(1, None, 0), "ask_callback_on_line")]
)
async def test_who_is_not_understood_is_not_sent_away(
    content: Content, place: Place, then: str
) -> None:
    """After help in vain the likeliest way is taken: to wait, or to be called back."""
    waiter = Waiter(content, place)
    await waiter.ask()
    for _ in range(2):
        assert not (await waiter.say("paarse olifant")).end
    turn = await waiter.say("paarse olifant")
    assert turn.answers[-1] == then
    assert not waiter.stage.over


@pytest.mark.parametrize("asks", ["repeat", "slower"])
async def test_what_is_said_again_is_how_it_stands_then(waiter: Waiter, asks: str) -> None:
    """A place that was told before is not told again when it is another by now."""
    await waiter.ask()
    waiter.queue.now = Place(1, 80.0, 3)
    assert (await waiter.say("wat zegt u", asks)).answers == ["place_next_and_wait", "ask_wait_how"]
    waiter.queue.now = Place(1, None, 0)
    assert (await waiter.say("wat zegt u", asks)).answers == ["nobody_at_work", "ask_reach_how"]


async def test_a_call_back_keeps_the_place(waiter: Waiter) -> None:
    """The card waits since the first request, with the number."""
    await waiter.hold()
    await waiter.say("bel maar terug")
    turn = await waiter.say("ja", "affirm")
    assert turn.answers == ["callback_noted", "ask_colleague"]
    bodies = await waiter.stage.bodies()
    assert CallbackPromised(number=NUMBER) in bodies
    assert sum(isinstance(body, HandoffRequested) for body in bodies) == 1
    await waiter.stage.hang_up()
    assert waiter.stage.state.outcome == "callback"


async def test_an_offer_is_no_promise(waiter: Waiter) -> None:
    """That somebody is asked is not told: they may say no."""
    await waiter.hold()
    assert (await waiter.decide(OfferMade(agent="Noor", until=NOW))).says == []
    for _ in range(4):
        assert "Noor" not in (await waiter.stage.silence()).words


async def test_an_agent_who_takes_the_call_is_announced_once(waiter: Waiter) -> None:
    """From the announcement on the bot is silent, with no music, until the call is returned."""
    await waiter.hold()
    turn = await waiter.decide(OfferAccepted(agent="Noor", talk=True))
    assert "Noor" in turn.words
    assert len(turn.says) == 1
    conversation = waiter.stage.conversation
    assert not conversation.plays_music
    await waiter.decide(Bridged(agent="Noor"))
    assert (await waiter.say("hallo", "greet")).says == []
    assert (await waiter.stage.keys("01")).says == []
    assert (await waiter.stage.silence()).says == []
    turn = await waiter.decide(Returned(agent="Noor", why="lost"))
    assert turn.answers == ["colleague_lost", "on_hold"]
    assert conversation.plays_music


async def test_danger_that_is_told_while_an_agent_comes_is_on_record_at_once(
    waiter: Waiter,
) -> None:
    """The agent's card has it before the first word; the bot does not talk into the arrival."""
    await waiter.hold()
    await waiter.decide(OfferAccepted(agent="Noor", talk=True))
    turn = await waiter.say("[crisis] ik wil niet meer leven")
    bodies = [event.body for event in turn.events]
    assert turn.says == []
    assert any(isinstance(body, MoodHeard) for body in bodies)
    assert any(isinstance(b, IncidentReported) and b.sign == "crisis" and b.urgent for b in bodies)
    assert HandoffRequested(reason="crisis") in bodies
    turn = await waiter.decide(Returned(agent="Noor", why="lost"))
    assert "113" in turn.words
    assert not waiter.stage.conversation.plays_music


async def test_danger_ends_the_music(waiter: Waiter) -> None:
    """Who is in danger hears a voice, and no music ever again in this call."""
    await waiter.hold()
    turn = await waiter.say("[crisis] ik wil niet meer leven")
    assert "113" in turn.words
    assert not waiter.stage.conversation.plays_music


@pytest.mark.parametrize("number", [NUMBER, None])
async def test_a_crisis_that_is_called_back_is_told_so(
    content: Content, number: str | None
) -> None:
    """The caller knows who calls, and on which number; the bot stays meanwhile."""
    waiter = Waiter(content, SECOND, number)
    await waiter.stage.start()
    await waiter.say("[crisis] ik wil niet meer leven")
    turn = await waiter.decide(OfferAccepted(agent="Noor"))
    assert "Noor" in turn.words
    if number is None:
        assert turn.answers == ["crisis_which_number"]
        turn = await waiter.say("nul zes twaalf vierendertig zesenvijftig zeven acht", "inform")
    assert turn.answers == ["crisis_colleague"]
    promised = [b for b in await waiter.stage.bodies() if isinstance(b, CallbackPromised)]
    assert [body.number for body in promised] == [number or "+31612345678"]
    assert (await waiter.stage.silence()).says
    assert not waiter.stage.over


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_longer_wait_is_never_told_as_a_shorter_one(one: float, two: float) -> None:
    """Words for waits keep the order of the waits, and every wait has words."""
    order = [option for _, option in WAITS] + [LONGEST]
    short, long = (order.index(str(told_wait(s))) for s in sorted((one, two)))
    assert short <= long


def test_every_wait_has_words(content: Content) -> None:
    """The owners' file has a wording for each wait that can be told."""
    options = content.slots["queue_wait"].options
    assert set(options) == {option for _, option in WAITS} | {LONGEST}


@pytest.mark.parametrize(
    "words", ["dat was het", "Dat was alles, dank u wel.", "that's it, thanks"]
)
def test_closing_words_are_no_message(words: str) -> None:
    """They end it, and nobody reads them on the card."""
    assert says_done(words)
    assert message_of(((1, words),)) == ()
    assert not says_done("dat was het nummer dat ik had")


PLACES = st.one_of(
    st.none(),
    st.builds(
        Place,
        st.integers(1, 30),
        st.one_of(st.none(), st.floats(0, 5000)),
        st.integers(0, 3),
        st.one_of(st.none(), st.just(OPENS)),
        st.booleans(),
    ),
)
WORDS = st.sampled_from(
    [
        ("een mens", "ask_person"), ("ik blijf hangen", OUT_OF_SCOPE), ("bel maar terug", "inform"),
        ("een bericht", OUT_OF_SCOPE), ("laat maar", "stop"), ("is opgelost", OUT_OF_SCOPE),
        ("hoe lang nog", OUT_OF_SCOPE), ("ja", "affirm"), ("nee", "deny"), ("eh", OUT_OF_SCOPE),
        ("hoe laat open", "opening_hours"), ("is het betaald", "check_payment"),
        ("[threat] ik weet je te vinden", OUT_OF_SCOPE), ("[insult_person] sukkel", OUT_OF_SCOPE),
        ("[crisis] ik wil niet meer", OUT_OF_SCOPE), ("06 12345678", "inform"),
        ("dat was het", OUT_OF_SCOPE), ("momentje", "hold_on"), ("wat zegt u", "repeat"),
    ]
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("say"), WORDS),
    st.tuples(st.just("key"), st.sampled_from("01239#*")),
    st.tuples(st.just("silence"), st.none()),
    st.tuples(st.just("place"), PLACES),
    st.tuples(st.just("offer"), st.none()),
    st.tuples(st.just("accept"), st.booleans()),
    st.tuples(st.just("bridge"), st.none()),
    st.tuples(st.just("return"), st.sampled_from(["lost", "given_back"])),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([None, NUMBER]), PLACES, st.lists(STEPS, max_size=16))
def test_nothing_untrue_is_said(
    content: Content, number: str | None, place: Place | None, steps: list[tuple[str, Any]]
) -> None:
    """Whatever happens: a place that is told is the place, nobody comes who did not accept.

    Between acceptance to talk and return the bot is silent, music plays for nobody in danger
    or in a talk, and a wait is never ended by the bot without a word.
    """

    async def whole() -> None:
        waiter = Waiter(content, place, number)
        await waiter.stage.start()
        agent: str | None = None
        for kind, what in [("say", ("een mens", "ask_person")), *steps]:
            if waiter.stage.over:
                break
            agent = await _step(waiter, kind, what, agent)
        await waiter.stage.settled()
        await waiter.stage.conversation._record.catch_up()
        await waiter.stage.check()
        ended = [b for b in await waiter.stage.bodies() if isinstance(b, CallEnded)]
        if ended:
            assert waiter.stage.turns[-1].says, "the call ended without a word"
        assert waiter.stage.state.handoff != "failure", "the dialogue failed"
        waiter.folder.cleanup()

    asyncio.run(whole())


async def _step(waiter: Waiter, kind: str, what: Any, agent: str | None) -> str | None:
    """Do one thing; returns who has the caller afterwards."""
    stage = waiter.stage
    accepted = {b.agent for b in await stage.bodies() if isinstance(b, OfferAccepted)}
    turn = Turn()
    if kind == "say":
        turn = await waiter.say(*what)
    elif kind == "key":
        turn = await stage.keys(what)
    elif kind == "silence":
        turn = await stage.silence()
    elif kind == "place":
        waiter.queue.now = what
    elif kind == "offer":
        turn = await waiter.decide(OfferMade(agent="Sem", until=NOW))
        assert turn.says == []
    elif kind == "accept" and agent is None and stage.state.agent is None:
        accepted.add("Noor")
        turn = await waiter.decide(OfferAccepted(agent="Noor", talk=what))
        assert "Noor" in turn.words or stage.state.ladder.crisis, "nobody told who took the call"
        agent = "coming" if what else None
    elif kind == "bridge" and agent == "coming":
        turn, agent = await waiter.decide(Bridged(agent="Noor")), "talking"
        assert turn.says == []
    elif kind == "return" and agent is not None:
        turn, agent = await waiter.decide(Returned(agent="Noor", why=what)), None
        assert turn.says, "the caller is back, and nobody says so"
    if agent is not None and kind != "accept":
        assert turn.says == [], "the bot talks while the caller is an agent's"
    _true(waiter, turn, accepted)
    return agent


def _true(waiter: Waiter, turn: Turn, accepted: set[str]) -> None:
    state, now = waiter.stage.state, waiter.queue.now
    for answer, words in _said(turn):
        assert answer != "no_number" or state.slots.get("callback_on_line") is not True
        assert "Sem" not in words, "an offer was told"
        assert accepted or "Noor" not in words
        if answer.startswith("place") and answer != "place_kept":
            assert now is not None
            assert now.people > 0
            assert written("ordinal", now.position, state.language) in words
            wait = told_wait(now.wait_s)
            assert answer.endswith("_and_wait") == (wait is not None)
            if wait is not None:
                assert (
                    waiter.stage.conversation._talk.content.slots["queue_wait"].options[wait][
                        state.language
                    ][0]
                    in words
                )
        if answer == "closed_until":
            assert now is not None
            assert (now.people, now.opens) == (0, OPENS)
        if answer == "nobody_at_work":
            assert now is not None
            assert (now.people, now.opens) == (0, None)
    if waiter.stage.conversation.plays_music:
        assert not state.ladder.crisis
        assert state.bridge.agent is None
        assert state.handoff is not None


def _said(turn: Turn) -> Iterator[tuple[str, str]]:
    yield from zip(turn.answers, (say.words for say in turn.says), strict=True)
