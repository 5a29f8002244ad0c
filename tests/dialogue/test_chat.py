"""`kalm chat` holds the same dialogue in text, and tells scripts what came of it."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot.commands.chat import chat

app = typer.Typer()
app.command()(chat)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KALM_DATA", str(tmp_path))

    def go(lines: list[str], *options: str) -> Any:
        return CliRunner().invoke(app, list(options), input="\n".join(lines) + "\n")

    return go


def test_a_script_gets_a_json_object_a_turn(run: Any) -> None:
    """Each line is a turn; the last object has outcome, call id, card and events."""
    lines = ["is mijn betaling binnen", "/key 0", "/key 0612345678", "/agent Noor"]
    result = run(lines, "--json")
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows[0]["caller"] is None
    assert rows[1]["intent"] == "check_payment"
    assert rows[1]["expects"] == "digits"
    last = rows[-1]
    assert last["outcome"] == "handed_off"
    assert last["call_id"].startswith("chat-")
    assert last["card"]["call_id"] == last["call_id"]
    assert [event["seq"] for event in last["events"]] == list(range(1, len(last["events"]) + 1))
    assert any("Noor" in words for row in rows[:-1] for words in row["bot"])


def test_the_end_of_input_is_a_hang_up(run: Any) -> None:
    """A caller who stops typing has hung up; in the terminal the outcome is shown."""
    result = run(["hallo", "/silence", "/what", "/hangup"], "--from", "0612345601")
    assert result.exit_code == 0, result.output
    assert "(abandoned, chat-" in result.stdout
    assert "/what is not known" in result.output


def test_typed_english_is_answered_in_english(run: Any) -> None:
    """There are no ears in a chat: the words tell the language."""
    rows = [
        json.loads(line) for line in run(["has my payment arrived"], "--json").stdout.splitlines()
    ]
    assert rows[1]["language"] == "en"


def test_a_kept_call_is_in_the_database(run: Any, tmp_path: Path) -> None:
    """With --keep the call goes through the durable journal."""
    result = run(["mag ik een medewerker"], "--json", "--keep")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "kalm.db").exists()
    assert json.loads(result.stdout.splitlines()[-1])["card"]["state"] != "none"


@pytest.mark.parametrize("options", [["--language", "xx"], ["--from", "paars"]])
def test_wrong_options_end_with_two(run: Any, options: list[str]) -> None:
    """Scripts can tell a wrong option by the exit code."""
    assert run([], *options).exit_code == 2


def test_a_broken_folder_ends_with_one(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without intents there is no dialogue; the error names what is missing."""
    monkeypatch.setenv("KALM_INTENTS", str(tmp_path / "nowhere"))
    result = run([], "--json")
    assert result.exit_code == 1
    assert "slots.yml" in result.output
