"""How urgent a call is, so that a list of who waits is in order without folding every call."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; calls from before moods were heard are not urgent."""
    op.add_column("calls", sa.Column("urgency", sa.Integer, nullable=False, server_default="0"))
    op.drop_index("calls_by_state", "calls")
    op.create_index("calls_by_state", "calls", ["state", sa.text("urgency DESC"), "waiting_since"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("calls_by_state", "calls")
    op.create_index("calls_by_state", "calls", ["state", "waiting_since"])
    op.drop_column("calls", "urgency")
