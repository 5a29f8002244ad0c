"""Only who knows the password gets in, and nobody can guess it by trying or by the clock."""

import asyncio
from datetime import timedelta

import pytest
from argon2 import Type
from sqlalchemy import select

from handoff import passwords
from handoff.accounts import SHIFT, Accounts, TooManyTries, UserExists, UserRefused
from handoff.passwords import PasswordRefused, matches
from handoff.store import DurableJournal
from handoff.store.tables import api_tokens, sessions, users
from handoff.throttle import LIMITS, WINDOW, Throttle
from tests.handoff.conftest import HandClock

HERE = "192.0.2.1"
KEPT_WITH = passwords._hasher
"""What passwords are hashed with outside of tests."""

pytestmark = pytest.mark.usefixtures("quick_hashes")


def test_hashing_takes_work() -> None:
    """Guessing is dear: Argon2id with at least what OWASP asks, 19 MiB and two passes."""
    assert KEPT_WITH.type is Type.ID
    assert KEPT_WITH.memory_cost >= 19 * 1024
    assert KEPT_WITH.time_cost >= 2


async def test_the_first_run_makes_one_administrator(accounts: Accounts) -> None:
    """The first start gives a password that works, once; later starts give none."""
    first = await accounts.first_run()
    assert first is not None
    session = await accounts.log_in(first.name, first.password, HERE)
    assert session is not None
    assert session.user.role == "admin"
    assert await accounts.token_name(first.api_token) == "first"
    assert await accounts.first_run() is None


async def test_nothing_secret_is_kept_in_the_open(
    accounts: Accounts, journal: DurableJournal
) -> None:
    """The database holds neither passwords nor tokens, only what proves them."""
    first = await accounts.first_run()
    assert first is not None
    session = await accounts.log_in(first.name, first.password, HERE)
    assert session is not None
    async with journal.database.engine.connect() as connection:
        kept = ""
        for table in (users, sessions, api_tokens):
            kept += str((await connection.execute(select(table))).all())
    assert "$argon2id$" in kept
    for secret in (first.password, first.api_token, session.token):
        assert secret not in kept


async def test_wrong_name_or_password(accounts: Accounts) -> None:
    """A wrong password, an unknown name and another's password open nothing."""
    await accounts.add_user("Ana", "zomer-en-winter")
    await accounts.add_user("Sem", "lente-en-herfst")
    tries = [
        ("Ana", "lente-en-herfst"),
        ("ana", "zomer-en-winter"),
        ("Bo", "zomer-en-winter"),
        ("Ana", ""),
        ("", ""),
        ("Ana", "x" * 100_000),
    ]
    for n, (name, password) in enumerate(tries):
        assert await accounts.log_in(name, password, f"192.0.2.{n}") is None


