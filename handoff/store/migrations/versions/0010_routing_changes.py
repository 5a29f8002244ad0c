"""What supervisors changed about the numbers of routing; who wants to hear cards."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what the file says holds. Add who hears a card first: everybody."""
    heard = sa.Column("whisper", sa.Boolean, nullable=False, server_default=sa.text("true"))
    op.add_column("agents", heard)
    op.create_table(
        "routing_changes",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.Column("undoes", sa.Integer),
    )


def downgrade() -> None:
    """Forget all changes."""
    op.drop_column("agents", "whisper")
    op.drop_table("routing_changes")
