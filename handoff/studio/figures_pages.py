"""Figures pages: what became of calls, as a picture, a table and CSV, for owners."""

import asyncio
import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import cast, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.events import Language
from handoff.desk.view import moment, page, reader_language, translator
from handoff.store.database import Database
from handoff.studio.entrance import Entrance
from handoff.studio.figures import Figures, Row, figures
from handoff.studio.figures_chart import chart
from handoff.studio.past import past_calls

PERIODS = (7, 30, 90)
"""Days, today among them."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    days: int
    language: Language | None
    since: datetime
    until: datetime

    @property
    def query(self) -> str:
        """As it stands in addresses."""
        return f"days={self.days}&language={self.language or ''}"


def router(
    database: Database, entrance: Entrance, clock: Callable[[], datetime], zone: tzinfo
) -> APIRouter:
    """Build the routes; days begin at midnight in `zone`."""
    routes = APIRouter(prefix="/studio/numbers", include_in_schema=False)

    def wanted(days: str, language: str) -> Wanted:
        chosen = int(days) if days.isascii() and days.isdigit() else 0
        period = chosen if chosen in PERIODS else PERIODS[1]
        spoken = cast(Language, language) if language in get_args(Language) else None
        now = clock().astimezone(zone)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return Wanted(period, spoken, midnight - timedelta(days=period - 1), now)

    async def counted(asked: Wanted) -> Figures:
        calls = await past_calls(database, asked.since, asked.until)
        return await asyncio.to_thread(
            figures, calls, asked.since, asked.until, clock(), asked.language
        )

    @routes.get("")
    async def numbers(request: Request, days: str = "", language: str = "") -> Response:
        session = await entrance.owner(request)
        asked = wanted(days, language)
        return page(
            request,
            "studio_numbers.html",
            session=session,
            asked=asked,
            periods=PERIODS,
            found=await counted(asked),
            moment=moment,
        )

    @routes.get(".svg")
    async def picture(request: Request, days: str = "", language: str = "") -> Response:
        await entrance.owner(request)
        found = await counted(wanted(days, language))
        t = translator(reader_language(request))
        names = (t("figures", "resolved"), t("figures", "handed_over"), t("figures", "neither"))
        readable = {row.intent: t("figures", "intents", row.intent) for row in found.rows}
        svg = await asyncio.to_thread(chart, found, names, readable)
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(svg, media_type="image/svg+xml", headers=headers)

    @routes.get(".csv")
    async def table(request: Request, days: str = "", language: str = "") -> Response:
        await entrance.owner(request)
        asked = wanted(days, language)
        found = await counted(asked)
        name = f"kalm-{asked.since:%Y-%m-%d}-{asked.until:%Y-%m-%d}.csv"
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)

    return routes


COLUMNS = (
    "intent", "calls", "resolved", "handed_over", "neither", "misunderstood", "mean_turns",
    "calls_of_known_callers", "repeated_within_7_days", "deflection", "repeat_share",
)  # fmt: skip


def as_csv(found: Figures) -> str:
    """Write figures as CSV: one row an intent, and one of all calls at the end."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for row in (*found.rows, found.total):
        lines.writerow(_cells(row))
    return out.getvalue()


def _cells(row: Row) -> list[object]:
    turns, deflected = row.mean_turns, row.deflection
    again = deflected.repeat_share if deflected else None
    return [
        row.intent or "(all calls)",
        row.calls,
        row.resolved,
        row.handed_over,
        row.neither,
        row.misunderstood,
        "" if turns is None else round(turns, 2),
        row.known,
        row.repeated,
        "" if deflected is None else round(deflected.share, 4),
        "" if again is None else round(again, 4),
    ]
