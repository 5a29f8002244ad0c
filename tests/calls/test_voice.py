"""Whole calls by voice: real Whisper, real voices, the Twilio protocol at the pace of real time."""

import asyncio
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from bot.line.robot import CallReport, Turn
from bot.speaking.music import LEVEL_DB
from bot.stages import STAGES
from tests.calls.callers import accept, available, call, may_be_misheard
from tests.serving import Served

pytestmark = pytest.mark.models

DE_VRIES = "+31612345601"
"""Mrs De Vries, 471109, of docs/demo.md."""


def plays_music(record: Path) -> bool:
    """Tell whether the bot's side has four seconds without a pause at the level of music."""
    sound, rate = soundfile.read(record)
    bot = sound[: len(sound) // rate * rate, 1].reshape(-1, rate // 4)
    level = 20 * np.log10(np.sqrt((bot**2).mean(axis=1)) + 1e-9)
    quiet = (level > LEVEL_DB - 12) & (level < LEVEL_DB + 6)
    runs = "".join("m" if each else " " for each in quiet).split()
    return max(map(len, runs), default=0) >= 16


def story(report: CallReport) -> str:
    """Tell a call that went wrong."""
    turns = [report.greeting, *report.turns]
    return "\n".join(f"{t.said!r} -> {t.recognised!r} -> {t.heard!r}" for t in turns)


@may_be_misheard
async def test_an_english_caller_hears_that_the_payment_arrived(
    kalm: Served, tmp_path: Path
) -> None:
    """A caller is identified by line, verified by key, and answered by voice.

    Where the time of each answer went is on record, and told at /metrics.
    """
    report = await call(
        kalm,
        "en",
        "Has my payment arrived?",
        "/key 471109",
        "No thank you, goodbye.",
        number=DE_VRIES,
        record=tmp_path / "call.wav",
    )
    assert report.error is None, story(report)
    assert "digital assistant" in report.greeting.heard
    assert "€84.20" in report.turns[1].heard, story(report)
    assert "find_invoices" in [a["action"] for a in report.turns[1].actions]
    assert (report.outcome, report.hung_up_by) == ("resolved", "bot"), story(report)
    assert all(turn.latency_s is not None for turn in report.turns), story(report)
    for turn in (report.turns[0], report.turns[2]):
        assert set(STAGES) - {"company"} <= set(turn.stages)
    assert report.turns[1].stages == {}  # a key is no utterance
    metrics = (await asyncio.to_thread(httpx.get, f"{kalm.url}/metrics")).text
    assert 'kalm_calls_total{line="twilio",outcome="resolved"}' in metrics
    assert 'kalm_company_actions_total{action="find_invoices",result="ok"}' in metrics
    assert 'kalm_turn_stage_seconds_count{stage="first_sound"}' in metrics
    assert "471109" not in metrics
    sound, rate = soundfile.read(tmp_path / "call.wav")
    assert sound.shape[1] == 2
    assert min(np.abs(sound).max(axis=0)) > 0.1
    assert len(sound) / rate > 10


@may_be_misheard
async def test_a_dutch_caller_books_an_appointment(kalm: Served) -> None:
    """A Dutch caller books by voice, and the appointment then exists at the company."""
    report = await call(
        kalm,
        "nl",
        "Ik wil graag een afspraak maken.",
        "/key 471109",
        "Voor de meter.",
        "/key 1",
        "Ja.",
        number=DE_VRIES,
    )
    booked = [a for a in report.actions if a["action"] == "book"]
    assert [a["result"] for a in booked] == ["ok"], story(report)
    again = await call(kalm, "nl", "Wanneer is mijn afspraak?", "/key 471109", number=DE_VRIES)
    start = booked[0]["facts"]["start"]
    told = [a["facts"] for a in again.actions if a["action"] == "find_appointments"]
    assert start in str(told), story(again)


@may_be_misheard
async def test_a_person_takes_over_a_caller_who_waits(kalm: Served, tmp_path: Path) -> None:
    """Who waits hears place and music, then who takes over; the agent's card says why."""
    accepted = asyncio.Event()
    ids: list[str] = []
    await available(kalm, "Sem")

    def on_turn(turn: Turn) -> None:
        if turn.said == "/wait 5":
            accepted.set()

    async def agent() -> None:
        await accepted.wait()
        with kalm.api() as api:
            cards = await asyncio.to_thread(lambda: api.get("/api/cards?state=waiting").json())
        # Calls of other tests may still wait; a robot's own call is the newest of its line.
        ids.extend(card["call_id"] for card in cards if card["call_id"].startswith("CA"))
        await accept(kalm, ids[-1], "Sem")

    taking = asyncio.create_task(agent())
    report = await call(
        kalm,
        "en",
        "I would like to speak to a person please.",
        "/key 1",
        "/wait 5",
        "/wait 9",
        "Yes.",
        number=DE_VRIES,
        on_turn=on_turn,
        record=tmp_path / "call.wav",
    )
    await taking
    asked, _stays, music, told, _agreed = report.turns
    assert "1st in line" in asked.heard, story(report)
    assert (music.heard, music.latency_s) == ("", None), story(report)
    assert "Sem" in told.heard, story(report)
    assert plays_music(tmp_path / "call.wav"), "there was no music"
    assert ids[-1] == report.call_id, story(report)
    assert report.outcome == "handed_off", story(report)
    assert report.card is not None
    assert report.card["who"]["customer"]["text"] == "471109"
    assert report.card["asked"]["name"] == "caller_asked"
    assert "person" in report.card["wants"][0]["text"]
