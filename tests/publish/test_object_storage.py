"""Editions in a bucket, through a real S3 interface on this machine."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import lxml.html
import pytest
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from s3fs import S3FileSystem
from upath import UPath
from werkzeug.serving import make_server

from digest import subscriptions
from digest.model import DigestError, Edition, Feed, PassingError, UsageError
from digest.publish import archive
from digest.publish.archive import write_archive
from digest.publish.drivers import explained
from digest.publish.files import write_edition, write_files
from digest.publish.place import place
from digest.publish.render import render, to_json
from digest.settings import load
from digest.stages.issue import publish
from digest.store.store import Store

SITE = UPath("s3://news/site")
FOLDER = "site/daily/2026-11-23"
DAY = timedelta(days=1)
NAMES = [
    "articles.csv",
    "articles.parquet",
    "digest.epub",
    "digest.html",
    "digest.json",
    "digest.md",
    "digest.txt",
]


class Storage:
    """moto, with a record of what it was asked, which kills who asks or keeps them waiting."""

    def __init__(self) -> None:
        self._answer = DomainDispatcherApplication(create_backend_app)
        self.url = ""
        self.requests: list[tuple[str, str]] = []
        self.busy = False
        self.kill_at = 0
        self.victim: subprocess.Popen[str] | None = None
        self.gate: threading.Event | None = None
        """Until it opens, the first list of editions that comes has to wait."""

    def __call__(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append((method, path))
        if self.victim and method == "PUT":
            self.kill_at -= 1
            if self.kill_at == 0:
                self.victim.send_signal(signal.SIGKILL)
                self.victim.wait()
        if self.gate and method == "PUT" and path.endswith("/index.html"):
            gate, self.gate = self.gate, None
            gate.wait()
        if self.busy:
            start_response("503 Service Unavailable", [])
            return [b"<Error><Code>ServiceUnavailable</Code><Message>Later</Message></Error>"]
        return self._answer(environ, start_response)

    def tell(self, what: str, value: str = "") -> None:
        """Steers moto."""
        headers = {"Content-Type": "text/plain"}
        urlopen(Request(f"{self.url}/moto-api/{what}", value.encode(), headers)).close()

    def asked(self, method: str) -> list[str]:
        """The last parts of the paths, in the order in which they were asked for."""
        return [path.rpartition("/")[2] for asked, path in self.requests if asked == method]

    def fetched(self) -> set[str]:
        """The editions whose documents were asked for."""
        name = "/digest.json"
        paths = (path for asked, path in self.requests if asked == "GET" and path.endswith(name))
        return {path.removeprefix("/news/site/").removesuffix(name) for path in paths}


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    app = Storage()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app.url = f"http://127.0.0.1:{server.server_port}"
    yield app
    server.shutdown()
    thread.join()


@pytest.fixture(autouse=True)
def _environment(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "DIGEST_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", storage.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """To change the environment with, which connections that are made already do not see."""
    S3FileSystem.clear_instance_cache()
    yield monkeypatch
    S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def s3(storage: Storage):
    """The storage seen without our own code."""
    yield boto3.resource(
        "s3",
        "us-east-1",
        endpoint_url=storage.url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def bucket(storage: Storage, s3):
    """An empty bucket called ``news``."""
    storage.tell("reset")
    made = s3.create_bucket(Bucket="news", ACL="public-read")
    storage.requests.clear()
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite'}") as store:
        yield store


def keys(bucket) -> list[str]:
    return sorted(each.key for each in bucket.objects.all())


def content(bucket, key: str) -> bytes:
    return bucket.Object(key).get()["Body"].read()


def listed(bucket) -> list[str]:
    """The editions that the archive names."""
    page = lxml.html.fromstring(content(bucket, "site/index.html"))
    return [href.removesuffix("/digest.html") for href in page.xpath("//li/a/@href")]


def days(edition: Edition, count: int) -> list[Edition]:
    return [
        replace(
            edition,
            slot=str(date.fromisoformat(edition.slot) - n * DAY),
            start=edition.start - n * DAY,
            cutoff=edition.cutoff - n * DAY,
        )
        for n in range(count)
    ]


def put(*editions: Edition) -> None:
    for edition in editions:
        write_edition(SITE, edition, {"digest.json": to_json(edition)})


def test_a_published_edition_can_be_served_as_a_site(bucket, storage, store, edition):
    store.save_edition(edition, [], edition.cutoff)
    written = publish(store, edition, SITE, "")
    assert written.changed
    assert str(written.directory) == "s3://news/site/daily/2026-11-23"
    assert sorted(map(str, written.paths)) == [f"s3://news/{FOLDER}/{name}" for name in NAMES]
    kinds = {
        "digest.html": "text/html; charset=utf-8",
        "digest.md": "text/markdown; charset=utf-8",
        "digest.txt": "text/plain; charset=utf-8",
        "digest.json": "application/json",
        "digest.epub": "application/epub+zip",
        "digest.schema.json": "application/json",
        "articles.csv": "text/csv; charset=utf-8",
        "articles.parquet": "application/vnd.apache.parquet",
        "index.html": "text/html; charset=utf-8",
        "feed.xml": "application/atom+xml",
        "feed.json": "application/feed+json; charset=utf-8",
        "2026-11-23.js": "text/javascript; charset=utf-8",
        "editions.json": "application/json",
    }
    kinds |= {f"{number}.js": "text/javascript; charset=utf-8" for number in range(64)}
    expected = render(edition)
    for key in set(keys(bucket)) - {"site/.editions.json"}:
        name = key.rpartition("/")[2]
        with urlopen(f"{storage.url}/news/{key}") as answer:
            assert answer.headers["Content-Type"] == kinds.pop(name)
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.read() == expected.get(name) or name not in NAMES
    assert not kinds
    assert listed(bucket) == ["daily/2026-11-23"]


def test_published_again_it_is_the_same_and_nothing_is_put(bucket, storage, store, edition):
    store.save_edition(edition, [], edition.cutoff)
    publish(store, edition, SITE, "")
    storage.requests.clear()
    assert not publish(store, edition, SITE, "").changed
    assert storage.asked("PUT") == []


def test_only_what_differs_is_put_and_the_document_comes_last(bucket, storage, edition):
    write_edition(SITE, edition, render(edition))
    assert storage.asked("PUT")[-1] == "digest.json"
    storage.requests.clear()
    late = replace(edition, late_minutes=25)
    assert write_edition(SITE, late, render(late)).changed
    changed = {name for name, data in render(late).items() if data != render(edition)[name]}
    assert 1 < len(changed) < len(NAMES)
    assert set(storage.asked("PUT")) == changed
    assert storage.asked("PUT")[-1] == "digest.json"
    assert {name: content(bucket, f"{FOLDER}/{name}") for name in NAMES} == render(late)


PUBLISH = """
import sys
from upath import UPath
from digest.publish import archive
from digest.publish.archive import write_archive
from digest.publish.files import write_files
from pathlib import Path

