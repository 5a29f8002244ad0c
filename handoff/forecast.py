"""Forecast: calls per half hour for the coming weeks, and the people they take.

A Poisson regression (scikit-learn) on weekday and time of day, recent weeks
weighing more; a public holiday counts as a Sunday. What the bot takes off is
told by how many calls of each intent it resolved, so a new intent takes off
little until it has shown what it does.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import holidays
import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson
from sklearn.linear_model import PoissonRegressor

from handoff.past_calls import PastCall
from handoff.staffing import agents_needed

HALF_HOUR = timedelta(minutes=30)
SLOTS = 48
LEAST_DAYS = 14
"""Days of history without which nothing is forecast."""
MOST_DAYS = 365
HALF_LIFE_DAYS = 28.0
"""After so many days a day weighs half."""
SMOOTH = 1.0
"""How much neighbouring times and days are taken to be alike; chosen on drawn weeks in tests."""
SHARED = 10.0
TRACE = 0.5
BAND = (0.1, 0.9)
"""Four of five half hours are expected within it."""


class UnknownCountry(ValueError):
    """Nobody knows the public holidays of such a country; the text says what is known."""


class TooLittleHistory(ValueError):
    """There are not enough days to tell a week from chance."""

    def __init__(self, days: int) -> None:
        super().__init__(
            f"{days} days of calls are on record; a forecast needs {LEAST_DAYS} at least."
        )
        self.days = days
        """On record."""


@dataclass(frozen=True)
class HalfHour:
    """What one half hour is expected to bring."""

    start: datetime
    calls: float
    low: float
    high: float
    """Between them four of five half hours are expected."""
    by_intent: dict[str, float]
    for_people: float
    """Calls that the bot will not resolve."""
    agents: int
    """People on the phone that these take."""


def forecast(
    past: Iterable[PastCall],
    now: datetime,
    zone: tzinfo,
    *,
    days: int = 14,
    handle_s: float = 420,
    patience_s: float | None = 180,
    country: str = "NL",
) -> list[HalfHour]:
    """Return the half hours of the coming days, from tomorrow on, as the clocks there show them.

    Args:
        past: Calls in any order; those of today and later are left out, for today is not over.
        now: Aware.
        zone: Where the centre is.
        days: How many days ahead.
        handle_s: Mean seconds that a person needs for a call, wrap-up included.
        patience_s: Mean patience of callers; None: nobody hangs up.
        country: Whose public holidays count, ISO 3166.

    Raises:
        TooLittleHistory: Less than LEAST_DAYS days.
        UnknownCountry: Its holidays are not known.
    """
    today = now.astimezone(zone).date()
    calls = [(c.at.astimezone(zone), c) for c in past]
    calls = [(at, c) for at, c in calls if today - timedelta(MOST_DAYS) <= at.date() < today]
    first = min((at.date() for at, _ in calls), default=today)
    known = (today - first).days
    if known < LEAST_DAYS:
        raise TooLittleHistory(known)
    if country not in holidays.list_supported_countries():
        raise UnknownCountry(f"No country {country!r}: use two letters of ISO 3166, as NL or BE.")
    free_days = holidays.country_holidays(country)
    seen = [first + timedelta(n) for n in range(known)]
    ahead = [today + timedelta(n) for n in range(1, days + 1)]
    counts = _counts([at for at, _ in calls], seen)
    rates, spread = _fitted(counts, seen, ahead, today, free_days)
    shares, kept = _shares([c for _, c in calls])
    return [
        _half_hour(
            start,
            float(rates[number, slot]),
            spread,
            shares,
            kept,
            handle_s,
            patience_s,
        )
        for number, day in enumerate(ahead)
        for slot in range(SLOTS)
        if _there_is(start := _moment(day, slot, zone))
    ]


def _moment(day: date, slot: int, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, slot // 2, slot % 2 * 30, tzinfo=zone)


def _there_is(moment: datetime) -> bool:
    """Tell whether the clock shows this time: on a night in spring it leaves an hour out."""
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return shown.replace(tzinfo=None) == moment.replace(tzinfo=None)


def _counts(moments: Sequence[datetime], days: Sequence[date]) -> NDArray[np.float64]:
    """Count calls by day and slot."""
    place = {day: number for number, day in enumerate(days)}
    counts = np.zeros((len(days), SLOTS))
    for at in moments:
        counts[place[at.date()], at.hour * 2 + at.minute // 30] += 1
    return counts


def _fitted(
    counts: NDArray[np.float64],
    seen: Sequence[date],
    ahead: Sequence[date],
    today: date,
    free_days: "holidays.HolidayBase",
) -> tuple[NDArray[np.float64], float]:
    """Return the expected calls of the days ahead, and how much more they vary than by chance."""
    weights = np.array([0.5 ** ((today - day).days / HALF_LIFE_DAYS) for day in seen])
    kinds = np.array([_kind(day, free_days) for day in seen])
    # All days of a kind tell of the same expectation: their weighted mean is all there is to fit.
    present = sorted(set(kinds.tolist()))
    weight = np.array([weights[kinds == kind].sum() for kind in present])
    mean = np.array(
        [np.average(counts[kinds == k], axis=0, weights=weights[kinds == k]) for k in present]
    )
    rows = np.vstack([_row(kind, slot) for kind in present for slot in range(SLOTS)])
    model = PoissonRegressor(alpha=SMOOTH / weight.sum(), solver="newton-cholesky")
    model.fit(rows, mean.ravel(), sample_weight=np.repeat(weight, SLOTS))
    rates = model.predict(
        np.vstack([_row(kind, slot) for kind in range(7) for slot in range(SLOTS)])
    ).reshape(7, SLOTS)
    for kind in range(7):
        # Where no call ever came, a trace of one is smoothing, not a caller.
        never = ~counts[kinds == kind].any(axis=0)
        rates[kind, never & (rates[kind] < TRACE)] = 0.0
    # Counts that vary more than by chance (Poisson) make the band wider.
    expected = rates[kinds]
    busy = expected > 0.5
    excess = ((counts - expected) ** 2 - expected)[busy] / expected[busy] ** 2
    spread = max(float(excess.mean()), 0.0) if busy.any() else 0.0
    return rates[[_kind(day, free_days) for day in ahead]], spread


def _kind(day: date, free_days: "holidays.HolidayBase") -> int:
    """Return the weekday, Monday 0; a public holiday is a Sunday."""
    return 6 if day in free_days else day.weekday()


def _row(kind: int, slot: int) -> NDArray[np.float64]:
    """Return weekday, time of day, and both together, each as its own column."""
    row = np.zeros(7 + SLOTS + 7 * SLOTS)
    # What all days and all times share is smoothed less than what one time of one day has alone.
    row[kind] = row[7 + slot] = SHARED
    row[7 + SLOTS + kind * SLOTS + slot] = 1
    return row


def _shares(past: Sequence[PastCall]) -> tuple[dict[str, float], dict[str, float]]:
    """Return each intent's share of all calls, and the share of it that people get."""
    of_all = Counter(call.intent for call in past)
    by_bot = Counter(call.intent for call in past if call.by_bot)
    shares = {intent: n / len(past) for intent, n in of_all.most_common()}
    # One call more for people than was seen: what was resolved once is not resolved for ever.
    kept = {intent: 1 - by_bot[intent] / (n + 1) for intent, n in of_all.items()}
    return shares, kept


def _half_hour(
    start: datetime,
    calls: float,
    spread: float,
    shares: dict[str, float],
    kept: dict[str, float],
    handle_s: float,
    patience_s: float | None,
) -> HalfHour:
    for_people = sum(calls * share * kept[intent] for intent, share in shares.items())
    fares = agents_needed(for_people, handle_s, patience_s=patience_s)
    low, high = _band(calls, spread)
    return HalfHour(
        start=start,
        calls=calls,
        low=low,
        high=high,
        by_intent={intent: calls * share for intent, share in shares.items()},
        for_people=for_people,
        agents=fares.agents,
    )


def _band(mean: float, spread: float) -> tuple[float, float]:
    if spread < 1e-6:
        low, high = poisson.ppf(BAND, mean)
    else:
        size = 1 / spread
        low, high = nbinom.ppf(BAND, size, size / (size + mean))
    return float(low), float(high)
