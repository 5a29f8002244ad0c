"""What is deployed is what is tested: one start command, and files that their tools accept."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def test_container_compose_and_make_start_the_same_command() -> None:
    """Whatever starts Kalm starts it in the same way, with the command that tests start."""
    image = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert image is not None
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["kalm"]
    made = re.search(
        r"^run: setup\n\t\$\(BIN\)/(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert made is not None
    assert json.loads(image[1]) == service["command"] == made[1].split() == ["kalm", "serve"]


def test_rasa_is_started_in_one_way_too() -> None:
    """Make, its container and compose start the same script; no port of it leaves the machine."""
    image = re.search(
        r"^CMD (\[.*\])$", (ROOT / "deploy" / "rasa" / "Dockerfile").read_text(), re.MULTILINE
    )
    made = re.search(r"^rasa: setup-rasa\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert image is not None and made is not None
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    command = services["rasa"]["command"]
    assert json.loads(image[1]) == command == made[1].split() == ["deploy/rasa/serve"]
    assert os.access(ROOT / command[0], os.X_OK)
    assert "ports" not in services["rasa"]
    assert services["kalm"]["environment"]["KALM_RASA_URL"] == "http://rasa:5005"


def test_rasa_is_locked_with_hashes_and_without_addresses() -> None:
    """Every line of the lock is a version or its hash, wherever it was downloaded from."""
    lines = (ROOT / "requirements" / "rasa.txt").read_text().splitlines()
    named = [line for line in lines if line and line[0].isalnum()]
    assert any(line.startswith("rasa==3.6.") for line in named)
    assert all("==" in line and line.endswith("\\") for line in named)
    assert sum("--hash=sha256:" in line for line in lines) >= len(named)
    assert not [line for line in lines if "://" in line or line.startswith("-")]


def test_without_a_python_for_rasa_the_next_step_is_told(tmp_path: Path) -> None:
    """`make rasa` on a machine that has no Python 3.10 ends with what to do."""
    (tmp_path / "bash").symlink_to("/bin/bash")
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    (tmp_path / "cat").symlink_to("/bin/cat")
    done = subprocess.run(
        ["/bin/bash", ROOT / "deploy" / "rasa" / "find-python"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "UV_PYTHON_INSTALL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    for step in ("uv python install 3.10", "RASA_PYTHON=", "docker compose --profile rasa"):
        assert step in done.stderr


def test_compose_file_follows_the_compose_specification() -> None:
    """docker-compose.yml is valid by the published schema."""
    check = str(BIN / "check-jsonschema")
    done = subprocess.run(
        [check, "--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_understands_the_compose_file() -> None:
    """The compose program itself reads the file without a complaint."""
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed; the schema check above still ran")
    done = subprocess.run(
        [program, "-f", ROOT / "docker-compose.yml", "config", "-q"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["Dockerfile", "deploy/rasa/Dockerfile"])
def test_dockerfile_has_no_lint(file: str) -> None:
    """Hadolint has nothing to say about a Dockerfile."""
    done = subprocess.run(
        [BIN / "hadolint", ROOT / file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
