"""Around a talk of caller and agent the bot announces, is silent, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import InputDTMFFrame

from bot.dialogue.bridge_state import BridgeState
from bot.events import Body, Bridged, CallEnded, HandedOn, OfferAccepted, Returned
from bot.line.frames import HangUpFrame
from handoff.relay import Relay
from tests.test_mind import CALL, Running, running


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as call:
        yield call


def relay(call: Running) -> Relay:
    return call.mind._relay


async def hear(call: Running) -> list[str]:
    """Hear the bot out from its next sentence on, whatever silences were counted before."""
    first = await call.next_say()
    while not call.silences.empty():
        call.silences.get_nowait()
    await call.lips.said(first)
    return [first.say.words, *await call.hear_out()]


async def state(call: Running) -> str | None:
    """Return where the call is, as the desk sees it."""
    summary = await call.journal.summary(CALL)
    return None if summary is None else summary.state


async def ask_for_a_person(call: Running) -> None:
    await hear(call)
    await call.caller_says("a person please")
    await hear(call)


async def silent_from_here(call: Running) -> None:
    """Let the caller do all that a bot answers to; nothing may come of it."""
    before = await call.kinds()
    await call.caller_says("hours")
    await call.ear.push_frame(InputDTMFFrame(button=KeypadEntry.ZERO))
    _seconds, over = await call.silences.get()
    over.set()
    _seconds, over = await call.silences.get()  # counted anew: the one before led to nothing
    assert call.lips.says.empty()
    assert await call.kinds() == before


async def talk(call: Running) -> None:
    await call.journal.append(CALL, OfferAccepted(agent="Sem", talk=True))
    say = await call.next_say()
    assert "Sem" in say.say.words
    await call.lips.said(say)
    await call.journal.append(CALL, Bridged(agent="Sem"))
    relay(call).begin_talk()
    async with asyncio.timeout(10):
        while call.mind._conversation.state.bridge.agent != "talking":  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_the_caller_is_told_who_comes_before_the_relay_opens(call: Running) -> None:
    """The relay learns that the bot is done when the sentence has been heard, not before."""
    await ask_for_a_person(call)
    with relay(call).joining("Sem") as joined:
        await call.journal.append(CALL, OfferAccepted(agent="Sem", talk=True))
        say = await call.next_say()
        assert "Sem" in say.say.words
        assert "call" not in say.say.words  # nothing is said of calling back
        assert not joined.bot_is_quiet.is_set()
        await call.lips.said(say)
        await joined.bot_is_quiet.wait()
        assert call.lips.says.empty()


async def test_what_the_bot_was_saying_gives_way_to_the_agent(call: Running) -> None:
    """A caller does not sit out a long sentence while a person waits to speak."""
    await call.next_say()  # the greeting, not yet played
    assert not call.lips.interrupted.is_set()
    await call.journal.append(CALL, OfferAccepted(agent="Sem", talk=True))
    while "Sem" not in (await call.next_say()).say.words:
        continue
    assert call.lips.interrupted.is_set()


async def test_the_bot_takes_nothing_and_says_nothing_while_they_talk(call: Running) -> None:
    """No utterance, no silence, no key: not even 0, for a person is there already."""
    await ask_for_a_person(call)
    await talk(call)
    await silent_from_here(call)


async def test_what_is_said_while_an_agent_comes_is_kept_and_not_answered(call: Running) -> None:
    """The agent may read it; the bot does not talk over the agent's arrival."""
    await ask_for_a_person(call)
    await call.journal.append(CALL, OfferAccepted(agent="Sem", talk=True))
    say = await call.next_say()
    await call.lips.said(say)
    await call.caller_says("hours")
    spoke = await call.eventually("CallerSpoke")
    assert spoke.body.model_dump()["words"] == "a person please"
    async with asyncio.timeout(10):
        while (await call.kinds())[-1] != "CallerSpoke":
            continue
    assert call.lips.says.empty()


async def test_given_back_the_bot_goes_on(call: Running) -> None:
    """It says who speaks now, waits for the relay, and asks what else there is."""
    await ask_for_a_person(call)
    with relay(call).joining("Sem"):
        await talk(call)
        await call.journal.append(CALL, Returned(agent="Sem", why="given_back"))
        await asyncio.sleep(0)
        assert call.lips.says.empty()
    words = await hear(call)
    assert "digital assistant" in words[0]
    assert len(words) == 2
    await call.caller_says("hours")
    assert await hear(call)


