"""The robot caller waits, speaks and measures as a person with a stopwatch would.

No test here waits for a clock: robot and bot go through the call frame by
frame, so that every latency is known to the sample beforehand.
"""

import wave
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.events import (
    ActionTaken,
    BargedIn,
    Body,
    BotSpoke,
    CallEnded,
    CallerSpoke,
    CallStarted,
    Event,
    KeyPressed,
    Language,
    TurnTimed,
)
from bot.line.robot import CallReport, Manners, Robot, Turn
from bot.line.robot_script import BadScript, Step, read_file, read_step
from tests.line.serving import tone
from tests.line.toy_bot import Reply, ToyBot

SILENT_END = bytes(2 * 1000)
SENTENCE = tone(0.5, 8000, 300) + SILENT_END
"""Its last sound is at sample 4000, its last frame with sound the 25th."""


class Told:
    """A record of a call that has been told beforehand, more of it at each reading."""

    def __init__(self, *parts: Sequence[Body]) -> None:
        self._parts = list(parts)
        self._events: list[Event] = []

    async def events(self, call_id: str) -> list[Event]:
        for body in self._parts.pop(0) if self._parts else []:
            seq = len(self._events) + 1
            at = datetime(2026, 11, 22, tzinfo=UTC)
            self._events.append(Event(call_id=call_id, seq=seq, at=at, body=body))
        return list(self._events)

    async def card(self, call_id: str) -> dict[str, Any] | None:
        return {"call_id": call_id}


async def call(
    bot: ToyBot,
    script: Sequence[Step],
    record: Told | None = None,
    manners: Manners | None = None,
    turns: list[Turn] | None = None,
) -> tuple[CallReport, Robot]:
    async with bot.served() as url:
        robot = Robot(
            url,
            record or Told(),
            manners=manners,
            pace=lambda tick: bot.lockstep(robot.phone, tick),
        )
        seen: list[Turn] = [] if turns is None else turns
        report = await robot.call(
            script, "CA1", parameters={"from": "+31612345678"}, on_turn=seen.append
        )
    return report, robot


def sides(robot: Robot, tmp_path: Path) -> tuple[Any, Any]:
    """The caller's and the bot's samples, as the recording has them."""
    assert robot.phone is not None
    file = tmp_path / "call.wav"
    robot.phone.handset.write(file)
    with wave.open(str(file)) as recording:
        assert (recording.getnchannels(), recording.getframerate()) == (2, 8000)
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
    return samples[::2], samples[1::2]


@pytest.mark.parametrize("after", [0, 7, 50])
async def test_latency_is_from_the_last_sound_of_one_to_the_first_of_the_other(after: int) -> None:
    """Silence at the end of the caller's sound is waiting time, not speaking time."""
    bot = ToyBot([Reply(3), Reply(after)])
    report, _ = await call(bot, [Step("hallo", SENTENCE)])
    # Heard in frame 24, silence counted in 10 + after frames, answered, played in the next.
    answered = (24 + bot.hears_after + after + 2) * 160
    assert report.turns[0].latency_s == pytest.approx((answered - 4000) / 8000, abs=0.0055)
    assert report.greeting.latency_s == pytest.approx((3 + 1) * 0.02, abs=0.0055)


async def test_the_caller_lets_the_bot_finish(tmp_path: Path) -> None:
    """It speaks after the greeting and 0.7 s of silence, not in a pause of the bot's."""
    _, robot = await call(ToyBot([Reply(0, seconds=2.0), Reply(0)]), [Step("hallo", SENTENCE)])
    caller, bot = sides(robot, tmp_path)
    greeting_ends = np.abs(bot[: 3 * 8000]).nonzero()[0].max()
    begins = np.abs(caller).nonzero()[0].min()
    assert 0.69 <= (begins - greeting_ends) / 8000 <= 0.8


