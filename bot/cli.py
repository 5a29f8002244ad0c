"""The `kalm` command: finds its commands in `bot.commands`, and imports the one that is asked for.

To import all of them takes Python four seconds; most need a half.
"""

import sys
from importlib import import_module
from typing import Any

import typer
from loguru import logger
from typer.core import TyperGroup
from typer.main import get_group

_COMMANDS = {
    "serve": "serve:serve",
    "call": "call:call",
    "chat": "chat:chat",
    "transcribe": "transcribe:transcribe",
    "parse": "parse:parse",
    "forecast": "forecast:forecast_calls",
    "simulate": "simulate:simulate_week",
    "intents": "intents:app",
    "mood": "mood:app",
    "models": "models:app",
    "users": "users:app",
}
"""By name, where a command is: a function, or a Typer with commands of its own."""
_LOG = "{time:HH:mm:ss} {level: <7} {message}"

logger.remove()  # before pipecat is imported, which greets every command at length


class Commands(TyperGroup):
    """The commands, each imported when it is asked for.

    Contexts and commands are of typer's own copy of click, whose types it keeps to itself.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Name them, as `kalm --help` lists them."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one; None when there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"bot.commands.{module}"), name)
        # As a part of a Typer, since a Typer alone would offer completion once more.
        parts = typer.Typer(pretty_exceptions_show_locals=False)
        if isinstance(found, typer.Typer):
            parts.add_typer(found, name=cmd_name)
        else:
            parts.command(cmd_name)(found)
        return get_group(parts).commands[cmd_name]


app = typer.Typer(
    cls=Commands,
    name="kalm",
    help="Kalm takes the first call at a contact centre.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def main(
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Tell more about what goes on."),
) -> None:
    """Set up what all commands share: log to standard error, results to standard output."""
    logger.add(sys.stderr, level="DEBUG" if verbose else "INFO", format=_LOG)
