"""`kalm forecast`: from a file or Kalm's own record, to CSV, JSON and a chart."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import utc_now
from bot.events import CallEnded, CallStarted, FlowChanged
from handoff.past_calls import UNTOLD, HistoryError, from_csv, from_record
from handoff.store.journal import DurableJournal


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three weeks of calls between nine and five, six a half hour."""
    dice, file = np.random.default_rng(2), tmp_path / "calls.csv"
    now = utc_now()
    with file.open("w", encoding="utf-8") as out:
        out.write("at;intent;by_bot\n")
        for days in range(1, 22):
            for half in range(18, 34):
                at = (now - timedelta(days)).replace(hour=half // 2, minute=half % 2 * 30)
                for _ in range(dice.poisson(6)):
                    out.write(f"{at:%Y-%m-%d %H:%M};check_payment;{dice.choice(['ja', 'nee'])}\n")
    return file


def test_a_file_of_calls_becomes_half_hours(history: Path, tmp_path: Path) -> None:
    """Fourteen days of rows that a spreadsheet reads, and a chart that runs nothing."""
    chart = tmp_path / "ahead.svg"
    told = CliRunner().invoke(app, ["forecast", "--history", str(history), "--chart", str(chart)])
    assert told.exit_code == 0, told.stderr
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert len(rows) == 14 * 48
    assert {"start", "calls", "low", "high", "for_people", "agents", "check_payment"} == set(
        rows[0]
    )
    assert max(float(row["calls"]) for row in rows) == pytest.approx(6, abs=2.5)
    assert "<script" not in chart.read_text()


def test_json_has_one_object_a_half_hour(history: Path) -> None:
    """Each line stands alone, and people get about half of what the bot half resolves."""
    told = CliRunner().invoke(app, ["forecast", "--history", str(history), "--days", "2", "--json"])
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(rows) == 2 * 48
    busiest = max(rows, key=lambda row: row["calls"])
    assert busiest["for_people"] == pytest.approx(busiest["calls"] / 2, rel=0.2)
    assert busiest["agents"] >= 1


@pytest.mark.parametrize(
    ("content", "said", "code"),
    [
        ("at;intent\ngisteren;x\n", "line 2", 2),
        ("when;what\n", "line 1", 2),
        ("at;intent\n", "0 days", 1),
    ],
)
def test_a_file_that_makes_no_sense_is_told(
    tmp_path: Path, content: str, said: str, code: int
) -> None:
    """What is wrong, where, and an exit code that scripts can trust."""
    file = tmp_path / "calls.csv"
    file.write_text(content)
    told = CliRunner().invoke(app, ["forecast", "--history", str(file)])
    assert told.exit_code == code
    assert said in told.stderr
    assert told.stdout == ""


def test_a_country_that_is_none_is_told(history: Path) -> None:
    """A slip in the country is named with what to write, and nothing is forecast."""
    told = CliRunner().invoke(app, ["forecast", "--history", str(history), "--country", "XX"])
    assert told.exit_code == 2
    assert "'XX'" in told.stderr
    assert told.stdout == ""


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes and missing files are errors of the file, not of Kalm."""
    (tmp_path / "calls.csv").write_bytes(b"\xff\xfe\x00at")
    for name in ("calls.csv", "nowhere.csv"):
        with pytest.raises(HistoryError, match=name):
            list(from_csv(tmp_path / name, UTC))


def test_kalms_own_record_tells_first_wish_and_who_resolved_it(tmp_path: Path) -> None:
    """Calls that ended count, by their first wish; those under way do not."""
    now = datetime(2026, 11, 16, 12, tzinfo=UTC)

    async def recorded() -> list[tuple[str, bool]]:
        async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'k.db'}", lambda: now) as kept:
            start = CallStarted(line="chat", language="nl")
            for name, flows, end in (
                ("a", ("call", "verify", "check_payment", "complain"), "resolved"),
                ("b", ("call", "complain"), "callback"),
                ("c", ("call",), "abandoned"),
                ("d", ("call", "complain"), None),
            ):
                await kept.open(name, start)
                for flow in flows:
                    await kept.append(name, FlowChanged(flow=flow, change="started"))
                if end:
                    await kept.append(name, CallEnded.model_validate({"outcome": end, "by": "bot"}))
            return sorted((c.intent, c.by_bot) for c in await from_record(kept.database))

    assert asyncio.run(recorded()) == [
        ("check_payment", True), ("complain", False), (UNTOLD, False),
    ]  # fmt: skip
