"""Incident record: what the events of a call tell about one incident, as a fold.

Nothing of it is kept: when the call's events go, so does this.
"""

from collections.abc import Sequence

from bot.events import (
    Body,
    BotSpoke,
    BoundarySet,
    CallEnded,
    CallerSpoke,
    Event,
    IncidentReported,
    KeyPressed,
    Sign,
    WarningGiven,
)
from handoff import people
from handoff.incident_parts import Moment, PartLine, Record, Said
from handoff.notes import notes
from handoff.transcript import Line, transcript
from handoff.wording import Wording

BEFORE = 6
"""Lines shown before a moment."""
AFTER = 6


def record(events: Sequence[Event], sign: Sign, words: Wording) -> Record:
    """Return what a call tells about its incident of this sign.

    Args:
        events: The call's events in order, from the first; may be none.
        sign: The incident's.
        words: The reader's language and zone.
    """
    if not events:
        return Record()
    lines = transcript(events, words)
    moments = _moments(events, sign)
    first = min((moment.of for moment in moments), default=0)
    warnings = [event.seq for event in events if isinstance(event.body, WarningGiven)]
    return Record(
        who=people.who(notes(events), words),
        moments=moments,
        lines=_around(lines, {moment.of for moment in moments}),
        said=_said(events, {line.seq: line for line in lines}),
        warnings=sum(seq < first for seq in warnings),
        warnings_after=sum(seq > first for seq in warnings),
        ended_for_abuse=any(_ends_for_abuse(event.body) for event in events),
    )


def _ends_for_abuse(body: Body) -> bool:
    return isinstance(body, CallEnded) and body.outcome == "ended_for_abuse"


def _moments(events: Sequence[Event], sign: Sign) -> tuple[Moment, ...]:
    spoken = {event.seq: event for event in events if isinstance(event.body, CallerSpoke)}
    found = []
    for event in events:
        report = event.body
        if not isinstance(report, IncidentReported) or report.sign != sign:
            continue
        because = tuple(dict.fromkeys(e.words for e in report.evidence if e.words))
        utterance = spoken.get(report.of) if report.by is None else None
        heard = utterance.body if utterance and isinstance(utterance.body, CallerSpoke) else None
        at = (utterance or event).at
        found.append(
            Moment(
                seq=event.seq,
                of=report.of,
                at=at,
                second=max(0, int((at - events[0].at).total_seconds())),
                words=heard.words if heard else "",
                because=because,
                language=heard.language if heard else None,
                confidence=heard.confidence if heard else None,
                by=report.by,
                note=report.note,
            )
        )
    return tuple(found)


def _around(lines: Sequence[Line], moments: set[int]) -> tuple[PartLine, ...]:
    """Return the lines close to a moment; what lies between two that are far apart is left out."""
    shown: set[int] = set()
    for index, line in enumerate(lines):
        if line.seq in moments:
            shown.update(range(max(0, index - BEFORE), min(len(lines), index + AFTER + 1)))
    return tuple(
        PartLine(
            **dict(lines[index]),
            moment=lines[index].seq in moments,
            after_gap=index > 0 and index - 1 not in shown,
        )
        for index in sorted(shown)
    )


def _said(events: Sequence[Event], lines: dict[int, Line]) -> tuple[Said, ...]:
    """Return what the bot said after each step of the ladder, and at an ending for abuse."""
    occasions: dict[int, str] = {}
    step: str | None = None
    since_caller: list[int] = []
    for event in events:
        match event.body:
            case CallerSpoke() | KeyPressed():
                step, since_caller = None, []
            case WarningGiven():
                step = "warning"
            case BoundarySet() if step is None:
                step = "boundary"
            case IncidentReported(by=None) if step is None:
                step = "report"
            case BotSpoke():
                since_caller.append(event.seq)
                if step is not None:
                    occasions[event.seq] = step
            case CallEnded(outcome="ended_for_abuse"):
                occasions.update(dict.fromkeys(since_caller, "ending"))
            case _:
                pass
    return tuple(
        Said.model_validate(
            {
                "occasion": occasions[seq],
                "seq": seq,
                "second": line.second,
                "text": line.text,
                "language": line.language,
                "unheard": line.unheard,
            }
        )
        for seq in sorted(occasions)
        if (line := lines.get(seq)) is not None
    )
