"""The settings decide which company answers; the rest of Kalm can't tell the difference."""

from pathlib import Path

from pydantic import AnyHttpUrl

from bot.company.api import Company
from bot.company.open import open_company
from bot.settings import Settings
from tests.company.conftest import NOW
from tests.company.serving import Scripted, Stage


async def test_without_a_url_the_demo_answers_and_keeps_its_bookings(tmp_path: Path) -> None:
    """In this process, in the data folder, also after a restart."""
    settings = Settings(data=tmp_path / "data", company_url=None)
    async with open_company(settings, lambda: NOW) as opened:
        company: Company = opened
        (slot, *_) = await company.free_slots(NOW, NOW.replace(year=2027))
        booked = await company.book("471109", slot.id, "meter", "key-1")
    async with open_company(settings, lambda: NOW) as after:
        assert await after.appointments("471109") == [booked]
    assert (tmp_path / "data" / "demo-company" / "demo-company.db").exists()


async def test_with_a_url_the_real_company_answers(tmp_path: Path, stage: Stage) -> None:
    """With its token, under its path; no demo is made."""
    body = b'{"address": "A 1", "postcode": "1234 ab", "city": "Ede", "hours": {"mon": null}}'
    stage.app = scripted = Scripted((200, body))
    url = AnyHttpUrl(f"{stage.url}/kalm")
    settings = Settings(data=tmp_path / "data", company_url=url, company_token="open-sesame")
    async with open_company(settings, lambda: NOW) as company:
        office = await company.office()
    assert (office.city, office.postcode) == ("Ede", "1234AB")
    ((_, path, headers),) = scripted.asked
    assert (path, headers[b"authorization"]) == ("/kalm/office", b"Bearer open-sesame")
    assert not (tmp_path / "data").exists()
