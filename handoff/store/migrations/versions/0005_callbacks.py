"""Call backs that are to be made, cards that are sent out, and events found by their kind."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; what was promised before is on its card, and rings for nobody."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "callbacks",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("of", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("agent", sa.Text),
        sa.Column("due", moment, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("rang", moment),
    )
    op.create_index("callbacks_by_state", "callbacks", ["state", "due"])
    op.create_table(
        "card_posts",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("of", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("made", moment, nullable=False),
        sa.Column("tried", moment),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_index("card_posts_by_state", "card_posts", ["state", "made"])
    op.create_index("events_by_kind", "events", ["kind", "at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("events_by_kind", "events")
    op.drop_table("card_posts")
    op.drop_table("callbacks")
