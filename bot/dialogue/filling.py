"""Filling: what the caller's words put into the slot that is asked for."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from bot.company.api import Appointment, Invoice
from bot.dialogue.billing import PLACES
from bot.dialogue.conditions import SlotValue
from bot.dialogue.day_wishes import EMPTY, day_wishes, tells_day
from bot.dialogue.invoice_hints import hinted
from bot.dialogue.slots import Slot, SlotType
from bot.dialogue.state import State
from bot.dialogue.visits import described
from bot.events import Language
from bot.understanding.meaning import Meaning
from bot.understanding.numbers import find_cardinals

NONE = "none"
"""Nothing of what was offered suits."""
OTHER = "other"
"""Not one of what was offered, but the caller says what would suit."""


@dataclass(frozen=True)
class Fill:
    """A value for the slot, and slots that come with it."""

    value: SlotValue
    also: Mapping[str, SlotValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What is asked for, and all that can help to tell what the words mean."""

    slot: Slot
    meaning: Meaning
    state: State
    now: datetime
    """On the caller's own clock."""

    @property
    def zone(self) -> ZoneInfo:
        """The caller's time zone."""
        zone = self.now.tzinfo
        assert isinstance(zone, ZoneInfo)  # noqa: S101  # Task.now sees to it
        return zone

    def values(self, name: str) -> list[str]:
        """Return the values of all entities of a name, in the order they were said."""
        return [each.value for each in self.meaning.entities if each.name == name]


def fill(ask: Ask) -> Fill | None:
    """Return what the words put into the slot; None when they don't tell."""
    return _FILLERS[ask.slot.type](ask)


def fill_keys(slot: Slot, keys: str, state: State) -> Fill | None:
    """Return what typed digits put into the slot; None when they don't fit."""
    if slot.type == "digits" and keys and (not slot.length or len(keys) == slot.length):
        return Fill(keys)
    if slot.type == "phone":
        number = _phone(keys)
        return Fill(number) if number else None
    if slot.type == "yes_no" and keys in ("1", "2"):
        return Fill(keys == "1")
    if slot.type == "count" and keys and slot.minimum <= int(keys) <= slot.maximum:
        return Fill(int(keys))
    if slot.type in ("free_slot", "invoice", "appointment") and len(keys) == 1 and keys > "0":
        return _place(slot.type, int(keys) - 1, state)
    if slot.type == "choice" and len(keys) == 1 and 0 < int(keys) <= len(slot.options):
        return Fill(list(slot.options)[int(keys) - 1])
    return None


def keys_complete(slot: Slot, keys: str) -> bool:
    """Whether the digits typed so far need no # to end them."""
    if slot.type == "digits":
        return bool(slot.length) and len(keys) >= slot.length
    if slot.type == "phone":
        return len(keys) >= 10
    return slot.type in ("yes_no", "free_slot", "invoice", "appointment", "choice") and bool(keys)


def _digits(ask: Ask) -> Fill | None:
    said = ask.values("digits")
    # "vier zeven elf ... nul negen": a number said in parts is one number
    for candidate in [*said, "".join(said)]:
        if candidate and (not ask.slot.length or len(candidate) == ask.slot.length):
            return Fill(candidate)
    spelled = re.sub(r"\D", "", ask.meaning.text)
    if ask.slot.length and len(spelled) == ask.slot.length:
        return Fill(spelled)
    return None


def _postcode(ask: Ask) -> Fill | None:
    said = ask.values("postcode")
    if said:
        return Fill(said[-1])
    # asked for one, "3581 ga" is one too, though "ga" is a word elsewhere
    for digits in (each for each in ask.meaning.entities if each.name == "digits"):
        letters = re.sub(r"[^a-z]", "", ask.meaning.text[digits.end :].lower())
        if len(digits.value) == 4 and digits.value[0] != "0" and len(letters) == 2:
            return Fill(digits.value + letters.upper())
    return None


def _phone_said(ask: Ask) -> Fill | None:
    said = ask.values("phone")
    if said:
        return Fill(said[-1])
    number = _phone("".join(ask.values("digits")))
    return Fill(number) if number else None


def _phone(digits: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, "NL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_YES: dict[Language, tuple[str, ...]] = {
    "nl": ("ja", "jawel", "jazeker", "graag", "prima", "akkoord", "zeker", "goed", "oké", "oke"),
    "en": ("yes", "yeah", "yep", "sure", "please", "okay", "ok", "fine", "right", "correct"),
}
_NO: dict[Language, tuple[str, ...]] = {
    "nl": ("nee", "neen", "niet", "liever niet", "hoeft niet"),
    "en": ("no", "nope", "not", "don't", "rather not"),
}


