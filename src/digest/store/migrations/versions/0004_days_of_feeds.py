"""How each feed did, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_days",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checks", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("slowest", sa.Double, nullable=False),
        sa.Column("new_entries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("feed", "day", name="pk_feed_days"),
        sa.ForeignKeyConstraint(
            ["feed"], ["feeds.url"], name="fk_feed_days_feed", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
