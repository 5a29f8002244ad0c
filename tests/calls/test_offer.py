"""An agent who is offered a caller on the line takes the offer, and talks at once."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit, visit
from tests.calls.test_talk import AGENT_HZ, CALLER_HZ, ask_for_a_person, at_the_desk, beeps, hears
from tests.serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.models]

__all__ = ["visit"]


async def test_one_key_takes_the_offer_and_the_two_talk(
    kalm: Served, visit: Visit, tmp_path: Path
) -> None:
    """Enter at the offer opens the card, and both hear each other without another key."""
    async with (
        at_the_desk(kalm, visit, beeps(tmp_path, AGENT_HZ)) as desk,
        visit(kalm.url, microphone=beeps(tmp_path, CALLER_HZ), locale="nl-NL") as caller,
    ):
        await desk.get_by_role("button", name="Beschikbaar", exact=True).click()
        await ask_for_a_person(caller)
        accept = desk.get_by_role("region", name="Aanbod").get_by_role("button", name="praat")
        await expect(accept).to_be_visible(timeout=15_000)
        await desk.wait_for_selector("#offer[data-armed=yes]")
        await desk.keyboard.press("Enter")
        await expect(desk.locator("#talk-state")).to_have_text("In gesprek")
        assert await hears(caller, "sound", AGENT_HZ)
        assert await hears(desk, "talk-sound", CALLER_HZ)
        await expect(desk.locator("#presence-state")).to_have_text("In gesprek")
        await desk.get_by_role("button", name="Hang op").click()
        await expect(desk.locator("#presence-state")).to_have_text("Aan het afronden")
