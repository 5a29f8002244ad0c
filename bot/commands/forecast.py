"""`kalm forecast`: calls per half hour for the coming weeks, and the people they take."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.clock import utc_now
from bot.commands.charts import line_chart
from bot.settings import Settings
from handoff.forecast_table import row, write_csv
from handoff.past_calls import HistoryError, PastCall, from_csv, from_record
from handoff.store.database import Database

if TYPE_CHECKING:
    from handoff.forecast import HalfHour


def forecast_calls(
    history: Annotated[
        Path | None,
        typer.Option(help="CSV with columns at, intent, by_bot; Kalm's own record when unset."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days ahead.")] = 14,
    handle_s: Annotated[
        float, typer.Option(min=1, help="Mean seconds of talk and wrap-up of a person.")
    ] = 420,
    patience_s: Annotated[
        float, typer.Option(min=0, help="Mean patience of callers; 0: nobody hangs up.")
    ] = 180,
    country: Annotated[str, typer.Option(help="Whose public holidays count, ISO 3166.")] = "NL",
    chart: Annotated[Path | None, typer.Option(help="Draw it into this SVG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a half hour.")] = False,
) -> None:
    """Forecast calls and staffing; prints CSV.

    Ends with 0, with 1 when there is too little history, with 2 when a file makes no sense.
    """
    # Statistics take seconds to import: only who forecasts waits for them.
    from handoff.forecast import TooLittleHistory, UnknownCountry, forecast

    errors, settings = Console(stderr=True), Settings()
    try:
        past = list(from_csv(history, settings.zone)) if history else asyncio.run(_own(settings))
        with errors.status("Learning from the calls of the past ..."):
            ahead = forecast(
                past,
                utc_now(),
                settings.zone,
                days=days,
                handle_s=handle_s,
                patience_s=patience_s or None,
                country=country,
            )
    except (TooLittleHistory, HistoryError, UnknownCountry) as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1 if isinstance(error, TooLittleHistory) else 2) from error
    if chart is not None:
        chart.write_bytes(_chart(ahead))
    if as_json:
        for half_hour in ahead:
            typer.echo(json.dumps(row(half_hour)))
    else:
        write_csv(ahead, sys.stdout)


async def _own(settings: Settings) -> list[PastCall]:
    database = Database(settings.database)
    await database.start()
    try:
        return await from_record(database)
    finally:
        await database.close()


def _chart(ahead: "list[HalfHour]") -> bytes:
    labels = [half.start.strftime("%a %d %b") if half.start.hour == 12 else "" for half in ahead]
    noons = [n for n, half in enumerate(ahead) if (half.start.hour, half.start.minute) == (12, 0)]
    return line_chart(
        "Calls and people, half hour by half hour",
        {
            "calls": [half.calls for half in ahead],
            "calls for people": [half.for_people for half in ahead],
            "people needed": [float(half.agents) for half in ahead],
        },
        labels,
        noons,
    )