async def test_an_unknown_name_takes_the_same_work(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hash is checked for a name that nobody has, so that time does not tell who exists."""
    checked = []

    def check(kept: str, password: str) -> bool:
        checked.append(kept)
        return True

    await accounts.add_user("Ana")
    monkeypatch.setattr(passwords, "_verify", check)
    assert await accounts.log_in("Ana", "zomer-en-winter", HERE) is not None
    assert await accounts.log_in("Bo", "zomer-en-winter", HERE) is None
    assert len(checked) == 2
    assert all(kept.startswith("$argon2id$") for kept in checked)


async def test_sessions_end(accounts: Accounts, clock: HandClock) -> None:
    """A session ends by logging out, and by itself after a shift."""
    await accounts.add_user("Ana", "zomer-en-winter")
    one = await accounts.log_in("Ana", "zomer-en-winter", HERE)
    two = await accounts.log_in("Ana", "zomer-en-winter", HERE)
    assert one is not None
    assert two is not None
    assert one.token != two.token
    assert await accounts.session(one.token) == one
    assert await accounts.session(one.csrf) is None

    await accounts.log_out(one)
    assert await accounts.session(one.token) is None
    clock.forward(seconds=SHIFT.total_seconds() - 1)
    assert await accounts.session(two.token) == two
    clock.forward(seconds=1)
    assert await accounts.session(two.token) is None


async def test_changing_the_password(accounts: Accounts) -> None:
    """The old password stops working and other sessions end; a wrong old one changes nothing."""
    await accounts.add_user("Ana", "zomer-en-winter")
    mine = await accounts.log_in("Ana", "zomer-en-winter", HERE)
    elsewhere = await accounts.log_in("Ana", "zomer-en-winter", HERE)
    assert mine is not None
    assert elsewhere is not None
    assert not await accounts.change_password(mine, "geraden-wachtwoord", "n" * 12, HERE)
    with pytest.raises(PasswordRefused):
        await accounts.change_password(mine, "zomer-en-winter", "kort", HERE)
    assert await accounts.session(elsewhere.token) == elsewhere

    assert await accounts.change_password(mine, "zomer-en-winter", "lente-en-herfst", HERE)
    assert await accounts.session(mine.token) == mine
    assert await accounts.session(elsewhere.token) is None
    assert await accounts.log_in("Ana", "zomer-en-winter", HERE) is None
    assert await accounts.log_in("Ana", "lente-en-herfst", HERE) is not None


async def test_a_forgotten_password_is_replaced(accounts: Accounts) -> None:
    """A reset gives a new password and ends every session; for nobody it does nothing."""
    await accounts.add_user("Ana", "zomer-en-winter")
    session = await accounts.log_in("Ana", "zomer-en-winter", HERE)
    assert session is not None
    password = await accounts.reset_password("Ana")
    assert password is not None
    assert await accounts.session(session.token) is None
    assert await accounts.log_in("Ana", password, HERE) is not None
    assert await accounts.reset_password("Bo") is None


async def test_names(accounts: Accounts) -> None:
    """A name is there once, is printable, and has an end."""
    assert await accounts.add_user("  Ana  de Boer ") != ""
    with pytest.raises(UserExists):
        await accounts.add_user("Ana de Boer")
    for name in ("", "   ", "x" * 41, "Ana\x07"):
        with pytest.raises(UserRefused):
            await accounts.add_user(name)


async def test_guessing_is_slowed_down(accounts: Accounts, clock: HandClock) -> None:
    """After a few wrong passwords not even the right one is taken, until time has passed."""
    await accounts.add_user("Ana", "zomer-en-winter")
    for _ in range(LIMITS["pair"]):
        assert await accounts.log_in("Ana", "geraden-wachtwoord", HERE) is None
    with pytest.raises(TooManyTries) as stopped:
        await accounts.log_in("ANA", "zomer-en-winter", HERE)
    assert stopped.value.wait == WINDOW
    assert await accounts.log_in("Ana", "zomer-en-winter", "192.0.2.2") is not None
    clock.forward(minutes=15)
    assert await accounts.log_in("Ana", "zomer-en-winter", HERE) is not None


def test_the_throttle_counts_names_and_addresses(clock: HandClock) -> None:
    """Many names from one address, and one name from many addresses, are stopped too."""
    throttle = Throttle(clock)
    for n in range(LIMITS["address"]):
        assert throttle.wait(f"name{n}", HERE) is None
        throttle.failed(f"name{n}", HERE)
    assert throttle.wait("another", HERE) == WINDOW

    throttle = Throttle(clock)
    for n in range(LIMITS["name"]):
        throttle.failed("Ana", f"192.0.2.{n}")
    assert throttle.wait("ana", "198.51.100.1") == WINDOW
    clock.forward(minutes=14)
    assert throttle.wait("ana", "198.51.100.1") == timedelta(minutes=1)
    clock.forward(minutes=1)
    assert throttle.wait("ana", "198.51.100.1") is None


async def test_who_knows_the_password_is_never_slowed_down(accounts: Accounts) -> None:
    """A whole office logs in from one address, and one agent many times."""
    await accounts.add_user("Ana", "zomer-en-winter")
    for _ in range(max(LIMITS.values()) + 1):
        assert await accounts.log_in("Ana", "zomer-en-winter", HERE) is not None


async def test_many_tries_at_once_are_many(accounts: Accounts) -> None:
    """Guesses that are sent together are counted before any of them is checked."""
    await accounts.add_user("Ana", "zomer-en-winter")
    guesses = [accounts.log_in("Ana", f"geraden-{n}", HERE) for n in range(LIMITS["pair"] + 5)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert [result for result in results if result is None] == [None] * LIMITS["pair"]
    assert sum(isinstance(result, TooManyTries) for result in results) == 5


async def test_a_broken_hash_is_no_key() -> None:
    """What is not a hash in the database lets nobody in."""
    assert not await matches("", "")
    assert not await matches("plain", "plain")
