"""Versions of what product owners write, which of them is live, and who made it so."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing is published yet."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "content_versions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("based_on", sa.Integer, sa.ForeignKey("content_versions.number")),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index("content_versions_by_sha256", "content_versions", ["sha256"])
    op.create_table(
        "content_texts",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "content_files",
        sa.Column(
            "version", sa.Integer, sa.ForeignKey("content_versions.number"), primary_key=True
        ),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, sa.ForeignKey("content_texts.sha256"), nullable=False),
    )
    op.create_table(
        "content_moves",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, sa.ForeignKey("content_versions.number"), nullable=False),
        sa.Column("before", sa.Integer, sa.ForeignKey("content_versions.number")),
        sa.Column("although", sa.Text),
        sqlite_autoincrement=True,
    )
    live = op.create_table(
        "content_live",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, sa.ForeignKey("content_versions.number")),
    )
    op.bulk_insert(live, [{"id": 1, "version": None}])


def downgrade() -> None:
    """Drop them."""
    for table in (
        "content_live",
        "content_moves",
        "content_files",
        "content_texts",
        "content_versions",
    ):
        op.drop_table(table)
