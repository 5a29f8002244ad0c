"""The caller's words are matched against what is possible: formats, offers, invoices."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.corrections import corrected_digits
from bot.dialogue.filling import Ask, Fill, fill, fill_keys, keys_complete
from bot.dialogue.slots import Slot, SlotType
from bot.dialogue.state import State
from bot.dialogue.wishes import clauses
from bot.dialogue.written_language import guess_language
from bot.events import Language
from bot.understanding.entities import find_entities
from bot.understanding.meaning import Meaning
from tests.dialogue.stage import NOW, ZONE

HERE = NOW.astimezone(ZONE)
OFFERED = [
    {"id": "tue1", "start": "2026-11-24T10:00:00+01:00"},
    {"id": "tue2", "start": "2026-11-24T14:30:00+01:00"},
    {"id": "fri", "start": "2026-11-27T08:30:00+01:00"},
]
INVOICES: list[dict[str, Any]] = [
    {"number": "2026-147", "amount": "71.30", "issued": "2026-11-07", "due": "2026-11-28",
     "status": "open", "open_amount": "71.30"},
    {"number": "2026-118", "amount": "84.20", "issued": "2026-10-07", "due": "2026-10-28",
     "status": "overdue", "open_amount": "60.00"},
    {"number": "2025-147", "amount": "50.00", "issued": "2025-11-07", "due": "2025-11-28",
     "status": "paid", "open_amount": "0.00"},
]  # fmt: skip
SUBJECTS: dict[str, dict[Language, tuple[str, ...]]] = {
    "meter": {"nl": ("de meter", "meter"), "en": ("meter",)},
    "advice": {"nl": ("advies",), "en": ("advice",)},
}


def said(
    kind: SlotType, text: str, language: Language = "nl", intent: str = "inform", **slot: Any
) -> Fill | None:
    state = State(found={"offered_slots": OFFERED, "invoices": INVOICES})
    state.slots |= {"first_invoice": "2026-118", "second_invoice": "2026-147"}
    meaning = Meaning(text, language, intent, 0.9, find_entities(text, language, HERE))
    return fill(Ask(Slot("it", kind, **slot), meaning, state, HERE))


@pytest.mark.parametrize(
    ("text", "language", "slot"),
    [
        ("de tweede", "nl", "tue2"),
        ("doe maar de eerste", "nl", "tue1"),
        ("de laatste", "nl", "fri"),
        ("vrijdag", "nl", "fri"),
        ("half drie", "nl", "tue2"),
        ("dinsdag om tien uur", "nl", "tue1"),
        ("liever 's middags", "nl", "tue2"),
        ("24 november om half drie", "nl", "tue2"),
        ("the second one", "en", "tue2"),
        ("Friday", "en", "fri"),
        ("at half past two", "en", "tue2"),
        ("in the afternoon", "en", "tue2"),
    ],
)
def test_an_offered_slot_is_chosen(text: str, language: Language, slot: str) -> None:
    """By place, by day, by time, by daypart: whatever points at one offer takes it."""
    filled = said("free_slot", text, language)
    assert filled is not None
    assert filled.value == slot


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("woensdag", {"wish_from": "2026-11-18"}),
        ("om vier uur", {"wish_time": "16:00"}),
        ("volgende maand", {"wish_from": "2026-12-01", "wish_until": "2026-12-31"}),
    ],
)
def test_another_day_is_a_new_wish(text: str, wish: dict[str, str]) -> None:
    """What fits no offer, but tells when, becomes a wish for other slots."""
    filled = said("free_slot", text)
    assert filled is not None
    assert filled.value == "other"
    assert wish.items() <= filled.also.items()


def test_two_offers_on_the_named_day_leave_it_open() -> None:
    """A bare "dinsdag" does not choose between two offers on that Tuesday."""
    assert said("free_slot", "dinsdag") is None


def test_no_offer_suits() -> None:
    """That none suits is an answer too."""
    assert said("free_slot", "nee, geen van beide", intent="deny") == Fill("none")


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("factuur achttien", "nl", "2026-118"),
        ("honderdachttien", "nl", "2026-118"),
        ("die van 84 euro 20", "nl", "2026-118"),
        ("die van zestig euro", "nl", "2026-118"),
        ("van oktober", "nl", "2026-118"),
        ("die van november", "nl", "2026-147"),
        ("de laatste", "nl", "2026-147"),
        ("de eerste", "nl", "2026-118"),
        ("de oudste", "nl", "2026-118"),
        ("the October one", "en", "2026-118"),
        ("the latest", "en", "2026-147"),
        ("71 euros", "en", "2026-147"),
    ],
)
def test_an_invoice_is_told_apart(text: str, language: Language, number: str) -> None:
    """By last digits, amount, month, place, or order: of those told first, then of all."""
    filled = said("invoice", text, language)
    assert filled is not None
    assert filled.value == number


@pytest.mark.parametrize(
    ("kind", "text", "language", "value", "slot"),
    [
        ("digits", "zevenenveertig elf nul negen", "nl", "471109", {"length": 6}),
        ("digits", "471 109", "nl", "471109", {"length": 6}),
        ("digits", "vier zeven een", "nl", None, {"length": 6}),
        ("postcode", "vijfendertig eenentachtig G A", "nl", "3581GA", {}),
        ("postcode", "3581 ga", "nl", "3581GA", {}),
        ("postcode", "3581 gaat wel", "nl", None, {}),
        ("phone", "06 12345678", "nl", "+31612345678", {}),
        ("phone", "12345", "nl", None, {}),
        ("yes_no", "ja hoor", "nl", True, {}),
        ("yes_no", "nee liever niet", "nl", False, {}),
        ("yes_no", "sure", "en", True, {}),
        ("yes_no", "paars", "nl", None, {}),
        ("count", "drie maanden", "nl", 3, {}),
        ("count", "een half jaar", "nl", 6, {}),
        ("count", "in three months", "en", 3, {}),
        ("choice", "voor advies graag", "nl", "advice", {"options": SUBJECTS}),
        ("choice", "de eerste", "nl", "meter", {"options": SUBJECTS}),
        ("choice", "meter en advies", "nl", None, {"options": SUBJECTS}),
        ("day", "donderdagmiddag", "nl", "other", {}),
        ("fact", "wat dan ook", "nl", None, {}),
    ],
)
def test_each_type_takes_its_kind(
    kind: SlotType, text: str, language: Language, value: Any, slot: dict[str, Any]
) -> None:
    """A slot is filled with what its type can be, and with nothing else."""
    filled = said(kind, text, language, **slot)
    assert (filled.value if filled else None) == value


@given(st.sampled_from(get_args(SlotType)), st.text(max_size=40))
def test_no_words_break_a_slot(kind: SlotType, text: str) -> None:
    """Filling never raises, and fills a choice only with one of its options."""
    filled = said(kind, text, options=SUBJECTS if kind == "choice" else {})
    if kind == "choice" and filled:
        assert filled.value in SUBJECTS


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        ("digits", "471109", "471109"),
        ("digits", "4711", None),
        ("phone", "0612345678", "+31612345678"),
        ("yes_no", "1", True),
        ("yes_no", "2", False),
        ("count", "3", 3),
        ("free_slot", "2", "tue2"),
        ("free_slot", "9", None),
        ("invoice", "1", "2026-118"),
    ],
)
def test_keys_fill_slots(kind: SlotType, keys: str, value: Any) -> None:
    """Typed digits fill digit slots, and choose by place where there is a choice."""
    state = State(found={"offered_slots": OFFERED})
    state.slots |= {"first_invoice": "2026-118"}
    filled = fill_keys(Slot("it", kind, length=6 if kind == "digits" else 0), keys, state)
    assert (filled.value if filled else None) == value


def test_a_number_is_complete_by_its_length() -> None:
    """Six typed digits need no #, five do."""
    slot = Slot("customer_number", "digits", length=6)
    assert keys_complete(slot, "471109")
    assert not keys_complete(slot, "47110")


