"""Slot: what the dialogue can know, declared in `intents/flows/slots.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from bot.dialogue.source import Place, Table, one_of
from bot.events import Language

SlotType = Literal[
    "fact",
    "digits",
    "postcode",
    "phone",
    "yes_no",
    "count",
    "choice",
    "invoice",
    "appointment",
    "free_slot",
    "day",
    "wish",
    "colleague",
    "message",
]
"""How a slot is filled: `fact` by actions and flows only, all others from what the caller says."""
_TYPES: dict[str, SlotType] = {name: name for name in get_args(SlotType)}

LANGUAGES: tuple[Language, ...] = get_args(Language)

Synonyms = Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class Slot:
    """A thing to know, and how it may be asked for."""

    name: str
    type: SlotType
    private: bool = False
    """Spoken only to a verified caller."""
    length: int = 0
    """Digits: how many; 0 when it is not fixed."""
    minimum: int = 1
    """Count: the lowest that is meant."""
    maximum: int = 100
    """Count: the highest that is meant."""
    options: Mapping[str, Synonyms] = field(default_factory=lambda: MappingProxyType({}))
    """Choice: what can be chosen, with the words for it in each language."""
    lapses: bool = False
    """The question is dropped when the caller wishes something else. A choice that lapses may be
    refused ("none"), and of several options that are named takes the first that is declared."""
    patience: int = 0
    """Seconds of silence before the caller is asked again; 0 for the usual."""

    @property
    def collectable(self) -> bool:
        """Whether a caller can be asked for it."""
        return self.type != "fact"


_OWN = (
    "language", "slow", "refusal", "company_name",
    "helpline", "helpline_free", "emergency", "gas_line",
)  # fmt: skip
RESERVED = {name: Slot(name, "fact") for name in _OWN}
"""What every conversation has, declared or not; numbers to call in danger are of `ladder.yml`."""


def load_slots(table: Table) -> dict[str, Slot]:
    """Return the slots declared under `slots:`; raises ContentError."""
    table.only("slots")
    slots = dict(RESERVED)
    for name, row in table.table("slots").tables():
        if name in RESERVED:
            raise row.error(f"Slot {name!r} is Kalm's own.", "Give yours another name.")
        slots[name] = _slot(name, row)
    return slots


def _slot(name: str, row: Table) -> Slot:
    row.only("type", "private", "length", "minimum", "maximum", "options", "patience", "lapses")
    kind = row.text("type")
    if kind not in _TYPES:
        raise row.error(f"Unknown slot type {kind!r}.", one_of(kind, tuple(_TYPES)), "type")
    options = {}
    if "options" in row:
        options = {key: _synonyms(option) for key, option in row.table("options").tables()}
    if (kind == "choice") != bool(options):
        raise row.error(
            f"Slot {name!r}: a choice needs options, and only a choice has them.",
            "Add `options:` with the words for each, or take another type.",
        )
    return Slot(
        name=name,
        type=_TYPES[kind],
        private=row.flag("private"),
        length=row.whole("length", 0),
        minimum=row.whole("minimum", 1),
        maximum=row.whole("maximum", 100),
        options=MappingProxyType(options),
        lapses=row.flag("lapses"),
        patience=row.whole("patience", 0),
    )


def _synonyms(option: Table) -> Synonyms:
    option.only(*LANGUAGES)
    words: dict[Language, tuple[str, ...]] = {}
    for language in LANGUAGES:
        words[language] = tuple(word.lower() for word in option.texts(language))
        if not words[language]:
            raise option.error(f"No words in {language!r}.", f"Add `{language}: [word, ...]`.")
    return MappingProxyType(words)


def known_slot(name: str, slots: Mapping[str, Slot], place: Place) -> Slot:
    """Return a slot by name; raises ContentError when it is not declared."""
    if name not in slots:
        raise place.error(
            f"Unknown slot {name!r}.", one_of(name, slots) + " Or declare it in slots.yml."
        )
    return slots[name]
