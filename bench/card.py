"""How long a card takes: a call of 400 events of a customer who called five times before.

    python bench/card.py [--events 400] [--runs 200] [--json]

Made in memory, as text, as HTML, and read from a database on disk with the earlier calls.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from bot.events import (
    AgentPromise,
    Body,
    Evidence,
    FactDisputed,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    SlotFilled,
    Understood,
    WrappedUp,
)
from handoff.card import card
from handoff.card_text import card_text
from handoff.cards import Cards
from handoff.desk.view import card_html
from handoff.store.journal import DurableJournal
from handoff.transcript import transcript
from handoff.wording import wording
from tests.handoff.calls import PAYMENT, nl, told

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def long_call(count: int) -> list[Body]:
    """Return a call of so many events: an upset caller who keeps asking."""
    bodies = list(PAYMENT)
    while len(bodies) < count - 2:
        n = len(bodies) + 1
        loud = Evidence(source="voice", name="louder_db", value=6.0 + n % 7)
        anger = 0.3 + (n % 10) / 20
        bodies += [
            nl(f"en hoe zit het dan met factuur {n}, dat is toch niet normaal meer"),
            Understood(of=n, intent="check_payment", confidence=0.9),
            MoodHeard(of=n, anger=anger, by_words=anger, signs=("frustrated",), evidence=(loud,)),
            MoodChanged(
                level="angry" if anger > 0.6 else "frustrated",
                trend="rising",
                anger_kind="emotional",
                anger=anger,
            ),
            SlotFilled(slot="invoice", value=f"2026-{n}", by="flow"),
        ]
    bodies = bodies[: count - 2]
    return [*bodies, OfferAccepted(agent="Sem"), FactDisputed(agent="Sem", field="reason", of=6)]


def timed(work: Callable[[], object], runs: int) -> list[float]:
    """Return the milliseconds that each run took."""
    took = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - begun))
    return took


async def from_disk(bodies: list[Body], runs: int) -> list[float]:
    """Return the milliseconds from asking to a card, with five earlier calls looked up."""
    now = NOW - timedelta(days=10)
    wrapped = WrappedUp(
        agent="Sem", disposition="solved", promises=(AgentPromise(text="een brief"),)
    )
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'kalm.db'}"
        async with DurableJournal(url, lambda: now) as journal:
            for n in range(5):
                await journal.open(f"before-{n}", *PAYMENT, OfferAccepted(agent="Sem"), wrapped)
                now += timedelta(days=1)
            await journal.open("c1", *bodies)
            cards = Cards(journal, lambda: NOW, ZONE)
            took = []
            for _ in range(runs):
                begun = time.perf_counter()
                made = await cards.card("c1", "nl")
                took.append(1000 * (time.perf_counter() - begun))
            assert made is not None
            assert len(made.earlier) == 5
            return took


def main() -> None:
    """Measure, and print median and 95th percentile in ms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    bodies = long_call(chosen.events)
    events = told(bodies)
    assert len(events) == chosen.events
    words = wording("nl", ZONE)
    made = card(events, "nl", NOW.astimezone(ZONE))
    lines = transcript(events, words)
    results = {
        "card": timed(lambda: card(events, "nl", NOW.astimezone(ZONE)), chosen.runs),
        "as text": timed(lambda: card_text(made, words), chosen.runs),
        "as HTML": timed(lambda: card_html(made, lines, "nl"), chosen.runs),
        "card from disk": asyncio.run(from_disk(bodies, chosen.runs)),
    }
    told_of = {
        name: {
            "median_ms": round(statistics.median(took), 1),
            "p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
        }
        for name, took in results.items()
    }
    if chosen.json:
        print(json.dumps({"events": chosen.events, "runs": chosen.runs, **told_of}))
        return
    for name, figures in told_of.items():
        print(f"{name:<16} median {figures['median_ms']:6.1f} ms   p95 {figures['p95_ms']:6.1f} ms")


if __name__ == "__main__":
    main()
