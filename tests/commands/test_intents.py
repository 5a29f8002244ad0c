"""`kalm intents`: an owner checks, tests, publishes and takes back, and nothing gets lost."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import intents_check, intents_workshop
from bot.commands.intents import app
from bot.commands.intents_publish import CONFIRMATION
from bot.encoder import SentenceEncoder
from handoff.studio.folder import read_folder
from tests.intents_folder import change, small_intents

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_intents(tmp_path / "intents")


@pytest.fixture
def run(
    tmp_path: Path, folder: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Return what runs a command on the folder, with the encoder that the tests share."""
    for module in (intents_workshop, intents_check):
        monkeypatch.setattr(module, "SentenceEncoder", lambda: encoder)
    environment = {"KALM_DATA": str(tmp_path / "data"), "KALM_INTENTS": str(folder)}

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env=environment)

    yield call


def test_check_tells_mistakes_for_people_and_scripts(run: Run, folder: Path) -> None:
    """Warnings end with 0, errors with 1; each is one line, or one object."""
    fine = run("check", "--json")
    assert fine.exit_code == 0, fine.output
    assert {json.loads(line)["level"] for line in fine.stdout.splitlines()} == {"warning"}
    change(folder / "nlu.nl.yml", "- dat klopt", "- nee dank u")
    wrong = run("check", "--json")
    assert wrong.exit_code == 1
    rows = [json.loads(line) for line in wrong.stdout.splitlines()]
    [row] = [row for row in rows if row["level"] == "error"]
    assert list(row) == ["level", "file", "line", "problem", "cure", "code"]
    assert row["code"] == "in_two_intents"
    text = (folder / "nlu.nl.yml").read_text().splitlines()
    assert (row["file"], text[row["line"] - 1].strip()) == (
        str(folder / "nlu.nl.yml"),
        "- nee dank u",
    )
    told = run("check")
    assert f"{row['file']}:{row['line']}: error: " in told.stdout
    assert "1 errors" in told.stderr


def test_test_tells_which_line_goes_otherwise(run: Run, folder: Path) -> None:
    """All well ends with 0; a step that goes otherwise is told with its line and what was said."""
    fine = run("test", "--json")
    assert fine.exit_code == 0, fine.output
    rows = [json.loads(line) for line in fine.stdout.splitlines()]
    assert [(row["conversation"], row["language"], row["ok"]) for row in rows] == [
        ("nl/hours: hours", "nl", True),
        ("en/hours: hours", "en", True),
    ]
    file = folder / "tests" / "conversations" / "nl" / "hours.yml"
    change(file, "says: hours", "says: goodbye")
    wrong = run("test")
    assert wrong.exit_code == 1
    assert f"{file}:4: nl/hours: hours: expected the answers goodbye, heard" in wrong.stdout
    assert "1 of 2 conversations" in wrong.stderr


def test_train_tells_what_it_learned_from(run: Run, folder: Path, tmp_path: Path) -> None:
    """The figures are those of the folder, and what was learned is kept."""
    done = run("train", "--json")
    row = json.loads(done.stdout)
    assert (row["intents"], row["utterances"], row["by_language"]) == (4, 16, {"en": 8, "nl": 8})
    assert (tmp_path / "data" / "understanding" / "sentences.npz").exists()
    (folder / "nlu.nl.yml").write_text("nlu: [")
    broken = run("train")
    assert broken.exit_code == 1
    assert "nlu.nl.yml:1:" in broken.stderr


