"""What docs/ says of the company is what the code does."""

import re
import shlex
from pathlib import Path

import httpx
import pytest
import yaml

from bot.company import demo_docs
from bot.company.demo import create_demo
from bot.company.demo_data import PEOPLE
from bot.settings import ROOT
from tests.company.conftest import NOW, ZONE

DOCS = ROOT / "docs"
WRITE_AGAIN = "run: .venv/bin/python -m bot.company.demo_docs"


def test_the_description_of_the_api_is_up_to_date() -> None:
    """docs/company-api.yaml is what the demo serves."""
    assert (DOCS / "company-api.yaml").read_text() == demo_docs.company_api(), WRITE_AGAIN


def test_the_list_of_customers_is_up_to_date() -> None:
    """docs/demo.md is what the demo knows."""
    assert (DOCS / "demo.md").read_text() == demo_docs.demo_page(), WRITE_AGAIN


def test_every_customer_is_listed_with_all_a_caller_needs() -> None:
    """Number, name, postcode, open invoices and appointments of each."""
    page = (DOCS / "demo.md").read_text()
    for person in PEOPLE:
        assert (
            f"| {person.customer.id} | {person.customer.name} | {person.customer.postcode}" in page
        )
        section = page.split(f"## {person.customer.id} ")[1].split("\n## ")[0]
        assert all(f"invoice {bill.number}: EUR {bill.amount}" in section for bill in person.bills)
        assert section.count("- appointment (") == len(person.visits)
        assert section.count("- day -") == len(person.earlier)


def test_the_office_and_the_visits_are_as_the_page_says() -> None:
    """The sentences of the page that are not made from data hold all the same."""
    from bot.company.demo_calendar import OFFICE, VISITS

    page = " ".join((DOCS / "demo.md").read_text().split())
    assert f"{OFFICE.address}, {OFFICE.postcode} {OFFICE.city}" in page
    assert "Visits** start at 08:30, 10:00, 11:30, 13:00, 14:30 and 16:00" in page
    assert [f"{at:%H:%M}" for at in VISITS] == [
        "08:30",
        "10:00",
        "11:30",
        "13:00",
        "14:30",
        "16:00",
    ]


async def test_every_curl_example_works_as_written(tmp_path: Path) -> None:
    """From top to bottom, on the day for which they were written."""
    text = (DOCS / "company-api.md").read_text()
    examples = [line for line in text.splitlines() if line.startswith("curl ")]
    assert len(examples) == 13
    transport = httpx.ASGITransport(create_demo(tmp_path, lambda: NOW, ZONE, token="secret"))
    async with httpx.AsyncClient(transport=transport) as http:
        for example in examples:
            reply = await http.send(asked_by(example))
            assert reply.is_success, f"{example}\n{reply.text}"
            assert reply.json(), example


def asked_by(curl: str) -> httpx.Request:
    """The request that a curl command sends; it may use -H, -X and --json."""
    words = iter(shlex.split(curl)[1:])
    headers: dict[str, str] = {}
    method, url, body = "GET", "", None
    for word in words:
        match word:
            case "-H":
                name, value = next(words).split(": ", 1)
                headers[name] = value
            case "-X":
                method = next(words)
            case "--json":
                method, body = "POST", next(words)
                headers["Content-Type"] = "application/json"
            case _:
                url = word
    return httpx.Request(method, url, headers=headers, content=body)


def test_every_route_is_explained() -> None:
    """Each path of the description has an example on the page."""
    text = (DOCS / "company-api.md").read_text()
    description = yaml.safe_load((DOCS / "company-api.yaml").read_text())
    assert len(description["paths"]) == 12
    for path in description["paths"]:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/ ]+", re.escape(path))
        assert re.search(rf"localhost:8100{pattern}(\?|\"|\s|$)", text), path


@pytest.mark.parametrize("reason", ["not_found", "slot_taken", "not_allowed", "key_reused"])
def test_every_reason_is_explained(reason: str) -> None:
    """With what the caller is told."""
    assert f"`{reason}` |" in (DOCS / "company-api.md").read_text()
