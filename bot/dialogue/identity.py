"""Actions that find out who calls, prove it by two factors, and see what was said before."""

from typing import Any

from bot.company.api import Customer
from bot.dialogue.action import Action, Done, Task
from bot.dialogue.state import State
from bot.events import Body, CallerIdentified, CallerVerified


async def _identify_by_line(task: Task) -> Done:
    """Identify by the number on the line, unless several customers share it."""
    number = task.state.caller_number
    customers = await task.company.customers_by_phone(number) if number else []
    facts = {"customers_on_line": [customer.id for customer in customers]}
    if len(customers) != 1:
        return Done(facts=facts)
    found = customers[0]
    event = CallerIdentified(customer_id=found.id, name=found.name, how="number_on_line")
    return Done(facts=facts, events=(event,))


async def _identify_by_number(task: Task) -> Done:
    """Identify by customer number; whether it exists shows in the events, never in the answer."""
    customer = await task.company.customer(task.arguments["customer_number"])
    return _identified(task, customer, postcode=None) if customer else Done()


async def _verify(task: Task) -> Done:
    """Compare what the caller told with what the company knows."""
    told, postcode = task.arguments["customer_number"], task.arguments["postcode"]
    number = told or task.state.customer
    customer = await task.company.customer(number) if number else None
    done = _identified(task, customer, postcode) if customer else Done()
    if any(isinstance(event, CallerVerified) for event in done.events):
        return done
    failures = task.state.slots.get("verify_failures") or 0
    return Done(
        slots={"verify_failures": int(failures) + 1},
        events=done.events,
    )


def _identified(task: Task, customer: Customer, postcode: str | None) -> Done:
    """Gather the factors that hold; two of them verify."""
    factors = []
    if customer.id in task.state.found.get("customers_on_line", ()):
        factors.append("number_on_line")
    if customer.id == task.arguments["customer_number"]:
        factors.append("customer_number")
    if postcode is not None and customer.postcode == postcode:
        factors.append("postcode")
    events: list[Body] = []
    if task.state.customer != customer.id:
        how = CallerIdentified(customer_id=customer.id, name=customer.name, how="customer_number")
        events.append(how)
    if len(factors) < 2:
        return Done(events=tuple(events))
    events.append(CallerVerified(customer_id=customer.id, factors=tuple(factors)))
    return Done(
        slots={"customer_name": customer.spoken_name, "verify_failures": 0},
        events=tuple(events),
    )


async def _find_contacts(task: Task) -> Done:
    """Look up earlier contacts, and what was promised in them, for whoever takes over."""
    contacts = await task.company.contacts(task.arguments["customer"])
    return Done(facts={"contacts": [contact.model_dump(mode="json") for contact in contacts]})


def _customer(state: State) -> dict[str, Any]:
    return {"customer": state.customer}


def _number(state: State) -> dict[str, Any]:
    return {"customer_number": state.slots.get("customer_number")}


def _number_and_postcode(state: State) -> dict[str, Any]:
    return {**_number(state), "postcode": state.slots.get("postcode")}


FIND_CONTACTS = Action("find_contacts", _find_contacts, _customer, private=True)

ACTIONS = (
    Action("identify_by_line", _identify_by_line),
    Action("identify_by_number", _identify_by_number, _number),
    Action("verify_caller", _verify, _number_and_postcode),
    FIND_CONTACTS,
)
