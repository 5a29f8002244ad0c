"""`kalm users`: who may use the desk, and which scripts may use the API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.clock import utc_now
from bot.settings import Settings
from handoff.accounts import Accounts, Role, UserExists, UserRefused
from handoff.agents import Agents, Profile
from handoff.store.journal import DurableJournal

app = typer.Typer(help="Let agents use the desk, and scripts the API.")

T = TypeVar("T")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As callers may hear it: Sem.")],
    role: Annotated[Role, typer.Option(help="agent, supervisor, owner or admin.")] = "agent",
    studio: Annotated[bool, typer.Option("--studio", help="May use the studio besides.")] = False,
) -> None:
    """Add someone and print a first password. Ends with 1 when there is such a name already."""
    try:
        password = _with_accounts(
            lambda accounts: accounts.add_user(name, role=role, also_owns=studio)
        )
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
    role: Annotated[Role, typer.Argument(help="agent, supervisor, owner or admin.")],
    studio: Annotated[bool, typer.Option("--studio", help="May use the studio besides.")] = False,
) -> None:
    """Let someone do more, or less, from now on. Ends with 1 if unknown."""
    if not _with_accounts(lambda accounts: accounts.change_role(name, role, studio)):
        _fail(f"There is no user named {name}.")
        raise typer.Exit(1)


@app.command()
def profile(
    name: Annotated[str, typer.Argument(help="Who.")],
    language: Annotated[
        list[str] | None, typer.Option(help="nl or en; give it once for each.")
    ] = None,
    skill: Annotated[
        list[str] | None,
        typer.Option(help="A name from `skills` in routing.yml; give it once for each."),
    ] = None,
    no_skills: Annotated[bool, typer.Option("--no-skills", help="Take all skills away.")] = False,
    trained: Annotated[
        bool | None, typer.Option("--trained/--untrained", help="For aggression.")
    ] = None,
    heavy: Annotated[
        bool | None, typer.Option("--heavy/--no-heavy", help="Asked for the heavier calls.")
    ] = None,
    whisper: Annotated[
        bool | None,
        typer.Option("--whisper/--no-whisper", help="Hears what a call is about first."),
    ] = None,
    buddy: Annotated[
        str | None, typer.Option(help='Told after a heavy call, if wanted; "" for nobody.')
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what somebody can do, or change what is given. Ends with 1 if unknown."""
    wanted: dict[str, object] = {
        "languages": language,
        "skills": [] if no_skills else skill,
        "trained": trained,
        "asked_for_heavy": heavy,
        "whisper": whisper,
    }
    changes = {field: value for field, value in wanted.items() if value is not None}
    if buddy is not None:
        changes["buddy"] = buddy or None

    async def change(agents: Agents) -> Profile | None:
        found = (await agents.all()).get(name)
        if found is not None and changes:
            found = Profile.model_validate(found.model_dump() | changes)
            await agents.set(found)
        return found

    try:
        found = _with_journal(lambda journal: change(Agents(journal.database)))
    except ValidationError as error:
        problem = error.errors()[0]
        _fail(f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}")
        raise typer.Exit(2) from error
    if found is None:
        _fail(f"There is no user named {name}; `kalm users add` adds one.")
        raise typer.Exit(1)
    if json:
        typer.echo(found.model_dump_json())
        return
    said = found.model_dump(mode="json")
    for field in ("languages", "skills"):
        said[field] = ", ".join(sorted(said[field])) or "none"
    for field, value in said.items():
        typer.echo(f"{field:16} {'none' if value is None else value}")


@app.command()
def token(name: Annotated[str, typer.Argument(help="What the script is called.")]) -> None:
    """Make a token with which a script uses the API, and print it; it can't be shown again."""
    typer.echo(_with_accounts(lambda accounts: accounts.add_token(name)))


def _with_accounts(use: Callable[[Accounts], Awaitable[T]]) -> T:
    return _with_journal(lambda journal: use(Accounts(journal.database, utc_now)))


def _with_journal(use: Callable[[DurableJournal], Awaitable[T]]) -> T:
    """Open the database that `kalm serve` uses; both may run at the same time."""

    async def run() -> T:
        settings = Settings()
        settings.data.mkdir(parents=True, exist_ok=True)
        async with DurableJournal(settings.database, utc_now) as journal:
            return await use(journal)

    return asyncio.run(run())


def _fail(why: str) -> None:
    Console(stderr=True).print(why, markup=False)
