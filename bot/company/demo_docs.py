"""Writes the generated docs of the company: `python -m bot.company.demo_docs`."""

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import phonenumbers
import yaml

from bot.company.demo import create_demo
from bot.company.demo_data import PEOPLE, Bill, Person
from bot.settings import ROOT

_DAY = date(2026, 1, 1)  # any day: what is written here is told relative to it
_LANGUAGES = {"nl": "Dutch", "en": "English"}
_COMMAND = "python -m bot.company.demo_docs"
_HEAD = f"""\
<!-- Written by `{_COMMAND}` from bot/company/demo_data.py: change that and run it again. -->

# The demo company's customers

Without `KALM_COMPANY_URL` the demo company "Kalm Energie" answers. It has the
{len(PEOPLE)} customers below. All of them are made up.

- **Day 0** is the day on which the demo was first started; every date is counted from it, so a
  fresh demo is never out of date. What callers book, cancel and request is kept in
  `data/demo-company`. Remove that folder to begin anew on a new day 0.
- **To be verified** a caller needs two of the telephone number on the line, the customer number
  and the postcode.
- **Visits** start at 08:30, 10:00, 11:30, 13:00, 14:30 and 16:00 on working days, from tomorrow
  until four weeks ahead. All are free but those below and those that callers booked.
- **Office**: Stationsplein 12, 3511ED Utrecht; open Monday to Friday 08:30 to 17:30, Thursday
  until 20:00, Saturday 09:00 to 12:30.
- **By itself**, over HTTP: `python -m bot.company.demo --port 8100` (see
  [company-api.md](company-api.md)).

| Customer number | Name | Postcode | Telephone | Language | Why call as this customer |
|---|---|---|---|---|---|
"""


def company_api() -> str:
    """Return the OpenAPI description of the company's API, as YAML."""
    with TemporaryDirectory() as folder:
        demo = create_demo(Path(folder), lambda: datetime.now(UTC), ZoneInfo("Europe/Amsterdam"))
    head = f"# Written by `{_COMMAND}` from bot/company/demo.py.\n"
    return head + yaml.safe_dump(demo.openapi(), sort_keys=False, allow_unicode=True, width=100)


def demo_page() -> str:
    """Return the page about the demo's customers, as Markdown."""
    rows = [_row(person) for person in PEOPLE]
    return _HEAD + "\n".join(rows) + "\n" + "".join(_section(person) for person in PEOPLE)


def _row(person: Person) -> str:
    customer = person.customer
    cells = (
        customer.id,
        customer.name,
        customer.postcode,
        _phone(customer.phone),
        _LANGUAGES[customer.language],
        person.story,
    )
    return f"| {' | '.join(cells)} |"


def _section(person: Person) -> str:
    customer = person.customer
    lines = [f"\n## {customer.id} {customer.name}\n"]
    lines += [_bill(bill) for bill in person.bills]
    lines += [
        f"- appointment ({visit.subject}): working day {visit.working_day} after day 0, {visit.at}"
        for visit in person.visits
    ]
    for earlier in person.earlier:
        who = f"{earlier.channel}, {earlier.agent}" if earlier.agent else earlier.channel
        promised = f' Promised: "{earlier.promised}".' if earlier.promised else ""
        lines.append(f"- day -{earlier.days_ago} ({who}): {earlier.summary}{promised}")
    tries = " ".join(f'"{sentence}"' for sentence in person.tries)
    return "\n".join([*lines, "", f"Try: {tries}", ""])


def _bill(bill: Bill) -> str:
    facts = [f"EUR {bill.amount}", f"{bill.status(_DAY, _DAY)}, due day {bill.due_in:+d}"]
    facts += [f"EUR {paid.amount} received day -{paid.days_ago}" for paid in bill.paid]
    if bill.paid and bill.open_amount:
        facts.append(f"EUR {bill.open_amount} still open")
    if bill.reminder_ago is not None:
        facts.append(f"reminder day -{bill.reminder_ago}")
    return f"- invoice {bill.number}: {'; '.join(facts)}"


def _phone(number: str | None) -> str:
    if number is None:
        return "none on file"
    parsed = phonenumbers.parse(number)
    form = phonenumbers.PhoneNumberFormat
    national = phonenumbers.region_code_for_number(parsed) == "NL"
    return phonenumbers.format_number(parsed, form.NATIONAL if national else form.INTERNATIONAL)


def main() -> None:
    """Write both files."""
    (ROOT / "docs" / "company-api.yaml").write_text(company_api(), encoding="utf-8")
    (ROOT / "docs" / "demo.md").write_text(demo_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
