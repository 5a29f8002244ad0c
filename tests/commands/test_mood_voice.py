"""`kalm mood voice` tells the anger in each file it can read, against the baseline it is given."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from typer.testing import CliRunner, Result

from bot.commands.mood import app
from bot.mood.frames import RATE, Samples
from tests.mood.sounds import SENTENCES, says, shouts


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["voice", *map(str, arguments)])


def objects(done: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def saved(path: Path, sound: Samples, rate: int = RATE, channels: int = 1) -> Path:
    audio = soxr.resample(sound, RATE, rate) if rate != RATE else sound
    soundfile.write(path, np.stack([audio] * channels, axis=1).clip(-1, 1), rate)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    for number, sentence in enumerate(SENTENCES):
        saved(folder / f"calm{number}.wav", says(sentence))
    saved(folder / "shout.wav", shouts(SENTENCES[2]))
    saved(folder / "short.wav", says("Yes."))
    return folder


def test_one_object_a_file_with_what_was_agreed(folder: Path) -> None:
    """Each clip gives file, anger, angry and features; a shout after calm turns is angry."""
    calm: list[str | Path] = [
        "--baseline",
        folder / "calm0.wav",
        "--baseline",
        folder / "calm1.wav",
    ]
    done = run(*calm, "--json", folder / "calm3.wav", folder / "shout.wav")
    assert done.exit_code == 0, done.output
    quiet, loud = objects(done)
    assert quiet["file"] == str(folder / "calm3.wav")
    assert (quiet["angry"], loud["angry"]) == (False, True)
    assert isinstance(quiet["anger"], float) and isinstance(loud["anger"], float)
    assert 0 <= quiet["anger"] < 0.5 <= loud["anger"] <= 1
    features = loud["features"]
    assert isinstance(features, dict)
    assert features["higher_st"] > 3
    assert features["brighter_st"] > 3


def test_without_a_baseline_it_is_more_careful(folder: Path) -> None:
    """The same shout is less certainly angry when nobody knows the voice."""
    [known] = objects(run("--baseline", folder / "calm0.wav", "--json", folder / "shout.wav"))
    [unknown] = objects(run("--json", folder / "shout.wav"))
    assert isinstance(known["anger"], float) and isinstance(unknown["anger"], float)
    assert unknown["anger"] < known["anger"] - 0.1


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (44100, 2), (48000, 1)])
def test_any_usual_sound_gives_the_same(
    folder: Path, tmp_path: Path, rate: int, channels: int
) -> None:
    """Rate and channels of a file do not change what is told of it."""
    copy = saved(tmp_path / "copy.flac", shouts(SENTENCES[2]), rate, channels)
    done = run("--baseline", folder / "calm0.wav", "--json", folder / "shout.wav", copy)
    plain, other = objects(done)
    assert other["anger"] == pytest.approx(plain["anger"], abs=0.05)


def test_too_little_speech_is_not_angry(folder: Path) -> None:
    """A word has no tone that could be compared, and is no error."""
    done = run("--baseline", folder / "calm0.wav", "--json", folder / "short.wav")
    assert done.exit_code == 0
    [told] = objects(done)
    assert (told["anger"], told["angry"], told["features"]) == (0.0, False, {})


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_judged(
    folder: Path, tmp_path: Path
) -> None:
    """An object with an error takes the file's place, and the code at the end is 1."""
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not a sound")
    done = run("--json", broken, folder / "no-such.wav", folder / "calm0.wav")
    assert done.exit_code == 1
    first, second, third = objects(done)
    assert first["file"] == str(broken) and "broken.wav" in str(first["error"])
    assert "no-such.wav" in str(second["error"]) and "no-such.wav" in done.stderr
    assert third["angry"] is False


@pytest.mark.parametrize("name", ["no-such.wav", "short.wav"])
def test_a_baseline_without_speech_is_refused(folder: Path, name: str) -> None:
    """Nothing is judged against a baseline that is not there."""
    done = run("--baseline", folder / name, "--json", folder / "calm0.wav")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert name in done.stderr


def test_people_read_a_sentence(folder: Path) -> None:
    """Without --json a line says whether, how much and why."""
    done = run("--baseline", folder / "calm0.wav", folder / "shout.wav")
    assert "shout.wav: angry" in done.stdout
    assert "higher_st" in done.stdout
