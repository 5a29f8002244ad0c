"""Kill -9 at any stage on the way to a person: each call stands where it stood, and goes on."""

import asyncio
import sys
from pathlib import Path

from bot.events import OfferExpired, OfferMade
from handoff.offer_state import Stage, offer_state
from tests.handoff.offer_walker import offered, working
from tests.serving import ROOT


async def test_what_was_said_before_a_kill_holds_after_it(tmp_path: Path) -> None:
    """Who was accepted stays with their agent; an open offer ends by its timer; others go on."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.handoff.offer_walker",
        str(tmp_path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        async with asyncio.timeout(60):
            assert await child.stdout.readline() == b"Cas\n"
    finally:
        child.kill()
        await child.wait()

    async with working(tmp_path, dispatching=False) as (journal, dispatcher):
        # Nobody dispatches: only the timer that the killed process set can end the offer.
        async with asyncio.timeout(60):
            async for event in journal.follow("handed_on"):
                if isinstance(event.body, OfferExpired):
                    break
        stages: dict[str, Stage] = {}
        agents: dict[str, str | None] = {}
        for call_id in ("accepted", "wrap_up", "done", "handed_on", "requested"):
            state = offer_state(await journal.read(call_id))
            stages[call_id], agents[call_id] = state.stage, state.agent
        assert stages == {
            "accepted": "accepted",
            "wrap_up": "wrap_up",
            "done": "done",
            "handed_on": "requested",
            "requested": "requested",
        }
        assert (agents["accepted"], agents["wrap_up"]) == ("Ana", "Bo")
        there = {p.agent: p.state for p in await dispatcher.presences.all()}
        assert there == {"Ana": "busy", "Bo": "wrap_up", "Cas": "available", "Dia": "away"}

    async with working(tmp_path) as (journal, dispatcher):
        async with asyncio.timeout(60):
            assert await offered(journal, dispatcher, "requested") == "Cas"
        made = [e.body for e in await journal.read("handed_on") if isinstance(e.body, OfferMade)]
        assert [body.agent for body in made] == ["Dia", "Cas"]
