"""Incidents, what supervisors decided about them, and the measures in force."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the three tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("sign", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("moment", sa.Integer, nullable=False),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("opened", moment, nullable=False),
        sa.Column("latest", moment, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("customer", sa.Text),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.UniqueConstraint("call_id", "sign", name="one_incident_a_sign"),
        sqlite_autoincrement=True,
    )
    op.create_index("incidents_by_state", "incidents", ["state", "opened"])
    op.create_index("incidents_by_number", "incidents", ["number"])
    op.create_index("incidents_by_customer", "incidents", ["customer"])
    op.create_table(
        "incident_decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("measures", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.UniqueConstraint("incident_id", "version", name="one_decision_a_version"),
    )
    op.create_table(
        "measures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("customer", sa.Text),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("ended", moment),
    )
    op.create_index("measures_by_incident", "measures", ["incident_id"])
    op.create_index("measures_by_number", "measures", ["number"])
    op.create_index("measures_by_customer", "measures", ["customer"])


def downgrade() -> None:
    """Drop them."""
    for table in ("measures", "incident_decisions", "incidents"):
        op.drop_table(table)