def test_a_version_goes_out_and_comes_back(run: Run, folder: Path, tmp_path: Path) -> None:
    """Publish, change, publish, look, roll back, export: byte for byte, and all on record."""
    assert "Nothing was published yet" in run("versions").stderr
    first = run("publish", "-m", "the first", "--by", "Sem", "--yes")
    assert first.exit_code == 0, first.output
    assert "Version 1 is live" in first.stdout
    assert "2 of 2 conversations go as written" in first.stderr
    same = run("publish", "-m", "again", "--yes")
    assert (same.exit_code, "Nothing has changed" in same.stderr) == (1, True)
    before = read_folder(folder)
    change(folder / "answers" / "nl.yml", "  go_ahead:\n", "  go_ahead:\n    - Zeg het eens.\n")
    assert "+    - Zeg het eens." in run("diff", "1").stdout
    second = run("publish", "-m", "warmer", "--by", "Noor", "--yes")
    assert "Version 2 is live" in second.stdout, second.output
    assert "of 2 test utterances are understood" in second.stderr
    assert "by what is live" in second.stderr
    back = run("rollback", "1", "-m", "too warm", "--by", "Sem")
    assert "Version 1 is live again, in place of 2" in back.stdout
    rows = [json.loads(line) for line in run("versions", "--json").stdout.splitlines()]
    assert [(row["kind"], row["version"], row["by"], row["live"]) for row in rows] == [
        ("rollback", 1, "Sem", True),
        ("publish", 2, "Noor", False),
        ("publish", 1, "Sem", False),
    ]
    assert "live rolled back to 1" in run("versions").stdout
    assert "+    - Zeg het eens." in run("diff", "1", "2").stdout
    out = tmp_path / "out"
    assert run("export", str(out)).exit_code == 0
    assert read_folder(out) == before
    assert run("export", str(out), "--version", "2").exit_code == 0
    assert read_folder(out) == read_folder(folder)
    (out / "mine.yml").write_text("a: 1\n")
    lost = run("export", str(out))
    assert (lost.exit_code, "never published" in lost.stderr) == (1, True)
    assert (out / "mine.yml").exists()
    assert run("rollback", "9").exit_code == 1


def test_the_second_of_two_people_loses_nothing(run: Run, folder: Path, tmp_path: Path) -> None:
    """Two copies of one version: the first is live, the second is told who was first and why."""
    run("publish", "-m", "the first", "--yes")
    copy = tmp_path / "copy"
    run("export", str(copy))
    change(folder / "nlu.nl.yml", "# van Sem", "# van Sem!")
    assert run("publish", "-m", "mine", "--by", "Sem", "--yes").exit_code == 0
    change(copy / "nlu.nl.yml", "# van Sem", "# van Noor")
    late = run("publish", "-m", "hers", "--yes", "--folder", str(copy))
    assert late.exit_code == 1
    assert "based on version 1" in late.stderr
    assert "Sem published version 2" in late.stderr
    assert "# van Noor" in (copy / "nlu.nl.yml").read_text()
    (copy / ".kalm-version").unlink()
    unknown = run("publish", "-m", "hers", "--yes", "--folder", str(copy))
    assert (unknown.exit_code, "--based-on 2" in unknown.stderr) == (1, True)
    told = run("publish", "-m", "hers", "--yes", "--folder", str(copy), "--based-on", "2")
    assert told.exit_code == 0, told.output


def test_what_is_broken_or_worse_is_not_published(run: Run, folder: Path) -> None:
    """Errors refuse, warnings ask, and what is worse wants the words typed."""
    asked = run("publish", "-m", "no one to ask")
    assert (asked.exit_code, "--yes" in asked.stderr) == (1, True)
    change(folder / "tests/conversations/nl/hours.yml", "says: hours", "says: goodbye")
    worse = run("publish", "-m", "worse", "--yes")
    assert worse.exit_code == 1
    assert "1 of 2 conversations do not go as written" in worse.stderr
    assert run("publish", "-m", "w", "--yes", "--although-worse", "yes").exit_code == 1
    known = run("publish", "-m", "w", "--yes", "--although-worse", CONFIRMATION)
    assert known.exit_code == 0, known.output
    assert "(although 1 of 2 conversations" in run("versions").stdout
    (folder / "ladder.yml").write_text("a: [")
    broken = run("publish", "-m", "broken", "--yes")
    assert (broken.exit_code, "mend the errors first" in broken.stderr) == (1, True)
    assert "live 1 " in run("versions").stdout
