"""The newsroom over real HTTP."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from digest.sample.newsroom import Newsroom
from digest.sample.server import Site, serving


def feed_url(site: Site, title: str) -> str:
    (url,) = [feed.url for feed in site.feeds if feed.title == title]
    return url


def test_the_feeds_are_the_subscriptions_of_a_reader(site: Site):
    by_title = {feed.title: feed for feed in site.feeds}
    assert len(by_title) == len(site.feeds) == 17
    assert by_title["Meridian Wire"].weight == 1.5
    assert by_title["Orbit & Field"].topics == ("science",)
    assert by_title["한빛일보"].language == "ko"
    assert all(feed.url.startswith(site.url + "/") for feed in site.feeds)


def test_what_has_not_changed_is_answered_304(site: Site):
    url = feed_url(site, "Pacific Ledger")
    first = httpx.get(url)
    again = httpx.get(url, headers={"If-None-Match": first.headers["ETag"]})
    changed = httpx.get(url, headers={"If-None-Match": '"something else"'})

    assert first.status_code == 200
    assert re.fullmatch(r'"[0-9a-f]{32}"', first.headers["ETag"])
    assert "max-age" not in first.headers.get("Cache-Control", "")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert changed.content == first.content


def test_last_modified_is_the_newest_article_in_the_feed(site: Site):
    response = httpx.get(feed_url(site, "Elbufer Zeitung"))
    assert response.headers["Last-Modified"] == "Mon, 16 Nov 2026 19:24:00 GMT"


def test_one_feed_asks_to_be_checked_every_time(site: Site):
    assert httpx.get(feed_url(site, "Kilowatt")).headers["Cache-Control"] == "max-age=0"


def test_a_feed_that_moved_for_good_is_at_its_new_address(site: Site):
    old_address = httpx.get(feed_url(site, "Northgate Dispatch"))
    assert old_address.status_code == 301
    assert old_address.headers["Location"] == f"{site.url}/northgate-dispatch/feed.xml"
    assert httpx.get(old_address.headers["Location"]).status_code == 200


def test_a_feed_that_is_gone_answers_404(site: Site):
    assert httpx.get(feed_url(site, "Lantern Street Journal")).status_code == 404


def test_a_silent_feed_takes_the_connection_and_sends_nothing(site: Site):
    address = urlsplit(feed_url(site, "Tidewater Times"))
    with socket.create_connection((address.hostname, address.port), timeout=0.4) as client:
        client.sendall(f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert (address.path, 0) in {(asked.path, asked.status) for asked in site.requests}


def test_the_log_tells_what_was_asked_and_how_it_was_answered(site: Site):
    before = len(site.requests)
    page = next(piece for piece in site.newsroom.pieces if piece.page == "article")
    httpx.get(f"{site.url}{page.path}?utm_source=x", headers={"User-Agent": "digest-test"})
    httpx.head(f"{site.url}/no/such/page")

    got, missed = site.requests[before:]
    assert (got.method, got.path, got.status) == ("GET", f"{page.path}?utm_source=x", 200)
    assert got.headers["user-agent"] == "digest-test"
    assert (missed.method, missed.path, missed.status) == ("HEAD", "/no/such/page", 404)


def test_it_stops_at_once_though_somebody_still_waits(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
):
    with serving(newsroom.anchor) as site:
        address = urlsplit(feed_url(site, "Tidewater Times"))
        waiting = socket.create_connection((address.hostname, address.port), timeout=5)
        waiting.sendall(f"GET {address.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while not site.requests:
            time.sleep(0.01)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 2
    assert not caplog.records
    with waiting:
        assert waiting.recv(1) == b""
    with pytest.raises(httpx.ConnectError):
        httpx.get(site.url)


def test_at_a_pace_a_feed_carries_an_event_only_once_it_has_happened():
    with serving(datetime.now(UTC), pace=timedelta(seconds=2)) as site:
        meeting, final = (feed_url(site, title) for title in ("Pacific Ledger", "Touchline"))
        assert "Seoul" in httpx.get(meeting).text
        before = httpx.get(final)
        assert before.status_code == 200
        assert "<entry>" not in before.text
        deadline = time.monotonic() + 10
        while (
            httpx.get(final, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
        ):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "<entry>" in httpx.get(final).text


def test_a_port_in_use_gives_way_to_a_free_one(site: Site):
    taken = urlsplit(site.url).port
    with serving(site.newsroom.anchor, port=taken) as other:
        assert urlsplit(other.url).port != taken
        assert httpx.get(other.url).status_code == 200


def test_a_port_that_does_not_exist_is_an_error(newsroom: Newsroom):
    with pytest.raises(OverflowError), serving(newsroom.anchor, port=70_000):
        pass


def test_started_by_hand_it_lists_its_feeds_and_ends_on_ctrl_c():
    process = subprocess.Popen(
        [sys.executable, "-m", "digest.sample", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline() for _ in range(18)]
        url = re.search(r"http://\S+/", lines[0])
        assert url is not None
        assert httpx.get(url[0]).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    assert any("/quarry-gazette/feed.xml" in line for line in lines)
