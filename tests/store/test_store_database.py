"""Opening: migrations, and what is said of a database that cannot be used."""

from __future__ import annotations

import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError

from digest.model import Article, DigestError, Entry, FeedState, UsageError
from digest.store import tables
from digest.store.store import Store, StoreError

FEED = "https://news.example/feed"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def engine(url: str) -> Engine:
    """A way into the database past the store."""
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def test_the_migrations_lead_to_the_tables_as_they_are(store: Store, engine: Engine):
    with engine.connect() as connection:
        options = {"version_table": tables.SCHEMA_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == tables.SCHEMA
    engine.dispose()


def test_the_migrations_lead_to_the_same_statements_as_the_tables(sqlite_url: str, tmp_path: Path):
    """More than Alembic compares: conditions of partial indexes, tables without row ids."""

    def statements(address: str) -> dict[str, str]:
        engine = create_engine(address)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_schema WHERE sql <> ''"))
            # Constraints come in another order.
            return {name: sorted(sql.replace(",", "").split()) for name, sql in rows}

    Store.open(sqlite_url).close()
    direct = f"sqlite:///{tmp_path / 'direct.db'}"
    tables.metadata.create_all(create_engine(direct))
    migrated = statements(sqlite_url)
    assert migrated.pop(tables.SCHEMA_TABLE)
    assert migrated == statements(direct)


def test_no_question_of_a_run_reads_a_whole_table(sqlite_url: str):
    asked = []

    with Store.open(sqlite_url) as store:

        @event.listens_for(Engine, "before_cursor_execute")
        def listen(_connection, _cursor, statement, parameters, *_) -> None:
            asked.append((statement, parameters))

        store.feed_states([FEED])
        store.pending_entries([FEED], NOW)
        store.entries_without_article(NOW)
        store.article_for_url(["https://news.example/1"])
        store.save_article(Article("https://news.example/1", "", (), first_seen=NOW), [1], ["x"])
        store.candidates([FEED], NOW, NOW, NOW)
        store.summaries([("story", "name")])
        store.last_published("morning", NOW)
        store.told("morning", ["https://news.example/1"])
        store.deliveries("morning", "2026-11-23")
        event.remove(Engine, "before_cursor_execute", listen)

    questions = [each for each in asked if each[0].startswith(("SELECT", "UPDATE"))]
    assert len(questions) > 12
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        for statement, parameters in questions:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            assert not [step for *_, step in plan if step.startswith("SCAN")], statement


def test_the_schema_number_is_that_of_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [tables.SCHEMA]


def test_what_was_stored_is_there_after_closing_and_opening(url: str):
    with Store.open(url) as store:
        store.save_check(FeedState(FEED), [], NOW)
    with Store.open(url) as store:
        assert store.feed_states([FEED]) == {FEED: FeedState(FEED)}


def test_a_store_of_a_newer_version_is_refused_and_left_alone(url: str, engine: Engine):
    Store.open(url).close()
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {tables.SCHEMA_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version of digest.*Upgrade digest"):
        Store.open(url)
    with engine.begin() as connection:
        assert connection.scalar(text(f"SELECT * FROM {tables.SCHEMA_TABLE}")) == "9999"
    engine.dispose()


def test_another_program_s_alembic_in_the_same_database_is_no_obstacle(url: str, engine: Engine):
    Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of Prefect')"))
    engine.dispose()
    Store.open(url).close()


def test_sqlite_is_opened_for_many_readers_and_a_writer(sqlite_url: str):
    settings = {}

    @event.listens_for(Engine, "begin")
    def look(connection):
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            settings[name] = connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    Store.open(sqlite_url).close()
    event.remove(Engine, "begin", look)
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_file_that_is_no_database_is_an_error_and_left_alone(tmp_path: Path):
    file = tmp_path / "notes.txt"
    file.write_text("Buy milk. " * 1000)
    with pytest.raises(StoreError, match=r"notes\.txt is no SQLite database; name another file"):
        Store.open(f"sqlite:///{file}")
    assert file.read_text() == "Buy milk. " * 1000


def test_a_damaged_database_is_an_error_that_says_what_to_do(sqlite_url: str):
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with Store.open(sqlite_url) as store:
        entries = [Entry(FEED, str(n), "", "Title " * 50, NOW) for n in range(2000)]
        store.save_check(FeedState(FEED), entries, NOW)
    with file.open("r+b") as pages:
        pages.seek(4096 * 20)
        pages.write(os.urandom(4096 * 200))
    with pytest.raises(StoreError, match="is damaged; move the"), Store.open(sqlite_url) as store:
        store.pending_entries([FEED], NOW)


def test_a_read_only_database_can_be_read_and_says_why_it_cannot_be_written(sqlite_url: str):
    with Store.open(sqlite_url) as store:
        store.save_check(FeedState(FEED), [], NOW)
    read_only = sqlite_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    with Store.open(read_only) as store:
        assert FEED in store.feed_states([FEED])
        with pytest.raises(StoreError, match="cannot be written; make the file and its folder"):
            store.save_check(FeedState(FEED), [], NOW)


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"folder of the store.*file.*name another place"):
        Store.open(f"sqlite:///{tmp_path}/file/news.db")


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be opened; see that the path is right"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_full_disk_is_an_error_and_costs_only_the_open_transaction(sqlite_url: str):
    with Store.open(sqlite_url) as store:
        store.save_check(FeedState(FEED, etag="before"), [], NOW)

    @event.listens_for(Engine, "connect")
    def fill_up(connection: sqlite3.Connection, _) -> None:
        connection.execute("PRAGMA max_page_count=60")

    try:
        with Store.open(sqlite_url) as store:
            large = Entry(FEED, "guid", "", "Title", NOW, content_html="x" * 1_000_000)
            with pytest.raises(StoreError, match="has no room left; free space on its disk"):
                store.save_check(FeedState(FEED), [large], NOW)
            assert store.feed_states([FEED])[FEED].etag == "before"
            assert store.save_article(Article("https://news.example/1", "Title", ()), [])
    finally:
        event.remove(Engine, "connect", fill_up)


def test_an_unreachable_server_is_an_error_without_the_password():
    with pytest.raises(StoreError) as raised:
        Store.open("postgresql://me:hunter2@127.0.0.1:1/news?password=hunter3&connect_timeout=2")
    message = str(raised.value)
    assert message.startswith("The store postgresql+psycopg://me:***@127.0.0.1:1/news cannot be")
    assert "see that the server runs" in message
    assert "hunter" not in message


def test_a_database_that_the_server_lacks_is_an_error_that_names_it(postgresql_server):
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        Store.open(postgresql_server.url("nowhere"))


def test_a_user_without_rights_is_told_which_ones(postgresql_url: str):
    engine = create_engine(postgresql_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS guest"))
        connection.execute(text("CREATE ROLE guest LOGIN"))
    engine.dispose()
    with pytest.raises(StoreError, match="too few rights; grant CREATE and USAGE"):
        Store.open(postgresql_url.replace("digest@", "guest@"))


def test_a_read_only_server_is_an_error_that_says_so(postgresql_url: str):
    Store.open(postgresql_url).close()
    standby = f"{postgresql_url}&options=-cdefault_transaction_read_only=on"
    with (
        Store.open(standby) as store,
        pytest.raises(StoreError, match="is read-only; name the primary server"),
    ):
        store.save_check(FeedState(FEED), [], NOW)


def test_a_server_s_connections_lost_between_two_calls_are_made_anew(postgresql_url: str):
    engine = create_engine(postgresql_url.replace("postgresql:", "postgresql+psycopg:"))
    with Store.open(postgresql_url) as store:
        with engine.begin() as connection:
            ended = connection.scalars(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            assert any(ended)
        engine.dispose()
        assert store.counts().feeds == 0


def test_a_bug_is_not_taken_for_a_trouble_of_the_database(store: Store):
    of_another_feed = Entry("https://unknown.example", "guid", "", "Title", NOW)
    with pytest.raises(IntegrityError):
        store.save_check(FeedState(FEED), [of_another_feed], NOW)
    assert store.feed_states([FEED]) == {}


def test_without_its_driver_postgresql_is_wrong_usage_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"--editable '\.\[postgres\]'"):
        Store.open("postgresql://me@localhost/news")


@pytest.mark.parametrize(
    "url",
    ["news.db", "mysql://me:hunter2@localhost/news", "postgresql://me:hunter2@host:port/news", ""],
)
def test_any_other_url_is_wrong_usage_and_is_not_repeated(url: str):
    with pytest.raises(UsageError, match="neither sqlite:///") as raised:
        Store.open(url)
    assert "hunter2" not in str(raised.value)
    assert isinstance(raised.value, DigestError)
