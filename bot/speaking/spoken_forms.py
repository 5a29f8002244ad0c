"""Spoken forms: a value as a person says it, for the voice (`spoken`) and as read (`written`).

Values are what slots and events hold, JSON primitives: money "84.20", date
"2026-11-12", time "14:30", moment ISO 8601 with its offset. What is spoken
holds neither a digit nor a symbol, so that every voice says it alike.
"""

import re
from datetime import date
from typing import Any, Literal, get_args

import phonenumbers

from bot.events import Language
from bot.speaking import codes, values, written_forms
from bot.speaking.free_text import spoken_text
from bot.speaking.manners import Manner, manner
from bot.speaking.titles import addressed
from bot.speaking.values import ValueNotSpeakable

Form = Literal[
    "money",
    "date",
    "time",
    "moment",
    "digits",
    "invoice",
    "phone",
    "postcode",
    "count",
    "ordinal",
    "name",
    "text",
    "days",
]
"""How a value is to be said."""
FORMS: tuple[Form, ...] = get_args(Form)

_FAR = 180
"""Days; a date further away than this is told with its year."""


def spoken(form: Form, value: Any, language: Language, today: date | None = None) -> str:
    """Say a value in words.

    Args:
        form: What the value is.
        value: A JSON primitive, or the Python type it stands for.
        language: Whose words.
        today: When given, a date half a year or more away is told with its year.

    Raises:
        ValueNotSpeakable: The value isn't what the form says.
    """
    speech = manner(language)
    match form:
        case "money":
            amount = values.money(value)
            euros, cents = divmod(int(abs(amount) * 100), 100)
            told = speech.money(euros, cents)
            return f"{speech.MINUS} {told}" if amount < 0 else told
        case "date":
            day = values.day(value)
            return speech.day(day, _far(day, today))
        case "time":
            return speech.clock(values.clock(value))
        case "moment":
            moment = values.moment(value)
            date_ = speech.day(moment.date(), _far(moment.date(), today))
            return speech.MOMENT.format(date=date_, time=speech.clock(moment.time()))
        case "digits":
            return codes.row(values.digits(value), speech)
        case "invoice":
            return _invoice(str(value), speech)
        case "phone":
            return codes.phone(_phone(value), speech)
        case "postcode":
            return codes.postcode(*values.postcode(value), speech)
        case "count":
            return speech.cardinal(values.whole(value))
        case "ordinal":
            place = _place(value)
            return speech.LAST if place == -1 else speech.ordinal(place)
        case "days":
            return _days(value, speech)
        case "name":
            # "Jansen B.V." ends no sentence.
            name = addressed(str(value), language)
            return spoken_text(_without_initials_points(name), language).rstrip(". ")
        case "text":
            return spoken_text(str(value), language)


def written(form: Form, value: Any, language: Language, today: date | None = None) -> str:
    """Write a value as a caption shows it: "€ 84,20", "dinsdag 24 november".

    Args and errors are those of `spoken`.
    """
    match form:
        case "money":
            return written_forms.money(values.money(value), language)
        case "date":
            day = values.day(value)
            return written_forms.day(day, language, _far(day, today))
        case "time":
            return written_forms.clock(values.clock(value), language)
        case "moment":
            moment = values.moment(value)
            return written_forms.moment(moment, language, _far(moment.date(), today))
        case "digits":
            return values.digits(value)
        case "invoice":
            return str(value)
        case "phone":
            return written_forms.phone(_phone(value))
        case "postcode":
            return " ".join(values.postcode(value))
        case "count":
            return written_forms.count(values.whole(value), language)
        case "ordinal":
            return written_forms.ordinal(_place(value), language)
        case "days":
            return written_forms.days(values.week(value), language)
        case "name":
            return addressed(" ".join(str(value).split()), language)
        case "text":
            return " ".join(str(value).split())


def _far(day: date, today: date | None) -> bool:
    return today is not None and abs((day - today).days) > _FAR


def _place(value: Any) -> int:
    place = values.whole(value)
    if place == -1 or place > 0:
        return place
    raise ValueNotSpeakable(f"not a place in a row: {value!r}")


def _phone(value: Any) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(str(value), "NL")
    except phonenumbers.NumberParseException as error:
        raise ValueNotSpeakable(f"not a telephone number: {value!r}") from error


def _invoice(number: str, speech: Manner) -> str:
    of_a_year = re.fullmatch(r"(20[0-9]{2})-([0-9]+)", number)
    told = speech.invoice(*of_a_year.groups()) if of_a_year else codes.mixed(number, speech)
    if not told:
        raise ValueNotSpeakable(f"not an invoice number: {number!r}")
    return told


def _days(value: Any, speech: Manner) -> str:
    told = []
    for first, last, hours in values.alike(values.week(value)):
        begin, end = values.WEEKDAYS.index(first), values.WEEKDAYS.index(last)
        names = speech.DAYS[begin]
        if begin != end:
            joint = speech.AND if end - begin == 1 else speech.THROUGH
            names = f"{names} {joint} {speech.DAYS[end]}"
        if hours is None:
            told.append(f"{names} {speech.CLOSED}")
        else:
            told.append(speech.opening(names, *(speech.clock(hour) for hour in hours)))
    return ", ".join(told)


def _without_initials_points(name: str) -> str:
    # "J. de Vries" is one name, not two sentences.
    return re.sub(r"\b([^\W\d_])\.\s?(?=\S)", r"\1 ", name)
