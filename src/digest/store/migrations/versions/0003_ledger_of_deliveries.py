"""A mail that was not taken is deferred or refused; those that are not settled can be found."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whether it might have passed was not kept; to try it again days later would surprise.
    op.execute("UPDATE deliveries SET status = 'refused' WHERE status = 'failed'")
    not_sent = sa.text("status <> 'sent'")
    op.create_index(
        "ix_deliveries_not_sent",
        "deliveries",
        ["edition"],
        sqlite_where=not_sent,
        postgresql_where=not_sent,
    )
