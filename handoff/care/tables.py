"""The tables of care: breaks, kind lines, debriefs, what is to be done after a threat, weeks."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from handoff.store.tables import Moment, metadata

# One row an agent and heavy call.
care_breaks = Table(
    "care_breaks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    # offered, postponed, taken, declined, lapsed (never answered), joined (to a later one).
    Column("state", Text, nullable=False),
    # Asks for an answer since then: again after the next call, when it was postponed.
    Column("offered", Moment, nullable=False),
    Column("minutes", Float, nullable=False),
    Column("points", Float, nullable=False),
    # What made the call heavy: signs, levels, "long".
    Column("because", JSON, nullable=False),
    Column("postponed", Moment),
    Column("answered", Moment),
    # What the agent had chosen before, and comes back to.
    Column("back_to", Text),
    # Unknown while a break that was taken waits for the end of the wrap-up.
    Column("until", Moment),
    Column("ended", Moment),
    UniqueConstraint("agent", "call_id", name="one_break_a_call"),
    Index("care_breaks_by_agent", "agent", "offered"),
)

# A colleague was asked to look in; no more of the call than the agent wrote.
care_told = Table(
    "care_told",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Text, nullable=False),
    Column("seen", Moment),
    Index("care_told_by_colleague", "to", "seen"),
)

# Read by who wrote it, and by supervisors from `shared` on.
care_debriefs = Table(
    "care_debriefs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("at", Moment, nullable=False),
    # By the name of the question.
    Column("answers", JSON, nullable=False),
    Column("shared", Moment),
    Index("care_debriefs_by_agent", "agent", "at"),
    # A number is never given twice: what was deleted stays so.
    sqlite_autoincrement=True,
)

# One row an item of the protocol after a threat; `agent` is empty when nobody had the call.
care_steps = Table(
    "care_steps",
    metadata,
    Column(
        "incident_id", Integer, ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("agent", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("due", Moment, nullable=False),
    # How often it rang.
    Column("rung", Integer, nullable=False),
    Column("done", Moment),
    Column("by", Text),
    # Why it was closed without being done; empty when it was done.
    Column("why", Text, nullable=False),
    Index("care_steps_by_done", "done", "due"),
)

# Counts of one agent in one week, made when the week is over. No words, no sound.
care_weeks = Table(
    "care_weeks",
    metadata,
    Column("agent", Text, primary_key=True),
    # Its Monday, as 2026-11-16.
    Column("week", Text, primary_key=True),
    Column("counts", JSON, nullable=False),
    Column("made", Moment, nullable=False),
    # When the agent read it.
    Column("seen", Moment),
    Index("care_weeks_by_week", "week"),
)
