"""What is deployed is what is tested: one start command, and files that their tools accept."""

import json
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


def test_dockerfile_has_no_lint() -> None:
    """Hadolint has nothing to say about the Dockerfile."""
    done = subprocess.run(
        [BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
