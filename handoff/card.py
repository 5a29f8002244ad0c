"""The card: what an agent reads in ten seconds, as a fold over the events of a call.

It is made from the phrases in `texts/`, in the agent's language, and states
nothing that no event says.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.events import Event, Language
from handoff import aftermath, contacts, disputes, mood, people, task
from handoff.earlier import EarlierCall
from handoff.notes import Notes, notes
from handoff.parts import Card, Fact, Named
from handoff.wording import Wording, wording


def card(
    events: Sequence[Event],
    language: Language,
    now: datetime,
    earlier: Sequence[EarlierCall] = (),
) -> Card:
    """Return the card of a call.

    Args:
        events: The call's events in order, from the first; at least one.
        language: The agent's language.
        now: Up to when waiting and talking are counted; times are written in its zone.
        earlier: The calls that the same customer had before, newest first.
    """
    taken = notes(events)
    words = wording(language, now.tzinfo or UTC)
    reason = task.reason(taken, words)
    made = Card(
        call_id=events[0].call_id,
        language=language,
        state=taken.state,
        last_seq=events[-1].seq,
        line=people.line(taken, words),
        started=events[0].at,
        waiting_since=taken.waiting.at if taken.waiting else None,
        lost=taken.lost.at if taken.lost else None,
        ended=taken.ended.event.at if taken.ended else None,
        waited_s=_waited(taken, now),
        talked_s=_seconds(events[0].at, taken.ended.event.at if taken.ended else now),
        who=people.who(taken, words),
        spoken=people.spoken(taken, words),
        reason=reason,
        asked=_asked(taken, words),
        handed_on=aftermath.handed_on(taken, words),
        message=aftermath.message(taken),
        wants=task.wants(taken),
        steps=task.steps(taken, words),
        open=task.open_points(taken, words),
        promised=(*task.promised(taken, words), *aftermath.promised_by_agents(taken, words)),
        earlier=contacts.earlier_promises(taken, words, earlier),
        contacts=contacts.contacts(taken, words, earlier),
        facts=task.facts(taken, words),
        first_sentence=task.first_sentence(taken, words),
        next_step=task.next_step(taken, words),
        flags=people.flags(taken, words),
        urgent=mood.urgent(taken, words),
        mood=mood.mood(taken, words),
        limits=mood.limits(taken, words),
        incidents=mood.incidents(taken, words),
        measure=mood.measure(taken, words),
        agent=Fact(text=taken.accepted.body.agent, seq=taken.accepted.seq)
        if taken.accepted
        else None,
        outcome=_outcome(taken, words),
        disposition=_disposition(taken, words),
        done=Fact(text=taken.wrapped.body.done, seq=taken.wrapped.seq)
        if taken.wrapped and taken.wrapped.body.done
        else None,
        note=Fact(text=taken.wrapped.body.note, seq=taken.wrapped.seq)
        if taken.wrapped and taken.wrapped.body.note
        else None,
        closed_by=Fact(text=taken.wrapped.body.agent, seq=taken.wrapped.seq)
        if taken.wrapped
        else None,
        filed=_filed(taken, words),
    )
    return disputes.marked(made, taken)


def _seconds(start: datetime, end: datetime) -> int:
    # A clock that was set back must not show a caller who waits minus five seconds.
    return max(0, int((end - start).total_seconds()))


def _waited(taken: Notes, now: datetime) -> int | None:
    if taken.waiting is None:
        return None
    ends = [noted.event.at for noted in (taken.accepted, taken.ended, taken.wrapped) if noted]
    return _seconds(taken.waiting.at, min([now, *ends]))


def _asked(taken: Notes, words: Wording) -> Named | None:
    if taken.asked is None:
        return None
    reason = taken.asked.body.reason
    return Named(name=reason, text=words.phrase("asked", reason), seq=taken.asked.seq)


def _outcome(taken: Notes, words: Wording) -> Named | None:
    if taken.ended is None:
        return None
    outcome = taken.ended.body.outcome
    return Named(name=outcome, text=words.phrase("outcomes", outcome), seq=taken.ended.seq)


def _filed(taken: Notes, words: Wording) -> Named | None:
    if taken.filed is None:
        return None
    result = taken.filed.body.result
    return Named(name=result, text=words.phrase("filed", result), seq=taken.filed.seq)


def _disposition(taken: Notes, words: Wording) -> Named | None:
    if taken.wrapped is None:
        return None
    name = taken.wrapped.body.disposition
    return Named(name=name, text=words.phrase("dispositions", name), seq=taken.wrapped.seq)
