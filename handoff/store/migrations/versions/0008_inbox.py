"""What owners decided about what callers said."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is decided yet."""
    op.create_table(
        "inbox_marks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("intent", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("live", sa.Integer),
        sa.Column("batch", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_marks_key", "inbox_marks", ["key"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("inbox_marks")
