"""`kalm call`: a robot caller talks to a bot; prints what was said, how fast, what came of it."""

import asyncio
import json
import secrets
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.commands.own_bot import BotFailed, OwnBot
from bot.commands.robot_voice import VoiceMissing, robot_voice
from bot.events import Language
from bot.line.robot import CallReport, Manners, Record, Robot, Turn
from bot.line.robot_api import RobotApi
from bot.line.robot_script import BadScript, Step, read_file, read_step
from bot.line.twilio_signature import ticket
from bot.settings import Settings
from bot.stages import STAGES

SOUND_FILES = {".wav", ".flac", ".ogg", ".mp3"}


def call(
    lines: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences and sound files; /key 0, /wait 9, /over Nee, wacht."),
    ] = None,
    say: Annotated[
        list[str] | None, typer.Option("--say", help="A sentence, after those before it.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="Twilio-protocol websocket; without it, Kalm starts a bot itself."),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the call and the sentences.")] = "nl",
    number: Annotated[
        str | None, typer.Option("--from", help="The caller's number, E.164.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    record: Annotated[
        Path | None, typer.Option(help="Write the call here: WAV, caller left, bot right.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="KALM_API_TOKEN", help="Token of the other Kalm's API.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(help="An espeak-ng voice for the caller: en-us, mb-nl2, ...")
    ] = None,
    pause: Annotated[
        float, typer.Option(help="Seconds of the bot's silence after which the caller speaks.")
    ] = Manners.pause,
    patience: Annotated[
        float, typer.Option(help="Seconds to wait for an answer.")
    ] = Manners.patience,
) -> None:
    """Call a bot and follow a script.

    Ends with 0 when the call was completed, 1 when it failed or the bot never
    spoke, 2 when it could not be made as asked.
    """
    errors = Console(stderr=True)
    try:
        script = _script([*(lines or []), *(say or [])], language, voice)
        if url is not None:
            url = _line(url)
    except (BadScript, VoiceMissing) as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    show = _json_turn if as_json else _Transcript(Console()).turn
    report = asyncio.run(
        _call(
            script,
            url,
            Settings(),
            language=language,
            number=number,
            token=token,
            record=record,
            manners=Manners(pause=pause, patience=patience),
            show=show,
            errors=errors,
        )
    )
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        _Transcript(Console()).end(report)
    raise typer.Exit(0 if report.completed else 1)


async def _call(
    script: list[Step],
    url: str | None,
    settings: Settings,
    *,
    language: Language,
    number: str | None,
    token: str | None,
    record: Path | None,
    manners: Manners,
    show: Callable[[Turn], None],
    errors: Console,
) -> CallReport:
    call_id = "CA" + secrets.token_hex(16)
    parameters = {"from": number} if number else {}
    async with AsyncExitStack() as stack:
        own: Record
        if url is None:
            with errors.status("Starting a bot ..."):
                try:
                    bot = await stack.enter_async_context(OwnBot.running(settings, language))
                except BotFailed as error:
                    return CallReport(call_id=call_id, error=f"no bot to call: {error}")
            url, own = bot.url, bot
        else:
            own = RobotApi(url, token)
            stack.push_async_callback(own.close)
            if settings.twilio_auth_token:
                # As Twilio would pass it on from the other Kalm's TwiML.
                parameters["ticket"] = ticket(settings.twilio_auth_token, call_id, number)
        robot = Robot(url, own, language=language, manners=manners)
        try:
            return await robot.call(script, call_id, parameters=parameters, on_turn=show)
        finally:
            if record is not None and robot.phone is not None:
                robot.phone.handset.write(record)


def _script(lines: list[str], language: Language, voice: str | None) -> list[Step]:
    speak = robot_voice(language, voice)
    return [
        read_file(Path(line))
        if Path(line).suffix.lower() in SOUND_FILES
        else read_step(line, language, speak)
        for line in lines
    ]


def _line(url: str) -> str:
    """Complete a URL: a bare host means its Twilio line."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.netloc:
        raise BadScript(f"{url!r} is no websocket: give ws://HOST:PORT or wss://HOST/PATH")
    return url if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}/lines/twilio"


def _json_turn(turn: Turn) -> None:
    typer.echo(json.dumps(asdict(turn), ensure_ascii=False))
    sys.stdout.flush()


class _Transcript:
    """The call as a person reads it while it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def turn(self, turn: Turn) -> None:
        show = self._console.print
        if turn.said:
            show(f"[bold]Caller[/]  {escape(turn.said)}")
            if turn.recognised and turn.recognised != turn.said:
                show(f"[dim]  heard as  {escape(turn.recognised)}[/]")
        for action in turn.actions:
            arguments = ", ".join(f"{name}={value}" for name, value in action["arguments"].items())
            did = f"{action['action']}({arguments}): {action['result']}"
            show(f"[dim]  did  {escape(did)}[/]")
        after = "no answer" if turn.latency_s is None else f"after {turn.latency_s:.2f} s"
        show(
            f"[bold cyan]Bot[/]     {escape(turn.heard or '(no words on record)')}  [dim]{after}[/]"
        )

    def end(self, report: CallReport) -> None:
        show = self._console.print
        for line in report.unsaid:
            show(f"[yellow]Not said, the bot had hung up:[/] {escape(line)}")
        if report.error:
            show(f"[red]Failed: {escape(report.error)}[/]")
        latencies = sorted(t.latency_s for t in report.turns if t.latency_s is not None)
        if latencies:
            middle = latencies[len(latencies) // 2]
            show(f"Answers: median {middle:.2f} s, slowest {latencies[-1]:.2f} s")
        if timed := [turn for turn in report.turns if turn.stages]:
            show(_stages(timed))
        outcome = report.outcome or "outcome unknown"
        show(f"Call {report.call_id}: {outcome}, hung up by {report.hung_up_by}")
        if report.card:
            self._card(report.card)

    def _card(self, card: dict[str, Any]) -> None:
        self._console.rule("Card")
        for name, value in card.items():
            told = "; ".join(_told(value))
            if told and name not in _NOT_FOR_READING:
                self._console.print(f"[bold]{name.replace('_', ' '):16}[/]{escape(told)}")


def _stages(turns: list[Turn]) -> Table:
    """Return a table of when the bot reached each stage of its answers."""
    title = "Seconds from the caller's last sound"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("", overflow="ellipsis", no_wrap=True, max_width=15)
    for stage in STAGES:
        name = stage.replace("_", "\n")
        table.add_column(name, justify="right", min_width=max(map(len, name.split())))
    for turn in turns:
        at = [f"{turn.stages[stage]:.2f}" if stage in turn.stages else "" for stage in STAGES]
        table.add_row(escape(turn.said), *at)
    return table


_NOT_FOR_READING = {"call_id", "language", "last_seq", "line"}


def _told(value: Any) -> list[str]:
    """Return the texts of a part of the card; what is unknown has none."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            return [value["text"]]
        return [text for part in value.values() for text in _told(part)]
    if isinstance(value, list):
        return [text for part in value for text in _told(part)]
    return [value] if isinstance(value, str) else []
