"""Breaks, kind lines, debriefs, what is to be done after a threat, and weekly counts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing is kept yet."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "care_breaks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("offered", moment, nullable=False),
        sa.Column("minutes", sa.Float, nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("because", sa.JSON, nullable=False),
        sa.Column("postponed", moment),
        sa.Column("answered", moment),
        sa.Column("back_to", sa.Text),
        sa.Column("until", moment),
        sa.Column("ended", moment),
        sa.UniqueConstraint("agent", "call_id", name="one_break_a_call"),
    )
    op.create_index("care_breaks_by_agent", "care_breaks", ["agent", "offered"])
    op.create_table(
        "care_told",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("to", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("seen", moment),
    )
    op.create_index("care_told_by_colleague", "care_told", ["to", "seen"])
    op.create_table(
        "care_debriefs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("shared", moment),
        sqlite_autoincrement=True,
    )
    op.create_index("care_debriefs_by_agent", "care_debriefs", ["agent", "at"])
    op.create_table(
        "care_steps",
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("due", moment, nullable=False),
        sa.Column("rung", sa.Integer, nullable=False),
        sa.Column("done", moment),
        sa.Column("by", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("care_steps_by_done", "care_steps", ["done", "due"])
    op.create_table(
        "care_weeks",
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("made", moment, nullable=False),
        sa.Column("seen", moment),
    )
    op.create_index("care_weeks_by_week", "care_weeks", ["week"])


def downgrade() -> None:
    """Drop them."""
    for table in ("care_weeks", "care_steps", "care_debriefs", "care_told", "care_breaks"):
        op.drop_table(table)
