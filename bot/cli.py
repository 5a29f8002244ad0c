"""The `kalm` command: gathers its commands from `bot.commands`."""

import sys

import typer
from loguru import logger

logger.remove()  # before pipecat is imported, which greets every command at length

from bot.commands import (  # noqa: E402
    call,
    chat,
    forecast,
    intents,
    models,
    mood,
    parse,
    serve,
    simulate,
    transcribe,
    users,
)

app = typer.Typer(
    name="kalm",
    help="Kalm takes the first call at a contact centre.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command()(serve.serve)
app.command()(call.call)
app.command()(chat.chat)
app.command()(transcribe.transcribe)
app.command()(parse.parse)
app.command("forecast")(forecast.forecast_calls)
app.command("simulate")(simulate.simulate_week)
app.add_typer(intents.app, name="intents")
app.add_typer(mood.app, name="mood")
app.add_typer(models.app, name="models")
app.add_typer(users.app, name="users")


@app.callback()
def main(
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Tell more about what goes on."),
) -> None:
    """Set up what all commands share: log to standard error, results to standard output."""
    logger.add(sys.stderr, level="DEBUG" if verbose else "INFO", format=_LOG)


_LOG = "{time:HH:mm:ss} {level: <7} {message}"
