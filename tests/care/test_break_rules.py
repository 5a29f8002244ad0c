"""Supervisors set how long breaks are and what brings one, and never so that there is none."""

from collections.abc import AsyncIterator
from itertools import product

import httpx
import pytest
from fastapi import FastAPI

from bot.events import Sign
from handoff import mount
from handoff.accounts import Accounts
from handoff.care.rules import LEAST_MINUTES, MOST_MINUTES, PauseInForce, own_rules
from handoff.rule_changes import Number, RuleChanges, Wrong
from handoff.store import DurableJournal
from tests.care.centre import Cared
from tests.handoff.centre import RULES
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_incidents_api import user

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def changes(cared: Cared) -> RuleChanges:
    dispatcher = cared.centre.dispatcher
    return RuleChanges(cared.journal, dispatcher.rules, cared.clock, cared.care.pause)


async def minutes(cared: Cared, call_id: str, *signs: Sign) -> float | None:
    """Return how long a break comes after a call, if any."""
    await cared.talks(call_id, "Ana", *signs)
    await cared.wraps_up(call_id, "Ana")
    found = await cared.care.breaks.open("Ana")
    if found is not None:
        await cared.care.breaks.answer("Ana", found.id, "decline")
    return None if found is None else found.minutes


async def test_a_change_holds_for_the_next_break(cared: Cared, changes: RuleChanges) -> None:
    """At once, without a restart; undone, it is as in the file again."""
    await cared.works("Ana")
    assert await minutes(cared, "c1", "threat") == 10
    await changes.change({"break_2": 12.0}, by="Kim", after=0, why="iedereen is moe")
    assert await minutes(cared, "c2", "threat") == 12
    await changes.undo(1, by="Kim", after=1)
    assert await minutes(cared, "c3", "threat") == 10


async def test_what_is_heavy_can_be_set(cared: Cared, changes: RuleChanges) -> None:
    """An insult brings a break at two points, and none at three."""
    await cared.works("Ana")
    assert await minutes(cared, "c1", "insult_person") == 5
    await changes.change({"heavy_from": 3.0}, by="Kim", after=0)
    assert await minutes(cared, "c2", "insult_person") is None
    assert await minutes(cared, "c3", "threat") == 10


@pytest.mark.parametrize(
    "numbers",
    [
        {"break_1": LEAST_MINUTES - 1},
        {"break_3": MOST_MINUTES + 1},
        {"break_1": 15},  # longer than after a heavier call
        {"break_3": 8},
        {"heavy_from": 0},
        {"heavy_from": RULES.weight.threat + 0.5},  # a threat would bring none
        {"break_2": float("nan")},
        {"heavy_from": float("inf")},
    ],
)
async def test_no_change_takes_breaks_away(
    changes: RuleChanges, cared: Cared, numbers: dict[Number, float]
) -> None:
    """What is outside the limits is refused, and nothing is changed."""
    with pytest.raises(Wrong):
        await changes.change(numbers, by="Kim", after=0)
    assert await changes.history() == []
    assert cared.care.pause.now == own_rules().pause


def test_whatever_is_set_a_heavier_call_brings_no_shorter_break() -> None:
    """For all lengths that are allowed; two breaks together are never less than the longest."""
    pause = PauseInForce(own_rules().pause)
    tried = (3, 5, 20, 60)
    for lengths in product(tried, repeat=3):
        try:
            rules = pause.set(dict(enumerate(lengths)))
        except ValueError:
            assert list(lengths) != sorted(lengths)
            continue
        found = [rules.length(points) for points in range(12)]
        assert found == sorted(found)
        assert min(found) >= LEAST_MINUTES
        assert rules.most_minutes >= max(found)


@pytest.fixture
async def kim(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    async with await user(app, accounts, "Kim", "supervisor") as opened:
        yield opened


async def test_the_page_says_what_may_be_set_and_what_was(kim: httpx.AsyncClient) -> None:
    """In words, with the limits and the points; a refusal names the number and its limits."""
    sent = {"csrf": kim.headers["X-CSRF-Token"], "after": "0"}
    page = (await kim.get("/desk/team/rules")).text
    assert "Minuten pauze na een zwaar gesprek van 4 punten of meer" in page
    assert "in het bestand: 10, van 3 tot 60" in page
    refused = await kim.post("/desk/team/rules", data=sent | {"break_2": "90"})
    assert refused.status_code == 422
    assert "van 4 punten of meer: van 3 tot 60" in refused.text
    mixed = await kim.post("/desk/team/rules", data=sent | {"break_2": "4"})
    assert mixed.status_code == 422
    assert "na een zwaarder gesprek kan de pauze niet korter zijn" in mixed.text
    good = sent | {"break_2": "12,5", "why": "na overleg met de OR"}
    assert (await kim.post("/desk/team/rules", data=good)).status_code == 303
    page = (await kim.get("/desk/team/rules")).text
    assert "10 → 12.5" in page
    assert "Kim" in page
    assert "na overleg met de OR" in page
