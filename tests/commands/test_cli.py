"""Every command is found and tells how it is used, and brings along only what it needs itself."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from bot.cli import Commands, app

NAMES = Commands().list_commands(None)


@pytest.mark.parametrize("name", NAMES)
def test_each_command_tells_how_it_is_used(name: str) -> None:
    """Each name that `kalm --help` lists is a command of that name."""
    told = CliRunner().invoke(app, [name, "--help"])
    assert told.exit_code == 0
    assert f"kalm {name}" in told.output


def test_a_command_that_does_not_exist_is_told() -> None:
    """A slip of the keyboard ends with 2 and names what was asked for."""
    told = CliRunner().invoke(app, ["srve"])
    assert told.exit_code == 2
    assert "'srve'" in told.output


def test_the_list_of_models_does_not_wait_for_the_telephone() -> None:
    """A small command imports nothing of the large ones, which takes seconds."""
    asks = "import sys; from bot.cli import app; app(['models', '--help'], standalone_mode=False)"
    tells = "; sys.exit('pipecat' in sys.modules or 'handoff' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asks + tells], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
