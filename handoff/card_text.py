"""CardText: the card as plain text, for a mail, a ticket, or the clipboard."""

from collections.abc import Iterator, Sequence

from handoff.disputes import stands
from handoff.forms import span
from handoff.parts import Card, Fact
from handoff.wording import Wording

WIDTH = 11
"""Characters of the column of labels."""


def card_text(card: Card, words: Wording) -> str:
    """Return the card as lines of text, in the order in which it is read.

    What an agent called wrong is left out, or stands as it was corrected.

    Args:
        card: In the language of `words`.
        words: The reader's language.
    """

    def t(name: str) -> str:
        return words.phrase("desk", name)

    def rows() -> Iterator[tuple[str, Sequence[Fact | str | None]]]:
        yield t("flags"), card.flags
        why = [_text(card.reason), _text(card.asked)]
        yield t("reason"), ["; ".join(filter(None, why))]
        yield t("handed_on"), [card.handed_on]
        yield t("message"), [f"“{_text(fact)}”" for fact in card.message if _text(fact)]
        yield t("wants"), [f"“{_text(fact)}”" for fact in card.wants if _text(fact)]
        yield t("mood"), [card.mood.now if card.mood else None]
        yield t("done"), [_step(step.result, _text(step)) for step in card.steps]
        yield t("open"), card.open
        yield t("promised"), [*_led(t("now"), card.promised), *_led(t("earlier"), card.earlier)]
        yield t("facts"), [_led_by(fact.label, fact) for fact in card.facts]
        if card.state in ("waiting", "accepted"):
            yield t("first"), [card.first_sentence]
            yield t("next"), [card.next_step]
        yield (
            t("outcome"),
            ["; ".join(filter(None, [_text(card.outcome), _text(card.disposition)]))],
        )
        yield t("was_done"), [card.done]
        yield t("note"), [card.note]
        limits = [f"{t(limit.name)}: {limit.text}" for limit in card.limits]
        yield t("limits"), limits
        yield t("contacts"), card.contacts

    lines = [_head(card, t("unknown_caller"), t("customer")), _times(card, words), ""]
    for label, values in rows():
        texts = [value if isinstance(value, str) else _text(value) for value in values]
        for n, text in enumerate(filter(None, texts)):
            lines.append(f"{label if n == 0 else '':<{WIDTH}} {text}".rstrip())
    return "\n".join(lines) + "\n"


def _text(fact: Fact | None) -> str | None:
    return None if fact is None else stands(fact)


def _led(lead: str, facts: Sequence[Fact]) -> list[str | None]:
    return [_led_by(lead, fact) for fact in facts]


def _led_by(lead: str, fact: Fact) -> str | None:
    text = _text(fact)
    return None if text is None else f"{lead}: {text}"


def _step(result: str, text: str | None) -> str | None:
    return None if text is None else f"{'✓' if result == 'ok' else '!'} {text}"


def _head(card: Card, unknown: str, customer: str) -> str:
    who = card.who
    number = _text(who.customer)
    parts = [
        _text(who.name) or unknown,
        f"{customer} {number}" if number else None,
        _text(who.proof),
        _text(who.phone),
        _text(card.spoken),
    ]
    return " · ".join(filter(None, parts))


def _times(card: Card, words: Wording) -> str:
    at = words.write("moment", card.started.isoformat()) if card.started else None
    parts = [at]
    if card.waited_s is not None:
        parts.append(f"{words.phrase('desk', 'waited')} {span(card.waited_s)}")
    if card.talked_s is not None:
        parts.append(f"{words.phrase('desk', 'talked')} {span(card.talked_s)}")
    return " · ".join(filter(None, parts))
