"""`kalm intents evaluate` prints figures over utterances that were not trained on, of any
Rasa project, and tells where a file is broken.
"""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.commands.intents_evaluate import evaluate

TRAIN = """\
version: "3.1"
nlu:
- intent: order
  examples: |
    - I want to order [flowers](goods)
    - send me some [tulips](goods)
    - one bunch of [roses](goods) please
    - can you deliver a bouquet
- intent: return
  examples: |
    - I want to send it back
    - these are withered I want my money back
    - return the bouquet and refund me
    - I am not happy with these give me a refund
"""
TEST = """\
nlu:
- intent: order
  examples: |
    - I would like to order tulips
    - deliver some roses please
- intent: return
  examples: |
    - please refund me these are withered
- intent: out_of_scope
  examples: |
    - what is the capital of Peru
    - turn on the kitchen lights
"""


def run(folder: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(evaluate)
    environment = {"KALM_DATA": str(folder / "data"), "KALM_LANGUAGE": "en"}
    return CliRunner().invoke(app, arguments, env=environment)


@pytest.fixture
def train(tmp_path: Path) -> Path:
    file = tmp_path / "train.yml"
    file.write_text(TRAIN)
    return file


@pytest.fixture
def test_file(tmp_path: Path) -> Path:
    file = tmp_path / "test.yml"
    file.write_text(TEST)
    return file


def test_one_object_holds_the_figures_of_a_foreign_project(train: Path, test_file: Path) -> None:
    done = run(train.parent, "--nlu", str(train), "--test", str(test_file), "--json")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert {"n", "accuracy", "macro_f1", "confusions", "ece", "oos_auroc"} <= set(figures)
    assert (figures["n"], figures["accuracy"], figures["macro_f1"]) == (3, 1.0, 1.0)
    assert figures["confusions"] == []
    assert figures["oos_auroc"] == 1.0
    assert 0 <= figures["ece"] <= 1


def test_folds_judge_every_utterance_once(train: Path) -> None:
    done = run(train.parent, "--nlu", str(train), "--folds", "4", "--json")
    figures = json.loads(done.stdout)
    assert (figures["n"], figures["oos_auroc"]) == (8, None)
    assert sum(one["n"] for one in figures["confusions"]) == round(8 * (1 - figures["accuracy"]))


def test_the_tests_beside_a_project_are_its_test_and_a_reader_sees_what_went_wrong(
    tmp_path: Path,
) -> None:
    project = tmp_path / "flowers"
    (project / "tests").mkdir(parents=True)
    (project / "nlu.yml").write_text(TRAIN)
    wrong = "nlu:\n- intent: return\n  examples: |\n    - please deliver a bouquet of tulips\n"
    (project / "tests" / "held_out.yml").write_text(wrong)
    done = run(tmp_path, "--nlu", str(project))
    assert done.exit_code == 0, done.output
    assert "1 utterances: accuracy 0.000" in done.stdout
    assert "return" in done.stdout and "order" in done.stdout


@pytest.mark.parametrize("which", ["--nlu", "--test"])
def test_a_broken_file_ends_with_1_and_the_place(train: Path, which: str) -> None:
    broken = train.with_name("broken.yml")
    broken.write_text("nlu:\n- intent: order\n  examples: |\n    no hyphen\n")
    files = {"--nlu": str(train), "--test": str(train)} | {which: str(broken)}
    done = run(train.parent, *(part for pair in files.items() for part in pair), "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"{broken}:4: " in done.stderr


def test_a_test_and_folds_at_once_are_refused(train: Path) -> None:
    done = run(train.parent, "--nlu", str(train), "--test", str(train), "--folds", "2")
    assert done.exit_code == 2
    assert "leave one out" in done.stderr
