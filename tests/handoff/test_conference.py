"""However a talk stands, nobody hears what is not for them."""

import asyncio
from contextlib import ExitStack, suppress
from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handoff.conference import ROLES, ColleaguePart, Conference, SupervisorPart
from handoff.relay import Ear, Joined, Relay, mixed

stands = st.builds(
    Conference,
    open=st.booleans(),
    colleague=st.sampled_from(get_args(ColleaguePart)),
    supervisor=st.sampled_from(get_args(SupervisorPart)),
    announced=st.booleans(),
)
RATE = 16000
SIZE = 320


def sound(value: int) -> bytes:
    return np.full(SIZE, value, "<i2").tobytes()


@given(stands)
def test_the_caller_hears_no_whisper_and_no_consult(stand: Conference) -> None:
    """A supervisor never speaks to the caller, nor does anybody during a consult."""
    assert not stand.hears("caller", "supervisor")
    assert not stand.hears("colleague", "supervisor")
    if stand.colleague == "consult":
        assert not any(stand.hears("caller", speaker) for speaker in ROLES)
        assert not any(stand.hears(listener, "caller") for listener in ROLES)


@given(stands)
def test_a_supervisor_hears_nothing_unannounced_and_no_more_than_the_agent(
    stand: Conference,
) -> None:
    """Listening in is never secret, and reaches no further than the agent's own talk."""
    heard = {speaker for speaker in ROLES if stand.hears("supervisor", speaker)}
    if not stand.announced or stand.supervisor == "out":
        assert not heard
    for speaker in heard - {"agent"}:
        assert stand.hears("agent", speaker)


@given(stands)
def test_who_is_not_there_is_not_heard_and_nobody_hears_before_the_talk(stand: Conference) -> None:
    """Out is out, closed is closed, and nobody hears themselves."""
    pairs = {(a, b) for a in ROLES for b in ROLES if stand.hears(a, b)}
    assert all(a != b for a, b in pairs)
    if not stand.open:
        assert not pairs
    if stand.colleague == "out":
        assert all("colleague" not in pair for pair in pairs)
    if stand.supervisor == "out":
        assert all("supervisor" not in pair for pair in pairs)


@given(stands)
def test_caller_and_agent_hear_each_other_or_neither_does(stand: Conference) -> None:
    """There is no one-sided talk: who hears the caller in a talk is heard by them."""
    for who in ("agent", "colleague"):
        assert stand.hears("caller", who) == stand.hears(who, "caller")
    assert stand.hears("agent", "colleague") == stand.hears("colleague", "agent")


steps = st.lists(
    st.sampled_from(
        ["talk", "consult", "all", "listen", "whisper", "secret", "take", "colleague_leaves",
         "supervisor_leaves", "agent_leaves", "close"]
    ),
    max_size=12,
)  # fmt: skip


@given(steps)
def test_whatever_happens_each_ear_gets_what_the_conference_says(taken: list[str]) -> None:
    """Sound goes where the rule allows it and nowhere else, through every change of places."""
    asyncio.run(_walk(taken))


async def _walk(taken: list[str]) -> None:
    relay = Relay("c1", caller_rate=RATE, line_rate=RATE)
    with ExitStack() as stack:
        ana = stack.enter_context(relay.joining("Ana"))
        sem = stack.enter_context(relay.joining("Sem", "colleague"))
        kim = stack.enter_context(relay.joining("Kim", "supervisor"))
        for step in taken:
            _do(relay, step, ana, sem, kim)
            await _speak_and_listen(relay)
    assert relay.joined is None
    await relay.bot_may_speak()


def _do(relay: Relay, step: str, ana: Joined, sem: Joined, kim: Joined) -> None:
    match step:
        case "talk":
            relay.begin_talk()
        case "consult" | "all":
            relay.consult(with_caller=step == "all")
        case "listen" | "whisper":
            relay.watch("listen" if step == "listen" else "whisper", announced=True)
        case "secret":
            relay.watch("listen", announced=False)
        case "take":
            sem.has_card = True
            relay.take_place(sem)
        case "colleague_leaves":
            relay.silence(sem)
        case "supervisor_leaves":
            relay.silence(kim)
        case "agent_leaves":
            relay.silence(ana)
        case _:
            relay.close()


async def _speak_and_listen(relay: Relay) -> None:
    loud = {"caller": 1, "agent": 10, "colleague": 100, "supervisor": 1000}
    ears: dict[str, Ear] = {"caller": relay.to_caller}
    for role in ROLES:
        if (joined := relay.at(role)) is not None:
            ears[role] = joined.ear
    for ear in ears.values():
        ear.clear()
    relay.said_by_caller(sound(1), RATE)
    for role in ROLES:
        if (joined := relay.at(role)) is not None:
            relay.said(joined, sound(loud[role]), RATE)
    for listener in ROLES:
        if listener not in ears:
            continue
        there = [r for r in ROLES if r in ears and relay.conference.hears(listener, r)]
        expected = sum(loud[speaker] for speaker in there)
        assert await _heard(ears[listener]) == expected


async def _heard(ear: Ear) -> int:
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            return int(np.frombuffer(await ear.frame(), "<i2")[0])
    return 0


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=4))
def test_voices_are_added_up_without_wrapping_round(values: list[int]) -> None:
    """Too loud is as loud as can be, never a crack of the opposite sign."""
    heard = np.frombuffer(mixed([sound(value) for value in values]), "<i2")
    assert set(heard.tolist()) == {max(-32768, min(32767, sum(values)))}
