"""``digest site`` as a person uses it: the archive written anew, and shown on this machine."""

import signal
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from digest.model import Article, Citation, Edition, Sentence, Story, Summary, Told
from digest.publish.files import write_edition
from digest.publish.render import render

CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)


@pytest.fixture
def outputs(project):
    """The project's outputs, with one edition that nothing lists."""
    text = "The ferry between Port Alder and Lowmere stops running on Sunday."
    article = Article("https://a.example/1", "The last ferry", (text,), "Herald", language="en")
    summary = Summary((Sentence(text, (Citation(article.url, 0, text),)),), "extractive", "m")
    edition = Edition(
        name="daily",
        slot="2026-11-17",
        title="Morning Digest",
        timezone="UTC",
        start=CUTOFF - timedelta(days=1),
        cutoff=CUTOFF,
        stories=(Told(Story((article,), article.title), summary),),
    )
    write_edition(project.folder / "outputs", edition, render(edition))
    return project.folder / "outputs"


@contextmanager
def serving(project, *options):
    """The address at which ``digest site --serve`` shows the outputs."""
    process = project.start("site", "--serve", "--port", "0", *options)
    try:
        address, _, hint = process.stdout.readline().partition(" ")
        assert hint == "(Ctrl-C ends it)\n", process.stderr.read()
        yield process, address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def test_the_archive_is_written_anew_and_its_path_said(project, outputs):
    done = project.run("site")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{outputs / 'index.html'}\n"
    page = (outputs / "index.html").read_text()
    assert "daily/2026-11-17/digest.html" in page
    shard = max(outputs.glob("search/*.js"), key=lambda path: path.stat().st_size)
    whole = shard.read_bytes()
    shard.write_bytes(whole.replace(b"a", b"b"))
    assert project.run("site").returncode == 0
    assert shard.read_bytes() == whole


def test_the_outputs_are_shown_until_ctrl_c_with_what_each_file_is(project, outputs):
    project.run("site")
    with serving(project) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        kinds = {
            "": "text/html; charset=utf-8",
            "feed.xml": "application/atom+xml",
            "feed.json": "application/feed+json; charset=utf-8",
            "search/0.js": "text/javascript; charset=utf-8",
            "search/0.js?stamp": "text/javascript; charset=utf-8",
            "daily/2026-11-17/digest.md": "text/markdown; charset=utf-8",
            "daily/2026-11-17/digest.epub": "application/epub+zip",
        }
        for path, kind in kinds.items():
            with urlopen(address + path) as answer:
                assert answer.headers["Content-Type"] == kind
                assert answer.headers["Cache-Control"] == "no-cache"
        for outside in ("../digest.sqlite", "..%2fconfig/digest.yaml", "none.html"):
            with pytest.raises(HTTPError) as refused:
                urlopen(address + outside)
            assert refused.value.code == 404
    assert process.returncode == 0
    assert process.stderr.read() == ""


def test_where_there_is_nothing_to_show_it_says_what_makes_it(project):
    done = project.run("site", "--serve")
    assert done.returncode == 2
    assert "outputs has no index.html yet: `digest run` makes an edition" in done.stderr


def test_a_bucket_is_shown_by_its_own_address(project):
    project.configure(outputs="s3://news/site", site_url="https://digest.example/")
    done = project.run("site", "--serve")
    assert done.returncode == 2
    assert "s3://news/site are shown by the bucket's own address" in done.stderr
    assert "https://digest.example/" in done.stderr


def test_a_port_that_is_taken_is_named_with_what_to_do(project, outputs):
    project.run("site")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = project.run("site", "--serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "(Address already in use): name another with --port" in done.stderr
