"""Mood: how the caller comes across, its course and its limits, in the agent's language."""

from collections.abc import Sequence
from datetime import datetime

from bot.events import Evidence, Sign
from handoff.forms import shorten
from handoff.mood_notes import FlagName, MoodNotes
from handoff.mood_notes import Limit as NotedLimit
from handoff.notes import Notes
from handoff.parts import About, Cue, Limit, Moment, Mood, Named, Point, Urgent
from handoff.wording import Wording, plain

CALM = 0.3
"""Anger of an utterance from which nobody would call it calm."""
MANY_MEASURES = 3
"""Measures of the voice that fit in a sentence, most telling first."""
MANY_CUES = 4
"""Reasons for a mood that fit on a card."""
FLAGS: tuple[FlagName, ...] = ("crisis", "threat", "abuse", "vulnerable")
"""What an agent must know, gravest first."""


def mood(taken: Notes, words: Wording) -> Mood | None:
    """Say how the caller comes across; None when no utterance was looked at."""
    noted = taken.mood
    if not noted.heard and not noted.changes:
        return None
    last = noted.changes[-1].body if noted.changes else None
    now = _now(noted, words)
    start = taken.first.at if taken.first else None
    return Mood(
        now=now,
        level=last.level if last else None,
        trend=last.trend if last else None,
        anger_kind=last.anger_kind if last else None,
        anger=last.anger if last else None,
        cues=_cues(noted, words),
        course=tuple(
            Point(
                seq=heard.noted.seq,
                of=heard.noted.body.of,
                second=_second(start, heard.noted.event.at),
                anger=heard.over_call,
                heard=heard.noted.body.anger,
                signs=signs(heard.noted.body.signs, heard.noted.seq, words),
            )
            for heard in noted.heard
        ),
        moments=tuple(
            Moment(
                name=moment.name,
                text=words.phrase("moments", moment.name),
                seq=moment.seq,
                of=moment.of,
                second=_second(start, moment.event.at),
            )
            for moment in noted.moments
        ),
    )


def _second(start: datetime | None, at: datetime) -> int:
    return max(0, int((at - start).total_seconds())) if start else 0


def _now(noted: MoodNotes, words: Wording) -> About | None:
    """Put the mood in words; calm is only said when nothing that was heard says otherwise."""
    if not noted.changes:
        bodies = [heard.noted.body for heard in noted.heard]
        if any(body.signs or body.unsure or body.anger >= CALM for body in bodies):
            return None
        last = noted.heard[-1].noted
        return About(
            name="calm", text=words.phrase("levels", "calm"), seq=last.seq, of=last.body.of
        )
    latest = noted.changes[-1]
    level, trend = latest.body.level, latest.body.trend
    calmed = level == "calm" and any(change.body.level != "calm" for change in noted.changes)
    said = words.phrase("levels", "calmed" if calmed else level)
    # Of who is in danger, nobody is told that it is a means to an end.
    plainly = level == "calm" or "crisis" in noted.flags
    values = {
        "level": said,
        "trend": None if calmed else words.get("trends", trend),
        "kind": None if plainly else words.get("kinds", latest.body.anger_kind),
    }
    of = noted.heard[-1].noted.body.of if noted.heard else None
    return About(name=level, text=words.phrase("mood", "now", **values), seq=latest.seq, of=of)


def _cues(noted: MoodNotes, words: Wording) -> tuple[Cue, ...]:
    """Give the latest reasons for the mood; a caller who is calm needs none."""
    if noted.changes and noted.changes[-1].body.level == "calm":
        return ()
    for heard in reversed(noted.heard):
        body = heard.noted.body
        if body.evidence:
            first = heard is noted.heard[0]
            return cues(body.evidence, heard.noted.seq, body.of, words, first=first)[:MANY_CUES]
    return ()


