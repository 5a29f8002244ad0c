"""What a caller says in one call, and a supervisor decides, is what the next call does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from bot.company.api import Company
from bot.dialogue.content import Content
from bot.dialogue.conversation import Conversation
from bot.dialogue.effects import EndCall
from bot.events import BotSpoke, CallerSpoke, HandoffRequested, MeasureApplied
from handoff import KeptMeasures
from handoff.deciding import Deciding
from handoff.incident_parts import IncidentFile
from handoff.incidents import Incidents
from handoff.store import DurableJournal
from tests.dialogue.judges import MarkedIntents, marked_mood
from tests.dialogue.stage import INTENTS, ZONE, clock, demo_company

NUMBER = "+31687654321"


@dataclass
class House:
    """Kalm without sound: whole calls on a durable record, and the human side of it."""

    journal: DurableJournal
    folder: Path

    def __post_init__(self) -> None:
        self.incidents = Incidents(self.journal, clock, ZONE)
        self.deciding = Deciding(self.journal, clock, ZONE)

    async def call(self, call_id: str, *words: str, number: str | None = NUMBER) -> list[str]:
        """Let a caller say these; return the names of the bot's answers."""
        conversation = Conversation(
            call_id=call_id,
            line="twilio",
            caller_number=number,
            content=Content.load(INTENTS),
            understanding=MarkedIntents(),
            company=cast(Company, demo_company(self.folder)),
            journal=self.journal,
            clock=clock,
            zone=ZONE,
            language="nl",
            company_name="Kalm Energie",
            mood=marked_mood(),
            measures=KeptMeasures(self.journal.database, clock),
        )
        over = False
        for effects in (
            conversation.start(),
            *(conversation.heard(CallerSpoke(words=said, language="nl")) for said in words),
        ):
            if not over:
                async for effect in effects:
                    over = over or isinstance(effect, EndCall)
        if not over:
            await conversation.ended("caller")
        bodies = [event.body for event in await self.journal.read(call_id)]
        said = [body.answer or "" for body in bodies if isinstance(body, BotSpoke)]
        return [answer.partition("/")[0] for answer in said]

    async def file(self, number: int = 1) -> IncidentFile:
        found = await self.incidents.file(number, "nl")
        assert found is not None
        return found

    async def asked_for_team(self, call_id: str) -> bool:
        bodies = [event.body for event in await self.journal.read(call_id)]
        return HandoffRequested(reason="measure") in bodies


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}"
    async with DurableJournal(url, clock) as journal:
        yield House(journal, tmp_path)


async def test_a_threat_until_the_objection(house: House) -> None:
    """Reported, decided on, carried out and told in the next call, and over when revoked."""
    await house.call("c1", "[threat] ik steek jullie kantoor in brand")
    file = await house.file()
    assert (file.sign, file.level, file.number) == ("threat", "urgent", NUMBER)
    assert file.record.moments[0].words.endswith("ik steek jullie kantoor in brand")
    assert "leidinggevende" in " ".join(said.text for said in file.record.said)
    assert "ladder_measure" not in await house.call("c2")

    await house.deciding.decide(
        1, file.proposal.measures, by="Kim", why="dreiging", version=file.version
    )
    assert "ladder_measure" in await house.call("c3")
    assert await house.asked_for_team("c3")
    applied = [e.body for e in await house.journal.read("c3") if isinstance(e.body, MeasureApplied)]
    assert [(body.measure, body.incident) for body in applied] == [("trained_team", "1")]
    assert "ladder_measure" not in await house.call("c4", number="+31612345699")
    assert "ladder_measure" not in await house.call("c5", number=None)

    decided = await house.file()
    await house.deciding.revoke(1, by="Sam", why="bezwaar gegrond", version=decided.version)
    assert "ladder_measure" not in await house.call("c6")
    assert not await house.asked_for_team("c6")


async def test_abuse_up_to_the_end(house: House) -> None:
    """The record of a call that was ended has every step that came before, in what was said."""
    insult = "[discrimination] rot op naar je eigen land"
    await house.call("c1", insult, insult, insult)
    file = await house.file()
    assert (file.sign, file.level, file.reports) == ("discrimination", "high", 1)
    occasions = [said.occasion for said in file.record.said]
    assert list(dict.fromkeys(occasions)) == ["boundary", "warning", "ending"]
    assert (file.record.warnings, file.record.ended_for_abuse) == (1, True)
    assert file.proposal.rule == "ended"


async def test_a_crisis_is_never_a_measure(house: House) -> None:
    """Who was in danger is helped as anyone in the next call, whatever was noted."""
    await house.call("c1", "[crisis] ik wil niet meer leven")
    file = await house.file()
    assert (file.sign, file.level, file.allowed) == ("crisis", "urgent", ("note", "nothing"))
    assert "113" in " ".join(said.text for said in file.record.said)
    await house.deciding.decide(1, ["note"], by="Kim", why="teruggebeld", version=1)
    assert "ladder_measure" not in await house.call("c2")
