"""Aftermath: what people left for each other in a call, in the agent's language."""

from handoff.forms import shorten
from handoff.notes import Notes
from handoff.parts import Fact, HandedOnBy
from handoff.wording import Wording


def message(taken: Notes) -> tuple[Fact, ...]:
    """Quote what the caller left for a colleague, in the order in which it was said."""
    said = [of for noted in taken.after.messages for of in noted.body.of]
    quoted = {of: taken.spoke[of].body.words for of in said if of in taken.spoke}
    return tuple(
        Fact(text=shorten(words), seq=of) for of, words in quoted.items() if shorten(words)
    )


def handed_on(taken: Notes, words: Wording) -> HandedOnBy | None:
    """Tell which colleague handed the caller on last, and what they told."""
    noted = taken.after.handed_on
    if noted is None:
        return None
    told = shorten(noted.body.note)
    agent = noted.body.agent
    by = words.phrase("handed_on", "by", agent=agent)
    text = words.phrase("handed_on", "told", agent=agent, note=told) if told else by
    return HandedOnBy(text=text, seq=noted.seq, agent=agent, to=noted.body.to)


def promised_by_agents(taken: Notes, words: Wording, *, named: bool = True) -> tuple[Fact, ...]:
    """Tell what agents promised at wrap-up, and which call backs are still to be made.

    Args:
        taken: The call's notes.
        words: The agent's language.
        named: Whether to say by whom.
    """
    told = []
    if (wrapped := taken.wrapped) is not None:
        for promise in wrapped.body.promises:
            due = promise.due.isoformat() if promise.due else None
            by = wrapped.body.agent if named else None
            text = words.say({"what": promise.text, "agent": by, "due": due}, "promised_by")
            if text is not None:
                told.append(Fact(text=text, seq=wrapped.seq))
    for planned in taken.after.due():
        body = planned.body
        by = body.agent if named else None
        values = {"due": body.due.isoformat(), "agent": by, "about": body.about}
        text = words.say(values, "planned")
        if text is not None:
            told.append(Fact(text=text, seq=planned.seq))
    return tuple(told)