@pytest.mark.parametrize(
    ("value", "text", "language", "mended"),
    [
        ("471209", "nee, elf niet twaalf", "nl", "471109"),
        ("471209", "elf, niet twaalf", "nl", "471109"),
        ("471209", "niet twaalf maar elf", "nl", "471109"),
        ("471209", "no, eleven not twelve", "en", "471109"),
        ("471209", "not twelve but eleven", "en", "471109"),
        ("471209", "nee, elf", "nl", None),
        ("121209", "elf niet twaalf", "nl", None),
        ("471209", "elf niet dertien", "nl", None),
    ],
)
def test_a_correction_mends_the_part(
    value: str, text: str, language: Language, mended: str | None
) -> None:
    """The wrong part is replaced where it stands once; else nothing is guessed."""
    assert corrected_digits(value, text, language) == mended


def test_a_sentence_is_taken_apart_at_its_conjunctions() -> None:
    """Two wishes become two clauses, with their places; a short side word is no clause."""
    text = "is mijn betaling binnen en wat zijn jullie openingstijden"
    assert clauses(text, "nl") == [
        (0, "is mijn betaling binnen"),
        (27, "wat zijn jullie openingstijden"),
    ]
    assert clauses("ja en nee", "nl") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("is mijn betaling binnen", "nl"), ("has my payment arrived", "en"), ("471109", None)],
)
def test_the_language_of_typed_words(text: str, language: Language | None) -> None:
    """Common words tell the language; digits tell none."""
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("over de meter, en ook advies", "meter"),
        ("nee", "none"),
        ("no, nothing", "none"),
        ("dit kan echt niet", None),
        ("al voor de tweede keer", None),
        ("de paarse olifant", None),
    ],
)
def test_what_is_asked_openly_takes_the_first_option_or_a_refusal(
    text: str, value: str | None
) -> None:
    """A choice that lapses was not laid out: ranks choose nothing, a "niet" refuses nothing."""
    filled = said("choice", text, options=SUBJECTS, lapses=True)
    assert (filled.value if filled else None) == value
