"""Entities: everything that rules find in an utterance, merged.

Two entities of one name never overlap. Entities of different names may: "twaalf
elf" is digits and an amount, "de tweede" a rank and a day; a slot takes the kind
that it waits for. What is plainly a part of something else is left out: a count
inside an amount, a date, a time or a code; a period inside a date ("volgende week"
in "volgende week dinsdag") and a date inside a period ("van maandag tot woensdag");
a daypart inside a time; a rank inside a full date.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.events import Entity, Language
from bot.understanding.codes import find_phones, find_postcodes
from bot.understanding.dates import find_dates, find_times
from bot.understanding.meaning import Found
from bot.understanding.numbers import find_amounts, find_cardinals, find_digits, find_ordinals
from bot.understanding.periods import find_dayparts, find_periods

_PART_OF = {
    "cardinal": frozenset({"amount", "date", "time", "postcode", "phone", "daypart", "period"}),
    "period": frozenset({"date"}),
    "date": frozenset({"period"}),
    "daypart": frozenset({"time"}),
}
"""What a kind is dropped inside of, when the other is longer; a count also when it is not."""


def find_entities(text: str, language: Language, now: datetime) -> tuple[Entity, ...]:
    """Return what rules find in a text, in order; `now` is aware, in the caller's zone."""
    found = [
        *_named("digits", find_digits(text, language)),
        *_named("amount", find_amounts(text, language)),
        *_named("cardinal", find_cardinals(text, language)),
        *_named("ordinal", find_ordinals(text, language)),
        *_named("postcode", find_postcodes(text, language)),
        *_named("phone", find_phones(text, language)),
        *_named("date", find_dates(text, language, now)),
        *_named("time", find_times(text, language, now)),
        *_named("period", find_periods(text, language, now)),
        *_named("daypart", find_dayparts(text, language, now)),
    ]
    kept = [one for one in found if not _is_part(one, found)]
    return tuple(sorted(kept, key=lambda one: (one.start, one.end)))


def _is_part(one: Entity, others: Sequence[Entity]) -> bool:
    """Tell whether an entity is plainly a part of another one.

    The rank of "de tweede" stays, for it may choose from a list; that of
    "dinsdag de tweede" can only be a day.
    """
    if one.name == "ordinal":
        return any(
            other.name == "date"
            and other.start <= one.start
            and one.end <= other.end
            and len(other.text.split()) > 2
            for other in others
        )
    return any(
        other.name in _PART_OF.get(one.name, ())
        and other.start <= one.start
        and one.end <= other.end
        and (one.name == "cardinal" or other.end - other.start > one.end - one.start)
        for other in others
    )


def _named(name: str, found: Sequence[Found[Any]]) -> list[Entity]:
    return [
        Entity(
            name=name,
            value=_canonical(name, one.value),
            text=one.text,
            start=one.start,
            end=one.end,
        )
        for one in found
    ]


def _canonical(name: str, value: Any) -> str:
    """Write a value as slots and events hold it."""
    if name == "amount":
        return f"{Decimal(value):.2f}"
    if name == "time":
        return f"{value:%H:%M}"
    if name == "period":
        return f"{value[0].isoformat()}/{value[1].isoformat()}"
    if name == "daypart":
        return f"{value[0]:%H:%M}/{value[1]:%H:%M}"
    return value.isoformat() if name == "date" else str(value)
