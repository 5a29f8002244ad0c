"""Callers for whole calls: a robot on the Twilio line who speaks with a voice unlike Kalm's."""

import asyncio
import functools
import re
import secrets
from collections.abc import Awaitable, Callable
from difflib import SequenceMatcher
from pathlib import Path
from typing import ParamSpec

from bot.events import Language
from bot.line.robot import CallReport, Robot, Turn
from bot.line.robot_api import RobotApi
from bot.line.robot_script import read_step
from tests.serving import Served
from tests.voices import caller_speech

RATE = 8000


P = ParamSpec("P")


_reports: list[CallReport] = []
"""The calls of the test that runs."""

SAME = 0.5
"""Likeness of words above which recognition got the sense of them."""
TRIES = 3
"""Calls of which one must be heard rightly, or be answered rightly all the same."""


def may_be_misheard(test: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Let a caller call again whose words were written down as quite other words.

    Sound at the pace of real time is never cut into frames in the same way
    twice, and what Whisper makes of a synthetic voice hangs on such things. A
    call that went wrong though it was heard rightly is a failure at once.
    """

    @functools.wraps(test)
    async def again(*args: P.args, **kwargs: P.kwargs) -> None:
        for left in reversed(range(TRIES)):
            _reports.clear()
            try:
                await test(*args, **kwargs)
            except AssertionError:
                if not left or not any(misheard(t) for call in _reports for t in call.turns):
                    raise
            else:
                break

    return again


def misheard(turn: Turn) -> bool:
    """Tell whether a spoken line was taken for quite other words."""
    if turn.said.startswith("/"):
        return False
    said, heard = (_letters(words) for words in (turn.said, turn.recognised or ""))
    return SequenceMatcher(None, said, heard).ratio() < SAME


def _letters(words: str) -> str:
    return "".join(letter for letter in words.lower() if letter.isalpha())


def _voice(text: str, language: Language) -> tuple[bytes, int]:
    return caller_speech(text, language, RATE).tobytes(), RATE


async def call(
    kalm: Served,
    language: Language,
    *lines: str,
    number: str | None = None,
    on_turn: Callable[[Turn], None] = lambda turn: None,
    record: Path | None = None,
    token: str | None = None,
) -> CallReport:
    """Call over the Twilio protocol at the pace of real time; lines as in `kalm call`."""
    url = re.sub("^http", "ws", kalm.url) + "/lines/twilio"
    api = RobotApi(url, token or kalm.token)
    robot = Robot(url, api, language=language)
    script = [read_step(line, language, _voice) for line in lines]
    parameters = {"from": number} if number else {}
    call_id = "CA" + secrets.token_hex(16)
    try:
        report = await robot.call(script, call_id, parameters=parameters, on_turn=on_turn)
    finally:
        await api.close()
    _reports.append(report)
    if record is not None and robot.phone is not None:
        robot.phone.handset.write(record)
    return report


async def accept(kalm: Served, call_id: str, agent: str) -> None:
    """Take a card as an agent does, through the API."""

    def take() -> None:
        with kalm.api() as api:
            api.post(f"/api/calls/{call_id}/accept", json={"agent": agent}).raise_for_status()

    await asyncio.to_thread(take)


async def available(kalm: Served, agent: str) -> None:
    """Let an agent ask for calls, through the API."""

    def ask() -> None:
        with kalm.api() as api:
            wish = {"agent": agent, "choice": "available"}
            api.put("/api/presence", json=wish).raise_for_status()

    await asyncio.to_thread(ask)
