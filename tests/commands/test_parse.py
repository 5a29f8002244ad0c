"""`kalm parse` tells one meaning a sentence, for people and for scripts, on any Rasa project."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.commands.parse import parse

FOREIGN = """\
version: "3.1"
nlu:
- intent: order
  examples: |
    - I want to order [flowers](goods)
    - send me some [tulips](goods)
    - one bunch of [roses](goods) please
- intent: return
  examples: |
    - I want to send it back
    - these are withered I want my money back
- intent: affirm
  examples: |
    - yes
    - send me some tulips
"""


def run(folder: Path, *arguments: str, said: str | None = None) -> Result:
    app = typer.Typer()
    app.command()(parse)
    environment = {"KALM_DATA": str(folder / "data"), "KALM_LANGUAGE": "nl"}
    return CliRunner().invoke(app, arguments, env=environment, input=said)


def test_sentences_of_the_command_line_become_one_object_each(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", "is mijn betaling binnen", "de herinnering")
    assert done.exit_code == 0
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert list(first) == ["text", "language", "intent", "confidence", "entities", "ranking", "by"]
    assert (first["text"], first["language"]) == ("is mijn betaling binnen", "nl")
    assert first["intent"] == first["ranking"][0]["intent"] == "check_payment"
    assert second["entities"] == [
        {"name": "document", "value": "reminder", "text": "de herinnering", "start": 0, "end": 14}
    ]


def test_lines_of_standard_input_are_read_and_empty_ones_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, "--language", "en", said="yes please\n\n  tomorrow at ten \n")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["affirm", "inform"]
    assert "time=10:00" in done.stdout


def test_another_project_is_trained_on_as_it_is_and_its_conflicts_told(tmp_path: Path) -> None:
    project = tmp_path / "flowers.yml"
    project.write_text(FOREIGN)
    done = run(tmp_path, "--nlu", str(project), "--language", "en", "--json", "order tulips")
    assert done.exit_code == 0
    meaning = json.loads(done.stdout)
    assert meaning["intent"] == "order"
    assert [(one["name"], one["value"]) for one in meaning["entities"]] == [("goods", "tulips")]
    assert f"{project}:15" in done.stderr


@pytest.mark.parametrize("broken", ["nlu: [", None])
def test_broken_or_missing_training_data_end_with_1_and_the_place(
    tmp_path: Path, broken: str | None
) -> None:
    project = tmp_path / "project.yml"
    if broken:
        project.write_text(broken)
    done = run(tmp_path, "--nlu", str(project), "hallo")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"{project}:1: " in done.stderr