files = {path.name: path.read_bytes() for path in Path(sys.argv[1]).iterdir()}
write_files(UPath("s3://news/site"), Path("daily/2026-11-23"), files)
write_archive(UPath("s3://news/site"))
"""


@pytest.mark.parametrize("before", [False, True], ids=["a new slot", "a slot that is there"])
def test_killed_in_the_middle_no_half_edition_is_listed_and_the_next_run_mends_it(
    bucket, storage, edition, tmp_path, before
):
    old, new = render(edition), render(replace(edition, title="Evening Digest"))
    (yesterday,) = days(edition, 2)[1:]
    put(yesterday, *[edition] * before)
    if before:
        write_edition(SITE, edition, old)
    for name, data in new.items():
        (tmp_path / name).write_bytes(data)
    with subprocess.Popen([sys.executable, "-c", PUBLISH, tmp_path], text=True) as child:
        storage.kill_at, storage.victim = 3, child
    storage.victim = None
    assert child.returncode == -signal.SIGKILL
    write_archive(SITE)
    assert listed(bucket) == ["daily/2026-11-23"] * before + ["daily/2026-11-22"]
    there = {name: content(bucket, f"{FOLDER}/{name}") for name in NAMES} if before else {}
    assert all(data in (old[name], new[name]) for name, data in there.items())
    assert there.get("digest.json") == (old["digest.json"] if before else None)
    write_files(SITE, Path("daily/2026-11-23"), new)
    write_archive(SITE)
    assert {name: content(bucket, f"{FOLDER}/{name}") for name in NAMES} == new
    assert listed(bucket) == ["daily/2026-11-23", "daily/2026-11-22"]


def test_the_archive_follows_from_what_lies_in_the_bucket(bucket, edition, caplog):
    editions = days(edition, 3)
    put(*editions)
    write_archive(SITE)
    for key, data in {
        "site/daily/2026-11-22/digest.json": b"no document",
        "site/.drafts/2026-11-23/digest.json": to_json(edition),
        "site/daily/.draft/digest.json": to_json(edition),
        "site/digest.json": to_json(edition),
        "site/old [ones], 50% off*/2026-11-23/digest.json": to_json(edition),
        "site/notes.txt": b"my own",
        "siteless/daily/2026-11-23/digest.json": to_json(edition),
    }.items():
        bucket.put_object(Key=key, Body=data)
    bucket.Object("site/daily/2026-11-21/digest.json").delete()
    write_archive(SITE)
    assert listed(bucket) == [
        "old%20%5Bones%5D%2C%2050%25%20off%2A/2026-11-23",
        "daily/2026-11-23",
    ]
    (warning,) = (each.message for each in caplog.records if each.name.startswith("digest"))
    assert warning.startswith("s3://news/site/daily/2026-11-22/digest.json is not listed")
    assert not write_archive(SITE).changed


def test_only_documents_that_are_new_or_otherwise_are_fetched(
    bucket, storage, edition, monkeypatch
):
    monkeypatch.setattr(archive, "MOST_ENTRIES", 1)  # the feeds' are fetched each time
    editions = days(edition, 12)
    put(*editions[2:])
    write_archive(SITE)
    put(editions[1], replace(editions[5], title="Evening Digest"))
    storage.requests.clear()
    write_archive(SITE)
    assert storage.fetched() == {f"daily/{editions[n].slot}" for n in (1, 5)}
    assert len(listed(bucket)) == 11
    page = content(bucket, "site/index.html")
    for notes in (b"", b"{}", content(bucket, "site/.editions.json").replace(b'"shape":"', b"")):
        bucket.put_object(Key="site/.editions.json", Body=notes)
        storage.requests.clear()
        assert not write_archive(SITE).changed
        assert len(storage.fetched()) == 11
    assert content(bucket, "site/index.html") == page


def test_notes_that_lack_what_is_wanted_today_are_not_believed(
    bucket, storage, edition, monkeypatch
):
    monkeypatch.setattr(archive, "MOST_ENTRIES", 0)
    put(edition)
    write_archive(SITE)
    notes = json.loads(content(bucket, "site/.editions.json"))
    notes["shape"] = "of another version"
    bucket.put_object(Key="site/.editions.json", Body=json.dumps(notes).encode())
    storage.requests.clear()
    write_archive(SITE)
    assert storage.fetched() == {"daily/2026-11-23"}


def test_of_two_that_publish_at_the_same_time_both_are_listed(bucket, storage, edition, tmp_path):
    def work(edition: Edition) -> None:
        with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite'}") as store:
            store.save_edition(edition, [], edition.cutoff)
            publish(store, edition, SITE, "")

    editions = days(edition, 2)
    first, second = (threading.Thread(target=work, args=(each,)) for each in editions)
    storage.gate = gate = threading.Event()
    first.start()
    while "index.html" not in storage.asked("PUT"):
        time.sleep(0.01)
    second.start()
    second.join(1)
    gate.set()
    first.join()
    second.join()
    assert listed(bucket) == [f"daily/{each.slot}" for each in editions]


def test_a_removed_edition_is_gone_with_all_its_files(bucket, storage, edition):
    for each in days(edition, 2):
        write_edition(SITE, each, render(each))
    storage.requests.clear()
    place(SITE).remove(Path("daily/2026-11-23"))
    assert storage.asked("DELETE")[0] == "digest.json"
    assert keys(bucket) == [f"site/daily/2026-11-22/{name}" for name in NAMES]


def test_a_bucket_that_is_not_there_is_named_with_what_to_do(bucket, edition):
    nowhere = UPath("s3://no-such-news/site")
    for write in (lambda: put_at(nowhere, edition), lambda: write_archive(nowhere)):
        with pytest.raises(
            DigestError, match=r"s3://no-such-news/site .*does not exist: make"
        ) as told:
            write()
        assert not isinstance(told.value, PassingError)


def put_at(outputs: UPath, edition: Edition) -> None:
    write_edition(outputs, edition, render(edition))


def test_without_the_right_to_write_it_says_which_rights_are_needed(bucket, storage, edition):
    storage.tell("reset-auth", "0")
    try:
        with pytest.raises(
            DigestError, match=r"refuses access: .*list, read, write and delete"
        ) as told:
            put_at(SITE, edition)
    finally:
        storage.tell("reset-auth", "inf")
    assert not isinstance(told.value, PassingError)


def test_without_credentials_it_says_where_they_belong(bucket, edition, elsewhere, tmp_path):
    elsewhere.setenv("HOME", str(tmp_path))
    elsewhere.delenv("AWS_ACCESS_KEY_ID")
    elsewhere.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DigestError, match=r"credentials in the environment .*Unable to locate"):
        put_at(SITE, edition)


def test_an_endpoint_that_is_no_address_is_told(bucket, edition, elsewhere):
    elsewhere.setenv("AWS_ENDPOINT_URL", "storage.example:9000")
    with pytest.raises(DigestError, match=r"what the environment says.*Invalid endpoint"):
        put_at(SITE, edition)


def test_where_nothing_listens_another_try_may_go_well_and_it_says_so_soon(
    bucket, edition, elsewhere
):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    elsewhere.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    with pytest.raises(PassingError, match=r"s3://news/site cannot be reached now .*run again"):
        put_at(SITE, edition)
    assert time.monotonic() - began < 10


def test_a_storage_that_is_busy_leaves_everything_as_it_was(bucket, storage, edition):
    put(*days(edition, 2))
    write_archive(SITE)
    before = {key: content(bucket, key) for key in keys(bucket)}
    storage.busy = True
    try:
        with pytest.raises(PassingError, match="cannot be reached now"):
            write_archive(SITE)
    finally:
        storage.busy = False
    assert {key: content(bucket, key) for key in keys(bucket)} == before


def test_what_is_no_trouble_of_the_storage_passes_as_it_is():
    with pytest.raises(TypeError, match="a bug"), explained("s3://news"):
        raise TypeError("a bug")
    with pytest.raises(DigestError, match="cannot be used"), explained("s3://news"):
        raise OSError(errno.EINVAL, "what is this?")


def settings(tmp_path: Path, outputs: str) -> Path:
    path = tmp_path / "config" / "digest.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"outputs: {outputs}\neditions: {{daily: {{title: Morning Digest}}}}\n")
    return path


@pytest.mark.parametrize("url", ["s3://news/site", "s3://news", "s3://news.example/a/b c/"])
def test_outputs_may_be_a_bucket(tmp_path, url):
    loaded = load(settings(tmp_path, url))
    assert str(loaded.outputs).rstrip("/") == url.rstrip("/")
    assert not isinstance(loaded.outputs, Path)
    assert loaded.model_dump()["outputs"] == str(loaded.outputs)


def test_a_bucket_in_a_variable_is_not_taken_for_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGEST_OUTPUTS", "s3://news/site")
    assert str(load(settings(tmp_path, "public")).outputs) == "s3://news/site"
    monkeypatch.delenv("DIGEST_OUTPUTS")
    assert load(settings(tmp_path, "public")).outputs == tmp_path / "public"


@pytest.mark.parametrize(
    "url",
    ["memory://news", "s3://", "s3:///site", "s3://News/site", "http://news.example/", "''", "[a]",
     "s3://news/site?versionId=1"],
)  # fmt: skip
def test_other_places_are_refused_with_what_is_allowed(tmp_path, url):
    with pytest.raises(UsageError) as refused:
        load(settings(tmp_path, url))
    assert (
        "line 1: outputs: is no place for editions: a folder, s3://bucket/prefix or "
        "gs://bucket/prefix (credentials belong into the environment)"
    ) in str(refused.value)


def test_credentials_in_the_url_are_refused_and_not_repeated(tmp_path):
    with pytest.raises(UsageError, match="credentials belong into the environment") as refused:
        load(settings(tmp_path, "s3://key:secret@news/site"))
    assert "secret" not in str(refused.value)


def test_a_driver_that_is_missing_is_named_with_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['gcsfs'] = None; from pathlib import Path; "
        "from digest.settings import load; load(Path(sys.argv[1]))"
    )
    path = settings(tmp_path, "gs://news/site")
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert "needs the package gcsfs, which is not installed: pip install" in done.stderr
    assert "--editable '.[gcs]'" in done.stderr


def test_the_command_publishes_to_the_bucket_and_prints_urls(bucket, edition, tmp_path):
    settings(tmp_path, "s3://news/site")
    feed = Feed("https://harbourpost.example/feed.xml")
    (tmp_path / "config/feeds.opml").write_bytes(subscriptions.write([feed]))
    with Store.open(f"sqlite:///{tmp_path / '.digest/digest.sqlite'}") as store:
        store.save_edition(edition, [], edition.cutoff)
        store.publish_edition(edition.name, edition.slot, edition.cutoff)

    words = ("run", "--date", "2026-11-23", "--no-fetch")
    command = [Path(sys.executable).with_name("digest"), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in NAMES:
        assert f"s3://news/{FOLDER}/{name}\n" in done.stdout
    assert content(bucket, f"{FOLDER}/digest.html") == render(edition)["digest.html"]
    assert listed(bucket) == ["daily/2026-11-23"]
