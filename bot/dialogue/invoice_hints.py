"""Which invoice a caller means: by number, amount, month, order, or "the last"."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from bot.company.api import Invoice
from bot.events import Entity
from bot.understanding.meaning import Meaning

_LAST = ("laatste", "nieuwste", "recentste", "last", "latest", "newest", "most recent")
_FIRST = ("oudste", "oldest")
_MONTHS = {
    **dict.fromkeys(("januari", "january"), 1),
    **dict.fromkeys(("februari", "february"), 2),
    **dict.fromkeys(("maart", "march"), 3),
    "april": 4,
    **dict.fromkeys(("mei", "may"), 5),
    **dict.fromkeys(("juni", "june"), 6),
    **dict.fromkeys(("juli", "july"), 7),
    **dict.fromkeys(("augustus", "august"), 8),
    "september": 9,
    **dict.fromkeys(("oktober", "october"), 10),
    "november": 11,
    "december": 12,
}


def hinted(meaning: Meaning, invoices: Sequence[Invoice], today: date) -> list[Invoice]:
    """Return the invoices that the words can mean; empty when they don't tell.

    Args:
        meaning: What the caller said.
        invoices: What can be meant, newest first.
        today: To tell apart last year's month from this year's.
    """
    for entity in meaning.entities:
        if found := _by_number(entity, invoices):
            return found
    words = meaning.text.lower().replace(",", " ").replace(".", " ").split()
    month = next((_MONTHS[word] for word in words if word in _MONTHS), None)
    # "May I" is no month; "mei" and the others are
    if month is not None and not (month == 5 and "may" in words):
        return _of_month(month, invoices, today)
    for entity in meaning.entities:
        if found := _by_day(entity, invoices):
            return found
    text = meaning.text.lower()
    newest_first = sorted(invoices, key=lambda invoice: invoice.issued, reverse=True)
    if any(word in text for word in _LAST):
        return newest_first[:1]
    if any(word in text for word in _FIRST):
        return newest_first[-1:]
    return []


def _by_number(entity: Entity, invoices: Sequence[Invoice]) -> list[Invoice]:
    """By amount, or by the last digits of the number ("factuur achttien")."""
    if entity.name == "amount":
        return [each for each in invoices if _amounts_to(each, entity.value)]
    if entity.name in ("digits", "cardinal") and len(entity.value) >= 2:
        found = [each for each in invoices if _digits(each.number) == entity.value]
        return found or [each for each in invoices if _digits(each.number).endswith(entity.value)]
    return []


def _by_day(entity: Entity, invoices: Sequence[Invoice]) -> list[Invoice]:
    """By the day or the weeks in which it was sent."""
    first, _, last = entity.value.partition("/")
    if entity.name == "date":
        return [each for each in invoices if each.issued.isoformat() == first]
    if entity.name == "period":
        return [each for each in invoices if first <= each.issued.isoformat() <= last]
    return []


def _amounts_to(invoice: Invoice, value: str) -> bool:
    try:
        said = Decimal(value)
    except InvalidOperation:
        return False
    # "84 euro" is meant for 84.20 too: callers leave the cents out
    return any(
        said == amount or (said == said.to_integral() and said == int(amount))
        for amount in (invoice.amount, invoice.open_amount)
    )


def _of_month(month: int, invoices: Sequence[Invoice], today: date) -> list[Invoice]:
    issued = [invoice for invoice in invoices if invoice.issued.month == month]
    recent = [each for each in issued if (today - each.issued).days < 366]
    return recent or issued


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())
