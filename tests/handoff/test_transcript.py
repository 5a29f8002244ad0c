"""Who joined, left or was sought in a talk stands in the transcript, in the reader's language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.events import Body, Event, HandedOn, Language, LeftTalk, TookPart, WaitEnded
from handoff.transcript import transcript
from handoff.wording import wording

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "nl",
            [
                "Noor om raad gevraagd",
                "Noor doet niet meer mee",
                "Ilse luistert mee",
                "door Sem doorgegeven aan Noor",
                "door Sem doorgegeven",
                "hoeft geen medewerker meer",
            ],
        ),
        (
            "en",
            [
                "Noor asked for advice",
                "Noor takes part no more",
                "Ilse listens in",
                "handed on by Sem to Noor",
                "handed on by Sem",
                "needs no person any more",
            ],
        ),
    ],
)
def test_who_takes_part_in_a_talk_is_told(language: Language, told: list[str]) -> None:
    """Nobody listened in, advised or was handed a caller without a line that says so."""
    bodies: list[Body] = [
        TookPart(agent="Noor", how="consult"),
        LeftTalk(agent="Noor"),
        TookPart(agent="Ilse", how="listen"),
        HandedOn(agent="Sem", to="Noor"),
        HandedOn(agent="Sem"),
        WaitEnded(why="resolved"),
    ]
    events = [Event(call_id="c", seq=n + 1, at=AT, body=body) for n, body in enumerate(bodies)]
    lines = transcript(events, wording(language, ZoneInfo("Europe/Amsterdam")))
    assert [line.text for line in lines] == told
