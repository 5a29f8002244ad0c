"""Live incidents: how many wait for a decision, told to supervisors on every page."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.events import Language
from handoff.care.protocol import Protocol, Step
from handoff.desk import live
from handoff.desk.stream import response
from handoff.desk.view import translator
from handoff.incident_parts import Incident
from handoff.incidents import Incidents
from handoff.store.journal import DurableJournal

LOOK_S = 5.0
"""Seconds between two looks for what was decided in another process."""
CALM_S = 0.2
"""Seconds between two looks at most often: events of calls come in bursts."""


def stream(
    journal: DurableJournal, incidents: Incidents, protocol: Protocol, language: Language
) -> EventSourceResponse:
    """Tell what waits, at once and whenever it changes; ends by itself after a while."""

    async def tell() -> AsyncIterator[ServerSentEvent]:
        now = asyncio.get_running_loop().time
        until = now() + live.STREAM_SECONDS
        before: dict[str, Any] | None = None
        while now() < until:
            ring = journal.next_change()
            steps = await protocol.open(due=True)
            told = waiting(await incidents.listed("open"), language, steps)
            if told != before:
                yield ServerSentEvent(json.dumps(told), event="incidents")
                before = told
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK_S, max(0.0, until - now()))):
                    await ring.wait()
                    await asyncio.sleep(CALM_S)

    return response(tell())


def waiting(
    found: list[Incident], language: Language, steps: Sequence[Step] = ()
) -> dict[str, Any]:
    """Return what a page is told about the open incidents, and what is due after them.

    `urgent_ones` and `steps` are to be announced, a step anew each time it rings; `marks`
    changes with the list.
    """
    t = translator(language)
    urgent = [incident for incident in found if incident.level == "urgent"]
    counted = {"open": len(found), "urgent": len(urgent)}
    return {
        **counted,
        "count": t("incidents", "count_urgent" if urgent else "count", **counted) if found else "",
        "urgent_ones": [
            {
                "id": incident.id,
                "sign": incident.sign,
                "text": t("incidents", "alert", what=t("incidents", "signs", incident.sign)),
            }
            for incident in urgent
        ],
        "steps": [
            {
                "id": f"step {step.incident_id} {step.item} {step.agent} {step.rung}",
                "incident": step.incident_id,
                "text": t(
                    "care",
                    "step_alarm",
                    what=step.text(language),
                    sign=t("incidents", "signs", step.sign),
                ),
            }
            for step in steps
        ],
        "marks": marks(found),
    }


def marks(found: Iterable[Incident]) -> str:
    """Return a text that is another one when the list is."""
    return " ".join(f"{incident.id}.{incident.version}" for incident in found)