def cues(
    evidence: Sequence[Evidence], seq: int, of: int | None, words: Wording, *, first: bool
) -> tuple[Cue, ...]:
    """Put evidence in words: quotes one by one, what the voice tells in one sentence.

    Args:
        evidence: Of one utterance.
        seq: Number of the event that holds it.
        of: Number of the utterance.
        words: The agent's language.
        first: Whether it is the call's first utterance, of which no beginning is known that
            the voice could differ from.
    """
    told: dict[tuple[str, str | None], Cue] = {}
    for each in evidence:
        if each.source == "words":
            quote = shorten(each.words) or None
            text = words.phrase("signs", each.name)
            told.setdefault(
                (text, quote),
                Cue(name=each.name, text=text, seq=seq, of=of, source="words", quote=quote),
            )
    for source in ("voice", "course"):
        measured = [each for each in evidence if each.source == source]
        phrases = dict.fromkeys(filter(None, (_measured(each, words) for each in measured)))
        if phrases:
            listed = _listed(list(phrases)[:MANY_MEASURES], words)
            than = "voice_first" if first and source == "voice" else source
            text = words.phrase("evidence", than, listed=listed)
            name = measured[0].name
            told[text, None] = Cue(name=name, text=text, seq=seq, of=of, source=source)
    return tuple(told.values())


def _measured(evidence: Evidence, words: Wording) -> str | None:
    way = "less" if evidence.value is not None and evidence.value < 0 else "more"
    values = {"value": evidence.value}
    if not words.has("measured", evidence.name):
        return plain(evidence.name)
    return words.say(values, "measured", evidence.name, way)


def _listed(phrases: list[str], words: Wording) -> str:
    if len(phrases) == 1:
        return phrases[0]
    rest = ", ".join(phrases[:-1])
    return words.phrase("evidence", "and", rest=rest, last=phrases[-1])


def signs(found: Sequence[Sign], seq: int, words: Wording) -> tuple[Named, ...]:
    """Name what words told, in the agent's language."""
    return tuple(
        Named(name=sign, text=words.phrase("signs", sign), seq=seq) for sign in dict.fromkeys(found)
    )


def limits(taken: Notes, words: Wording) -> tuple[Limit, ...]:
    """Tell which boundaries were set and warnings given, in the words that the caller heard."""
    return tuple(
        Limit(
            name="boundary" if limit.noted.body.kind == "BoundarySet" else "warning",
            text=words.phrase("signs", limit.noted.body.sign),
            seq=limit.noted.seq,
            of=limit.noted.body.of,
            sign=limit.noted.body.sign,
            said=_heard(limit),
        )
        for limit in taken.mood.limits
    )


def _heard(limit: NotedLimit) -> str | None:
    if limit.spoke is None:
        return None
    return shorten(limit.spoke.body.words if limit.heard is None else limit.heard) or None


def incidents(taken: Notes, words: Wording) -> tuple[About, ...]:
    """Name what was reported to a supervisor, each sign once."""
    told: dict[str, About] = {}
    for noted in taken.mood.incidents:
        sign = noted.body.sign
        text = words.phrase("signs", sign)
        told.setdefault(sign, About(name=sign, text=text, seq=noted.seq, of=noted.body.of))
    return tuple(told.values())


def measure(taken: Notes, words: Wording) -> Named | None:
    """Tell which earlier decision is carried out, and why."""
    noted = taken.mood.measure
    if noted is None:
        return None
    name = noted.body.measure
    return Named(name=name, text=words.phrase("measures", name), seq=noted.seq)


def flags(taken: Notes, words: Wording) -> tuple[Named, ...]:
    """Name what an agent must know before the first hello, gravest first."""
    found = taken.mood.flags
    return tuple(
        Named(name=name, text=words.phrase("flags", name), seq=found[name].seq)
        for name in FLAGS
        if name in found
    )


def urgent(taken: Notes, words: Wording) -> Urgent | None:
    """Tell why this call goes before others, and since when."""
    found = taken.mood.flags.get("crisis") or taken.mood.flags.get("threat")
    if found is None:
        return None
    text = words.phrase("flags", found.name)
    return Urgent(name=found.name, text=text, seq=found.seq, since=found.event.at)


def flag(taken: Notes, name: FlagName) -> int | None:
    """Return which event first told of a crisis, a threat; None when none did."""
    moment = taken.mood.flags.get(name)
    return None if moment is None else moment.seq


def upset(taken: Notes) -> int | None:
    """Return which event tells that the caller is upset now; None when none does."""
    if taken.mood.changes:
        latest = taken.mood.changes[-1]
        return None if latest.body.level == "calm" else latest.seq
    if taken.asked is not None and taken.asked.body.reason == "upset":
        return taken.asked.seq
    return None
