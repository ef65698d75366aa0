"""``digest doctor`` as a person calls it: what is well, and several broken things at once."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from digest.model import Feed

WIDE = {"COLUMNS": "200"}


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture
def mail() -> Iterator[dict[str, object]]:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    server = {"host": "127.0.0.1", "port": controller.port, "security": "none"}
    yield {**server, "sender": "d@news.example"}
    controller.stop()


def verdicts(output: str) -> list[tuple[str, str, str]]:
    """(status, check, what was found) of each line that begins a verdict."""
    lines = (re.split(r"\s+", line.rstrip(), maxsplit=2) for line in output.splitlines())
    return [(line[0], line[1], line[2]) for line in lines if line[0]]


def test_where_all_is_well_each_check_says_so(make_project, few_feeds, mail):
    editions = {"daily": {"recipients": ["ada@home.example"], "timezone": "Asia/Seoul"}}
    project = make_project(few_feeds, editions=editions, mail=mail)
    nowhere = {"PREFECT_SERVER_API_PORT": str(free_port())}
    began = datetime.now(UTC)
    done = project.run("doctor", variables=WIDE | nowhere)
    seconds = (datetime.now(UTC) - began) / timedelta(seconds=1)
    assert (done.returncode, done.stderr) == (0, "")
    found = verdicts(done.stdout)
    assert [(status, check) for status, check, _ in found] == [
        ("ok", "settings"),
        ("ok", "store"),
        ("ok", "outputs"),
        ("ok", "model"),
        ("ok", "mail"),
        ("ok", "clock"),
        ("warning", "Prefect"),
        ("ok", "network"),
        ("ok", "clock"),
    ], done.stdout
    assert "in Asia/Seoul" in found[5][2]
    assert "→ run `digest serve` to have them made at their times" in done.stdout
    assert not (project.folder / ".digest").exists(), "looking at a store does not make one"
    assert seconds < 60


def test_what_is_broken_is_named_line_by_line_and_fails_the_command(make_project):
    project = make_project(
        [Feed(f"http://127.0.0.1:{free_port()}/feed", "[bold] Gone")],
        editions={"daily": {"recipients": ["ada@home.example"]}},
        mail={
            "host": "127.0.0.1",
            "port": free_port(),
            "security": "none",
            "sender": "d@n.example",
        },
        summarizer="chat:/no/such/model",
    )
    store = project.folder / ".digest/digest.sqlite"
    store.parent.mkdir()
    store.write_text("Bread, milk, butter. " * 100)
    (project.folder / "outputs").write_text("a file where a folder belongs")
    server = f"http://127.0.0.1:{free_port()}/api"
    done = project.run("doctor", variables=WIDE | {"PREFECT_API_URL": server})
    assert (done.returncode, done.stderr) == (1, "")
    failed = {check: found for status, check, found in verdicts(done.stdout) if status == "failed"}
    assert list(failed) == ["store", "outputs", "model", "mail", "Prefect", "network"]
    assert "is no SQLite database" in failed["store"]
    assert "Cannot write" in failed["outputs"]
    assert "no model '/no/such/model'" in failed["model"]
    assert "cannot be used: [Errno 111] Connection refused" in failed["mail"]
    assert f"the Prefect server at {server} does not answer" in failed["Prefect"]
    assert "no feed of the first 1 can be read" in failed["network"]
    assert "→ see that this machine is online" in done.stdout


def test_settings_that_cannot_be_read_are_all_that_is_said(make_project):
    project = make_project()
    project.configure(editions={"daily": {"timezone": "Mars/Olympus"}})
    done = project.run("doctor", variables=WIDE)
    assert (done.returncode, done.stderr) == (1, "")
    [(status, check, _)] = verdicts(done.stdout)
    assert (status, check) == ("failed", "settings")
    assert "is no time zone" in done.stdout


def test_offline_no_feed_is_asked_and_a_list_without_feeds_is_said(make_project):
    done = make_project().run("doctor", "--offline", variables=WIDE)
    assert done.returncode == 1
    found = verdicts(done.stdout)
    assert "network" not in {check for _, check, _ in found}
    assert found[0][:2] == ("failed", "settings")
    assert "holds no feed: add one with `digest feeds add URL`" in found[0][2]
