"""Entities lie within the text, never raise, and never overlap their own kind."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import Entity, Language
from bot.understanding.entities import find_entities
from tests.understanding.tables import read_cases

NOW = datetime(2026, 11, 18, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
LANGUAGES: tuple[Language, ...] = ("nl", "en")
SHAPES = {
    "digits": r"[0-9]+",
    "amount": r"[0-9]+\.[0-9]{2}",
    "cardinal": r"[0-9]+",
    "ordinal": r"-?[0-9]+",
    "postcode": r"[1-9][0-9]{3}[A-Z]{2}",
    "phone": r"\+[0-9]{6,15}",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "time": r"[0-9]{2}:[0-9]{2}",
    "period": r"[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "daypart": r"[0-9]{2}:[0-9]{2}/[0-9]{2}:[0-9]{2}",
}
SAID = sorted(
    {
        word
        for name in ("numbers_nl", "numbers_en", "dates_nl", "dates_en")
        for case in read_cases(f"{name}.yml")
        for word in case.text.split()
    }
)
UTTERANCES = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(SAID), max_size=14).map(" ".join)
)


def _short(entities: tuple[Entity, ...]) -> list[tuple[str, str, str]]:
    return [(one.name, one.value, one.text) for one in entities]


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=UTTERANCES)
@example(text="e\u0301e\u0301n uur \u00df\u0130 \u2167 \u00bd 12\u0663")
@example(text="9" * 400)
@example(text="over 60 maanden 99999999999999999999 miljoen miljoen euro")
def test_any_text_gives_sound_entities(language: Language, text: str) -> None:
    """Whatever is said: no error, spans inside the text, canonical values, no double meaning."""
    entities = find_entities(text, language, NOW)
    for one in entities:
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        assert re.fullmatch(SHAPES[one.name], one.value), one
    for one in entities:
        for other in entities:
            if one is not other and one.name == other.name:
                assert one.end <= other.start or other.end <= one.start


def test_one_utterance_gives_all_its_entities() -> None:
    """Day, hour, code and sum of one utterance are all found, once each."""
    text = "volgende week dinsdag om half drie, klantnummer 47 11 09, en het gaat om € 84,20"
    assert _short(find_entities(text, "nl", NOW)) == [
        ("date", "2026-11-24", "volgende week dinsdag"),
        ("time", "14:30", "half drie"),
        ("digits", "471109", "47 11 09"),
        ("amount", "84.20", "€ 84,20"),
    ]


def test_english_entities_are_merged_too() -> None:
    """The day after tomorrow at ten to five is one day and one hour, and no count."""
    text = "the day after tomorrow at ten to five"
    assert _short(find_entities(text, "en", NOW)) == [
        ("date", "2026-11-20", "the day after tomorrow"),
        ("time", "16:50", "ten to five"),
    ]


def test_a_slot_may_choose_between_kinds() -> None:
    """One span may be a rank and a day: the slot that waits takes its own."""
    kinds = {one.name: one.value for one in find_entities("de tweede", "nl", NOW)}
    assert kinds == {"ordinal": "2", "date": "2026-12-02"}


def test_parts_are_left_out() -> None:
    """A count inside an amount, a period inside a day, a daypart inside an hour are no news."""
    names = [one.name for one in find_entities("84 euro 20 in 3 termijnen", "nl", NOW)]
    assert names == ["amount", "cardinal"]
    names = [one.name for one in find_entities("dinsdag 24 november", "nl", NOW)]
    assert names == ["date"]
    assert [one.name for one in find_entities("om 5", "nl", NOW)] == ["time"]
    names = [one.name for one in find_entities("vijf uur 's middags", "nl", NOW)]
    assert names == ["time"]