async def test_the_recording_has_both_sides_where_they_were(tmp_path: Path) -> None:
    """Left the caller, right the bot, from one and the same beginning."""
    report, robot = await call(ToyBot([Reply(5), Reply(20)]), [Step("hallo", SENTENCE)])
    caller, bot = sides(robot, tmp_path)
    assert len(caller) == len(bot)
    begin = int(np.abs(caller).nonzero()[0].min()) // 160 * 160
    said = np.frombuffer(SENTENCE, "<i2")
    assert (caller[begin : begin + len(said)] == said).all()
    latency = report.turns[0].latency_s
    assert latency is not None
    answer = begin + 4000 + round(latency * 8000)
    assert np.abs(bot[answer - 160 : answer]).max() == 0
    assert np.abs(bot[answer : answer + 160]).max() > 3000


async def test_marks_come_back_when_they_are_played() -> None:
    """Each mark once, after the 20 frames of its tone."""
    bot = ToyBot([Reply(0), Reply(0)])
    await call(bot, [Step("hallo", SENTENCE)])
    assert [at - int(sent) for sent, at in bot.echoes] == [21, 21]


async def test_a_barge_in_is_heard_by_the_bot_and_cleared(tmp_path: Path) -> None:
    """`/over` speaks into the bot's sound; what is cleared is not heard, its mark comes back."""
    bot = ToyBot([Reply(0, seconds=10), Reply(5)])
    report, robot = await call(bot, [Step("wacht", SENTENCE, over=True)])
    left, right = sides(robot, tmp_path)
    greeted, barged = np.abs(right).nonzero()[0].min(), np.abs(left).nonzero()[0].min()
    assert 1.0 <= (barged - greeted) / 8000 <= 1.1
    assert np.abs(right[barged + 3 * 160 : barged + 4000]).max() == 0
    # Sent back at once, not after the ten seconds of the greeting.
    assert bot.echoes[0][1] - int(bot.echoes[0][0]) < 60
    answered = (24 + bot.hears_after + 5 + 2) * 160
    assert report.turns[0].latency_s == pytest.approx((answered - 4000) / 8000, abs=0.0055)


async def test_keys_and_the_start_are_sent_as_twilio_does() -> None:
    """The bot learns who calls in the start message, and keys as dtmf."""
    bot = ToyBot([Reply(0)])
    await call(bot, [Step("/key 0", keys="0")], manners=Manners(patience=0.5))
    connected, start = bot.got[:2]
    assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert start["start"]["callSid"] == "CA1"
    parameters = start["start"]["customParameters"]
    assert parameters == {"from": "+31612345678", "language": "nl"}
    assert [m["dtmf"]["digit"] for m in bot.got if m["event"] == "dtmf"] == ["0"]
    assert bot.got[-1]["event"] == "stop"


async def test_a_bot_that_hangs_up_is_noticed() -> None:
    """What was not said is told; nobody waits for a bot that is gone."""
    bot = ToyBot([Reply(0), Reply(0, seconds=0.1, hang_up=True)])
    report, _ = await call(bot, [Step("een", SENTENCE), Step("twee", SENTENCE)])
    assert report.hung_up_by == "bot"
    assert report.unsaid == ["twee"]
    assert [turn.said for turn in report.turns] == ["een"]


async def test_a_bot_that_says_nothing_has_failed() -> None:
    """The caller's patience ends, the script goes on, and the report says why it failed."""
    report, _ = await call(ToyBot([]), [Step("hallo", SENTENCE)], manners=Manners(patience=1))
    assert report.error == "the bot never spoke"
    assert not report.completed
    assert report.turns[0].latency_s is None


async def test_without_a_bot_there_is_a_report_all_the_same() -> None:
    """A refused connection is told, not thrown."""
    report = await Robot("ws://127.0.0.1:1/lines/twilio", Told()).call([], "CA1")
    assert report.error is not None and report.error.startswith("no connection to ws://127.0.0.1:1")
    assert not report.completed