async def test_given_back_with_a_task(call: Running) -> None:
    """The bot takes up the flow that the agent named."""
    await ask_for_a_person(call)
    await talk(call)
    relay(call).close()
    await call.journal.append(CALL, Returned(agent="Sem", why="given_back", task="opening_hours"))
    async with asyncio.timeout(8):
        words = " ".join(await hear(call))
    assert "digital assistant" in words
    assert ":" in words or "o'clock" in words or "nine" in words.lower()
    started = [e.body for e in await call.journal.read(CALL) if e.body.kind == "FlowChanged"]
    assert ("opening_hours", "started") in [(b.flow, b.change) for b in started]


async def test_a_person_can_be_asked_for_again_after_a_talk(call: Running) -> None:
    """Who was given back and asks once more waits on the desk once more."""
    await ask_for_a_person(call)
    await talk(call)
    relay(call).close()
    await call.journal.append(CALL, Returned(agent="Sem", why="given_back"))
    await hear(call)
    assert await state(call) == "bot"
    await call.caller_says("a person please")
    await hear(call)
    assert (await call.kinds()).count("HandoffRequested") == 2
    assert await state(call) == "waiting"


@pytest.mark.parametrize("talked", [True, False])
async def test_a_lost_agent_is_told_and_the_caller_waits_on(call: Running, talked: bool) -> None:
    """The bot says what happened, and nothing that is not so."""
    await ask_for_a_person(call)
    if talked:
        await talk(call)
        relay(call).close()
    else:
        await call.journal.append(CALL, OfferAccepted(agent="Sem", talk=True))
        await call.lips.said(await call.next_say())
    await call.journal.append(CALL, Returned(agent="Sem", why="lost"))
    words = await hear(call)
    assert ("lost" in words[0]) == talked
    assert "place" in words[0]
    assert len(words) == 2  # and the question that stood
    assert await state(call) == "waiting"
    assert (await call.kinds()).count("HandoffRequested") == 1


async def test_when_the_agent_hangs_up_the_call_is_over_once(call: Running) -> None:
    """The line is closed, and the end is on record as the agent's, not twice."""
    await ask_for_a_person(call)
    await talk(call)
    relay(call).close()
    await call.journal.append(CALL, CallEnded(outcome="handed_off", by="agent"))
    hang_up = await call.lips.says.get()
    assert isinstance(hang_up, HangUpFrame)
    assert hang_up.outcome == "handed_off"
    await call.mind._conversation.ended("caller")
    assert (await call.kinds()).count("CallEnded") == 1


async def test_who_hangs_up_on_an_agent_was_handed_over(call: Running) -> None:
    """A caller who has talked with a person did not give up."""
    await ask_for_a_person(call)
    await talk(call)
    await call.mind._conversation.ended("caller")
    ended = await call.eventually("CallEnded")
    assert ended.body.model_dump()["outcome"] == "handed_off"


def test_the_state_is_a_fold() -> None:
    """Who has the caller follows from the events alone."""
    bodies: list[tuple[Body, str | None]] = [
        (OfferAccepted(agent="Sem"), None),
        (OfferAccepted(agent="Sem", talk=True), "coming"),
        (Bridged(agent="Sem"), "talking"),
        (Returned(agent="Sem", why="lost"), None),
    ]
    state = BridgeState()
    for body, agent in bodies:
        state = state.after(body)
        assert state.agent == agent
    assert state.lost_in_talk
    assert state.talked


async def test_who_is_handed_on_hears_that_and_keeps_the_place(call: Running) -> None:
    """Nothing while the agent stays; once the agent is gone, that another is sought."""
    await ask_for_a_person(call)
    await talk(call)
    await call.journal.append(CALL, HandedOn(agent="Sem", to="Ana", warm=True))
    await call.journal.append(CALL, OfferAccepted(agent="Ana", talk=True))
    await silent_from_here(call)
    relay(call).close()
    await call.journal.append(CALL, HandedOn(agent="Ana"))
    words = (await hear(call))[0]
    assert "colleague" in words
    assert "place" in words or "another" in words.lower()
