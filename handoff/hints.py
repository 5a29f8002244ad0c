"""Hints: what an agent may say next, from the caller's words up to the handover.

Nothing of an agent's voice is listened to, and while an agent talks the caller is not
recognised either: hints come from what the caller told the bot, the owners' answers,
what was promised, and the card. Each has one key.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from bot.events import Event, Language
from handoff import mood, task
from handoff.disputes import stands
from handoff.notes import Notes, notes
from handoff.parts import Card
from handoff.wording import Wording

MANY = 5
"""As many as there are keys for."""

Kind = Literal["calm", "answer", "promise", "next"]


class Hint(BaseModel):
    """Something an agent may say or do."""

    model_config = ConfigDict(frozen=True)

    key: int
    """1 to 5: what to press."""
    kind: Kind
    text: str


class Answers(Protocol):
    """Who knows the owners' answers; `bot.dialogue.suggesting` does."""

    def answers(self, events: Sequence[Event], intent: str, language: Language) -> Sequence[str]:
        """Return the answers to a wish that are true by what is on record, as text."""
        ...


class NoAnswers:
    """Where no content is loaded: no answers."""

    def answers(self, events: Sequence[Event], intent: str, language: Language) -> Sequence[str]:
        """Return nothing."""
        return ()


def hints(
    events: Sequence[Event], card: Card, words: Wording, answers: Answers
) -> tuple[Hint, ...]:
    """Return what an agent may say next; nothing before or after the card is on a desk.

    Args:
        events: The call's events, from the first.
        card: Its card, in the agent's language.
        words: The agent's language.
        answers: The owners'.
    """
    if card.state not in ("waiting", "accepted"):
        return ()
    taken = notes(events)
    told: dict[str, Kind] = {}
    # Of who is in danger nothing goes before the next step.
    if card.urgent is not None and card.next_step is not None:
        told[card.next_step.text] = "next"
    elif (calm := _calm(taken, words)) is not None:
        told[calm] = "calm"
    wish = task.wish(taken)
    reason_stands = card.reason is not None and card.reason.disputed is None
    if wish is not None and reason_stands and card.urgent is None:
        for text in answers.answers(events, wish.body.intent, words.language):
            told.setdefault(text, "answer")
    for promise in (*card.promised, *card.earlier):
        if (text_of := stands(promise)) is not None:
            told.setdefault(text_of, "promise")
            break
    if card.next_step is not None and (todo := stands(card.next_step)) is not None:
        told.setdefault(todo, "next")
    return tuple(
        Hint(key=n + 1, kind=kind, text=text) for n, (text, kind) in enumerate(told.items())
    )[:MANY]


def _calm(taken: Notes, words: Wording) -> str | None:
    """Return a sentence that calms; None for who is calm."""
    if mood.upset(taken) is None:
        return None
    return words.say({"addressed": task.addressed(taken, words)}, "hints", "calm")
