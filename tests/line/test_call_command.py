"""`kalm call` prints what scripts can read, and its exit code can be trusted."""

import asyncio
import json
import wave
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from bot.commands.call import call
from tests.line.serving import tone
from tests.line.toy_bot import Reply, ToyBot

HURRY = ["--pause", "0.1", "--patience", "0.3"]


async def kalm_call(*arguments: str) -> Result:
    """Run the command as a shell would, beside the bot of this test."""
    app = Typer()
    app.command()(call)
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


async def test_json_is_one_object_a_line_and_the_last_is_the_whole(tmp_path: Path) -> None:
    """Greeting, turns, then the report; a sound file is said like a sentence."""
    hello = tmp_path / "hello.wav"
    with wave.open(str(hello), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(tone(0.3, 16000))
    recording = tmp_path / "call.wav"
    bot = ToyBot([Reply(0, 0.1), Reply(2, 0.1)], hears_after=3)
    async with bot.served() as url:
        result = await kalm_call(
            "--url", url, "--json", "--record", str(recording), *HURRY,
            "--from", "+31612345678", "--language", "en", str(hello), "/key 12",
        )  # fmt: skip
    assert result.exit_code == 0
    greeting, first, second, report = objects(result)
    assert report["greeting"] == greeting
    assert report["turns"] == [first, second]
    assert [turn["said"] for turn in report["turns"]] == ["hello.wav", "/key 12"]
    assert first["heard"] == ""
    assert 0 < first["latency_s"] < 1
    assert report["outcome"] is None and report["card"] is None
    start = bot.got[1]["start"]
    assert start["callSid"] == report["call_id"]
    assert start["customParameters"] == {"language": "en", "from": "+31612345678"}
    assert [m["dtmf"]["digit"] for m in bot.got if m["event"] == "dtmf"] == ["1", "2"]
    with wave.open(str(recording)) as sound:
        assert sound.getnchannels() == 2
        assert 0.4 < sound.getnframes() / sound.getframerate() < 10


async def test_people_read_who_said_what_and_how_fast() -> None:
    """Without --json there is a transcript, latencies and the call's id."""
    async with ToyBot([Reply(0, 0.1)]).served() as url:
        result = await kalm_call("--url", url, *HURRY, "/key 0")
    assert result.exit_code == 0
    assert "Caller  /key 0" in result.stdout
    assert "no answer" in result.stdout
    assert "hung up by caller" in result.stdout


async def test_a_bot_that_never_speaks_fails_the_call() -> None:
    """Exit code 1, and the reason in the report."""
    async with ToyBot([]).served() as url:
        result = await kalm_call("--url", url, "--json", *HURRY, "/key 0")
    assert result.exit_code == 1
    assert objects(result)[-1]["error"] == "the bot never spoke"


async def test_nobody_there_fails_the_call() -> None:
    """Exit code 1 and one object that says so."""
    result = await kalm_call("--url", "ws://127.0.0.1:1", "--json", "/key 0")
    assert result.exit_code == 1
    assert "ws://127.0.0.1:1/lines/twilio" in objects(result)[-1]["error"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--url", "http://localhost:8000", "/key 0"], "ws://"),
        (["--url", "ws://localhost:1", "/dance"], "/key 0"),
        (["--url", "ws://localhost:1", "missing.wav"], "missing.wav"),
        (["--url", "ws://localhost:1", "--voice", "mb-nl9", "hallo"], "mb-nl9"),
        (["--language", "fr"], "fr"),
    ],
)
async def test_what_cannot_be_done_is_refused_before_the_call(
    arguments: list[str], told: str
) -> None:
    """Exit code 2, and a line that says what would do."""
    result = await kalm_call(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
