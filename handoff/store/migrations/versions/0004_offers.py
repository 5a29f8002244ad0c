"""Whom a call is offered to, what agents can do, and how they are there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables; nobody is offered anything yet, and everybody is away."""
    moment = sa.DateTime(timezone=True)
    op.add_column("calls", sa.Column("offered_to", sa.Text))
    op.add_column("calls", sa.Column("offered_until", moment))
    op.create_index("one_offer_an_agent", "calls", ["offered_to"], unique=True)
    op.create_index("calls_by_customer", "calls", ["customer"])
    op.create_table(
        "agents",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("skills", sa.JSON, nullable=False),
        sa.Column("trained", sa.Boolean, nullable=False),
        sa.Column("asked_for_heavy", sa.Boolean, nullable=False),
        sa.Column("buddy", sa.Text),
    )
    op.create_table(
        "presence",
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment),
        sa.Column("call_id", sa.Text),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("break_minutes", sa.Float),
        sa.Column("seen", moment),
        sa.Column("missed", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "presence_history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("presence_by_agent", "presence_history", ["agent", "at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("presence_history", "presence", "agents"):
        op.drop_table(table)
    op.drop_index("calls_by_customer", "calls")
    op.drop_index("one_offer_an_agent", "calls")
    op.drop_column("calls", "offered_until")
    op.drop_column("calls", "offered_to")
