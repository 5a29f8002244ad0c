"""What comes with Kalm has its phrases; what a form can't write is not written."""

from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.actions import ACTIONS
from bot.events import Language
from handoff.forms import FORMS, LONGEST, span, written
from handoff.task import SMALL
from handoff.wording import wording

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
