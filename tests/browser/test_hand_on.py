"""Cold hand-on, three in a talk, a caller who is given away, and the whisper before the caller."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.events import Language
from tests.browser.conftest import Visit
from tests.browser.test_team import (
    ANA_HZ,
    CALLER_HZ,
    MUSIC_HZ,
    RATE,
    SEM_HZ,
    Centre,
    centre,
    choose_sem,
    opened,
    start,
    told,
)
from tests.calls.test_talk import hears, hears_no_more
from tests.line.serving import tone

pytestmark = pytest.mark.browser

__all__ = ["centre"]

CARD_HZ = 2000
"""Of the voice that whispers the card."""


async def test_a_caller_is_handed_on_cold(centre: Centre, visit: Visit) -> None:
    """Who hands on is out at once; the caller keeps the place, and the note reaches the next."""
    async with (
        centre.desk(visit, "Ana", ANA_HZ) as ana,
        centre.desk(visit, "Sem", SEM_HZ) as sem,
    ):
        await centre.talk(ana)
        assert await centre.caller.hears(ANA_HZ)
        await choose_sem(ana)
        await ana.get_by_role("button", name="Geef door en verlaat").press("Enter")
        await told(ana, "U heeft de beller doorgegeven.")
        assert await centre.caller.hears_no_more(ANA_HZ)
        await expect(sem.get_by_role("link", name="Onbekende beller").first).to_be_visible()
        await sem.goto(f"{centre.url}/desk/calls/c1")
        await expect(sem.get_by_role("main")).to_contain_text("Ana: “Wil in termijnen betalen.”")
        await start(sem, "")
        await told(sem, "In gesprek")
        assert await centre.caller.hears(SEM_HZ)
        assert await hears(sem, "talk-sound", CALLER_HZ)
        assert await hears_no_more(sem, "talk-sound", ANA_HZ)


async def test_after_a_consult_all_three_talk_and_the_caller_is_given_away(
    centre: Centre, visit: Visit
) -> None:
    """The music ends, everybody hears everybody; then the colleague has caller and card."""
    async with (
        centre.desk(visit, "Ana", ANA_HZ) as ana,
        centre.desk(visit, "Sem", SEM_HZ) as sem,
    ):
        await centre.talk(ana)
        await choose_sem(ana)
        await ana.get_by_role("button", name="Overleg eerst").press("Enter")
        await sem.get_by_role("link", name="Ga erheen").press("Enter")
        await start(sem, "")
        await told(ana, "Overleg")
        assert await centre.caller.hears(MUSIC_HZ)
        await ana.get_by_role("button", name="Met z’n drieën").press("Enter")
        await told(ana, "met z’n drieën: u, de beller en Sem")
        await told(sem, "met z’n drieën: u, de beller en Ana")
        assert await centre.caller.hears(ANA_HZ)
        assert await centre.caller.hears(SEM_HZ)
        assert await centre.caller.hears_no_more(MUSIC_HZ)
        assert await hears(sem, "talk-sound", CALLER_HZ)
        assert await hears(sem, "talk-sound", ANA_HZ)
        assert await hears(ana, "talk-sound", CALLER_HZ)
        assert await hears(ana, "talk-sound", SEM_HZ)
        await ana.get_by_role("button", name="Geef de beller aan deze collega").press("Enter")
        await expect(sem.get_by_role("button", name="Hang op")).to_be_visible()
        # The card is Sem's to close now, and Ana's no more.
        await expect(sem.get_by_role("form", name="Afronden")).to_be_visible()
        await expect(ana.get_by_role("form", name="Afronden")).to_have_count(0)
        await ana.get_by_role("button", name="Verlaat het gesprek").press("Enter")
        await told(ana, "U heeft het gesprek verlaten")
        await told(sem, "Ana is weg")
        assert await centre.caller.hears_no_more(ANA_HZ)
        assert await centre.caller.hears(SEM_HZ)


CONNECTED = "() => document.getElementById('talk-sound').srcObject !== null"
"""Whether a page has sound to play."""


class Voice:
    """Speaks a card as a tone, and keeps what it was asked to say."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def __call__(self, line: str, _language: Language) -> tuple[bytes, int]:
        self.said.append(line)
        return tone(10.0, RATE, CARD_HZ), RATE


async def test_the_card_is_whispered_to_the_agent_and_not_to_the_caller(
    tmp_path: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the caller is connected; then the two talk, and the voice is gone."""
    monkeypatch.setattr("handoff.talking.BOT_WITHIN_S", 0.0)
    monkeypatch.setattr("handoff.whisper.MOST_S", 12.0)  # so that a slow browser hears it still
    voice = Voice()
    async with (
        opened(tmp_path, voice) as centre,
        centre.desk(visit, "Ana", ANA_HZ) as ana,
    ):
        async with centre.caller.never_hears(CARD_HZ):
            await start(ana, f"{centre.url}/desk/calls/c1")
            await ana.wait_for_function(CONNECTED)
            assert await hears(ana, "talk-sound", CARD_HZ)
            await told(ana, "In gesprek")
        assert await hears(ana, "talk-sound", CALLER_HZ)
        assert await hears_no_more(ana, "talk-sound", CARD_HZ)
    assert voice.said == ["wil weten of een betaling binnen is"]


async def test_who_wants_no_whisper_hears_none(
    tmp_path: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent's own choice; the talk begins at once."""
    monkeypatch.setattr("handoff.talking.BOT_WITHIN_S", 0.0)
    voice = Voice()
    async with (
        opened(tmp_path, voice, whisper=False) as centre,
        centre.desk(visit, "Ana", ANA_HZ) as ana,
    ):
        await centre.talk(ana)
        assert await hears(ana, "talk-sound", CALLER_HZ)
    assert voice.said == []
