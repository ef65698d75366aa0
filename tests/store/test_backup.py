"""Backup and restore: on each kind of database, and from one to the other."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text

from digest.model import (
    Article,
    Delivery,
    DigestError,
    Edition,
    Entry,
    FeedState,
    Sentence,
    Story,
    Summary,
    Told,
    UsageError,
)
from digest.store import tables
from digest.store.backup import back_up
from digest.store.database import Database
from digest.store.portable import MANIFEST
from digest.store.restore import restore
from digest.store.schema import migrate
from digest.store.store import Store, StoreError

FEED = "https://news.example/feed"
NOW = datetime(2026, 11, 23, 6, 0, 0, 7, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a second store that does not exist yet, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'other' / 'digest.db'}"
    return request.getfixturevalue("postgresql_server").new_database()


def fill(store: Store) -> None:
    """Something in each table, with what is hard to carry."""
    state = FeedState(FEED, title='신문 \\ "quoted"', checked_at=NOW, failing_since=None)
    entries = [
        Entry(FEED, f"guid {n}", f"{FEED}/{n}", "A\ntitle\t🗞️", NOW if n % 2 else None)
        for n in range(700)
    ]
    store.save_check(state, entries, NOW)
    ids = [each.id for each in store.pending_entries([FEED], NOW - timedelta(days=1))]
    article = Article(
        "https://news.example/1", "제목", ('"첫" 문단\\', "", "둘째\n\n문단 🗞️"), published=NOW,
        first_seen=NOW, feeds=(FEED,),
    )  # fmt: skip
    store.save_article(article, ids[:3], ["https://t.example/x"])
    store.fail_entry(ids[4], "timed out", final=True)
    summary = Summary((Sentence("장관들이 만났다.", ()),), "extractive", "m")
    store.save_summaries({("story", "name"): summary}, NOW)
    told = Told(Story((article,), "Headline", 0.1 + 0.2), summary)
    edition = Edition("daily", "2026-11-23", "Daily", "UTC", NOW, NOW, (told,))
    store.save_edition(edition, ["https://news.example/2"], NOW)
    store.publish_edition("daily", "2026-11-23", NOW)
    store.save_delivery(Delivery("daily", "2026-11-23", "a@example.org", "sent", NOW))


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with Store.open(url) as store, store.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
            for table in tables.metadata.sorted_tables
        }


def test_a_restored_store_is_equal_in_every_table_whatever_its_kind(
    store: Store, url: str, other_url: str, file: Path
):
    fill(store)
    manifest = back_up(store, file, {})
    restored = restore(other_url, file)
    assert restored == manifest
    found = everything(other_url)
    assert found == everything(url)
    assert all(found.values()), "each table held something"
    assert {name: len(rows) for name, rows in found.items()} == {
        name: table.rows for name, table in manifest.tables.items()
    }


def test_what_is_added_after_a_restore_gets_numbers_of_its_own(
    store: Store, other_url: str, file: Path
):
    fill(store)
    back_up(store, file, {})
    restore(other_url, file)
    with Store.open(other_url) as restored:
        new = [Entry(FEED, "new", f"{FEED}/new", "New", NOW)]
        assert restored.save_check(FeedState(FEED), new, NOW) == 1
        restored.save_article(Article("https://news.example/new", "New", ("Text.",)), [])
        assert restored.counts().entries == 701
        assert restored.counts().articles == 2


def test_a_backup_of_an_empty_store_can_be_restored_and_used(
    store: Store, other_url: str, file: Path
):
    back_up(store, file, {})
    Store.open(other_url).close()
    restore(other_url, file)
    with Store.open(other_url) as restored:
        fill(restored)


def test_a_backup_is_of_one_moment_while_others_write(store: Store, file: Path, url: str):
    fill(store)
    before = everything(url)
    written = []

    @event.listens_for(store._engine, "after_cursor_execute")
    def write_meanwhile(_connection, _cursor, statement: str, *_: object) -> None:
        if not written and "FROM feeds" in statement and "etag" in statement:
            written.append(statement)
            with Store.open(url) as other:
                other.save_check(FeedState("https://b.example/"), [], NOW)
                other.save_delivery(Delivery("daily", "2026-11-23", "b@example.org", "sent", NOW))

    manifest = back_up(store, file, {})
    assert written
    assert {name: table.rows for name, table in manifest.tables.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    assert len(everything(url)["deliveries"]) == 2


def test_a_store_that_holds_something_is_not_overwritten(store: Store, other_url: str, file: Path):
    fill(store)
    back_up(store, file, {})
    with Store.open(other_url) as other:
        other.save_check(FeedState("https://mine.example/"), [], NOW)
    with pytest.raises(StoreError, match=r"holds 1 feeds already.* name another one"):
        restore(other_url, file)
    with Store.open(other_url) as other:
        assert list(other.feed_states(["https://mine.example/"])) == ["https://mine.example/"]
        assert other.counts().entries == 0


def old_store(url: str) -> None:
    """A store as the first version of its schema left it, with data."""
    with Database.connect(url) as database, database.writing() as connection:
        migrate(connection, database.place, "0001")
        values = "'t', 'e', '', '', 0, ''"
        connection.execute(
            text(
                "INSERT INTO feeds (url, title, etag, last_modified, moved_to, failures, problem) "
                f"VALUES ('{FEED}', {values})"
            )
        )
        for guid, failed in (("waits", False), ("given up", True)):
            connection.execute(
                text(
                    "INSERT INTO entries (feed, guid, link, title, author, language, summary_html, "
                    "content_html, first_seen, attempts, reason, failed) VALUES "
                    f"('{FEED}', :guid, '', 'T', '', '', '<p>S', '<p>C', "
                    "'2026-11-23 06:00:00.000000', 0, '', :failed)"
                ),
                {"guid": guid, "failed": failed},
            )


def markup(url: str) -> dict[str, str]:
    with Store.open(url) as store, store.reading() as connection:
        entries = tables.entries.c
        rows = connection.execute(select(entries.guid, entries.content_html))
        return dict(rows.all())


def test_a_store_of_the_first_schema_is_upgraded_with_what_it_holds(url: str):
    old_store(url)
    assert markup(url) == {"waits": "<p>C", "given up": ""}


def of_the_first_schema(file: Path) -> None:
    """Rewrites a backup as one that the first schema gave."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members[MANIFEST])
    members[MANIFEST] = json.dumps(manifest | {"schema": "0001"}).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_a_backup_of_an_older_version_is_brought_to_the_newest_schema(
    store: Store, other_url: str, file: Path
):
    fill(store)
    back_up(store, file, {})
    of_the_first_schema(file)
    restore(other_url, file)
    with Store.open(other_url) as restored, restored.reading() as connection:
        revision = connection.exec_driver_sql(f"SELECT version_num FROM {tables.SCHEMA_TABLE}")
        assert revision.scalar() == tables.SCHEMA
        assert restored.counts().entries == 700


