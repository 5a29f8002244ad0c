"""`kalm serve`: fetches what is missing, then answers calls until it is stopped."""

import socket
import sys
from typing import Annotated, Any

import typer
import uvicorn
from loguru import logger
from pydantic import ValidationError
from rich.console import Console

from bot.commands.models import fetch_with_bar
from bot.loading import Loading
from bot.memory import keep_small
from bot.models import ModelError, Models
from bot.settings import Settings

SWITCH_S = 0.0005
"""How long one thread may keep the others from running Python.

By its own measure of 5 ms, a call's event loop waits so long for each thread that recognises,
measures or stores something for another call, and a turn goes from thread to thread fifty times.
"""
GRACE_SECONDS = 5
"""How long calls in progress may take to end when Kalm is stopped."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the greeting: nl or en.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Folder for database, models, caches.")] = None,
) -> None:
    """Serve calls, desk and API. Each option is also KALM_<NAME> in the environment."""
    keep_small()
    sys.setswitchinterval(SWITCH_S)
    console = Console(stderr=True)
    flags: dict[str, Any] = {"host": host, "port": port, "language": language, "data": data}
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0])
            console.print(f"--{name} (KALM_{name.upper()}): {problem['msg']}", style="red")
        raise typer.Exit(2) from error
    listener = _listen(settings, console)
    _fetch(settings, console)
    loading = Loading(settings, learn=True)
    # Only now, since it takes as long as the models that are being read meanwhile.
    logger.disable("pipecat")  # which greets at length
    from bot.server import create_app

    logger.enable("pipecat")
    address = f"http://{_reachable(settings.host)}:{listener.getsockname()[1]}"

    def ready(notes: list[str]) -> None:
        for note in notes:
            console.print(note, markup=False, highlight=False, soft_wrap=True)
        console.print(f"Call from the browser: {address}/")
        console.print(f"The desk for agents:   {address}/desk")
        console.print("Stop with Ctrl-C.")

    server: uvicorn.Server
    app = create_app(settings, ready=ready, stopping=lambda: server.should_exit, loading=loading)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            ws_max_size=1 << 20,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    server.run(sockets=[listener])


def _fetch(settings: Settings, console: Console) -> None:
    """Bring in the weights that are missing; without the needed ones there is no telephone."""
    try:
        models = Models(settings)
    except ModelError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    missing = [
        model.message
        for model in fetch_with_bar(models, [], console)
        if model.status == "missing" and not model.optional
    ]
    for message in missing:
        console.print(message, markup=False, soft_wrap=True)
    if missing:
        raise typer.Exit(1)


def _listen(settings: Settings, console: Console) -> socket.socket:
    """Take the port before anything slow happens, so that a clash is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        console.print(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Choose another port with --port or KALM_PORT.",
            style="red",
        )
        raise typer.Exit(1) from error
    return listener


def _reachable(host: str) -> str:
    """The host by which this machine's own browser reaches us (browsers trust localhost)."""
    return "localhost" if host in {"0.0.0.0", "127.0.0.1", "::", "::1"} else host  # noqa: S104 (compared, not bound)
