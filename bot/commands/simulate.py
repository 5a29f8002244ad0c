"""`kalm simulate`: a week of calls, spread by Kalm and by longest idle, side by side."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.commands.charts import bar_chart
from handoff.routing import matches
from handoff.routing_rules import DEFAULT, RoutingRulesError, load_rules
from handoff.simulation import Result, longest_idle, simulate
from handoff.week import imagine


def simulate_week(
    calls: Annotated[
        int, typer.Option(min=1, max=100_000, help="Calls that need a person.")
    ] = 5000,
    agents: Annotated[int, typer.Option(min=1, max=1000, help="People who take calls.")] = 30,
    heavy: Annotated[float, typer.Option(min=0, max=1, help="Share of heavy calls.")] = 0.12,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same week.")] = 1,
    rules: Annotated[Path, typer.Option(help="Rules of routing and load, YAML.")] = DEFAULT,
    chart: Annotated[
        Path | None, typer.Option(help="Draw the heavy points of each agent into this SVG file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate a week: how heavy calls spread, and what that costs callers in waiting.

    The peer in the same run is what most exchanges do: whoever waits longest
    gets whoever is idle longest. Ends with 0, with 2 when the rules are broken.
    """
    errors = Console(stderr=True)
    try:
        checked = load_rules(rules)
    except RoutingRulesError as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    week = imagine(calls=calls, agents=agents, heavy=heavy, seed=seed)
    with Progress(console=errors, transient=True) as progress:
        bar = progress.add_task("Two weeks of calls", total=2 * calls)

        def step() -> None:
            progress.advance(bar)

        kalm = simulate(week, matches, checked, step)
        peer = simulate(week, longest_idle, checked, step)
    if chart is not None:
        chart.write_bytes(_chart(kalm, peer))
    if as_json:
        typer.echo(json.dumps(_compared(kalm, peer, seed)))
    else:
        Console().print(_table(kalm, peer))


def _compared(kalm: Result, peer: Result, seed: int) -> dict[str, float | int | None]:
    return {
        "gini_ratio": _ratio(kalm.gini, peer.gini),
        "back_to_back_avoidable": kalm.avoidable,
        "wait_ratio": _ratio(kalm.mean_wait_s, peer.mean_wait_s),
        "service_level_delta": round(kalm.service_level - peer.service_level, 3),
        "seed": seed,
    }


def _ratio(ours: float, theirs: float) -> float | None:
    """Return ours by theirs; None when there is nothing to compare with."""
    if theirs == 0:
        return 1.0 if ours == 0 else None
    return round(ours / theirs, 4)


def _table(kalm: Result, peer: Result) -> Table:
    table = Table("", "Kalm", "longest idle")
    rows: dict[str, Callable[[Result], str]] = {
        "Gini of heavy points": lambda r: f"{r.gini:.3f}",
        "Most and fewest points of an agent": lambda r: (
            f"{max(r.points.values()):.0f}, {min(r.points.values()):.0f}"
        ),
        "Heavy call right after a heavy one": lambda r: f"{r.in_a_row}",
        "... while a rested agent was free": lambda r: f"{r.avoidable}",
        "Mean wait": lambda r: f"{r.mean_wait_s:.1f} s",
        "Answered within 20 s": lambda r: f"{r.service_level:.1f} %",
        "Called back": lambda r: f"{r.callbacks}",
    }
    for name, told in rows.items():
        table.add_row(name, told(kalm), told(peer))
    return table


def _chart(kalm: Result, peer: Result) -> bytes:
    """Draw the points of each agent, from the fewest to the most."""
    return bar_chart(
        "Points of heavy calls in a week, agent by agent",
        {"Kalm": sorted(kalm.points.values()), "longest idle": sorted(peer.points.values())},
        x_title="agents, from the fewest points to the most",
        y_title="points",
    )
