"""Mood: how the caller comes across, and the limits that the bot sets."""

from typing import Literal

from pydantic import Field

from bot.events.base import Fixed

Sign = Literal[
    "frustrated", "angry", "profanity", "insult_company", "insult_person", "accusation",
    "discrimination", "sexual_harassment", "pressure", "blackmail", "threat", "crisis",
    "vulnerable",
]  # fmt: skip
"""What words can tell of a caller's mood; several at a time, none of them when calm.

`profanity` is aimed at nobody; `insult_person` at whoever is spoken to or a colleague;
`pressure` is a lawyer, a review, the press: anybody's right; `blackmail` is "or else";
`threat` means a person or a building, with a condition or without; `crisis` is danger to
life, the caller's own or another's; `vulnerable` is confused, in tears, a child.
"""


Level = Literal["calm", "frustrated", "angry"]


Trend = Literal["rising", "steady", "falling"]


AngerKind = Literal["undecided", "emotional", "instrumental"]
"""`emotional` is about the situation; `instrumental` is used to get something."""


class Evidence(Fixed):
    """Why a mood was seen: the caller's own words, or a measure that a person understands."""

    source: Literal["words", "voice", "course"]
    """`course`: how the call went until here."""
    name: str
    """The sign that the words tell, or the measure: louder_db, higher_st, repeated, waited_s."""
    words: str = ""
    """The caller's own."""
    value: float | None = None
    """Of the measure, in the unit that its name ends with."""


class MoodHeard(Fixed):
    """How the caller came across in one utterance."""

    kind: Literal["MoodHeard"] = "MoodHeard"
    of: int
    """`seq` of the CallerSpoke."""
    signs: tuple[Sign, ...] = ()
    """What the words tell for certain enough to act upon."""
    unsure: tuple[Sign, ...] = ()
    """What they would tell, if recognition can be trusted; to be asked again, not punished."""
    anger: float = Field(ge=0, le=1)
    """Of words and voice together."""
    by_words: float = Field(ge=0, le=1)
    by_voice: float | None = Field(default=None, ge=0, le=1)
    evidence: tuple[Evidence, ...] = ()


class MoodChanged(Fixed):
    """The caller's mood over the call became another."""

    kind: Literal["MoodChanged"] = "MoodChanged"
    level: Level
    trend: Trend
    anger_kind: AngerKind
    anger: float = Field(ge=0, le=1)
    """Over the call, words and voice and course together."""
    evidence: tuple[Evidence, ...] = ()


class BoundarySet(Fixed):
    """The caller is told, in the first person, what can't be."""

    kind: Literal["BoundarySet"] = "BoundarySet"
    of: int
    """`seq` of the CallerSpoke that it answers."""
    sign: Sign


class WarningGiven(Fixed):
    """The caller is told that the call will end if this goes on."""

    kind: Literal["WarningGiven"] = "WarningGiven"
    of: int
    sign: Sign


class IncidentReported(Fixed):
    """Something happened that a supervisor must look at."""

    kind: Literal["IncidentReported"] = "IncidentReported"
    of: int
    """`seq` of the CallerSpoke; reported by hand, of the latest thing that was told of the call."""
    sign: Sign
    urgent: bool = False
    """A supervisor is called to it at once: a threat, a crisis, all that an agent reports."""
    evidence: tuple[Evidence, ...] = ()
    by: str | None = None
    """The agent who reported it by hand; None for the bot."""
    note: str = ""
    """What that agent wrote about it."""


class MeasureApplied(Fixed):
    """A supervisor's earlier decision about this caller is carried out in this call."""

    kind: Literal["MeasureApplied"] = "MeasureApplied"
    measure: Literal["trained_team", "warning_on_file"]
    incident: str
    """Id of the incident that it was decided upon."""
