"""The studio: who may use it besides owners, and the draft that they share."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody but admins may use the studio yet, and the draft is what is live."""
    also = sa.Column("also_owns", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("users", also)
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("base", sa.Text),
        sa.Column("based_on", sa.Integer, sa.ForeignKey("content_versions.number")),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("drafts_by_path", "drafts", ["path", "id"])


def downgrade() -> None:
    """Drop them; what was not published is lost."""
    op.drop_table("drafts")
    op.drop_column("users", "also_owns")
