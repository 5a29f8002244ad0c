"""What the dialogue waits for, and how long: for the ears and the timer."""

from datetime import datetime
from functools import partial
from typing import Any

from babel.dates import format_date

from bot.dialogue.answered import answered
from bot.dialogue.doubting import chosen_by_words
from bot.dialogue.slots import Slot, SlotType
from bot.dialogue.staying import crisis_patience
from bot.dialogue.talk import Talk
from bot.dialogue.waiting import LOOK_EVERY_S, waits_on_line
from bot.hearing.expectation import Expectation, Kind

SILENCE_S = 8.0
"""Seconds of silence after which the caller is helped."""
HOLD_S = 45.0
"""The same, for a caller who asked for a moment."""

_KINDS: dict[SlotType, Kind] = {
    "digits": "digits",
    "postcode": "postcode",
    "phone": "phone",
    "yes_no": "yes_no",
    "count": "choice",
    "choice": "choice",
    "invoice": "choice",
    "appointment": "date",
    "free_slot": "date",
    "day": "date",
}


def expected(talk: Talk) -> Expectation:
    """Return what the caller's next turn is likely to hold."""
    question = talk.question
    if question is None or talk.state.ladder.crisis:
        return Expectation()
    slot = question[2]
    if (pair := talk.state.doubt.open) is not None:
        topics, language = talk.content.topics, talk.state.language
        return Expectation(
            kind="choice",
            words=tuple(topics[intent][language][0] for intent in pair),
            answers=partial(chosen_by_words, pair, topics),
        )
    return Expectation(
        kind=_KINDS.get(slot.type, "anything"),
        words=_words(slot, talk),
        answers=partial(answered, slot, talk.state, talk.now),
    )


def patience(talk: Talk) -> float:
    """Return the seconds of silence to wait for."""
    question = talk.question
    if talk.state.ladder.crisis:
        return crisis_patience(talk.state.silences)
    if waits_on_line(talk):
        return LOOK_EVERY_S
    if talk.state.holding:
        return HOLD_S
    if question is not None and question[2].patience:
        return float(question[2].patience)
    return SILENCE_S


def _words(slot: Slot, talk: Talk) -> tuple[str, ...]:
    language = talk.state.language
    if slot.type == "choice":
        return tuple(words[language][0] for words in slot.options.values())
    rows: list[dict[str, Any]] = talk.state.found.get(
        {"free_slot": "offered_slots", "appointment": "appointments"}.get(slot.type, ""), []
    )
    days = [datetime.fromisoformat(row["start"]).astimezone(talk.zone) for row in rows]
    return tuple(dict.fromkeys(format_date(day, "EEEE", locale=language) for day in days))
