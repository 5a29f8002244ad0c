"""What comes with Kalm has its phrases; what a form can't write is not written."""

from collections import Counter
from dataclasses import fields
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.actions import ACTIONS
from bot.events import (
    AngerKind,
    ContactFiled,
    HandoffRequested,
    Language,
    Level,
    MeasureApplied,
    Outcome,
    Sign,
    Trend,
)
from bot.mood import impression
from bot.mood.course import Course
from bot.mood.norms import NORMS
from bot.mood.voice_cues import features
from handoff import mood_notes
from handoff.forms import FORMS, LONGEST, span, written
from handoff.mood_notes import MomentName
from handoff.task import SMALL
from handoff.wording import wording
from tests.handoff.calls import START

INTENTS = Path(__file__).parents[2] / "intents"
LANGUAGES: list[Language] = ["nl", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_built_in_flows_actions_and_intents_have_phrases(language: Language) -> None:
    """Nothing of ours shows as a bare name: an agent should not read "find invoices"."""
    words = wording(language)
    flows = [
        name
        for path in (INTENTS / "flows").glob("*.yml")
        for name in yaml.safe_load(path.read_text(encoding="utf-8")).get("flows", {})
    ]
    assert [name for name in flows if not words.has("flows", name)] == []
    asking = [name for name, action in ACTIONS.items() if action.asks_company]
    assert [name for name in asking if not words.has("steps", name)] == []
    assert [name for name in asking if not words.has("actions", name)] == []
    domain = yaml.safe_load((INTENTS / "domain.yml").read_text(encoding="utf-8"))
    wishes = set(domain["intents"]) - SMALL - {"out_of_scope"}
    assert [name for name in wishes if not words.has("reasons", name)] == []
    assert [name for name in wishes if not words.has("about", name)] == []


NAMED: dict[str, Any] = {
    "signs": Sign,
    "trends": Trend,
    "kinds": AngerKind,
    "levels": Level,
    "outcomes": Outcome,
    "asked": HandoffRequested.model_fields["reason"].annotation,
    "measures": MeasureApplied.model_fields["measure"].annotation,
    "moments": MomentName,
    "filed": ContactFiled.model_fields["result"].annotation,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", NAMED)
def test_whatever_events_name_has_a_phrase(path: str, language: Language) -> None:
    """Signs, levels, reasons, outcomes: none of them shows as a bare name."""
    words = wording(language)
    assert [name for name in get_args(NAMED[path]) if not words.has(path, name)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_of_voice_and_course_has_a_phrase(language: Language) -> None:
    """Each is told with its number and its unit; the voice both ways, for it may go either."""
    words = wording(language)
    of_voice = features(dict.fromkeys(NORMS, 0.0))
    assert of_voice
    for name in of_voice:
        for way in ("more", "less"):
            for value in (1.0, 7.4):
                assert words.say({"value": value}, "measured", name, way), (name, way)
    course = Course(
        failed_tries=1,
        flows=Counter(book=2),
        interruptions=2,
        earlier_calls=1,
        waiting_since=START,
    )
    burdens = course.evidence(START + timedelta(hours=1))
    assert {field.name for field in fields(Course)} == {
        "failed_tries", "flows", "interruptions", "earlier_calls", "started", "waiting_since",
    }, "a new burden needs to be in this test"  # fmt: skip
    assert len(burdens) == 5
    for burden in burdens:
        assert words.say({"value": burden.value}, "measured", burden.name, "more"), burden.name


def test_the_desk_and_the_bot_mean_the_same_by_abuse() -> None:
    """The two sides may not import each other's list, and must not drift apart."""
    assert mood_notes.ABUSE == impression.ABUSE


def test_answers_that_show_understanding_are_known_as_such() -> None:
    """Whatever the ladder says to acknowledge anger is a moment in the course of the mood."""
    ladder = yaml.safe_load((INTENTS / "ladder.yml").read_text(encoding="utf-8"))
    answers = [topic["answer"] for topic in ladder["acknowledge"].values()]
    answers += [ladder["says"][name] for name in ("soothe", "apology", "apology_short")]
    assert [a for a in answers if not a.startswith(mood_notes.ACKNOWLEDGES)] == []
    others = set(ladder["says"].values()) - set(answers)
    assert [a for a in others if a.startswith(mood_notes.ACKNOWLEDGES)] == []
    for flow in mood_notes.OFFERS:
        assert wording("nl").has("flows", flow)


@pytest.mark.parametrize(
    ("form", "value", "dutch", "english"),
    [
        ("money", "84.20", "EUR 84,20", "EUR 84.20"),
        ("money", 1250, "EUR 1.250,00", "EUR 1,250.00"),
        ("money", "-15.5", "EUR -15,50", "EUR -15.50"),
        ("money", "NaN", None, None),
        ("money", True, None, None),
        ("money", "veel", None, None),
        ("date", "2026-11-12", "12 november", "12 November"),
        ("date", "2026-11-12T23:30:00Z", "13 november", "13 November"),
        ("date", "2026-11-12T23:30:00", None, None),
        ("date", "2026-02-30", None, None),
        (
            "moment",
            "2026-11-24T13:30:00Z",
            "dinsdag 24 november, 14:30",
            "Tuesday 24 November, 14:30",
        ),
        ("moment", "2026-11-24T14:30:00", None, None),
        ("time", "14:30", "14:30", "14:30"),
        ("phone", "+31612345678", "06 12345678", "06 12345678"),
        ("phone", "+447700900123", "+44 7700 900123", "+44 7700 900123"),
        ("phone", "anonymous", None, None),
        ("count", 3, "3", "3"),
        ("count", "many", None, None),
        ("one", 1, "1", "1"),
        ("one", 2, None, None),
        ("whole", -9.4, "9", "9"),
        ("whole", 1234.6, "1.235", "1,235"),
        ("whole", float("inf"), None, None),
        ("whole", "veel", None, None),
        ("single", -1.2, "1", "1"),
        ("single", 1.6, None, None),
        ("tenth", 0.84, "0,8", "0.8"),
        ("tenth", float("nan"), None, None),
        ("text", "  twee\n regels ", "twee regels", "twee regels"),
        ("text", True, "ja", "yes"),
        ("text", "", None, None),
        ("text", {"a": 1}, None, None),
    ],
)
def test_forms(form: str, value: Any, dutch: str | None, english: str | None) -> None:
    """Each value is written as agents read it, or not at all."""
    zone = ZoneInfo("Europe/Amsterdam")
    assert (written(form, value, "nl", zone), written(form, value, "en", zone)) == (dutch, english)


@given(form=st.sampled_from(sorted(FORMS)), value=st.text() | st.floats() | st.integers())
def test_any_value_in_any_form(form: str, value: Any) -> None:
    """No value makes a form fail, break the line, or run over the card."""
    for language in LANGUAGES:
        text = written(form, value, language, UTC)
        assert text is None or (0 < len(text) <= LONGEST and len(text.splitlines()) == 1)


def test_spans() -> None:
    """A length of time reads as on a stopwatch."""
    assert [span(s) for s in (-5, 0, 42, 725, 3725)] == ["0:00", "0:00", "0:42", "12:05", "1:02:05"]


@pytest.mark.parametrize("language", get_args(Language))
def test_what_a_caller_fills_in_stands_on_the_card_in_words_or_not_at_all(
    language: Language,
) -> None:
    """No name of a slot, and no value that is meant for flows, is shown to an agent as it is."""
    file = Path(__file__).parents[2] / "intents" / "flows" / "slots.yml"
    slots = yaml.safe_load(file.read_text("utf-8"))["slots"]
    filled = {name for name, slot in slots.items() if slot["type"] not in ("fact", "yes_no")}
    assert filled <= set(wording(language).get("slots"))