def _yes_no(ask: Ask) -> Fill | None:
    # a short plain yes or no counts whatever the classifier thinks of it
    words = re.findall(r"[\w']+", ask.meaning.text.lower())
    language = ask.meaning.language
    if words and words[0] in (*_NO["nl"], *_NO["en"]):
        return Fill(False)
    if ask.meaning.intent == "affirm":
        return Fill(True)
    if ask.meaning.intent == "deny":
        return Fill(False)
    if 0 < len(words) <= 4:
        if any(word in _NO[language] for word in words):
            return Fill(False)
        if any(word in _YES[language] for word in words):
            return Fill(True)
    return None


_PER_YEAR: dict[Language, tuple[tuple[str, int], ...]] = {
    "nl": (("half jaar", 6), ("halfjaar", 6), ("een jaar", 12), ("één jaar", 12)),
    "en": (("half a year", 6), ("six months", 6), ("a year", 12), ("one year", 12)),
}


def _count(ask: Ask) -> Fill | None:
    text = ask.meaning.text.lower()
    for words, months in _PER_YEAR[ask.meaning.language]:
        if words in text:
            return Fill(months)
    # not by entity: "in three months" is a date too
    for found in find_cardinals(text, ask.meaning.language):
        return Fill(found.value)  # the flow's rejections say what is out of bounds
    return None


def _day(ask: Ask) -> Fill | None:
    wish = day_wishes(ask.meaning)
    if tells_day(wish):
        return Fill(OTHER, wish)
    if ask.meaning.intent in ("affirm", "dont_know"):
        return Fill("any", EMPTY)
    return None


def _choice(ask: Ask) -> Fill | None:
    text = f" {ask.meaning.text.lower()} "
    found = []
    for key, synonyms in ask.slot.options.items():
        words = (*synonyms[ask.meaning.language], *synonyms["en"], *synonyms["nl"])
        if any(re.search(rf"\b{re.escape(word)}", text) for word in words):
            found.append(key)
    if len(found) == 1 or (found and ask.slot.lapses):
        return Fill(found[0])
    if ask.slot.lapses:  # asked openly: "the third time" is no third option
        first = re.findall(r"[\w']+", text)[:1]  # "dit kan echt niet" refuses nothing
        return Fill(NONE) if first and first[0] in (*_NO["nl"], *_NO["en"]) else None
    keys = list(ask.slot.options)
    for place in _ordinals(ask):
        if found or place >= len(keys) or place < -1:
            break
        return Fill(keys[place])
    return None


def _ordinals(ask: Ask) -> Iterator[int]:
    """Yield the places that were named: 0 for the first, -1 for the last."""
    for value in ask.values("ordinal"):
        if value.lstrip("-").isdigit():
            yield -1 if int(value) < 0 else int(value) - 1


def _invoice(ask: Ask) -> Fill | None:
    invoices = [Invoice.model_validate(row) for row in ask.state.found.get("invoices", ())]
    laid_out = [ask.state.slots.get(f"{place}_invoice") for place in PLACES]
    shown = [each for each in invoices if each.number in laid_out]
    for pool in (shown, invoices):
        found = hinted(ask.meaning, pool, ask.now.date())
        if len(found) == 1:
            return Fill(found[0].number)
    for place in _ordinals(ask):
        if filled := _place("invoice", place, ask.state):
            return filled
    return None


def _place(kind: SlotType, place: int, state: State) -> Fill | None:
    """Take the first, second, last of what was laid out to choose from."""
    if kind == "invoice":
        numbers = [state.slots.get(f"{name}_invoice") for name in PLACES]
        numbers = [number for number in numbers if number]
        return Fill(numbers[place]) if -1 <= place < len(numbers) and numbers else None
    rows: list[dict[str, Any]] = state.found.get(
        "offered_slots" if kind == "free_slot" else "appointments", []
    )
    if not rows or not -1 <= place < len(rows):
        return None
    row = rows[place]
    if kind == "free_slot":
        return Fill(row["id"], {"chosen_start": row["start"]})
    return _chosen_appointment(row)


def _chosen_appointment(row: dict[str, Any]) -> Fill:
    appointment = Appointment.model_validate(row)
    return Fill(appointment.id, described(appointment, appointment.start.tzinfo))


def _free_slot(ask: Ask) -> Fill | None:
    rows: list[dict[str, Any]] = ask.state.found.get("offered_slots", [])
    wish = day_wishes(_without_places(ask.meaning, len(rows)))
    if tells_day(wish):
        meant = [row for row in rows if _suits(datetime.fromisoformat(row["start"]), wish)]
        if len(meant) == 1:
            return Fill(meant[0]["id"], {"chosen_start": meant[0]["start"]})
        if not meant:
            return Fill(OTHER, _with_earlier(wish, ask))
    for place in _ordinals(ask):
        if filled := _place("free_slot", place, ask.state):
            return filled
    if ask.meaning.intent == "affirm" and len(rows) == 1:
        return _place("free_slot", 0, ask.state)
    if _yes_no(ask) == Fill(False):
        return Fill(NONE)
    return None


