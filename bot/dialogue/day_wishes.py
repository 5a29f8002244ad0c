"""Day wishes: the day, daypart or time at which a caller wants to come, from the words."""

from datetime import date, time

from bot.dialogue.conditions import SlotValue
from bot.understanding.meaning import Meaning

EMPTY: dict[str, SlotValue] = {
    "wish_from": None,
    "wish_until": None,
    "wish_after": None,
    "wish_before": None,
    "wish_time": None,
}


def day_wishes(meaning: Meaning | None) -> dict[str, SlotValue]:
    """Return the wish_ slots that the words fill; those they don't tell are None."""
    wish = dict(EMPTY)
    for entity in meaning.entities if meaning else ():
        try:
            _take(wish, entity.name, entity.value)
        except ValueError:
            continue  # an entity in another form than ours tells no day
    return wish


def tells_day(wish: dict[str, SlotValue]) -> bool:
    """Whether any day, daypart or time was told."""
    return any(value is not None for value in wish.values())


def _take(wish: dict[str, SlotValue], name: str, value: str) -> None:
    first, _, last = value.partition("/")
    if name == "date":
        day = date.fromisoformat(value[:10]).isoformat()
        wish["wish_from"] = wish["wish_until"] = day
    elif name == "period" and wish["wish_from"] is None:
        wish["wish_from"] = date.fromisoformat(first).isoformat()
        wish["wish_until"] = date.fromisoformat(last).isoformat()
    elif name == "daypart":
        wish["wish_after"] = time.fromisoformat(first).isoformat("minutes")
        wish["wish_before"] = time.fromisoformat(last).isoformat("minutes")
    elif name == "time":
        wish["wish_time"] = time.fromisoformat(value).isoformat("minutes")
