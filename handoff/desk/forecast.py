"""Forecast page: what the coming two weeks bring and whom they take, for supervisors."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from babel.dates import format_date
from fastapi import APIRouter, Request
from fastapi.responses import Response

from handoff.accounts import Accounts
from handoff.desk.forecast_chart import chart
from handoff.desk.team import not_for
from handoff.desk.view import page, reader_language, translator
from handoff.forecast_table import days, write_csv
from handoff.guard import Guard
from handoff.past_calls import PastCall, from_record
from handoff.store.database import Database
from handoff.wording import plain, wording

if TYPE_CHECKING:
    from handoff.forecast import HalfHour

HERE = "/desk/forecast"
KEPT_S = 600.0
"""Seconds for which a forecast is shown again and not made anew."""


@dataclass(frozen=True)
class Wanted:
    """What is reckoned with."""

    handle: float = 7.0
    """Mean minutes of talk and wrap-up of a person."""
    patience: float = 3.0
    """Mean minutes that a caller is willing to wait."""

    @property
    def query(self) -> str:
        """As it stands in addresses."""
        return f"handle={self.handle:g}&patience={self.patience:g}"


class TooFew(Exception):
    """Too few days are on record."""

    def __init__(self, days: int, needed: int) -> None:
        super().__init__(f"{days} of {needed} days")
        self.days, self.needed = days, needed


class Ahead:
    """Makes forecasts from the record, one at a time, and keeps the last for a while.

    Args:
        database: The record's.
        clock: Tells the time.
        zone: Where the centre is.
        country: Whose public holidays count.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], zone: tzinfo, country: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._country = country
        self._one_at_a_time = asyncio.Lock()
        self._made: tuple[float, date, Wanted, list[HalfHour]] | None = None

    async def of(self, wanted: Wanted) -> "list[HalfHour]":
        """Return the half hours of the coming two weeks; raises TooFew."""
        async with self._one_at_a_time:
            now = asyncio.get_running_loop().time()
            today = self._clock().astimezone(self._zone).date()
            if self._made is not None:
                made, day, of, ahead = self._made
                if now - made < KEPT_S and (day, of) == (today, wanted):
                    return ahead
            past = await from_record(self._database)
            ahead = await asyncio.to_thread(self._make, past, wanted)
            self._made = now, today, wanted, ahead
            return ahead

    def _make(self, past: "list[PastCall]", wanted: Wanted) -> "list[HalfHour]":
        # Statistics take seconds to import: only who forecasts waits for them.
        from handoff.forecast import LEAST_DAYS, TooLittleHistory, forecast

        try:
            return forecast(
                past,
                self._clock(),
                self._zone,
                handle_s=wanted.handle * 60,
                patience_s=wanted.patience * 60,
                country=self._country,
            )
        except TooLittleHistory as error:
            raise TooFew(error.days, LEAST_DAYS) from error


def router(ahead: Ahead, accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("")
    async def shown(request: Request, handle: str = "", patience: str = "") -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return not_for(request, session)
        language = reader_language(request)
        words = wording(language)
        asked = _wanted(handle, patience)
        few: TooFew | None = None
        found: list[HalfHour] = []
        try:
            found = await ahead.of(asked)
        except TooFew as error:
            few = error

        def wish(name: str) -> str:
            known = words.get("figures", "intents", name)
            said = known if isinstance(known, str) else words.say({}, "flows", name)
            return said or plain(name)

        def day(of: date, how: str = "EEEE d MMMM") -> str:
            return format_date(of, how, locale=language)

        wishes = [
            (wish(name), sum(half.by_intent[name] for half in found))
            for name in (found[0].by_intent if found else ())
        ]
        return page(
            request,
            "forecast.html",
            session=session,
            asked=asked,
            few=few,
            days=days(found),
            wishes=wishes,
            calls=found and chart(found, [h.calls for h in found], [h.for_people for h in found]),
            people=found and chart(found, [h.agents for h in found]),
            day=day,
        )

    @routes.get(".csv")
    async def table(request: Request, handle: str = "", patience: str = "") -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return not_for(request, session)
        out = io.StringIO()
        try:
            found = await ahead.of(_wanted(handle, patience))
        except TooFew as error:
            text = translator(reader_language(request))
            told = text("forecast", "too_few", days=error.days, needed=error.needed)
            return Response(told, 409, media_type="text/plain; charset=utf-8")
        write_csv(found, out)
        name = f"kalm-forecast-{found[0].start:%Y-%m-%d}.csv"
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    return routes


def _wanted(handle: str, patience: str) -> Wanted:
    """Return what a form asks for; what makes no sense is as usual."""
    usual = Wanted()
    return Wanted(_minutes(handle, usual.handle), _minutes(patience, usual.patience))


def _minutes(text: str, usual: float) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return usual
    return value if 0.5 <= value <= 60 else usual
