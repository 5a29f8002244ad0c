"""The first schema: calls and their events, users, sessions, API tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    moment = sa.DateTime(timezone=True)
    ledger = op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(ledger, [{"id": 1, "last": 0}])
    op.create_table(
        "calls",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("started", moment, nullable=False),
        sa.Column("waiting_since", moment),
        sa.Column("ended", moment),
        sa.Column("outcome", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("customer_name", sa.Text),
        sa.Column("agent", sa.Text),
    )
    op.create_index("calls_by_state", "calls", ["state", "waiting_since"])
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.UniqueConstraint("call_id", "seq", name="events_in_order"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created", moment, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("expires", moment, nullable=False),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", moment, nullable=False),
    )


def downgrade() -> None:
    """Drop everything."""
    for table in ("api_tokens", "sessions", "users", "events", "calls", "ledger"):
        op.drop_table(table)
