"""Actions about invoices, payments, payment links and plans."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bot.company.api import Invoice
from bot.dialogue.action import Action, Done, Task
from bot.dialogue.conditions import SlotValue
from bot.dialogue.invoice_hints import hinted
from bot.dialogue.state import State
from bot.events import PromiseMade

PLACES = ("first", "second", "third")
"""A caller can hold no more than this many in mind."""


def invoices_found(state: State) -> list[Invoice]:
    """Return the invoices that the company told, newest first."""
    return [Invoice.model_validate(row) for row in state.found.get("invoices", ())]


def unpaid(invoices: Sequence[Invoice]) -> list[Invoice]:
    """Return those on which money is awaited outside of a plan, oldest first."""
    owed = [invoice for invoice in invoices if invoice.status in ("open", "overdue")]
    return sorted(owed, key=lambda invoice: invoice.due)


async def _find_invoices(task: Task) -> Done:
    invoices = await task.company.invoices(task.arguments["customer"])
    owed = unpaid(invoices)
    return Done(
        facts={"invoices": [invoice.model_dump(mode="json") for invoice in invoices]},
        slots={
            "invoice_count": len(invoices),
            "unpaid_count": len(owed),
            "open_total": str(sum((invoice.open_amount for invoice in owed), Decimal(0))),
            "list_start": 0,
        },
    )


async def _list_invoices(task: Task) -> Done:
    """Lay out the next few unpaid invoices to be told."""
    owed = unpaid(invoices_found(task.state))
    start = int(task.state.slots.get("list_start") or 0)
    page = owed[start : start + 2]
    left = len(owed) - start - len(page)
    slots = _laid_out(page)
    return Done(slots={**slots, "list_start": start + len(page), "list_left": left})


def _laid_out(invoices: Sequence[Invoice]) -> dict[str, SlotValue]:
    slots: dict[str, SlotValue] = {"list_count": len(invoices)}
    for index, place in enumerate(PLACES):
        invoice = invoices[index] if index < len(invoices) else None
        slots[f"{place}_invoice"] = invoice.number if invoice else None
        slots[f"{place}_amount"] = str(invoice.open_amount) if invoice else None
        slots[f"{place}_due"] = invoice.due.isoformat() if invoice else None
        slots[f"{place}_issued"] = invoice.issued.isoformat() if invoice else None
    return slots


async def _pick_payment(task: Task) -> Done:
    """Choose the invoice whose payment the caller asks about, if that is clear."""
    return _picked(task, invoices_found(task.state), payment=True)


async def _pick_unpaid(task: Task) -> Done:
    """Choose the invoice that the caller wants to pay, if that is clear."""
    return _picked(task, unpaid(invoices_found(task.state)), payment=False)


def _picked(task: Task, invoices: list[Invoice], *, payment: bool) -> Done:
    chosen = task.state.slots.get("invoice")
    top = task.state.top
    if chosen in [invoice.number for invoice in invoices]:
        return Done()  # it was spoken of before
    wanted = hinted(top.opening, invoices, task.now.date()) if top and top.opening else []
    owed = unpaid(invoices)
    if len(wanted) != 1:
        wanted = owed or (invoices[:1] if payment else [])
    if len(wanted) == 1:
        return Done(slots={"invoice": wanted[0].number})
    if not wanted:
        return Done(slots={"invoice": "none"})
    return Done(slots={**_laid_out(list(reversed(wanted))[:3]), "invoice": None})


async def _describe_invoice(task: Task) -> Done:
    """Tell the facts of the chosen invoice."""
    all_found = invoices_found(task.state)
    number = task.state.slots.get("invoice")
    invoice = next((each for each in all_found if each.number == number), None)
    if invoice is None:
        return Done(slots={"invoice": "none"})
    last = max(invoice.payments, key=lambda payment: payment.received, default=None)
    others = [each for each in unpaid(all_found) if each.number != number]
    return Done(
        slots={
            "invoice_status": _status(invoice),
            "invoice_amount": str(invoice.amount),
            "invoice_issued": invoice.issued.isoformat(),
            "open_amount": str(invoice.open_amount),
            "due": invoice.due.isoformat(),
            "paid_amount": str(last.amount) if last else None,
            "paid_on": last.received.isoformat() if last else None,
            "reminder_sent": invoice.reminder_sent.isoformat() if invoice.reminder_sent else None,
            "reminder_crossed": _crossed(invoice),
            "other_unpaid": len(others),
        }
    )


def _status(invoice: Invoice) -> str:
    if invoice.status in ("paid", "in_plan"):
        return invoice.status
    return "partly" if invoice.payments else invoice.status


def _crossed(invoice: Invoice) -> bool:
    """A reminder left about when the money came: nobody did anything wrong."""
    sent = invoice.reminder_sent
    return sent is not None and any(
        abs(payment.received - sent) <= timedelta(days=7) for payment in invoice.payments
    )


async def _split_amount(task: Task) -> Done:
    """Work out the monthly part."""
    amount = Decimal(str(task.state.slots.get("open_amount") or "0"))
    months = int(task.state.slots.get("months") or 1)
    return Done(slots={"monthly_amount": str((amount / months).quantize(Decimal("0.01")))})


async def _send_payment_link(task: Task) -> Done:
    args = task.arguments
    link = await task.company.send_payment_link(args["customer"], args["invoice"], task.key)
    by = "mail" if "@" in link.sent_to else "phone"
    return Done(facts=link.model_dump(mode="json"), slots={"sent_to": link.sent_to, "sent_by": by})


async def _request_plan(task: Task) -> Done:
    args = task.arguments
    plan = await task.company.request_plan(
        args["customer"], args["invoice"], args["months"], task.key
    )
    due = datetime.combine(plan.decision_by, time(17), task.zone)
    return Done(
        facts=plan.model_dump(mode="json"),
        slots={"decision_by": plan.decision_by.isoformat()},
        events=(PromiseMade(what="payment_plan_decision", due=due),),
    )


def _customer(state: State) -> dict[str, Any]:
    return {"customer": state.customer}


def _invoice(state: State) -> dict[str, Any]:
    return {**_customer(state), "invoice": state.slots.get("invoice")}


def _plan(state: State) -> dict[str, Any]:
    return {**_invoice(state), "months": state.slots.get("months")}


ACTIONS = (
    Action("find_invoices", _find_invoices, _customer, private=True),
    Action("list_invoices", _list_invoices, asks_company=False, private=True),
    Action("pick_payment", _pick_payment, asks_company=False, private=True),
    Action("pick_unpaid", _pick_unpaid, asks_company=False, private=True),
    Action("describe_invoice", _describe_invoice, asks_company=False, private=True),
    Action("split_amount", _split_amount, asks_company=False, private=True),
    Action("send_payment_link", _send_payment_link, _invoice, changes=True, private=True),
    Action("request_plan", _request_plan, _plan, changes=True, private=True),
)