def change(file: Path, changed: str, to: Callable[[bytes], bytes]) -> None:
    """Rewrites one member of a backup, with a checksum of the zip format that fits."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, to(data) if name == changed else data)


def test_a_backup_of_a_newer_version_is_refused_with_the_way_out(
    store: Store, sqlite_url: str, file: Path, tmp_path: Path
):
    back_up(store, file, {})
    newer = {"schema": "9999", "digest": "8.0"}
    change(file, MANIFEST, lambda data: json.dumps(json.loads(data) | newer).encode())
    with pytest.raises(UsageError, match=r"by digest 8\.0 with the schema 9999.*upgrade digest"):
        restore(f"sqlite:///{tmp_path}/new.db", file)


def test_a_changed_row_is_found_and_nothing_is_restored(store: Store, other_url: str, file: Path):
    fill(store)
    back_up(store, file, {})
    change(file, "tables/entries.jsonl", lambda data: data.replace(b"timed out", b"timed off"))
    with pytest.raises(DigestError, match=r"is damaged \(entries is not what its manifest says"):
        restore(other_url, file)
    with Store.open(other_url) as other:
        assert other.counts().feeds == 0


def test_a_lost_row_a_lost_table_and_lost_bytes_are_found(store: Store, tmp_path: Path, file: Path):
    fill(store)
    back_up(store, file, {})
    whole = file.read_bytes()
    url = f"sqlite:///{tmp_path / 'new.db'}"

    change(file, "tables/feeds.jsonl", lambda _: b"")
    with pytest.raises(DigestError, match="feeds is not what"):
        restore(url, file)

    file.write_bytes(whole)
    with zipfile.ZipFile(file) as archive:
        kept = {n: archive.read(n) for n in archive.namelist() if n != "tables/editions.jsonl"}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in kept.items():
            archive.writestr(name, data)
    with pytest.raises(DigestError, match=r"damaged .*editions"):
        restore(url, file)

    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + os.urandom(200) + whole[middle + 200 :])
    with pytest.raises(DigestError, match="is damaged"):
        restore(url, file)

    file.write_bytes(whole[:middle])
    with pytest.raises(UsageError, match="or only a part of one"):
        restore(url, file)

    file.write_bytes(whole)
    restore(url, file)


def test_what_is_no_backup_is_wrong_usage(sqlite_url: str, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"")
    with pytest.raises(UsageError, match=r"photos\.zip is no backup of digest"):
        restore(sqlite_url, tmp_path / "photos.zip")
    with pytest.raises(UsageError, match=r"none\.zip cannot be read: No such file"):
        restore(sqlite_url, tmp_path / "none.zip")


def test_a_backup_replaces_the_one_before_and_no_other_file(store: Store, file: Path, url: str):
    back_up(store, file, {})
    fill(store)
    assert back_up(store, file, {}).tables["entries"].rows == 700
    file.write_text("feeds: mine.opml")
    with pytest.raises(UsageError, match="is there already and is no backup"):
        back_up(store, file, {})
    assert file.read_text() == "feeds: mine.opml"


def test_the_settings_and_the_subscriptions_go_along(store: Store, file: Path, tmp_path: Path):
    settings = tmp_path / "digest.yaml"
    settings.write_text("feeds: feeds.opml")
    back_up(store, file, {"config/digest.yaml": settings, "config/feeds.opml": tmp_path / "none"})
    with zipfile.ZipFile(file) as archive:
        assert archive.read("config/digest.yaml") == b"feeds: feeds.opml"
        assert "config/feeds.opml" not in archive.namelist()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "there may be passwords in it"


def test_a_disk_that_is_full_leaves_the_backup_before_and_no_part(store: Store, tmp_path: Path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    file = tmp_path / "backup.zip"
    back_up(store, file, {})
    before = file.read_bytes()
    (tmp_path / ".backup.zip.part").symlink_to(full)
    with pytest.raises(DigestError, match=r"cannot be written \(No space left .*nothing was"):
        back_up(store, file, {})
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {"backup.zip", "news"}


def test_a_folder_that_is_not_there_is_named(store: Store, tmp_path: Path):
    with pytest.raises(DigestError, match=r"none/b\.zip cannot be written .*folder that exists"):
        back_up(store, tmp_path / "none" / "b.zip", {})
