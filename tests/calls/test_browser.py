"""A whole call from a real browser: the caller is heard, and the card appears on the desk."""

from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit, visit, write_microphone
from tests.serving import Served
from tests.voices import caller_speech, silence

pytestmark = [pytest.mark.browser, pytest.mark.models]

__all__ = ["visit"]

GREETING_S = 14
"""Longer than the greeting takes."""


async def test_a_browser_call_ends_with_the_card_on_the_desk(
    kalm: Served, visit: Visit, tmp_path: Path
) -> None:
    """Who asks for a person by voice in the browser is seen on the desk, in their own words."""
    wish = caller_speech("Ik wil graag een medewerker spreken.", "nl", 16000)
    heard = np.concatenate([silence(GREETING_S, 16000), wish]).astype(np.int16)
    microphone = write_microphone(tmp_path / "mic.wav", heard.tobytes(), 16000)
    async with visit(f"{kalm.url}/desk", locale="nl-NL") as desk:
        await desk.get_by_label("Naam").fill("admin")
        await desk.get_by_label("Wachtwoord").fill(kalm.password)
        await desk.get_by_role("button").last.click()
        await expect(desk.locator("#waiting")).to_be_attached()
        already = await desk.locator("#waiting li").count()
        async with visit(kalm.url, microphone=microphone, locale="nl-NL") as page:
            await page.locator("#call").click()
            captions = page.locator("#captions")
            await expect(captions).to_contain_text("digitale assistent")
            await expect(captions).to_contain_text("collega")
            # The desk was open before the call began: it learns of the card by itself.
            await expect(desk.locator("#waiting li")).to_have_count(already + 1)
            await desk.locator("#waiting li").last.get_by_role("link").click()
            card = desk.locator("#card")
            await expect(card).to_contain_text("medewerker")
            await expect(desk.locator("#lines")).to_contain_text("digitale assistent")
            await page.locator("#hangup").click()
            await expect(page.locator("#ended")).to_be_visible()
        await expect(card).to_contain_text("opgehangen")
