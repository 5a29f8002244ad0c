"""Whatever happens to the machine, what was done is on record, and the next start is clean."""

import asyncio
import json
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bot.line.robot import CallReport, Turn
from bot.settings import ROOT
from tests.calls.callers import call, may_be_misheard
from tests.serving import Served, data_folder, serving

pytestmark = pytest.mark.models

DE_VRIES = "+31612345601"


@may_be_misheard
async def test_after_kill_9_in_mid_call_card_and_booking_are_intact(tmp_path: Path) -> None:
    """A killed Kalm closes the call as interrupted at its next start; the booking stands."""
    data = data_folder(Path(tempfile.mkdtemp(dir=tmp_path)))
    with serving(data) as kalm:
        token = kalm.token
        booked = asyncio.Event()

        def on_turn(turn: Turn) -> None:
            if any(action["action"] == "book" for action in turn.actions):
                booked.set()
                kalm.kill()

        report: CallReport = await call(
            kalm,
            "nl",
            "Ik wil graag een afspraak maken.",
            "/key 471109",
            "Voor de meter.",
            "/key 1",
            "Ja.",
            "/wait 2",
            number=DE_VRIES,
            on_turn=on_turn,
        )
        assert booked.is_set(), report
    with serving(data) as kalm, kalm.api(token) as api:
        kept = api.get(f"/api/calls/{report.call_id}").raise_for_status().json()
        assert kept["events"][-1]["body"] == {
            "kind": "CallEnded",
            "outcome": "interrupted",
            "by": "system",
        }
        card = api.get(f"/api/calls/{report.call_id}/card").raise_for_status().json()
        assert card["who"]["customer"]["text"] == "471109"
        bodies = [event["body"] for event in kept["events"]]
        [booking] = [b for b in bodies if b["kind"] == "ActionTaken" and b["action"] == "book"]
        start = booking["facts"]["start"]
        again = await call(
            kalm, "nl", "Wanneer is mijn afspraak?", "/key 471109", number=DE_VRIES, token=token
        )
        told = [a["facts"] for a in again.actions if a["action"] == "find_appointments"]
        assert start in json.dumps(told), again


def test_a_broken_intents_folder_serves_the_last_good_version_and_says_so(tmp_path: Path) -> None:
    """With half a flow file Kalm still answers, and health and desk name file and line."""
    data = data_folder(tmp_path)
    intents = Path(shutil.copytree(ROOT / "intents", tmp_path / "intents"))
    with serving(data, {"KALM_INTENTS": str(intents)}) as kalm:
        assert httpx.get(f"{kalm.url}/healthz").json()["notices"] == []
        password = kalm.password
    flow = intents / "flows" / "payments.yml"
    flow.write_text(flow.read_text()[:200] + "\n      - collect: [")
    with serving(data, {"KALM_INTENTS": str(intents)}) as kalm:
        health = httpx.get(f"{kalm.url}/healthz")
        assert health.status_code == 200
        [notice] = health.json()["notices"]
        assert re.search(r"payments\.yml:\d+", notice), notice
        assert "payments.yml" in kalm.words
        with httpx.Client(base_url=kalm.url, follow_redirects=True) as browser:
            form = browser.get("/login").text
            csrf = re.search(r'name="csrf" value="([^"]+)"', form)
            assert csrf is not None
            desk = browser.post(
                "/login", data={"csrf": csrf[1], "name": "admin", "password": password}
            )
            assert "payments.yml" in desk.text


async def test_two_calls_with_one_id_do_not_mix(kalm: Served) -> None:
    """A second stream with the id of a call in progress is refused, and the first goes on."""
    url = kalm.url.replace("http", "ws") + "/lines/twilio"
    start = {
        "event": "start",
        "streamSid": "MZ1",
        "start": {"streamSid": "MZ1", "callSid": "CAtwice", "accountSid": "AC1", "tracks": []},
    }
    async with connect(url) as first:
        await first.send(json.dumps({"event": "connected"}))
        await first.send(json.dumps(start))
        async with asyncio.timeout(60):
            while json.loads(await first.recv())["event"] != "media":
                pass
        async with connect(url) as second:
            await second.send(json.dumps({"event": "connected"}))
            await second.send(json.dumps(start))
            with pytest.raises(ConnectionClosed) as refused:
                async with asyncio.timeout(60):
                    await second.recv()
        assert refused.value.rcvd is not None
        assert "in progress" in refused.value.rcvd.reason
        async with asyncio.timeout(60):
            while json.loads(await first.recv())["event"] != "media":
                pass
        await first.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))


async def test_a_full_disk_ends_the_call_with_words(tmp_path: Path) -> None:
    """When the database can grow no further, the caller hears an apology and the line closes."""
    data = data_folder(tmp_path)
    with serving(data) as kalm:

        def on_turn(turn: Turn) -> None:
            if not turn.said:  # the greeting has been heard
                blocked = sqlite3.connect(data / "kalm.db")
                blocked.execute(
                    "CREATE TRIGGER full BEFORE INSERT ON events "
                    "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                )
                blocked.commit()
                blocked.close()

        report = await call(kalm, "en", "What are your opening hours?", "/wait 3", on_turn=on_turn)
        assert report.hung_up_by == "bot", report
        assert report.turns[0].latency_s is not None, "the caller heard nothing"
