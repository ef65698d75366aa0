"""What prune and histories look for can be found, and markup that nobody reads is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE entries SET summary_html = '', content_html = '' "
        "WHERE (article_id IS NOT NULL OR failed) AND (summary_html <> '' OR content_html <> '')"
    )
    with_text = sa.text("paragraphs <> '[]'")
    op.create_index(
        "ix_articles_text",
        "articles",
        ["first_seen"],
        sqlite_where=with_text,
        postgresql_where=with_text,
    )
    op.create_index("ix_entries_published", "entries", ["published"])
    op.create_index("ix_editions_name_cutoff", "editions", ["name", "cutoff"])
