"""The demo company's calendar: when the office is open and which visits can be booked."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from bot.company.api import FreeSlot, Office

OFFICE = Office(
    address="Stationsplein 12",
    postcode="3511ED",
    city="Utrecht",
    hours={
        "mon": ("08:30", "17:30"),
        "tue": ("08:30", "17:30"),
        "wed": ("08:30", "17:30"),
        "thu": ("08:30", "20:00"),
        "fri": ("08:30", "17:30"),
        "sat": ("09:00", "12:30"),
        "sun": None,
    },
)
VISITS = tuple(
    time.fromisoformat(at) for at in ("08:30", "10:00", "11:30", "13:00", "14:30", "16:00")
)
"""When a visit may start, on any working day."""
VISIT_MINUTES = 60
AHEAD = timedelta(days=28)
"""How far ahead a visit can be booked; the first day is tomorrow."""

_ID = "%Y%m%d-%H%M"


def is_working_day(day: date) -> bool:
    """Return whether colleagues go on visits: no weekend, no Dutch public holiday."""
    from_easter = (day - easter(day.year)).days
    fixed = {(1, 1), (4, 27), (12, 25), (12, 26)}
    return (
        day.weekday() < 5
        and (day.month, day.day) not in fixed
        and from_easter not in (1, 39, 50)  # Easter Monday, Ascension Day, Whit Monday
    )


def working_day(after: date, number: int) -> date:
    """Return the first, second, ... working day after a day."""
    day = after
    while number:
        day += timedelta(days=1)
        number -= is_working_day(day)
    return day


def slot_id(start: datetime) -> str:
    """Return the id of the slot that starts at a moment of the company's own time zone."""
    return start.strftime(_ID)


def slots(now: datetime, zone: ZoneInfo) -> Iterator[FreeSlot]:
    """Yield every slot that can be booked from `now` on, booked ones included, soonest first."""
    today = now.astimezone(zone).date()
    for ahead in range(1, AHEAD.days + 1):
        day = today + timedelta(days=ahead)
        if is_working_day(day):
            for at in VISITS:
                start = datetime.combine(day, at, zone)
                yield FreeSlot(id=slot_id(start), start=start, minutes=VISIT_MINUTES)