def _with_earlier(wish: dict[str, SlotValue], ask: Ask) -> dict[str, SlotValue]:
    """Keep the day when only another time is told, and the daypart when only another day is."""
    earlier = {name: ask.state.slots.get(name) for name in EMPTY}
    chosen = ask.state.slots.get("free_slot")
    for row in ask.state.found.get("offered_slots", ()):
        if row["id"] == chosen:  # "liever om tien uur" of what was about to be booked
            earlier["wish_from"] = earlier["wish_until"] = row["start"][:10]
    if wish["wish_time"] or wish["wish_after"]:
        earlier |= {"wish_time": None, "wish_after": None, "wish_before": None}
    if wish["wish_from"] and earlier["wish_from"] and _bare_weekday(ask.meaning):
        wish["wish_from"] = wish["wish_until"] = _in_that_week(wish, str(earlier["wish_from"]))
    return {name: wish[name] or earlier[name] for name in EMPTY}


_WEEKDAYS = re.compile(
    r"(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    re.IGNORECASE,
)


def _bare_weekday(meaning: Meaning) -> bool:
    return any(e.name == "date" and _WEEKDAYS.fullmatch(e.text.strip()) for e in meaning.entities)


def _in_that_week(wish: dict[str, SlotValue], earlier: str) -> str:
    """Return the weekday in the week that was spoken of: "nee, woensdag" of that same week."""
    day, spoken_of = date.fromisoformat(str(wish["wish_from"])), date.fromisoformat(earlier)
    monday = spoken_of - timedelta(days=spoken_of.weekday())
    return max(day, monday + timedelta(days=day.weekday())).isoformat()


def _without_places(meaning: Meaning, offered: int) -> Meaning:
    """Leave out dates that are a place among the offers: "de tweede" of two is no day."""
    places = [
        each
        for each in meaning.entities
        if each.name == "ordinal"
        and each.value.lstrip("-").isdigit()
        and int(each.value) <= offered
    ]
    kept = [
        each
        for each in meaning.entities
        if each.name != "date"
        or not any(place.start < each.end and each.start < place.end for place in places)
    ]
    return replace(meaning, entities=tuple(kept))


def _suits(start: datetime, wish: Mapping[str, SlotValue]) -> bool:
    """Whether an offered moment is what the words say."""
    if wish["wish_from"] and wish["wish_until"]:
        first = date.fromisoformat(str(wish["wish_from"]))
        last = date.fromisoformat(str(wish["wish_until"]))
        if not first <= start.date() <= last and not _same_weekday(first, last, start):
            return False
    if wish["wish_time"]:
        at = time.fromisoformat(str(wish["wish_time"]))
        # "half drie" is said for 14:30 too
        if at.minute != start.minute or at.hour % 12 != start.hour % 12:
            return False
    if wish["wish_after"] and start.time() < time.fromisoformat(str(wish["wish_after"])):
        return False
    return not wish["wish_before"] or start.time() < time.fromisoformat(str(wish["wish_before"]))


def _same_weekday(first: date, last: date, start: datetime) -> bool:
    """Whether a bare "dinsdag" means the Tuesday that was offered, be it of next week."""
    return (
        first == last
        and first.weekday() == start.weekday()
        and (abs(start.date() - first) <= timedelta(days=21))
    )


def _appointment(ask: Ask) -> Fill | None:
    rows: list[dict[str, Any]] = ask.state.found.get("appointments", [])
    wish = day_wishes(_without_places(ask.meaning, len(rows)))
    if tells_day(wish):
        meant = [
            row
            for row in rows
            if _suits(datetime.fromisoformat(row["start"]).astimezone(ask.zone), wish)
        ]
        if len(meant) == 1:
            return _chosen_appointment(meant[0])
    for place in _ordinals(ask):
        if filled := _place("appointment", place, ask.state):
            return filled
    return None


def _wish(ask: Ask) -> Fill | None:
    if ask.meaning.intent in ("deny", "goodbye", "thanks", "stop"):
        return Fill(NONE)
    return None


def _never(ask: Ask) -> Fill | None:
    del ask
    return None


_FILLERS: dict[SlotType, Callable[[Ask], Fill | None]] = {
    "fact": _never,
    "colleague": _never,
    "message": _never,
    "digits": _digits,
    "postcode": _postcode,
    "phone": _phone_said,
    "yes_no": _yes_no,
    "count": _count,
    "choice": _choice,
    "invoice": _invoice,
    "appointment": _appointment,
    "free_slot": _free_slot,
    "day": _day,
    "wish": _wish,
}
