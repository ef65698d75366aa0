"""First schema: feeds, entries, articles, summaries, editions, deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("moved_to", sa.Text, nullable=False),
        sa.Column("next_check", Time),
        sa.Column("checked_at", Time),
        sa.Column("changed_at", Time),
        sa.Column("failing_since", Time),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_feeds"),
    )
    op.create_table(
        "articles",
        sa.Column("id", Id, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("paragraphs", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("published", Time),
        sa.Column("first_seen", Time),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("url", name="uq_articles_url"),
        sa.UniqueConstraint("content_hash", name="uq_articles_content_hash"),
    )
    op.create_index("ix_articles_published_first_seen", "articles", ["published", "first_seen"])
    op.create_table(
        "article_feeds",
        sa.Column("article_id", Id, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "feed", name="pk_article_feeds"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name="fk_article_feeds_article_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "aliases",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_aliases"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_aliases_article_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_aliases_article_id", "aliases", ["article_id"])
    op.create_table(
        "entries",
        sa.Column("id", Id, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("published", Time),
        sa.Column("updated", Time),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("summary_html", sa.Text, nullable=False),
        sa.Column("content_html", sa.Text, nullable=False),
        sa.Column("first_seen", Time, nullable=False),
        sa.Column("article_id", Id),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("failed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("feed", "guid", name="uq_entries_feed_guid"),
        sa.ForeignKeyConstraint(
            ["feed"], ["feeds.url"], name="fk_entries_feed", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_entries_article_id", ondelete="SET NULL"
        ),
    )
    read, unread = sa.text("article_id IS NOT NULL"), sa.text("article_id IS NULL")
    op.create_index(
        "ix_entries_article_id",
        "entries",
        ["article_id"],
        sqlite_where=read,
        postgresql_where=read,
    )
    op.create_index(
        "ix_entries_unread",
        "entries",
        ["first_seen"],
        sqlite_where=unread,
        postgresql_where=unread,
    )
    op.create_index(
        "ix_entries_pending",
        "entries",
        ["feed"],
        sqlite_where=sa.text("article_id IS NULL AND failed = 0"),
        postgresql_where=sa.text("article_id IS NULL AND NOT failed"),
    )
    op.create_table(
        "summaries",
        sa.Column("story", sa.Text, nullable=False),
        sa.Column("summarizer", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("made_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("story", "summarizer", name="pk_summaries"),
    )
    op.create_table(
        "editions",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("cutoff", Time, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("made_at", Time, nullable=False),
        sa.Column("published_at", Time),
        sa.PrimaryKeyConstraint("name", "slot", name="pk_editions"),
    )
    op.create_index("ix_editions_cutoff", "editions", ["cutoff"])
    op.create_table(
        "considered",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "slot", "url", name="pk_considered"),
        sa.ForeignKeyConstraint(
            ["name", "slot"],
            ["editions.name", "editions.slot"],
            name="fk_considered_name_slot",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("edition", "slot", "recipient", name="pk_deliveries"),
    )
