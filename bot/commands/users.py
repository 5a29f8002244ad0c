"""`kalm users`: who may use the desk, and which scripts may use the API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from bot.clock import utc_now
from bot.settings import Settings
from handoff.accounts import Accounts, Role, UserExists, UserRefused
from handoff.store.journal import DurableJournal

app = typer.Typer(help="Let agents use the desk, and scripts the API.")

T = TypeVar("T")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As callers may hear it: Sem.")],
    role: Annotated[Role, typer.Option(help="agent, supervisor or admin.")] = "agent",
) -> None:
    """Add someone and print a first password. Ends with 1 when there is such a name already."""
    try:
        password = _with_accounts(lambda accounts: accounts.add_user(name, role=role))
    except UserExists as error:
        _fail(f"There is a user named {name} already; `kalm users reset` gives a new password.")
        raise typer.Exit(1) from error
    except UserRefused as error:
        _fail(str(error))
        raise typer.Exit(2) from error
    typer.echo(password)


@app.command()
def reset(name: Annotated[str, typer.Argument(help="Whose password is lost.")]) -> None:
    """Give someone a new password, end their sessions, and print it. Ends with 1 if unknown."""
    password = _with_accounts(lambda accounts: accounts.reset_password(name))
    if password is None:
        _fail(f"There is no user named {name}.")
        raise typer.Exit(1)
    typer.echo(password)


@app.command()
def role(
    name: Annotated[str, typer.Argument(help="Who.")],
    role: Annotated[Role, typer.Argument(help="agent, supervisor or admin.")],
) -> None:
    """Let someone do more, or less, from now on. Ends with 1 if unknown."""
    if not _with_accounts(lambda accounts: accounts.change_role(name, role)):
        _fail(f"There is no user named {name}.")
        raise typer.Exit(1)


@app.command()
def token(name: Annotated[str, typer.Argument(help="What the script is called.")]) -> None:
    """Make a token with which a script uses the API, and print it; it can't be shown again."""
    typer.echo(_with_accounts(lambda accounts: accounts.add_token(name)))


def _with_accounts(use: Callable[[Accounts], Awaitable[T]]) -> T:
    """Open the database that `kalm serve` uses; both may run at the same time."""

    async def run() -> T:
        settings = Settings()
        settings.data.mkdir(parents=True, exist_ok=True)
        async with DurableJournal(settings.database, utc_now) as journal:
            return await use(Accounts(journal.database, utc_now))

    return asyncio.run(run())


def _fail(why: str) -> None:
    Console(stderr=True).print(why, markup=False)
