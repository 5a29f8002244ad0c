"""What /metrics tells is true, is what the dashboard shows, and holds nothing of a caller."""

import json
import re
from pathlib import Path

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.counted import Counted
from bot.dialogue.memory_journal import MemoryJournal
from bot.events import (
    ActionTaken,
    Body,
    CallerIdentified,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    KeyPressed,
    StepReached,
    TurnTimed,
)
from bot.gauges import CONTENT_TYPE, Gauges, Now
from bot.server import create_app
from bot.settings import Settings
from bot.stages import STAGES

BOARD = Path(__file__).parent.parent / "deploy" / "grafana" / "kalm.json"
BEGUN = CallStarted(line="twilio", language="nl", caller_number="+31612345678")


def samples(gauges: Gauges) -> dict[str, float]:
    """Return each sample by its name and labels: `kalm_calls_total{twilio,resolved}`."""
    return {
        f"{sample.name}{{{','.join(sample.labels.values())}}}".removesuffix("{}"): sample.value
        for family in text_string_to_metric_families(gauges.page().decode())
        for sample in family.samples
    }


async def counted(*bodies: Body) -> Gauges:
    gauges = Gauges()
    journal = Counted(MemoryJournal(), gauges)
    await journal.open("CA1", BEGUN)
    for body in bodies:
        await journal.append("CA1", body)
    assert len(await journal.read("CA1")) == 1 + len(bodies)
    return gauges


def spoke(words: str) -> CallerSpoke:
    return CallerSpoke(words=words, language="nl")


AGAIN = StepReached(flow="book", step="ask_day", tries=1)


async def test_an_utterance_that_answers_nothing_is_counted_once() -> None:
    """Being asked again counts when it is for what was said, not for silence or a key."""
    found = samples(await counted(spoke("eh"), AGAIN, AGAIN, spoke("morgen")))
    assert found["kalm_turns_total"] == 2
    assert found["kalm_utterances_not_understood_total"] == 1
    found = samples(await counted(spoke("eh"), CallerSilent(seconds=8), AGAIN))
    assert found["kalm_utterances_not_understood_total"] == 0
    found = samples(await counted(KeyPressed(key="4"), AGAIN))
    assert found["kalm_utterances_not_understood_total"] == 0


async def test_what_the_company_was_asked_is_counted_by_its_result() -> None:
    """Each action with each of its ends has a count of its own."""
    asked = [ActionTaken(action="book", result=result) for result in ("ok", "ok", "timeout")]
    found = samples(await counted(*asked))
    assert found["kalm_company_actions_total{book,ok}"] == 2
    assert found["kalm_company_actions_total{book,timeout}"] == 1


@settings(deadline=None, max_examples=25)
@given(secret=st.text(st.characters(categories=["Lu"]), min_size=12, max_size=20))
async def test_no_figure_holds_what_a_caller_said_or_who_it_is(secret: str) -> None:
    """Words, names, numbers and ids go nowhere; labels are few and known."""
    gauges = await counted(
        spoke(secret),
        CallerIdentified(customer_id=secret, name=secret, how="number_on_line"),
        ActionTaken(
            action="book",
            arguments={"customer": secret},
            facts={secret: secret},
            result="ok",
            idempotency_key=secret,
        ),
        TurnTimed(of=2, stages={"words": 0.4}),
    )
    gauges.turn_timed({"words": 0.4})
    gauges.call_over("twilio", "resolved")
    page = gauges.page().decode()
    for private in (secret, "CA1", "31612345678"):
        assert private not in page
    families = text_string_to_metric_families(page)
    labels = {name for family in families for one in family.samples for name in one.labels}
    assert labels == {"line", "outcome", "action", "result", "stage", "le"}


def test_the_state_is_read_when_it_is_asked_for() -> None:
    """Calls, places and what waits are as of now; no capacity is told before it is known."""
    now = [Now(calls=1)]
    gauges = Gauges(lambda: now[0])
    assert "kalm_calls_capacity" not in samples(gauges)
    now[0] = Now(calls=3, capacity=8, ready=True, turned_away=2, waiting=1, refused=4)
    found = samples(gauges)
    assert found["kalm_calls_in_progress"] == 3
    assert found["kalm_calls_capacity"] == 8
    assert found["kalm_callers_turned_away_total"] == 2
    assert found["kalm_recognition_refused_total"] == 4


def test_every_figure_of_the_dashboard_exists() -> None:
    """Each metric, each stage and each label that a panel names is one that /metrics has."""
    gauges = Gauges(lambda: Now(capacity=8))
    gauges.turn_timed(dict.fromkeys(STAGES, 0.5))
    gauges.call_over("twilio", "resolved")
    gauges.company_asked("book", "ok")
    page = gauges.page().decode()
    board = json.loads(BOARD.read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked += [variable["query"]["query"] for variable in board["templating"]["list"][1:]]
    known = {sample.split("{")[0] for sample in samples(gauges)}
    named = {name for query in asked for name in re.findall(r"\b(?:kalm|process)_\w+", query)}
    assert named and named <= known
    for stage in {stage for query in asked for stage in re.findall(r'stage="(\w+)"', query)}:
        assert f'stage="{stage}"' in page
    for query in asked:
        for labels in re.findall(r"by \(([\w, ]+)\)", query):
            assert all(f"{label}=" in page for label in labels.split(", "))
    # And what is measured is shown: nothing is counted that nobody can see.
    own = {name for name in known if name.startswith("kalm_") and not name.endswith("_created")}
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in own} == {
        re.sub("_bucket$", "", name) for name in named if name.startswith("kalm_")
    }


async def test_a_worker_tells_before_it_is_ready(tmp_path: Path) -> None:
    """/metrics answers while models load; /healthz and its room do not send calls there."""
    app = create_app(Settings(data=tmp_path))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kalm.test") as client:
        metrics = await client.get("/metrics")
        health = await client.get("/healthz")
        room = await client.get("/healthz/room")
    assert metrics.headers["content-type"] == CONTENT_TYPE
    assert "kalm_ready 0.0" in metrics.text
    assert health.status_code == room.status_code == 503
    assert (health.json()["capacity"], health.json()["full"]) == (None, False)
