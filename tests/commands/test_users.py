"""An operator lets agents in, and what is printed is what works."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.clock import utc_now
from bot.commands.users import app
from bot.settings import Settings
from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KALM_DATA", str(tmp_path))


def kalm_users(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout.strip()


async def logs_in(name: str, password: str) -> bool:
    async with DurableJournal(Settings().database, utc_now) as journal:
        session = await Accounts(journal.database, utc_now).log_in(name, password, "127.0.0.1")
    return session is not None


async def role_of(name: str, password: str) -> str | None:
    async with DurableJournal(Settings().database, utc_now) as journal:
        session = await Accounts(journal.database, utc_now).log_in(name, password, "127.0.0.1")
    return session.user.role if session else None


def test_a_new_agent_logs_in_with_the_printed_password() -> None:
    """The password that is printed is the agent's; the same name is not given twice."""
    code, password = kalm_users("add", "Sem")
    assert code == 0
    assert asyncio.run(logs_in("Sem", password))
    assert kalm_users("add", "Sem") == (1, "")


def test_a_supervisor_is_one() -> None:
    """The role that is asked for is the one that is given; an unknown one is refused."""
    code, password = kalm_users("add", "Kim", "--role", "supervisor")
    assert code == 0

    assert asyncio.run(role_of("Kim", password)) == "supervisor"
    assert kalm_users("add", "Bo", "--role", "boss")[0] == 2


def test_a_role_is_changed() -> None:
    """Who was an agent becomes a supervisor and back, with the same password."""
    _, password = kalm_users("add", "Sem")
    for role in ("supervisor", "owner", "agent"):
        assert kalm_users("role", "Sem", role) == (0, "")
        assert asyncio.run(role_of("Sem", password)) == role
    assert kalm_users("role", "Nobody", "agent") == (1, "")


def test_a_reset_replaces_the_password() -> None:
    """After a reset the new password works and the old one does not."""
    _, old = kalm_users("add", "Noor")
    code, new = kalm_users("reset", "Noor")
    assert code == 0
    assert asyncio.run(logs_in("Noor", new))
    assert not asyncio.run(logs_in("Noor", old))
    assert kalm_users("reset", "Nobody") == (1, "")


def test_a_name_that_cannot_be_used_is_refused() -> None:
    """An empty name ends with 2 and adds nobody."""
    assert kalm_users("add", " ") == (2, "")


def test_a_token_is_known_to_the_api() -> None:
    """A printed token opens the API under the script's name."""
    _, token = kalm_users("token", "crm")

    async def owner() -> str | None:
        async with DurableJournal(Settings().database, utc_now) as journal:
            return await Accounts(journal.database, utc_now).token_name(token)

    assert asyncio.run(owner()) == "crm"


def test_what_an_agent_can_do_is_shown_and_changed() -> None:
    """Only what is given changes; who is unknown and what makes no sense is refused."""
    kalm_users("add", "Sem")
    code, shown = kalm_users("profile", "Sem", "--json")
    assert (code, json.loads(shown)["skills"]) == (0, [])
    changed = ("--skill", "billing", "--language", "nl", "--trained", "--buddy", "Noor")
    assert kalm_users("profile", "Sem", *changed)[0] == 0
    code, shown = kalm_users("profile", "Sem", "--heavy", "--buddy", "", "--json")
    assert json.loads(shown) == {
        "name": "Sem",
        "languages": ["nl"],
        "skills": ["billing"],
        "trained": True,
        "asked_for_heavy": True,
        "whisper": True,
        "buddy": None,
    }
    code, shown = kalm_users("profile", "Sem", "--no-skills")
    assert "skills           none" in shown
    assert kalm_users("profile", "Sem", "--language", "de")[0] == 2
    assert kalm_users("profile", "Nobody")[0] == 1