async def test_the_bots_own_record_tells_what_was_said_and_done() -> None:
    """Words, recognition, actions, times and outcome come from the events, each with its turn."""
    action = ActionTaken(action="find_payment", arguments={"n": 1}, result="ok", facts={"a": 2})
    record = Told(
        [CallStarted(line="twilio", language="nl"), BotSpoke(words="Goedemiddag.", language="nl")],
        [
            CallerSpoke(words="is mijn betaling binnen", language="nl"),
            action,
            BotSpoke(words="Ja, die is binnen.", language="nl"),
            BotSpoke(words="Kan ik nog iets doen?", language="nl"),
        ],
        [
            BargedIn(of=5, heard="Ja, die"),
            KeyPressed(key="0"),
            TurnTimed(of=3, stages={"words": 0.4, "first_sound": 0.7}),
        ],
        [CallEnded(outcome="handed_off", by="caller")],
    )
    script = [Step("betaling?", SENTENCE), Step("/key 0", keys="0")]
    turns: list[Turn] = []
    report, _ = await call(
        ToyBot([Reply(0), Reply(0)]), script, record, Manners(patience=0.3), turns
    )
    assert report.greeting.heard == "Goedemiddag."
    first, second = report.turns
    assert first.recognised == "is mijn betaling binnen"
    assert first.heard == "Ja, die Kan ik nog iets doen?"
    assert second.recognised == "/key 0"
    assert (first.stages, second.stages) == ({"words": 0.4, "first_sound": 0.7}, {})
    assert (report.outcome, report.card) == ("handed_off", {"call_id": "CA1"})
    expected = {"action": "find_payment", "arguments": {"n": 1}, "result": "ok", "facts": {"a": 2}}
    assert report.actions == first.actions == [expected]
    assert turns == [report.greeting, first, second]


@pytest.mark.parametrize("outcome", ["failed", "interrupted"])
async def test_a_call_that_the_bot_calls_failed_is_not_completed(outcome: Any) -> None:
    """The record's verdict counts."""
    record = Told([BotSpoke(words="Hallo", language="nl"), CallEnded(outcome=outcome, by="system")])
    report, _ = await call(ToyBot([Reply(0)]), [], record)
    assert not report.completed


def voice(text: str, language: Language) -> tuple[bytes, int]:
    return tone(0.1 * len(text), 16000), 16000


def test_a_script_is_read_line_by_line() -> None:
    """Sentences are spoken at 8 kHz; commands do what they say."""
    step = read_step(" hallo ", "nl", voice)
    assert (step.said, len(step.sound), step.over) == ("hallo", 2 * 4000, False)
    assert read_step("/key 471109#", "nl", voice).keys == "471109#"
    assert read_step("/wait 2.5", "nl", voice).wait == 2.5
    over = read_step("/over ho", "nl", voice)
    assert (over.said, over.over, len(over.sound)) == ("ho", True, 2 * 1600)


@pytest.mark.parametrize("line", ["/key 1a", "/key", "/wait x", "/dance", "/over ", "", "  "])
def test_a_line_that_cannot_be_done_is_refused_with_what_can(line: str) -> None:
    """A slip in a script does not become a sentence."""
    with pytest.raises(BadScript, match="/key 0"):
        read_step(line, "nl", voice)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_files_of_any_rate_are_said(tmp_path: Path, rate: int, channels: int) -> None:
    """Length and pitch stay; two channels become one."""
    file = tmp_path / "hello.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.repeat(np.frombuffer(tone(1, rate), "<i2"), channels).tobytes())
    step = read_file(file)
    assert step.said == "hello.wav"
    samples = np.frombuffer(step.sound, "<i2").astype(float)
    assert len(samples) == pytest.approx(8000, abs=2)
    assert np.abs(np.fft.rfft(samples)).argmax() == 440


def test_a_file_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    """By name, before the call begins."""
    file = tmp_path / "notes.wav"
    file.write_text("not a sound")
    for path in (file, tmp_path / "missing.wav"):
        with pytest.raises(BadScript, match=path.name):
            read_file(path)
